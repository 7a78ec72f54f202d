// Histogram: how durations are spread, within 1 %.
//
// Log-linear buckets: exact to the nanosecond below 256 ns, then 128 buckets an octave, so that a
// bucket is at most 1/128 (0.78 %) of its value wide and a quantile, interpolated inside it, is off
// by less than that. Count, sum (so the mean), smallest and largest are exact. Up to 2^44 ns (4.9
// hours) in its own bucket; longer ones share the last, and the largest is still exact. Cost: about
// 2 ns a record; 38 KiB from the first record on (nothing before), never more.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/base/time.h"

namespace squall::reports {

/// The bucket of a duration, with 2^kBits buckets an octave, below 2^kOctaves ns.
template <int kBits, int kOctaves>
struct LogBuckets {
  static constexpr std::uint64_t kLargest = (std::uint64_t{1} << kOctaves) - 1;
  static constexpr std::size_t kCount =
      ((kOctaves - kBits - 1) << kBits) + (std::size_t{2} << kBits);

  static constexpr std::size_t index(std::uint64_t ns) {
    ns = std::min(ns, kLargest);
    const int shift =
        static_cast<int>(std::bit_width(ns | ((std::uint64_t{2} << kBits) - 1))) - (kBits + 1);
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(ns >> shift);
  }
  /// The least duration of a bucket; of kCount: where the last one ends.
  static constexpr std::uint64_t lower(std::size_t index) {
    if (index < (std::size_t{2} << kBits)) return index;
    const std::size_t shift = (index >> kBits) - 1;
    return (index - (shift << kBits)) << shift;
  }
};

class Histogram {
 public:
  using Buckets = LogBuckets<7, 44>;

  /// A negative duration counts as 0.
  void record(Duration duration) {
    if (counts_.empty()) [[unlikely]]
      prepare();
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    ++counts_[Buckets::index(ns)];
    ++count_;
    sum_low_ += ns;
    sum_high_ += sum_low_ < ns ? 1 : 0;
    if (ns > max_) max_ = ns;
    if (ns < min_) min_ = ns;
  }
  /// Takes the memory now instead of at the first record.
  [[gnu::noinline]] void prepare() { counts_.resize(Buckets::kCount); }
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // None when nothing was recorded.
  std::optional<double> mean_s() const;
  std::optional<double> min_s() const;
  std::optional<double> max_s() const;
  /// The value that a share q of the records does not exceed, 0 <= q <= 1.
  std::optional<double> quantile_s(double q) const;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_low_ = 0;  // of nanoseconds, in 128 bits
  std::uint64_t sum_high_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
};

/// The quantile of any counts over buckets: the record of that rank, placed evenly inside its
/// bucket. In ns. REQUIRES: total > 0, the sum of the counts.
template <class Buckets, class Counts>
double bucket_quantile(const Counts& counts, std::uint64_t total, double q) {
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(total);
  double below = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < Buckets::kCount; ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here == 0) continue;
    last = i;
    if (below + here >= rank) {
      const auto lower = static_cast<double>(Buckets::lower(i));
      const auto width = static_cast<double>(Buckets::lower(i + 1)) - lower;
      return lower + (width - 1) * ((rank - below) / here);
    }
    below += here;
  }
  return static_cast<double>(Buckets::lower(last + 1) - 1);
}

}  // namespace squall::reports
