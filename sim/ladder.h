// Ladder: queue entries in the order of their times, equal times in the order in which they came.
//
// Far entries wait unordered in `top`; when the nearer ones have run out they are dealt over the
// buckets of a rung (widths are powers of two, so a place is a shift), an over-full bucket over a
// rung of its own, and a small one is put in order into `bottom`, from which entries leave. Every
// list keeps the order in which it was filled, so equal times need no comparison. An entry may not
// lie before the last one that left. It knows nothing of cancelling: event_queue.h. Source: Tang,
// Goh, Thng, Ladder queue, TOMACS 15 (2005). Cost: O(1) amortised, some 10 ns an entry.
#pragma once
#include <bit>
#include <cstdint>
#include <span>

#include "policies/base/ids.h"
#include "sim/arena.h"
#include "sim/rank_sort.h"

namespace squall::sim {

class Ladder {
 public:
  Ladder();

  void push(const QueueEntry& entry) {
    if (entry.at >= top_from_) {
      if (top_count_ == top_.capacity()) [[unlikely]]
        grow_top();
      top_[top_count_++] = entry;
      if (entry.at < top_first_) top_first_ = entry.at;
      if (entry.at > top_last_) top_last_ = entry.at;
      return;
    }
    for (std::uint32_t i = 0; i < rung_count_; ++i) {
      if (entry.at >= rungs_[i].open_from) return put(rungs_[i], entry);
    }
    insert(entry);
  }

  /// What leaves next, in order; when it is empty open_next() fills it, if there is anything.
  bool bottom_empty() const { return head_ == tail_; }
  const QueueEntry& first() const { return bottom_[head_]; }
  void drop_first() { ++head_; }
  bool open_next();
  /// The bottom's places: of the first, behind the last, and what lies between.
  std::uint32_t head() const { return head_; }
  std::uint32_t tail() const { return tail_; }
  const QueueEntry& at(std::uint32_t place) const { return bottom_[place]; }
  /// Calls keep(entry) for each entry of the bottom, and removes those for which it is false.
  template <class Keep>
  void filter_bottom(Keep&& keep) {
    std::uint32_t kept = head_;
    for (std::uint32_t i = head_; i != tail_; ++i) {
      if (keep(bottom_[i])) bottom_[kept++] = bottom_[i];
    }
    tail_ = kept;
  }
  /// Some of the bottom (0), or of what the next bucket (1), or a later one of the same rung, has
  /// so far. Valid until the next call.
  std::span<const QueueEntry> ahead(int buckets);

 private:
  static constexpr std::uint32_t kChunkEntries = 16;
  struct alignas(64) Chunk {
    QueueEntry entries[kChunkEntries];
  };
  struct alignas(64) Few {
    QueueEntry entries[kRankSortFew];
  };
  struct Bucket {
    std::uint32_t count;
    std::uint32_t chunk;  // the newest of what its Few did not take; the older ones behind it
  };
  struct Rung {
    std::uint64_t start;  // of bucket 0
    std::uint64_t
        open_from;        // of the first bucket not yet opened: earlier times are past this rung
    std::uint32_t shift;  // a bucket is 2^shift ns wide
    std::uint32_t count;  // of buckets
    std::uint32_t current;
    Bucket* bucket;
    Few* few;  // one for each bucket
  };
  // Entries a bucket. The first rung is dealt few of those that it will have: the others are pushed
  // while time goes over it.
  static constexpr std::uint32_t kAimFirst = 1, kAim = 4;
  static constexpr std::uint32_t kMostBucketBits = 10;
  // What needs a second rung anyway is dealt over fewer, whose ends then stay in the nearest cache,
  // unless it is so much that it would need a third.
  static constexpr std::uint32_t kCoarseBucketBits = 8;
  static constexpr std::uint32_t kCoarseMost = 1U << 18;
  // Every rung but the first splits more than kRankSortMost entries into at least 2^4 buckets, so
  // 64 bits of time are used up before rungs are.
  static constexpr std::uint32_t kMostRungs = 18;
  static constexpr std::uint32_t kLeastRoom = 1024;
  static constexpr std::uint32_t kSplitBottom = 512;

  void put(Rung& rung, const QueueEntry& entry) {
    const auto place = static_cast<std::uint32_t>((entry.at - rung.start) >> rung.shift);
    Bucket& bucket = rung.bucket[place];
    const std::uint32_t count = bucket.count++;
    if (count < kRankSortFew) [[likely]] {
      rung.few[place].entries[count] = entry;
    } else {
      put_more(bucket, (count - kRankSortFew) % kChunkEntries, entry);
    }
  }
  void put_more(Bucket& bucket, std::uint32_t place, const QueueEntry& entry) {
    if (place == 0) bucket.chunk = take_chunk(bucket.chunk);
    chunks_[bucket.chunk].entries[place] = entry;
  }
  std::uint32_t take_chunk(std::uint32_t older) {
    if (free_chunk_ == kNone) [[unlikely]]
      grow_chunks();
    const std::uint32_t chunk = free_chunk_;
    free_chunk_ = behind_[chunk];
    behind_[chunk] = older;
    return chunk;
  }
  template <class Visit>
  void empty_bucket(const Bucket& bucket, const Few& few, Visit&& visit);
  // What is rare stays out of line, or push() would save registers for it every time.
  [[gnu::noinline]] void insert(const QueueEntry& entry);
  void split_bottom();
  void add_rung(std::uint64_t start, std::uint64_t span, std::uint32_t entries);
  void deal_top();
  void open_bucket(const Bucket& bucket, const Few& few, std::uint64_t start, std::uint32_t shift);
  [[gnu::noinline]] void grow_chunks();
  [[gnu::noinline]] void grow_top() { top_.grow(top_count_, kLeastRoom); }

  std::uint64_t top_from_ = 0;  // entries from here on wait in top
  std::uint64_t top_first_ = UINT64_MAX, top_last_ = 0;
  Arena<QueueEntry> top_;
  Arena<QueueEntry> bottom_;
  std::uint32_t top_count_ = 0;
  std::uint32_t head_ = 0, tail_ = 0;  // of bottom
  std::uint32_t rung_count_ = 0;
  std::uint32_t free_chunk_ = kNone;
  Arena<Chunk> chunks_;
  Arena<std::uint32_t> behind_;  // each chunk's older or, when it is free, next one
  Rung rungs_[kMostRungs];
  std::uint64_t bottom_end_ = 0;  // the bottom takes everything before it
  Arena<QueueEntry> scratch_;
  Arena<Bucket> buckets_;  // of all rungs
  Arena<Few> fews_;        // likewise; only what is used is ever touched
};

}  // namespace squall::sim
