#include "policies/filter/latency_histogram.h"

#include "policies/base/check.h"

namespace squall::policies {

void LatencyHistogram::add(std::uint64_t value) {
  std::uint64_t unit = 1;
  while (value / unit >= 100) unit *= 10;
  double left = static_cast<double>(value - value % unit);
  auto width = static_cast<double>(unit);
  if (value > 0 && value < 10) width = 0.1;  // 3 counts as 3.0
  if (value == 0) left = width = 0;
  ++buckets_.try_emplace(left, Bucket{width, 0}).first->second.count;
  ++count_;
}

double LatencyHistogram::quantile(double q) const {
  SQUALL_CHECK(count_ > 0);
  const double wanted = static_cast<double>(count_) * q;
  double below = 0;
  auto at = buckets_.begin();
  for (; std::next(at) != buckets_.end(); ++at) {
    if (below + static_cast<double>(at->second.count) >= wanted) break;
    below += static_cast<double>(at->second.count);
  }
  const auto& [left, bucket] = *at;
  const auto count = static_cast<double>(bucket.count);
  if (below == wanted) return left;
  if (below + count == wanted) return left + bucket.width;
  return left + (wanted - below) / count * bucket.width;
}

void LatencyHistogram::clear() {
  buckets_.clear();
  count_ = 0;
}

}  // namespace squall::policies
