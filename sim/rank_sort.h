// rank_sort: up to 64 queue entries in the order of their times, equal times as they stand.
//
// An entry's place is the number of smaller keys, counted without a branch; a key is the time since
// `base` with the entry's position in its low bits, so no two are equal. Not for spans over 2^56
// ns. The portable path compares two keys an instruction, AVX-512 eight; both give the same order.
// Cost: k*k/2 (k*k/8) comparisons: some 2 ns an entry at the usual handful.
#pragma once
#include <bit>
#include <cstdint>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace squall::sim {

struct QueueEntry {
  std::uint64_t at;
  std::uint32_t sequence;
  std::uint32_t slot;
};
static_assert(sizeof(QueueEntry) == 16);

inline constexpr std::uint32_t kRankSortMost = 64;
inline constexpr unsigned kRankSortSpanBits = 56;

namespace internal {
#ifdef __AVX512F__
inline constexpr std::uint32_t kRankLanes = 8;
inline std::uint32_t rank_of(const std::int64_t* keys, std::uint32_t padded, std::int64_t key) {
  const __m512i mine = _mm512_set1_epi64(key);
  unsigned rank = 0;
  for (std::uint32_t i = 0; i < padded; i += kRankLanes) {
    rank += static_cast<unsigned>(std::popcount(
        static_cast<unsigned>(_mm512_cmplt_epi64_mask(_mm512_load_si512(keys + i), mine))));
  }
  return rank;
}
#else
inline constexpr std::uint32_t kRankLanes = 2;
inline std::uint32_t rank_of(const std::int64_t* keys, std::uint32_t padded, std::int64_t key) {
  using Pair = std::int64_t __attribute__((vector_size(16)));
  const Pair mine = {key, key};
  Pair smaller = {0, 0};
  for (std::uint32_t i = 0; i < padded; i += kRankLanes) {
    smaller -= *reinterpret_cast<const Pair*>(keys + i) < mine;  // true is -1
  }
  return static_cast<std::uint32_t>(smaller[0] + smaller[1]);
}
#endif
}  // namespace internal

/// `to` must not overlap `from`.
inline void rank_sort(const QueueEntry* from, std::uint32_t count, std::uint64_t base,
                      QueueEntry* to) {
  alignas(64) std::int64_t keys[kRankSortMost];
  const std::uint32_t padded = (count + internal::kRankLanes - 1) & ~(internal::kRankLanes - 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    keys[i] = static_cast<std::int64_t>((from[i].at - base) << 6 | i);
  }
  for (std::uint32_t i = count; i < padded; ++i) keys[i] = INT64_MAX;
  for (std::uint32_t i = 0; i < count; ++i) to[internal::rank_of(keys, padded, keys[i])] = from[i];
}

inline constexpr std::uint32_t kRankSortFew = 8;

/// The same for at most kRankSortFew, without a loop whose length could be guessed wrongly: reads
/// all of from[0..8), whatever stands there, and may write to[count]. `from` on a cache line's
/// boundary.
inline void rank_sort_few(const QueueEntry* from, std::uint32_t count, std::uint64_t base,
                          QueueEntry* to) {
  alignas(64) std::int64_t ranks[kRankSortFew];
#ifdef __AVX512F__
  const __m512i lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i times = _mm512_permutex2var_epi64(
      _mm512_load_si512(from), _mm512_slli_epi64(lanes, 1), _mm512_load_si512(from + 4));
  const __m512i since = _mm512_sub_epi64(times, _mm512_set1_epi64(static_cast<std::int64_t>(base)));
  const __m512i keys =
      _mm512_mask_or_epi64(_mm512_set1_epi64(INT64_MAX), static_cast<__mmask8>((1U << count) - 1),
                           _mm512_slli_epi64(since, 6), lanes);
  __m512i rank = _mm512_setzero_si512();
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    const __m512i other = _mm512_permutexvar_epi64(_mm512_set1_epi64(i), keys);
    rank = _mm512_mask_add_epi64(rank, _mm512_cmplt_epi64_mask(other, keys), rank,
                                 _mm512_set1_epi64(1));
  }
  _mm512_store_si512(ranks, rank);
#else
  using Pair = std::int64_t __attribute__((vector_size(16)));
  Pair keys[4] = {};
#pragma GCC unroll 4
  for (std::uint32_t i = 0; i < 4; ++i) {
    for (std::uint32_t k = 0; k < 2; ++k) {
      const std::uint32_t lane = 2 * i + k;
      const auto key = static_cast<std::int64_t>((from[lane].at - base) << 6 | lane);
      keys[i][k] = lane < count ? key : INT64_MAX;
    }
  }
#pragma GCC unroll 4
  for (std::uint32_t i = 0; i < 4; ++i) {
    Pair rank = {0, 0};
#pragma GCC unroll 4
    for (std::uint32_t k = 0; k < 4; ++k) {
      rank -= keys[k] < keys[i];
      rank -= Pair{keys[k][1], keys[k][0]} < keys[i];
    }
    *reinterpret_cast<Pair*>(ranks + std::size_t{2} * i) = rank;
  }
#endif
#pragma GCC unroll 8
  for (std::uint32_t i = 0; i < kRankSortFew; ++i) to[ranks[i]] = from[i];
}

}  // namespace squall::sim
