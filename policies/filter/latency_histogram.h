// LatencyHistogram: counts of times, by their two leading decimal digits, and what lies at a
// quantile of them.
//
// A value of 13 250 us counts among 13 000 to 14 000; inside a bucket counts are taken as evenly
// spread. Source: libcircllhist's buckets and hist_approx_quantile, which Envoy's adaptive
// concurrency uses. Cost: logarithmic in the buckets that are in use.
#pragma once
#include <cstdint>
#include <map>

namespace squall::policies {

class LatencyHistogram {
 public:
  void add(std::uint64_t microseconds);
  std::uint64_t count() const { return count_; }
  /// REQUIRES: it is not empty.
  double quantile(double q) const;
  void clear();

 private:
  struct Bucket {
    double width;
    std::uint64_t count;
  };
  std::map<double, Bucket> buckets_;  // by where they begin
  std::uint64_t count_ = 0;
};

}  // namespace squall::policies
