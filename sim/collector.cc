#include "sim/collector.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "policies/response_flags.h"
#include "reports/text.h"
#include "scenarios/manifests.h"
#include "sim/control_plane.h"
#include "sim/proxy.h"

namespace squall::sim {

using reports::Metric;

namespace {
void count_edge_request(reports::EdgeData& row, std::uint32_t attempts) {
  ++row.outcomes.requests;
  row.attempts += attempts;
  row.retries += attempts > 0 ? attempts - 1 : 0;
}

/// Whether it is read at the ends of windows, not told as it happens.
bool is_read(Metric metric) {
  const reports::MetricKind kind = reports::kind_of(metric);
  return metric == Metric::kOverflows || kind == reports::MetricKind::kAverage ||
         kind == reports::MetricKind::kUse || kind == reports::MetricKind::kPeak;
}
}  // namespace

Collector::Collector(const Model& model, reports::RunData& data,
                     const std::vector<reports::Query>& queries, Fates* fates)
    : model_(model),
      data_(data),
      fates_(fates),
      feeds_(model, queries, data.answers),
      from_(model.scenario->warmup),
      to_(model.scenario->duration),
      last_(model.pods.size()),
      last_there_(model.pods.size()),
      connected_(model.edges.size()),
      last_connected_(model.edges.size()),
      ready_(model.pods.size()),
      last_ready_(model.pods.size()),
      told_misfits_(model.misfits.size()),
      served_(model.pods.size()) {
  for (const std::vector<Feed>& feeds : feeds_.pods) pod_has_feed_.push_back(feeds.empty() ? 0 : 1);
  for (const LoadModel& load : model.loads) {
    reports::LoadData& row = data.loads.emplace_back();
    row.name = load.name;
    row.closed = load.load->kind == scenarios::Load::Kind::kClosed;
    row.series = reports::Series(model.scenario->duration);
    if (load.load->client) row.client.emplace();
    if (load.load->connections) row.held.emplace();
    if (model.load_operations[load.first_operation].name.empty()) continue;
    for (const LoadOperationModel& one : model.operations_of(load))
      row.operations.emplace_back().name = one.name;
  }
  for (const EdgeModel& edge : model.edges) {
    reports::EdgeData& row = data.edges.emplace_back();
    row.source = edge.source;
    row.service = edge.service;
    row.subset = edge.subset;
    row.destination = edge.destination;
  }
  if (std::ranges::find(queries, Metric::kHealthy, &reports::Query::metric) != queries.end())
    healthy_.emplace(model);
  for (const WorkloadModel& workload : model.workloads) {
    reports::WorkloadData& row = data.workloads.emplace_back();
    row.name = workload.name;
    row.replicas = row.ready_min = workload.members;
    for (std::uint32_t i = 0; i < workload.members; ++i) {
      ready_[workload.first_pod + i].up(Instant{});
      if (healthy_) healthy_->set_ready(workload.first_pod + i, true, {});
    }
    if (workload.autoscaled)
      row.scaling = {.replicas_min = workload.members, .replicas_max = workload.members};
  }
  for (const ClientModel& client : model.clients) {
    if (client.load == kNone) data.workloads[client.workload].client.emplace();
  }
  for (const PodModel& pod : model.pods) data.endpoints.emplace_back().pod = pod.name;
  for (int i = 0; i <= static_cast<int>(policies::ResponseFlag::kRL); ++i) {
    data.flag_names.emplace_back(policies::short_name(static_cast<policies::ResponseFlag>(i)));
  }
  readings_ = {from_, to_};
  for (const reports::Query& query : queries) {
    if (!is_read(query.metric)) continue;
    for (std::size_t i = 0; i < query.steps(); ++i) {
      const auto [from, to] = query.window(i);
      readings_.push_back(from);
      readings_.push_back(to);
    }
  }
  std::ranges::sort(readings_);
  readings_.erase(std::ranges::unique(readings_).begin(), readings_.end());
}

/// Null for most: its load has no mix.
reports::OperationData* Collector::operation_of(const Call& call) {
  std::vector<reports::OperationData>& all = data_.loads[call.load].operations;
  if (all.empty()) [[likely]]
    return nullptr;
  return &all[call.model - model_.loads[call.load].first_operation];
}

void Collector::on_load_begun(const Call& call) {
  if (measured(call.begun)) {
    ++data_.loads[call.load].outcomes.requests;
    if (reports::OperationData* const one = operation_of(call)) ++one->outcomes.requests;
  }
  if (fates_ != nullptr) [[unlikely]]
    fates_->on_load_begun(call);
}

void Collector::on_load_request(const Call& call, Instant now) {
  const bool success = !call.answer.failed();
  const int code = call.answer.status;
  reports::LoadData& load = data_.loads[call.load];
  load.series.record(call.begun, now - call.begun, success);
  reports::OperationData* const operation = operation_of(call);
  if (measured(now) && code > 0 && code < 500) {
    ++load.good_answers;
    if (operation != nullptr) ++operation->good_answers;
  }
  if (measured(call.begun)) {
    load.attempts += call.attempts;
    load.outcomes.end(now - call.begun, code, call.flags, success);
    if (operation != nullptr) operation->outcomes.end(now - call.begun, code, call.flags, success);
  }
  if (fates_ != nullptr) [[unlikely]]
    fates_->on_load_ended(call, now);
  if (feeds_.loads[call.load].empty()) return;
  feeds_.on_request(feeds_.loads[call.load], {.arrived = call.begun,
                                              .ended = now,
                                              .code = code,
                                              .flags = call.flags,
                                              .success = success,
                                              .attempts = call.attempts,
                                              .edge = call.edge,
                                              .operation = call.model});
}

void Collector::on_edge_request(std::uint32_t edge, const policies::Request& request, Answer answer,
                                std::uint32_t attempts, Instant now) {
  reports::EdgeData& row = data_.edges[edge];
  const bool success = !answer.failed();
  if (measured(request.received)) {
    count_edge_request(row, attempts);
    row.outcomes.end(now - request.received, answer.status, request.outcome.flags.packed, success);
  }
  if (fates_ != nullptr) [[unlikely]]
    fates_->on_edge_ended(edge, request.received, now - request.received, success, attempts);
  if (feeds_.edges[edge].empty()) return;
  feeds_.on_request(feeds_.edges[edge], {.arrived = request.received,
                                         .ended = now,
                                         .code = answer.status,
                                         .flags = request.outcome.flags.packed,
                                         .success = success,
                                         .attempts = attempts});
}

void Collector::on_task_done(std::uint32_t workload, std::uint32_t pod, const Task& task,
                             Instant now) {
  if (measured(task.arrived)) {
    data_.workloads[workload].latency.record(now - task.arrived);
    ++served_[pod];
  }
  if (fates_ != nullptr) [[unlikely]]
    fates_->on_task_ended(workload, task.arrived, now - task.arrived);
  if (pod_has_feed_[pod] != 0) feeds_.on_task(feeds_.pods[pod], task.behaviour, task.arrived, now);
}

void Collector::on_load_unanswered(const Call& call, std::uint32_t edge, std::uint32_t attempts) {
  reports::LoadData& load = data_.loads[call.load];
  load.series.record_unanswered(call.begun);
  if (fates_ != nullptr) fates_->on_load_unanswered(call, attempts);
  if (measured(call.begun)) {
    load.attempts += attempts;
    ++load.outcomes.unanswered;
    if (reports::OperationData* const one = operation_of(call)) ++one->outcomes.unanswered;
  }
  feeds_.on_request(
      feeds_.loads[call.load],
      {.arrived = call.begun, .attempts = attempts, .edge = edge, .operation = call.model});
}

void Collector::on_edge_unanswered(std::uint32_t edge, Instant received, std::uint32_t attempts) {
  reports::EdgeData& row = data_.edges[edge];
  if (measured(received)) {
    count_edge_request(row, attempts);
    ++row.outcomes.unanswered;
  }
  if (fates_ != nullptr) fates_->on_edge_unanswered(edge, received, attempts);
  feeds_.on_request(feeds_.edges[edge], {.arrived = received, .attempts = attempts});
}

void Collector::on_task_unanswered(std::uint32_t workload, std::uint32_t pod, const Task& task) {
  if (measured(task.arrived)) {
    ++data_.workloads[workload].unanswered;
    ++served_[pod];
  }
  if (fates_ != nullptr) fates_->on_task_unanswered(workload, task.arrived);
  feeds_.on_task(feeds_.pods[pod], task.behaviour, task.arrived, std::nullopt);
}

void Collector::on_wasted(std::uint32_t pod, Duration work, Instant arrived) {
  if (measured(arrived)) data_.workloads[model_.pods[pod].workload].wasted += work;
  feeds_.on_time(feeds_.pods[pod], Metric::kWastedS, work, arrived);
}

void Collector::on_look_up(std::uint32_t pod, bool hit, Instant now) {
  if (pod_has_feed_[pod] != 0) feeds_.on_look_up(feeds_.pods[pod], hit, now);
}

void Collector::on_duplicate(const Call& call) {
  if (call.load != kNone && !call.of_client)
    feeds_.on_count(feeds_.loads[call.load], Metric::kDuplicates, call.begun);
  if (call.edge == kNone || call.carrier == Carrier::kClient) return;
  if (measured(call.begun)) ++data_.edges[call.edge].duplicates;
  feeds_.on_count(feeds_.edges[call.edge], Metric::kDuplicates, call.begun);
}

void Collector::on_shed(std::uint32_t pod, bool gave_up, Instant now) {
  if (measured(now)) {
    reports::WorkloadData& row = data_.workloads[model_.pods[pod].workload];
    ++row.shed;
    row.gave_up += gave_up ? 1 : 0;
  }
  feeds_.on_count(feeds_.pods[pod], Metric::kShed, now);
}

void Collector::on_mirrored(std::uint32_t edge, Instant now) {
  if (measured(now)) ++data_.edges[edge].mirrored;
}

void Collector::on_attempt(std::uint32_t pod, Instant now) {
  if (pod_has_feed_[pod] != 0) feeds_.on_count(feeds_.pods[pod], Metric::kAttempts, now);
}

void Collector::on_client(const Call& call, reports::ClientCount what) {
  if (call.load != kNone && what == reports::ClientCount::kHedges)
    feeds_.on_count(feeds_.loads[call.load], Metric::kHedges, call.begun);
  if (!measured(call.begun)) return;
  std::optional<reports::ClientUse>& use =
      call.load != kNone ? data_.loads[call.load].client
                         : data_.workloads[model_.pods[call.pod].workload].client;
  ++(*use)[what];
}

void Collector::on_held(std::uint32_t load, reports::HeldCount what, Instant now) {
  if (measured(now)) ++(*data_.loads[load].held)[static_cast<std::size_t>(what)];
}

void Collector::read_counters(Proxy& proxy) {
  using policies::Stat;
  static constexpr Stat kByLimit[] = {Stat::kCxOverflow, Stat::kRqPendingOverflow,
                                      Stat::kRqActiveOverflow, Stat::kRqRetryOverflow};
  if (proxy.inbound) return;
  for (std::uint32_t cluster = 0; cluster < proxy.clusters.size(); ++cluster) {
    const policies::ClusterState* state = proxy.worker.cluster(cluster);
    const std::uint32_t edge = proxy.rules.cluster_edges[cluster];
    if (state == nullptr || edge == kNone) continue;
    ClusterSlot& read = proxy.clusters[cluster];
    reports::EdgeData& row = data_.edges[edge];
    const bool counts = measured(last_reading_);
    const auto fresh = [](std::uint64_t& before, std::uint64_t count) {
      return count - std::exchange(before, count);
    };
    for (std::size_t limit = 0; limit < std::size(kByLimit); ++limit) {
      const std::uint64_t more = fresh(read.overflows[limit], state->stats.get(kByLimit[limit]));
      if (more == 0) continue;
      if (counts) row.overflows[limit] += more;
      feeds_.on_count(feeds_.edges[edge], Metric::kOverflows, last_reading_, more);
    }
    const std::uint64_t panics = fresh(read.panics, state->stats.get(Stat::kLbHealthyPanic));
    const policies::OutlierStats* outliers = proxy.control.stats(cluster);
    const std::uint64_t refused =
        fresh(read.refused_ejections, outliers != nullptr ? outliers->overflow : 0);
    row.panics += counts ? panics : 0;
    row.refused_ejections += counts ? refused : 0;
  }
}

void Collector::happened(Instant at, std::string what, std::string who, std::string why) {
  constexpr std::size_t kMost = 10'000;  // a flapping mesh must not fill the memory
  if (data_.timeline.size() < kMost)
    data_.timeline.push_back({at, std::move(what), std::move(who), std::move(why)});
}

void Collector::on_ejection(std::uint32_t proxy, const Target& target, const std::string& address,
                            const policies::EjectionEvent& event) {
  const std::string& by = model_.pods[model_.proxies[proxy].pod].name;
  const bool is_pod = target.pod != kNone;
  const std::string& who = is_pod ? model_.pods[target.pod].name : address;
  if (event.outcome == policies::Ejection::kEjected) {
    const std::string cause(policies::to_string(event.cause));
    if (measured(event.at)) ++data_.edges[target.edge].ejections;
    feeds_.on_ejection(feeds_.edges[target.edge], event.cause, event.at);
    happened(event.at, "ejected", who, fmt::format("{}, seen by {}", cause, by));
    if (is_pod && healthy_ && !avoids(proxy, target.pod))
      healthy_->on_ejected(target.pod, event.at);
    OpenEjection& open = open_.emplace_back(OpenEjection{proxy, event.host, &who, target.pod, 0});
    if (!is_pod) return;
    feeds_.on_ejection(feeds_.pods[target.pod], event.cause, event.at);
    std::vector<reports::EjectionData>& rows = data_.endpoints[target.pod].ejections;
    open.row = rows.size();
    rows.push_back({.by = by, .at = event.at, .lasts = {}, .cause = cause});
  } else if (event.outcome == policies::Ejection::kUnejected) {
    happened(event.at, "returned", who, fmt::format("ejection by {} has ended", by));
    end_ejections(event.at, [&](const OpenEjection& one) {
      return one.proxy == proxy && one.host == event.host;
    });
  }
}

template <class Ended>
void Collector::forget_ejections(Instant now, const Ended& ended, const std::string& why) {
  std::set<std::string_view> known;  // once, however many ports and subsets it was ejected at
  for (const OpenEjection& one : open_) {
    if (ended(one) && known.insert(*one.who).second) happened(now, "returned", *one.who, why);
  }
  end_ejections(now, ended);
}

void Collector::on_proxy_lost(std::uint32_t proxy, Instant now) {
  forget_ejections(
      now, [&](const OpenEjection& one) { return one.proxy == proxy; },
      fmt::format("{}, which had ejected it, has crashed",
                  model_.pods[model_.proxies[proxy].pod].name));
}

void Collector::on_rules(std::uint32_t proxy, const policies::Epoch& rules, Instant now) {
  forget_ejections(
      now,
      [&](const OpenEjection& one) {
        return one.proxy == proxy && !rules.has(rules.cluster_of_host(one.host));
      },
      fmt::format("{}, which had ejected it, has other rules",
                  model_.pods[model_.proxies[proxy].pod].name));
}

/// It has ejected the pod, or found that it fails its health checks.
bool Collector::avoids(std::uint32_t proxy, std::uint32_t pod) const {
  const auto is = [&](const auto& one) { return one.proxy == proxy && one.pod == pod; };
  return std::ranges::any_of(open_, is) || std::ranges::any_of(failed_checks_, is);
}

template <class Ended>
void Collector::end_ejections(Instant now, const Ended& ended) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> over;  // by proxy and pod
  std::erase_if(open_, [&](const OpenEjection& one) {
    if (!ended(one)) return false;
    if (one.pod == kNone) return true;
    reports::EjectionData& row = data_.endpoints[one.pod].ejections[one.row];
    row.lasts = now - row.at;
    if (healthy_) over.emplace(one.proxy, one.pod);
    return true;
  });
  for (const auto& [proxy, pod] : over) {
    if (!avoids(proxy, pod)) healthy_->on_returned(pod, now);
  }
}

void Collector::on_misfit(std::uint32_t misfit) {
  if (std::exchange(told_misfits_[misfit], 1) == 0) data_.causes.push_back(model_.misfits[misfit]);
}

/// Of all pairs that could have met, those that did are reported.
void Collector::drop_unused_edges() {
  std::erase_if(data_.edges, [](const reports::EdgeData& edge) {
    const bool limited = std::ranges::any_of(edge.overflows, [](auto n) { return n > 0; });
    return edge.outcomes.requests == 0 && edge.mirrored == 0 && edge.duplicates == 0 &&
           edge.ejections == 0 && edge.refused_ejections == 0 && edge.connections_opened == 0 &&
           !limited;
  });
}

void Collector::finish(Instant now) {
  drop_unused_edges();
  for (reports::WorkloadData& row : data_.workloads)
    row.requests = row.latency.count() + row.unanswered;
  for (std::size_t i = 0; i < served_.size(); ++i) data_.endpoints[i].requests = served_[i];
  end_ejections(now, [](const OpenEjection&) { return true; });
}

}  // namespace squall::sim
