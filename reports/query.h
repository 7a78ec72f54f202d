// Query: which figure of a run, of what, and when; and the state of its answer.
//
// An expectation's terms become queries before the run; the simulator feeds one Accumulator for
// each step of each query and hands them back. Accumulators of several seeds merge into the answer
// over all runs: counts add, ratios and quantiles are those of all requests together, rates and
// averages are per second of all runs. Cost: an Accumulator is about 100 bytes; one that has seen a
// latency also holds a Histogram.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/time.h"
#include "reports/histogram.h"

namespace squall::reports {

enum class Metric : std::uint8_t {
  kRequests,
  kRate,
  kAttempts,
  kRetries,
  kDuplicates,
  kSuccess,
  kGoodput,
  kThroughput,
  kMean,
  kP50,
  kP90,
  kP95,
  kP99,
  kP999,
  kMax,
  kEjections,
  kHealthy,
  kReady,
  kUtilization,
  kQueueMean,
  kQueueMax,
  kInSystemMean,
  kInServiceMean,
  kShed,
  kWastedS,
  kHitRatio,
  kConnections,
  kConnectionsOpened,
  kOverflows,
  kHedges,
  kRestarts,
  kScaleIns,
  kUnfinished,
};
inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::kUnfinished) + 1;

/// How a metric comes out of an Accumulator, and so which of its feeders the metric takes.
enum class MetricKind : std::uint8_t {
  kCount,      // add: how many
  kPerSecond,  // add: how many a second of the window
  kShare,      // observe: good ones of all
  kLatency,    // record: a figure of the durations, in seconds
  kAverage,    // hold: the level's average over the window
  kUse,        // hold_of: used of what there was, over the window
  kPeak,       // reach: the highest
  kSeconds,    // spend: a sum of durations, in seconds
};

std::optional<Metric> metric_of(std::string_view name);
std::string_view name_of(Metric metric);
MetricKind kind_of(Metric metric);

/// The keys that a query's labels may have.
inline constexpr std::array<std::string_view, 12> kLabels = {"load", "from",   "to",   "workload",
                                                             "pod",  "subset", "zone", "operation",
                                                             "code", "flag",   "kind", "cause"};
bool is_label(std::string_view key);

struct Query {
  Metric metric = Metric::kRequests;
  std::vector<std::pair<std::string, std::string>> labels;  // all must hold; in the order written
  Instant from{};  // the window [from, to) on the run's clock
  Instant to{};
  Duration
      step{};  // 0: one answer for the window; else one for each step of it, the last maybe shorter
  friend bool operator==(const Query&, const Query&) = default;

  /// How many accumulators answer it.
  std::size_t steps() const;
  /// The window of one of them.
  std::pair<Instant, Instant> window(std::size_t index) const;
  /// The accumulator that an instant belongs to; none outside the window.
  std::optional<std::size_t> step_of(Instant at) const {
    if (at < from || at >= to) return std::nullopt;
    return step > Duration{} ? static_cast<std::size_t>((at - from) / step) : 0;
  }
};

class Accumulator {
 public:
  void add(std::uint64_t n = 1) { hits_ += n; }
  void observe(bool good) { hits_ += good ? 1 : 0, ++of_; }
  void record(Duration latency) { latency_.record(latency); }
  void hold(double level, Duration time) { area_ += level * static_cast<double>(time.count()); }
  void hold_of(double used, double capacity, Duration time) {
    hold(used, time);
    capacity_ += capacity * static_cast<double>(time.count());
  }
  void reach(double level) { peak_ = level > peak_ ? level : peak_; }
  void spend(Duration time) { area_ += static_cast<double>(time.count()); }

  /// Adds another run's answer to the same query.
  void merge(const Accumulator& other);
  /// The figure over a window of that length in each run; none when there was nothing to tell it
  /// from.
  std::optional<double> value(Metric metric, Duration window) const;
  /// The standard deviation that chance gives such a figure whose mean is `mean`: of a Poisson
  /// count for rates, binomial for shares; 0 for all others.
  double deviation(Metric metric, Duration window, double mean) const;
  std::uint64_t latencies() const { return latency_.count(); }

 private:
  std::uint64_t hits_ = 0;
  std::uint64_t of_ = 0;
  double area_ = 0;      // level x nanoseconds
  double capacity_ = 0;  // the same of what there was
  double peak_ = 0;
  std::uint32_t runs_ = 1;
  Histogram latency_;
};

/// The answers to one query: Shape: steps() of them.
using Answer = std::vector<Accumulator>;

}  // namespace squall::reports
