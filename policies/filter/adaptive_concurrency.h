// Adaptive concurrency: how many requests may be under way at once, by how long they take?
//
// The gradient controller: while it measures the shortest round trip only min_concurrency requests
// pass; then, at the end of each update interval with samples, the limit becomes
// trunc(L g + sqrt(L g)) with g = clamp(minRTT (1 + buffer) / sampleRTT, 0.5, 2). It measures anew
// after an interval with jitter, or when the limit has been the least five times in a row. Its two
// timers are the caller's. Source: Envoy's gradient_controller.cc, 1.36 (docs/policies.md,
// "Adaptive concurrency"). Cost: that of the histogram.
#pragma once
#include <cstdint>
#include <optional>

#include "policies/base/time.h"
#include "policies/filter/latency_histogram.h"

namespace squall::policies {

struct AdaptiveConcurrencyConfig {
  bool enabled = true;
  double sample_aggregate_percentile = 50;
  std::uint32_t max_concurrency_limit = 1000;
  Duration concurrency_update_interval = 100ms;
  std::optional<Duration> fixed_min_rtt;  // never measured
  Duration min_rtt_interval = 60s;
  std::uint32_t request_count = 50;
  double jitter_percent = 15;
  std::uint32_t min_concurrency = 3;
  double buffer_percent = 25;
  std::uint16_t exceeded_status = 503;
};

/// The limit after one with these round trips, in microseconds.
std::uint32_t next_limit(const AdaptiveConcurrencyConfig& config, std::uint32_t limit,
                         std::int64_t min_rtt_us, std::int64_t sample_rtt_us);

class GradientController {
 public:
  GradientController(const AdaptiveConcurrencyConfig& config, Instant now);

  /// Takes the request in, when there is room.
  bool admits();
  /// One that was taken in and began at `began` has ended; its answer was whole.
  void on_sample(Instant began, Instant now);
  void on_cancelled() { --outstanding_; }
  /// concurrency_update_interval has passed.
  void on_update_interval();
  /// The time for a new measurement has come.
  void on_min_rtt_timer(Instant now);
  /// Asked after any of these, once: when to measure next, by 64 drawn bits; none: as it was.
  std::optional<Duration> take_min_rtt_delay(std::uint64_t random);

  const AdaptiveConcurrencyConfig& config() const { return *config_; }
  bool measuring() const { return deferred_limit_ > 0; }
  std::uint32_t limit() const { return limit_; }
  std::uint32_t outstanding() const { return outstanding_; }
  std::int64_t min_rtt_us() const { return min_rtt_us_; }
  std::uint64_t blocked() const { return blocked_; }

 private:
  void set_limit(std::uint32_t limit);
  std::int64_t take_percentile();

  const AdaptiveConcurrencyConfig* config_;
  LatencyHistogram samples_;
  std::uint32_t limit_, deferred_limit_ = 0;  // deferred: for after the measurement
  std::uint32_t outstanding_ = 0;
  std::uint32_t least_in_a_row_ = 0;
  std::int64_t min_rtt_us_ = 0;
  Instant epoch_{};  // samples that began before it do not count
  enum class Next : std::uint8_t { kAsItWas, kAtOnce, kAfterInterval } next_ = Next::kAsItWas;
  std::uint64_t blocked_ = 0;
};

}  // namespace squall::policies
