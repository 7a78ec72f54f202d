// Series: how one load fared, step by step of the run's clock.
//
// A request belongs to the step in which it arrived. Each step has a small sketch of latencies (16
// buckets an octave from 1 µs up, a value within 3.2 %), so its quantiles are a few percent off:
// for looking at, not for judging. A step is a whole number of seconds, the least that keeps a run
// within 2,880 of them. Cost: about 2 ns a record; 2 KiB a step, taken when the series is made, so
// nothing while a run goes.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/time.h"
#include "reports/histogram.h"

namespace squall::reports {

class Series {
 public:
  static constexpr std::int64_t kMostSteps = 2880;

  Series() = default;
  /// For arrivals in [0, duration).
  explicit Series(Duration duration);

  /// A request that ended. One that arrived later than the duration is left out.
  void record(Instant arrived, Duration latency, bool success) {
    const auto at = static_cast<std::size_t>(to_ns(arrived)) / step_ns_;
    if (at >= steps_.size()) return;
    Step& step = steps_[at];
    ++step.requests;
    step.successes += success ? 1 : 0;
    ++step.counts[Sketch::index(static_cast<std::uint64_t>(latency.count()) >> kUnitBits)];
  }
  /// A request that never had an answer: it has not succeeded, and is in no latency.
  void record_unanswered(Instant arrived) {
    const auto at = static_cast<std::size_t>(to_ns(arrived)) / step_ns_;
    if (at >= steps_.size()) return;
    ++steps_[at].requests;
    ++steps_[at].unanswered;
  }
  /// Adds another run's. REQUIRES: the same duration, or one of them without steps.
  void merge(const Series& other);

  Duration step() const { return Duration(static_cast<std::int64_t>(step_ns_)); }
  std::size_t steps() const { return steps_.size(); }
  std::uint64_t requests(std::size_t step) const { return steps_[step].requests; }
  std::uint64_t unanswered(std::size_t step) const { return steps_[step].unanswered; }
  // Not a number when the step has no request, the quantile when it has no answered one.
  double success_ratio(std::size_t step) const;
  double quantile_s(std::size_t step, double q) const;

 private:
  static constexpr int kUnitBits = 10;  // the sketch counts in units of 1.024 µs
  using Sketch = LogBuckets<4, 30>;     // up to 18 minutes

  struct Step {
    std::uint32_t requests = 0;
    std::uint32_t successes = 0;
    std::uint32_t unanswered = 0;
    std::uint32_t counts[Sketch::kCount] = {};
  };

  std::uint64_t step_ns_ = 1'000'000'000;
  std::vector<Step> steps_;
};

}  // namespace squall::reports
