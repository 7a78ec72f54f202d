#include "reports/compared_figures.h"

namespace squall::reports {
namespace {

using Value = std::optional<double>;
using enum Direction;

template <class Row>
Value success(const Row& row) {
  return row.has_success_ratio() ? Value(row.success_ratio()) : std::nullopt;
}

// A latency's figure, absent where there is none.
template <class Row, bool (Latency::*has)() const, double (Latency::*get)() const>
Value latency(const Row& row) {
  const Latency& all = row.latency_s();
  return (all.*has)() ? Value((all.*get)()) : std::nullopt;
}

template <class Row, std::uint64_t (Row::*get)() const>
Value count(const Row& row) {
  return static_cast<double>((row.*get)());
}

template <std::uint64_t (Overflows::*get)() const>
Value overflow(const Edge& edge) {
  return static_cast<double>((edge.overflows().*get)());
}

template <auto get>
Value scaling(const Workload& workload) {
  if (!workload.has_scaling()) return std::nullopt;
  return static_cast<double>((workload.scaling().*get)());
}

template <class Row>
constexpr ComparedFigure<Row> kMean{"mean_s", kUpIsWorse, BatchFigure::kMean,
                                    latency<Row, &Latency::has_mean, &Latency::mean>};
template <class Row>
constexpr ComparedFigure<Row> kP50{"p50_s", kUpIsWorse, BatchFigure::kP50,
                                   latency<Row, &Latency::has_p50, &Latency::p50>};
template <class Row>
constexpr ComparedFigure<Row> kP90{"p90_s", kUpIsWorse, BatchFigure::kP90,
                                   latency<Row, &Latency::has_p90, &Latency::p90>};
template <class Row>
constexpr ComparedFigure<Row> kP95{"p95_s", kUpIsWorse, BatchFigure::kP95,
                                   latency<Row, &Latency::has_p95, &Latency::p95>};
template <class Row>
constexpr ComparedFigure<Row> kP99{"p99_s", kUpIsWorse, BatchFigure::kP99,
                                   latency<Row, &Latency::has_p99, &Latency::p99>};
template <class Row>
constexpr ComparedFigure<Row> kP999{"p999_s", kUpIsWorse, BatchFigure::kNone,
                                    latency<Row, &Latency::has_p999, &Latency::p999>};
template <class Row>
constexpr ComparedFigure<Row> kMax{"max_s", kUpIsWorse, BatchFigure::kNone,
                                   latency<Row, &Latency::has_max, &Latency::max>};

constexpr ComparedFigure<Load> kLoadFigures[] = {
    {"success_ratio", kUpIsBetter, BatchFigure::kSuccess, success<Load>},
    {"goodput_per_s", kUpIsBetter, BatchFigure::kNone,
     [](const Load& load) { return Value(load.goodput_per_s()); }},
    kMean<Load>,
    kP50<Load>,
    kP90<Load>,
    kP95<Load>,
    kP99<Load>,
    kP999<Load>,
    kMax<Load>,
    {"failed", kUpIsWorse, BatchFigure::kFailed, count<Load, &Load::failed>},
    {"unfinished", kUpIsWorse, BatchFigure::kUnfinished, count<Load, &Load::unfinished>},
    {"requests", kNeither, BatchFigure::kRequests, count<Load, &Load::requests>},
    {"attempts", kNeither, BatchFigure::kAttempts, count<Load, &Load::attempts>},
};

constexpr ComparedFigure<Edge> kEdgeFigures[] = {
    {"success_ratio", kUpIsBetter, BatchFigure::kSuccess, success<Edge>},
    kMean<Edge>,
    kP50<Edge>,
    kP90<Edge>,
    kP95<Edge>,
    kP99<Edge>,
    kP999<Edge>,
    kMax<Edge>,
    {"failed", kUpIsWorse, BatchFigure::kFailed, count<Edge, &Edge::failed>},
    {"unfinished", kUpIsWorse, BatchFigure::kUnfinished, count<Edge, &Edge::unfinished>},
    {"requests", kNeither, BatchFigure::kRequests, count<Edge, &Edge::requests>},
    {"attempts", kNeither, BatchFigure::kAttempts, count<Edge, &Edge::attempts>},
    {"retries", kNeither, BatchFigure::kRetries, count<Edge, &Edge::retries>},
    {"duplicates", kUpIsWorse, BatchFigure::kNone, count<Edge, &Edge::duplicates>},
    {"mirrored", kNeither, BatchFigure::kNone, count<Edge, &Edge::mirrored>},
    {"overflows_connections", kNeither, BatchFigure::kNone, overflow<&Overflows::connections>},
    {"overflows_pending", kNeither, BatchFigure::kNone, overflow<&Overflows::pending>},
    {"overflows_requests", kNeither, BatchFigure::kNone, overflow<&Overflows::requests>},
    {"overflows_retries", kNeither, BatchFigure::kNone, overflow<&Overflows::retries>},
    {"ejections", kNeither, BatchFigure::kNone, count<Edge, &Edge::ejections>},
    {"refused_ejections", kNeither, BatchFigure::kNone, count<Edge, &Edge::refused_ejections>},
    {"panics", kNeither, BatchFigure::kNone, count<Edge, &Edge::panics>},
    {"connections_opened", kNeither, BatchFigure::kNone, count<Edge, &Edge::connections_opened>},
};

constexpr ComparedFigure<Workload> kWorkloadFigures[] = {
    {"utilization", kNeither, BatchFigure::kNone,
     [](const Workload& one) {
       return one.has_utilization() ? Value(one.utilization()) : std::nullopt;
     }},
    {"queue_mean", kUpIsWorse, BatchFigure::kNone,
     [](const Workload& one) { return Value(one.queue().mean()); }},
    {"queue_max", kUpIsWorse, BatchFigure::kNone,
     [](const Workload& one) { return Value(static_cast<double>(one.queue().max())); }},
    {"in_service_mean", kNeither, BatchFigure::kNone,
     [](const Workload& one) { return Value(one.in_service_mean()); }},
    {"in_system_mean", kNeither, BatchFigure::kNone,
     [](const Workload& one) { return Value(one.in_system_mean()); }},
    kMean<Workload>,
    kP50<Workload>,
    kP90<Workload>,
    kP95<Workload>,
    kP99<Workload>,
    kP999<Workload>,
    kMax<Workload>,
    {"requests", kNeither, BatchFigure::kRequests, count<Workload, &Workload::requests>},
    {"unfinished", kUpIsWorse, BatchFigure::kUnfinished, count<Workload, &Workload::unfinished>},
    {"shed", kUpIsWorse, BatchFigure::kNone, count<Workload, &Workload::shed>},
    {"gave_up", kUpIsWorse, BatchFigure::kNone, count<Workload, &Workload::gave_up>},
    {"wasted_s", kUpIsWorse, BatchFigure::kNone,
     [](const Workload& one) { return Value(one.wasted_s()); }},
    {"ready_min", kUpIsBetter, BatchFigure::kNone,
     [](const Workload& one) { return Value(one.ready_min()); }},
    {"restarts", kUpIsWorse, BatchFigure::kNone, count<Workload, &Workload::restarts>},
    {"replicas", kNeither, BatchFigure::kNone,
     [](const Workload& one) { return Value(one.replicas()); }},
    {"replicas_min", kNeither, BatchFigure::kNone, scaling<&Scaling::replicas_min>},
    {"replicas_max", kNeither, BatchFigure::kNone, scaling<&Scaling::replicas_max>},
    {"scale_ins", kNeither, BatchFigure::kNone, scaling<&Scaling::scale_ins>},
    {"scale_outs", kNeither, BatchFigure::kNone, scaling<&Scaling::scale_outs>},
};

}  // namespace

std::span<const ComparedFigure<Load>> load_figures() { return kLoadFigures; }
std::span<const ComparedFigure<Edge>> edge_figures() { return kEdgeFigures; }
std::span<const ComparedFigure<Workload>> workload_figures() { return kWorkloadFigures; }

}  // namespace squall::reports
