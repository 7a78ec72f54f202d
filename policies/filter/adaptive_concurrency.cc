#include "policies/filter/adaptive_concurrency.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace squall::policies {

std::uint32_t next_limit(const AdaptiveConcurrencyConfig& config, std::uint32_t limit,
                         std::int64_t min_rtt_us, std::int64_t sample_rtt_us) {
  const auto least = static_cast<double>(min_rtt_us);
  const double buffered = least + least * (config.buffer_percent / 100);
  const double raw = buffered / static_cast<double>(sample_rtt_us);
  const double gradient = std::max(0.5, std::min(2.0, raw));
  const double wanted = limit * gradient;
  // Cut before it is made whole: twice a limit near 2^32 is no number of requests.
  const double next = std::min<double>(wanted + std::sqrt(wanted), config.max_concurrency_limit);
  return std::max(config.min_concurrency, static_cast<std::uint32_t>(next));
}

GradientController::GradientController(const AdaptiveConcurrencyConfig& config, Instant now)
    : config_(&config), limit_(config.min_concurrency) {
  if (config.fixed_min_rtt) {
    min_rtt_us_ = config.fixed_min_rtt->count() / 1000;
    epoch_ = now;
  } else {
    on_min_rtt_timer(now);
  }
}

bool GradientController::admits() {
  if (outstanding_ >= limit_) {
    ++blocked_;
    return false;
  }
  ++outstanding_;
  return true;
}

void GradientController::on_min_rtt_timer(Instant now) {
  if (measuring()) return;
  deferred_limit_ = limit_;
  set_limit(config_->min_concurrency);
  samples_.clear();
  epoch_ = now;
}

void GradientController::on_sample(Instant began, Instant now) {
  --outstanding_;
  if (began < epoch_) return;
  samples_.add(static_cast<std::uint64_t>((now - began).count() / 1000));
  if (!measuring() || samples_.count() < config_->request_count) return;
  min_rtt_us_ = take_percentile();
  set_limit(deferred_limit_);
  deferred_limit_ = 0;
  next_ = Next::kAfterInterval;
}

void GradientController::on_update_interval() {
  if (measuring() || samples_.count() == 0) return;
  const std::int64_t sample = std::max<std::int64_t>(1, take_percentile());
  set_limit(next_limit(*config_, limit_, min_rtt_us_, sample));
}

void GradientController::set_limit(std::uint32_t limit) {
  const std::uint32_t old = std::exchange(limit_, limit);
  const bool least = old == config_->min_concurrency && limit == config_->min_concurrency;
  least_in_a_row_ = !measuring() && least ? least_in_a_row_ + 1 : 0;
  constexpr std::uint32_t kDoubtful = 5;
  if (least_in_a_row_ >= kDoubtful && !config_->fixed_min_rtt) next_ = Next::kAtOnce;
}

std::int64_t GradientController::take_percentile() {
  const double value = samples_.quantile(config_->sample_aggregate_percentile / 100);
  samples_.clear();
  return static_cast<std::int64_t>(value);
}

std::optional<Duration> GradientController::take_min_rtt_delay(std::uint64_t random) {
  const Next next = std::exchange(next_, Next::kAsItWas);
  if (next == Next::kAsItWas) return std::nullopt;
  if (next == Next::kAtOnce) return Duration::zero();
  const double range =
      static_cast<double>(to_ms(config_->min_rtt_interval)) * (config_->jitter_percent / 100);
  auto whole = static_cast<std::uint64_t>(range);
  if (static_cast<double>(whole) < range) ++whole;
  const std::uint64_t jitter = whole == 0 ? 0 : random % whole;
  return config_->min_rtt_interval + std::chrono::milliseconds(jitter);
}

}  // namespace squall::policies
