#include "reports/query.h"

#include <algorithm>
#include <cmath>

namespace squall::reports {
namespace {

struct Entry {
  Metric metric;
  std::string_view name;
  MetricKind kind;
};

// In the order of the enumerators.
constexpr std::array<Entry, kMetrics> kTable = {{
    {Metric::kRequests, "requests", MetricKind::kCount},
    {Metric::kRate, "rate", MetricKind::kPerSecond},
    {Metric::kAttempts, "attempts", MetricKind::kCount},
    {Metric::kRetries, "retries", MetricKind::kCount},
    {Metric::kDuplicates, "duplicates", MetricKind::kCount},
    {Metric::kSuccess, "success", MetricKind::kShare},
    {Metric::kGoodput, "goodput", MetricKind::kPerSecond},
    {Metric::kThroughput, "throughput", MetricKind::kPerSecond},
    {Metric::kMean, "mean", MetricKind::kLatency},
    {Metric::kP50, "p50", MetricKind::kLatency},
    {Metric::kP90, "p90", MetricKind::kLatency},
    {Metric::kP95, "p95", MetricKind::kLatency},
    {Metric::kP99, "p99", MetricKind::kLatency},
    {Metric::kP999, "p999", MetricKind::kLatency},
    {Metric::kMax, "max", MetricKind::kLatency},
    {Metric::kEjections, "ejections", MetricKind::kCount},
    {Metric::kHealthy, "healthy", MetricKind::kAverage},
    {Metric::kReady, "ready", MetricKind::kAverage},
    {Metric::kUtilization, "utilization", MetricKind::kUse},
    {Metric::kQueueMean, "queue_mean", MetricKind::kAverage},
    {Metric::kQueueMax, "queue_max", MetricKind::kPeak},
    {Metric::kInSystemMean, "in_system_mean", MetricKind::kAverage},
    {Metric::kInServiceMean, "in_service_mean", MetricKind::kAverage},
    {Metric::kShed, "shed", MetricKind::kCount},
    {Metric::kWastedS, "wasted_s", MetricKind::kSeconds},
    {Metric::kHitRatio, "hit_ratio", MetricKind::kShare},
    {Metric::kConnections, "connections", MetricKind::kAverage},
    {Metric::kConnectionsOpened, "connections_opened", MetricKind::kCount},
    {Metric::kOverflows, "overflows", MetricKind::kCount},
    {Metric::kHedges, "hedges", MetricKind::kCount},
    {Metric::kRestarts, "restarts", MetricKind::kCount},
    {Metric::kScaleIns, "scale_ins", MetricKind::kCount},
    {Metric::kUnfinished, "unfinished", MetricKind::kCount},
}};

constexpr bool table_is_in_order() {
  for (std::size_t i = 0; i < kMetrics; ++i) {
    if (kTable[i].metric != static_cast<Metric>(i)) return false;
  }
  return true;
}
static_assert(table_is_in_order());

const Entry& entry(Metric metric) { return kTable[static_cast<std::size_t>(metric)]; }

std::optional<double> latency_figure(Metric metric, const Histogram& latency) {
  switch (metric) {
    case Metric::kP50:
      return latency.quantile_s(0.5);
    case Metric::kP90:
      return latency.quantile_s(0.9);
    case Metric::kP95:
      return latency.quantile_s(0.95);
    case Metric::kP99:
      return latency.quantile_s(0.99);
    case Metric::kP999:
      return latency.quantile_s(0.999);
    case Metric::kMax:
      return latency.max_s();
    default:
      return latency.mean_s();
  }
}

std::optional<double> share(double part, double whole) {
  if (whole <= 0) return std::nullopt;
  return part / whole;
}

}  // namespace

std::optional<Metric> metric_of(std::string_view name) {
  for (const Entry& e : kTable) {
    if (e.name == name) return e.metric;
  }
  return std::nullopt;
}

std::string_view name_of(Metric metric) { return entry(metric).name; }

MetricKind kind_of(Metric metric) { return entry(metric).kind; }

bool is_label(std::string_view key) {
  return std::find(kLabels.begin(), kLabels.end(), key) != kLabels.end();
}

std::size_t Query::steps() const {
  if (to <= from) return 0;
  if (step <= Duration{}) return 1;
  return static_cast<std::size_t>((to - from + step - Duration(1)) / step);
}

std::pair<Instant, Instant> Query::window(std::size_t index) const {
  if (step <= Duration{}) return {from, to};
  const Instant start = from + step * static_cast<std::int64_t>(index);
  return {start, std::min(start + step, to)};
}

void Accumulator::merge(const Accumulator& other) {
  hits_ += other.hits_;
  of_ += other.of_;
  area_ += other.area_;
  capacity_ += other.capacity_;
  peak_ = std::max(peak_, other.peak_);
  runs_ += other.runs_;
  latency_.merge(other.latency_);
}

std::optional<double> Accumulator::value(Metric metric, Duration window) const {
  const double ns = static_cast<double>(window.count()) * static_cast<double>(runs_);
  const auto hits = static_cast<double>(hits_);
  switch (kind_of(metric)) {
    case MetricKind::kCount:
      return hits;
    case MetricKind::kPerSecond:
      return share(hits, ns / 1e9);
    case MetricKind::kShare:
      return share(hits, static_cast<double>(of_));
    case MetricKind::kLatency:
      return latency_figure(metric, latency_);
    case MetricKind::kAverage:
      return share(area_, ns);
    case MetricKind::kUse:
      return share(area_, capacity_);
    case MetricKind::kPeak:
      return peak_;
    case MetricKind::kSeconds:
      return area_ / 1e9;
  }
  return std::nullopt;
}

double Accumulator::deviation(Metric metric, Duration window, double mean) const {
  const double seconds = to_seconds(window) * static_cast<double>(runs_);
  switch (kind_of(metric)) {
    case MetricKind::kPerSecond:
      return mean > 0 && seconds > 0 ? std::sqrt(mean / seconds) : 0;
    case MetricKind::kShare:
      return of_ > 0 ? std::sqrt(std::max(mean * (1 - mean), 0.0) / static_cast<double>(of_)) : 0;
    default:
      return 0;
  }
}

}  // namespace squall::reports
