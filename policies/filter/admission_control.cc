#include "policies/filter/admission_control.h"

#include <algorithm>

#include "policies/base/math.h"
#include "policies/health_check.h"

namespace squall::policies {

bool is_http_success(const AdmissionControlConfig& config, std::uint32_t status) {
  if (config.http_success.empty()) return status < 500;
  return contains(config.http_success, status);
}

bool is_grpc_success(const AdmissionControlConfig& config, std::uint32_t status) {
  return std::ranges::find(config.grpc_success, status) != config.grpc_success.end();
}

void SuccessWindow::drop_old(Instant now) {
  while (!buckets_.empty() && now - buckets_.front().began >= window_) {
    sum_.requests -= buckets_.front().counts.requests;
    sum_.successes -= buckets_.front().counts.successes;
    buckets_.pop_front();
  }
}

void SuccessWindow::record(bool success, Instant now) {
  ++recorded_[success ? 1 : 0];
  drop_old(now);
  if (buckets_.empty() || now - buckets_.back().began >= 1s)
    buckets_.push_back({.began = now, .counts = {}});
  for (Counts* counts : {&buckets_.back().counts, &sum_}) {
    ++counts->requests;
    if (success) ++counts->successes;
  }
}

SuccessWindow::Counts SuccessWindow::counts(Instant now) {
  drop_old(now);
  return sum_;
}

std::uint32_t SuccessWindow::average_rps(Instant now) {
  drop_old(now);
  if (buckets_.empty()) return 0;
  const auto whole = [](Duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d); };
  const auto seconds = std::max(whole(window_), whole(now - buckets_.front().began)).count();
  return sum_.requests / static_cast<std::uint32_t>(std::max<std::int64_t>(1, seconds));
}

double rejection_probability(const AdmissionControlConfig& config, SuccessWindow::Counts counts) {
  const double requests = counts.requests;
  const double threshold = config.sr_threshold_percent / 100;
  double probability = (requests - counts.successes / threshold) / (requests + 1);
  if (probability <= 0) return 0;
  if (config.aggression != 1) probability = exact::pow(probability, 1 / config.aggression);
  return std::min(probability, config.max_rejection_percent / 100);
}

bool rejects(const AdmissionControlConfig& config, SuccessWindow& window, std::uint64_t random,
             Instant now) {
  if (window.average_rps(now) < config.rps_threshold) return false;
  constexpr std::uint64_t kAccuracy = 10'000;
  return kAccuracy * rejection_probability(config, window.counts(now)) >
         static_cast<double>(random % kAccuracy);
}

}  // namespace squall::policies
