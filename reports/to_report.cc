// The second half of pool.h: figures as a report.
#include <fmt/format.h>

#include "reports/pool.h"

namespace squall::reports {
namespace {

/// Divided, so that 30 s is 30 and not 30.000000000000004.
double seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
double seconds(Instant t) { return seconds(t.time_since_epoch()); }

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

void put_latency(const Histogram& from, Latency& out) {
  if (from.empty()) return;
  out.set_mean(*from.mean_s());
  out.set_p50(*from.quantile_s(0.5));
  out.set_p90(*from.quantile_s(0.9));
  out.set_p95(*from.quantile_s(0.95));
  out.set_p99(*from.quantile_s(0.99));
  out.set_p999(*from.quantile_s(0.999));
  out.set_max(*from.max_s());
}

std::string flags_text(std::uint64_t packed, const std::vector<std::string>& names) {
  if (packed == 0) return "-";
  std::string text;
  for (; packed != 0; packed >>= 8) {
    const std::size_t flag = packed & 0xff;
    if (!text.empty()) text += ',';
    text += flag < names.size() ? names[flag] : fmt::format("flag{}", flag);
  }
  return text;
}

void put_flags(const FlagCounts& from, const std::vector<std::string>& names,
               google::protobuf::Map<std::string, std::uint64_t>& out) {
  if (from.none() > 0) out["-"] = from.none();
  for (const auto& [packed, n] : from.entries()) out[flags_text(packed, names)] += n;
}

/// The parts that a load and an edge have in common.
template <class Message>
void put_outcomes(const Outcomes& from, const RunData& data, Message& out) {
  out.set_requests(from.requests);
  if (from.settled() > 0) {
    out.set_success_ratio(static_cast<double>(from.successes) /
                          static_cast<double>(from.settled()));
  }
  out.set_unfinished(from.requests - from.ended);
  out.set_failed(from.ended - from.successes);
  put_latency(from.latency, *out.mutable_latency_s());
  for (int code = 0; code < static_cast<int>(StatusCounts::kCodes); ++code) {
    if (from.status[code] > 0) (*out.mutable_status())[fmt::format("{}", code)] = from.status[code];
  }
  put_flags(from.flags, data.flag_names, *out.mutable_flags());
  put_flags(from.failed_flags, data.flag_names, *out.mutable_failed_flags());
}

void put_client(const ClientUse& from, Client& out) {
  out.set_calls(from[ClientCount::kCalls]);
  out.set_tries(from[ClientCount::kTries]);
  out.set_retries(from[ClientCount::kRetries]);
  out.set_timeouts(from[ClientCount::kTimeouts]);
  out.set_over_budget(from[ClientCount::kOverBudget]);
  out.set_hedges(from[ClientCount::kHedges]);
  out.set_stopped(from[ClientCount::kStopped]);
  out.set_throttled(from[ClientCount::kThrottled]);
  out.set_no_connection(from[ClientCount::kNoConnection]);
}

/// The parts that a load and one of its operations have in common.
template <class From, class Message>
void put_load_figures(const From& from, const RunData& data, Message& out) {
  const double measured = seconds(data.measured);
  out.set_name(from.name);
  out.set_rate_per_s(ratio(static_cast<double>(from.outcomes.requests), measured));
  out.set_goodput_per_s(ratio(static_cast<double>(from.good_answers), measured));
  put_outcomes(from.outcomes, data, out);
}

void put_load(const LoadData& from, const RunData& data, Load& out) {
  put_load_figures(from, data, out);
  out.set_kind(from.closed ? "closed" : "open");
  out.set_attempts(from.attempts);
  if (from.client) put_client(*from.client, *out.mutable_client());
  for (const OperationData& one : from.operations)
    put_load_figures(one, data, *out.mutable_mix()->add_operations());
  if (!from.held) return;
  const auto count = [&](HeldCount what) { return (*from.held)[static_cast<std::size_t>(what)]; };
  out.mutable_connections()->set_opened(count(HeldCount::kOpened));
  out.mutable_connections()->set_failed(count(HeldCount::kFailed));
  out.mutable_connections()->set_lost(count(HeldCount::kLost));
}

void put_edge(const EdgeData& from, const RunData& data, Edge& out) {
  out.set_source(from.source);
  out.set_service(from.service);
  out.set_subset(from.subset);
  out.set_destination(from.destination);
  out.set_attempts(from.attempts);
  out.set_retries(from.retries);
  out.set_duplicates(from.duplicates);
  out.set_hedges(from.hedges);
  out.set_mirrored(from.mirrored);
  put_outcomes(from.outcomes, data, out);
  out.mutable_overflows()->set_connections(
      from.overflows[static_cast<std::size_t>(Limit::kConnections)]);
  out.mutable_overflows()->set_pending(from.overflows[static_cast<std::size_t>(Limit::kPending)]);
  out.mutable_overflows()->set_requests(from.overflows[static_cast<std::size_t>(Limit::kRequests)]);
  out.mutable_overflows()->set_retries(from.overflows[static_cast<std::size_t>(Limit::kRetries)]);
  out.set_ejections(from.ejections);
  out.set_refused_ejections(from.refused_ejections);
  out.set_panics(from.panics);
  out.set_connections_opened(from.connections_opened);
}

void put_workload(const WorkloadData& from, const RunData& data, Workload& out) {
  const auto ns = static_cast<double>(data.measured.count());
  out.set_name(from.name);
  out.set_replicas(from.replicas);
  out.set_requests(from.requests);
  if (from.capacity_area > 0) out.set_utilization(from.busy_area / from.capacity_area);
  out.set_shed(from.shed);
  out.set_gave_up(from.gave_up);
  out.set_wasted_s(seconds(from.wasted));
  out.set_ready_min(from.ready_min);
  out.set_restarts(from.restarts);
  out.mutable_queue()->set_mean(ratio(from.queue_area, ns));
  out.mutable_queue()->set_max(from.queue_max);
  out.set_in_service_mean(ratio(from.in_service_area, ns));
  out.set_in_system_mean(ratio(from.in_system_area, ns));
  put_latency(from.latency, *out.mutable_latency_s());
  out.set_unfinished(from.unanswered);
  if (from.client) put_client(*from.client, *out.mutable_client());
  if (!from.scaling) return;
  out.mutable_scaling()->set_replicas_min(from.scaling->replicas_min);
  out.mutable_scaling()->set_replicas_max(from.scaling->replicas_max);
  out.mutable_scaling()->set_scale_ins(from.scaling->scale_ins);
  out.mutable_scaling()->set_scale_outs(from.scaling->scale_outs);
}

void put_endpoint(const EndpointData& from, Endpoint& out) {
  out.set_pod(from.pod);
  out.set_requests(from.requests);
  for (const EjectionData& ejection : from.ejections) {
    Ejection& one = *out.add_ejections();
    one.set_by(ejection.by);
    one.set_at_s(seconds(ejection.at));
    one.set_for_s(seconds(ejection.lasts));
    one.set_cause(ejection.cause);
  }
}

void put_series(const RunData& data, RunReport& report) {
  SeriesSet& out = *report.mutable_series();
  out.set_step_s(1);
  for (const LoadData& load : data.loads) {
    LoadSeries& points = (*out.mutable_loads())[load.name];
    if (load.series.steps() == 0) continue;
    out.set_step_s(seconds(load.series.step()));
    for (std::size_t i = 0; i < load.series.steps(); ++i) {
      points.add_requests(load.series.requests(i));
      points.add_success_ratio(load.series.success_ratio(i));
      points.add_p50_s(load.series.quantile_s(i, 0.5));
      points.add_p99_s(load.series.quantile_s(i, 0.99));
    }
  }
}

void put_expectations_and_runs(const RunData& data, RunReport& report) {
  for (const ExpectationResult& result : data.expectations) {
    Expectation& out = *report.add_expectations();
    out.set_text(result.text);
    out.set_ok(result.ok);
    if (result.value) out.set_value(*result.value);
    if (!result.ok) out.set_why(result.why);
    out.set_figure(result.figure);
    if (!result.ok && result.wrong_since) out.set_wrong_from_s(seconds(*result.wrong_since));
    if (result.share.runs == 0) continue;
    out.mutable_runs()->set_held(result.share.held);
    out.mutable_runs()->set_runs(result.share.runs);
    out.mutable_runs()->add_interval(result.share.low);
    out.mutable_runs()->add_interval(result.share.high);
  }
  for (const RunVerdict& run : data.runs) {
    Run& out = *report.add_runs();
    out.set_seed(run.seed);
    out.set_verdict(run.verdict);
  }
  if (data.runs.empty()) {
    Run& out = *report.add_runs();
    out.set_seed(data.seed);
    out.set_verdict(verdict_of(data));
  }
}

}  // namespace

RunReport to_report(const RunData& data) {
  RunReport report;
  report.set_schema_version(kSchemaVersion);
  report.set_scenario(data.scenario);
  report.set_seed(data.seed);
  report.set_duration_s(seconds(data.duration));
  report.set_warmup_s(seconds(data.warmup));
  report.set_verdict(verdict_of(data));
  put_expectations_and_runs(data, report);
  for (const LoadData& load : data.loads) put_load(load, data, *report.add_loads());
  for (const EdgeData& edge : data.edges) put_edge(edge, data, *report.add_edges());
  for (const WorkloadData& workload : data.workloads)
    put_workload(workload, data, *report.add_workloads());
  for (const EndpointData& endpoint : data.endpoints)
    put_endpoint(endpoint, *report.add_endpoints());
  for (const HappeningData& happening : data.timeline) {
    Happening& out = *report.add_timeline();
    out.set_at_s(seconds(happening.at));
    out.set_what(happening.what);
    out.set_who(happening.who);
    out.set_why(happening.why);
  }
  put_series(data, report);
  report.set_events(data.events);
  for (const std::string& note : data.notes) report.add_notes(note);
  for (const std::string& cause : data.causes) report.add_causes(cause);
  return report;
}

}  // namespace squall::reports
