#include "reports/histogram.h"

namespace squall::reports {

void Histogram::merge(const Histogram& other) {
  if (other.empty()) return;
  if (counts_.empty()) prepare();
  for (std::size_t i = 0; i < Buckets::kCount; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_low_ += other.sum_low_;
  sum_high_ += other.sum_high_ + (sum_low_ < other.sum_low_ ? 1 : 0);
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
}

std::optional<double> Histogram::mean_s() const {
  if (empty()) return std::nullopt;
  const double sum = static_cast<double>(sum_high_) * 0x1p64 + static_cast<double>(sum_low_);
  return sum / static_cast<double>(count_) / 1e9;
}

std::optional<double> Histogram::min_s() const {
  if (empty()) return std::nullopt;
  return static_cast<double>(min_) / 1e9;
}

std::optional<double> Histogram::max_s() const {
  if (empty()) return std::nullopt;
  return static_cast<double>(max_) / 1e9;
}

std::optional<double> Histogram::quantile_s(double q) const {
  if (empty()) return std::nullopt;
  const double ns = bucket_quantile<Buckets>(counts_, count_, q);
  return std::clamp(ns, static_cast<double>(min_), static_cast<double>(max_)) / 1e9;
}

}  // namespace squall::reports
