#include "sim/ladder.h"

#include <algorithm>

#include "policies/base/check.h"
#include "policies/base/prefetch.h"

namespace squall::sim {

Ladder::Ladder() {
  constexpr std::uint32_t kBuckets = 1U << kMostBucketBits;
  buckets_.grow(0, kMostRungs * kBuckets);
  fews_.grow(0, kMostRungs * kBuckets);
  for (std::uint32_t i = 0; i < kMostRungs; ++i) {
    rungs_[i] = {};
    rungs_[i].bucket = &buckets_[i * kBuckets];
    rungs_[i].few = &fews_[i * kBuckets];
  }
  bottom_.grow(0, kLeastRoom);
  scratch_.grow(0, kRankSortMost);
}

/// A rung over [start, start + span) for so many entries.
void Ladder::add_rung(std::uint64_t start, std::uint64_t span, std::uint32_t entries) {
  SQUALL_CHECK(rung_count_ < kMostRungs);
  Rung& rung = rungs_[rung_count_++];
  const auto width = static_cast<std::uint32_t>(std::bit_width((span - 1) | 1));
  auto bits = static_cast<std::uint32_t>(
      std::bit_width(entries / (rung_count_ == 1 ? kAimFirst : kAim) | 1));
  if (bits > kMostBucketBits) bits = entries <= kCoarseMost ? kCoarseBucketBits : kMostBucketBits;
  rung.start = rung.open_from = start;
  rung.shift = width > bits ? width - bits : 0;
  rung.count = static_cast<std::uint32_t>((span - 1) >> rung.shift) + 1;
  rung.current = 0;
  std::fill_n(rung.bucket, rung.count, Bucket{0, kNone});
}

void Ladder::deal_top() {
  add_rung(top_first_, top_last_ - top_first_ + 1, top_count_);
  Rung& rung = rungs_[0];
  top_from_ = rung.start + (std::uint64_t{rung.count} << rung.shift);
  for (std::uint32_t i = 0; i < top_count_; ++i) put(rung, top_[i]);
  top_count_ = 0;
  top_first_ = UINT64_MAX;
  top_last_ = 0;
}

/// Visits a bucket's entries in the order in which they came, and gives its chunks back.
template <class Visit>
inline void Ladder::empty_bucket(const Bucket& bucket, const Few& few, Visit&& visit) {
  std::uint32_t left = bucket.count;
  const std::uint32_t first = std::min(left, kRankSortFew);
  for (std::uint32_t i = 0; i < first; ++i) visit(few.entries[i]);
  left -= first;
  std::uint32_t chunk = bucket.chunk;
  std::uint32_t oldest = kNone;
  while (chunk != kNone) {  // linked newest first: turn the list round
    const std::uint32_t older = behind_[chunk];
    behind_[chunk] = oldest;
    oldest = chunk;
    chunk = older;
  }
  for (chunk = oldest; chunk != kNone;) {
    const std::uint32_t next = behind_[chunk];
    if (next != kNone) prefetch(&chunks_[next]);
    const std::uint32_t here = std::min(left, kChunkEntries);
    for (std::uint32_t i = 0; i < here; ++i) {
      const QueueEntry entry = chunks_[chunk].entries[i];  // a copy: visiting may move the chunks
      visit(entry);
    }
    left -= here;
    behind_[chunk] = free_chunk_;
    free_chunk_ = chunk;
    chunk = next;
  }
}

bool Ladder::open_next() {
  for (;;) {
    if (rung_count_ == 0) {
      if (top_count_ == 0) {
        top_from_ = 0;
        return false;
      }
      deal_top();
    }
    Rung& rung = rungs_[rung_count_ - 1];
    while (rung.current < rung.count && rung.bucket[rung.current].count == 0) ++rung.current;
    if (rung.current == rung.count) {
      --rung_count_;
      continue;
    }
    const Bucket bucket = rung.bucket[rung.current];
    const Few& few = rung.few[rung.current];
    const std::uint64_t start = rung.start + (std::uint64_t{rung.current} << rung.shift);
    ++rung.current;
    rung.open_from = start + (std::uint64_t{1} << rung.shift);
    if (bucket.count <= kRankSortMost || rung.shift == 0 || rung_count_ == kMostRungs) {
      open_bucket(bucket, few, start, rung.shift);
      return true;
    }
    add_rung(start, std::uint64_t{1} << rung.shift, bucket.count);
    Rung& finer = rungs_[rung_count_ - 1];
    empty_bucket(bucket, few, [&](const QueueEntry& entry) { put(finer, entry); });
  }
}

std::span<const QueueEntry> Ladder::ahead(int buckets) {
  if (buckets == 0) return {bottom_.data() + head_, std::min(tail_ - head_, kRankSortMost)};
  if (rung_count_ == 0) return {};
  const Rung& rung = rungs_[rung_count_ - 1];
  const std::uint32_t place = rung.current + static_cast<std::uint32_t>(buckets) - 1;
  if (place >= rung.count) return {};
  const Bucket& bucket = rung.bucket[place];
  const QueueEntry* const few = rung.few[place].entries;
  if (bucket.count <= kRankSortFew) return {few, bucket.count};
  if (bucket.count > kRankSortMost) return {};  // will be dealt over buckets of its own
  QueueEntry* const all = scratch_.data();
  QueueEntry* end = std::copy_n(few, kRankSortFew, all);
  std::uint32_t here = (bucket.count - kRankSortFew - 1) % kChunkEntries + 1;  // in the newest
  for (std::uint32_t chunk = bucket.chunk; chunk != kNone; chunk = behind_[chunk]) {
    end = std::copy_n(chunks_[chunk].entries, here, end);
    here = kChunkEntries;
  }
  return {all, end};
}

void Ladder::open_bucket(const Bucket& bucket, const Few& few, std::uint64_t start,
                         std::uint32_t shift) {
  bottom_end_ = start + (std::uint64_t{1} << shift);
  head_ = 0;
  tail_ = bucket.count;
  if (bucket.count <= kRankSortFew && shift <= kRankSortSpanBits) [[likely]] {
    return rank_sort_few(few.entries, bucket.count, start, bottom_.data());
  }
  std::uint32_t n = 0;
  if (shift == 0) {  // in order as it is, and there may be any number
    if (tail_ + kSplitBottom > bottom_.capacity()) bottom_.grow(0, tail_ + kSplitBottom);
    empty_bucket(bucket, few, [&](const QueueEntry& entry) { bottom_[n++] = entry; });
    return;
  }
  if (bucket.count > kRankSortMost) {  // no rung is left to part them: rare
    if (tail_ + kSplitBottom > bottom_.capacity()) bottom_.grow(0, tail_ + kSplitBottom);
    empty_bucket(bucket, few, [&](const QueueEntry& entry) { bottom_[n++] = entry; });
    std::stable_sort(bottom_.data(), bottom_.data() + n,
                     [](const QueueEntry& a, const QueueEntry& b) { return a.at < b.at; });
    return;
  }
  QueueEntry* const unsorted = scratch_.data();
  empty_bucket(bucket, few, [&](const QueueEntry& entry) { unsorted[n++] = entry; });
  if (shift <= kRankSortSpanBits) return rank_sort(unsorted, n, start, bottom_.data());
  for (std::uint32_t i = 0; i < n; ++i) {  // years apart: few and rare
    std::uint32_t k = i;
    for (; k > 0 && bottom_[k - 1].at > unsorted[i].at; --k) bottom_[k] = bottom_[k - 1];
    bottom_[k] = unsorted[i];
  }
}

void Ladder::insert(const QueueEntry& entry) {
  std::uint32_t place = tail_++;
  for (; place > head_ && bottom_[place - 1].at > entry.at; --place)
    bottom_[place] = bottom_[place - 1];
  bottom_[place] = entry;
  if (tail_ == bottom_.capacity()) [[unlikely]] {
    if (head_ >= tail_ / 2) {
      std::copy(bottom_.data() + head_, bottom_.data() + tail_, bottom_.data());
      tail_ -= head_;
      head_ = 0;
    } else {
      bottom_.grow(tail_, 0);
    }
  }
  if (tail_ - head_ > kSplitBottom) [[unlikely]]
    split_bottom();
}

/// Deals a bottom that has grown long over a rung of its own, unless that would not part it.
void Ladder::split_bottom() {
  const std::uint64_t start = bottom_[head_].at;
  const std::uint32_t entries = tail_ - head_;
  if (bottom_[tail_ - 1].at - start < kRankSortMost || rung_count_ == kMostRungs) return;
  add_rung(start, bottom_end_ - start, entries);
  Rung& rung = rungs_[rung_count_ - 1];
  for (std::uint32_t i = head_; i != tail_; ++i) put(rung, bottom_[i]);
  head_ = tail_ = 0;
  bottom_end_ = start;
}

void Ladder::grow_chunks() {
  const std::uint32_t used = chunks_.capacity();
  chunks_.grow(used, kLeastRoom);
  behind_.grow(used, kLeastRoom);
  for (std::uint32_t i = chunks_.capacity(); i-- > used;) {
    behind_[i] = free_chunk_;
    free_chunk_ = i;
  }
}

}  // namespace squall::sim
