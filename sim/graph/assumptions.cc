// Assumptions: what the figures of a graph leave out, each in a sentence.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reports/text.h"
#include "sim/graph/mesh_graph.h"

namespace squall::sim {
namespace {

using topology::Way;

/// A way with a timeout and what it is held against.
struct Timed {
  std::string from, to;
  double timeout_s = 0, mean_s = 0;
};

class Timeouts {
 public:
  Timeouts(const topology::Graph& graph, const topology::Solution& solution)
      : graph_(graph), solution_(solution) {
    for (const topology::Load& load : graph.loads) add(load.call);
    for (std::size_t i = 0; i < graph.operations.size(); ++i) {
      if (!(solution.operations[i] > 0)) continue;
      for (const topology::Step& step : graph.operations[i].steps) {
        for (const topology::Call& call : step.calls) add(call);
      }
    }
  }

  /// Those that the mean exceeds, each; else the one that comes nearest.
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    const Timed* nearest = nullptr;
    for (const Timed& one : found_) {
      if (one.mean_s >= one.timeout_s) {
        std::string text = fmt::format(
            "the timeout of {} from {} to {} is not met, though the answer takes {} "
            "on average",
            reports::duration_text(one.timeout_s), one.from, one.to,
            reports::duration_text(one.mean_s));
        if (std::ranges::find(all, text) == all.end()) all.push_back(std::move(text));
      }
      if (nearest == nullptr || one.mean_s / one.timeout_s > nearest->mean_s / nearest->timeout_s)
        nearest = &one;
    }
    if (all.empty() && nearest != nullptr)
      all.push_back(fmt::format(
          "no timeout is met; the nearest is {} from {} to {}, where answers take {} on average",
          reports::duration_text(nearest->timeout_s), nearest->from, nearest->to,
          reports::duration_text(nearest->mean_s)));
    return all;
  }

 private:
  void add(const topology::Call& call) {
    for (const Way& way : call.ways) {
      if (way.targets.empty() || way.copy) continue;
      double attempts = 0, time_s = 0;
      for (const topology::WayFlow& flow : topology::way_flows(graph_, solution_.answers, way))
        attempts += flow.attempts;
      for (const topology::Target& target : way.targets)
        time_s += target.share * solution_.answers[target.operation].time_s;
      add(way, way.timeout_s, attempts * time_s);
      add(way, way.attempt_timeout_s, time_s);
    }
  }
  void add(const Way& way, double timeout_s, double mean_s) {
    if (timeout_s <= 0) return;
    const topology::Edge& edge = graph_.edges[way.targets.front().edge];
    found_.push_back(
        {.from = edge.source, .to = edge.service, .timeout_s = timeout_s, .mean_s = mean_s});
  }

  const topology::Graph& graph_;
  const topology::Solution& solution_;
  std::vector<Timed> found_;
};

std::string fault_text(const FaultModel& fault) {
  const double at = to_seconds(fault.fault->at);
  return fmt::format("{} of {} at {:g} s", fault.what, fault.target, at);
}

std::string closed_text(const topology::Load& load, const topology::LoadFlow& flow) {
  if (!(flow.per_s > 0))
    return fmt::format("load {} is left out: nothing takes time between its requests", load.name);
  return fmt::format(
      "the {} of load {} ask as often as when nothing waits, {} together, which is "
      "the most",
      reports::counted(load.users, "user"), load.name, reports::rate_text(flow.per_s));
}

}  // namespace

std::vector<std::string> assumptions_of(const Model& model, const MeshGraph& mesh,
                                        const topology::Solution& solution) {
  const topology::Graph& graph = mesh.graph;
  std::vector<std::string> all = {
      "nothing waits for a slot, a core or a connection, nor between retries: flows hold below "
      "saturation, latencies are the least"};
  for (std::size_t i = 0; i < graph.loads.size(); ++i) {
    if (graph.loads[i].users > 0) all.push_back(closed_text(graph.loads[i], solution.loads[i]));
  }
  all.insert(all.end(), mesh.assumptions.begin(), mesh.assumptions.end());
  std::vector<std::string> faults, queues, limits, contended;
  for (const FaultModel& fault : model.faults) {
    if (fault.fault->kind != scenarios::Fault::Kind::kSurge) faults.push_back(fault_text(fault));
  }
  if (!faults.empty())
    all.push_back(fmt::format("no fault of the scenario: {}", fmt::join(faults, ", ")));
  if (!model.scenario->changes.empty())
    all.emplace_back("no change of the scenario: replicas are those of the start");
  if (model.scenario->network.latency || model.scenario->network.tls_cpu > Duration{})
    all.emplace_back("messages and connections take no time");
  for (const WorkloadModel& workload : model.workloads) {
    const scenarios::Queue& queue = workload.queue;
    if (queue.limit || queue.timeout || queue.codel) queues.push_back(workload.name);
    if (workload.rate_limit) limits.push_back(workload.name);
    if (!workload.contention.empty()) contended.push_back(workload.name);
  }
  if (!queues.empty())
    all.push_back(
        fmt::format("no queue turns a request away: those of {}", fmt::join(queues, ", ")));
  if (!limits.empty())
    all.push_back(
        fmt::format("no rate limit turns a request away: those of {}", fmt::join(limits, ", ")));
  if (!contended.empty())
    all.push_back(
        fmt::format("no contention makes work longer: that of {}", fmt::join(contended, ", ")));
  for (std::string& text : Timeouts(graph, solution).texts()) all.push_back(std::move(text));
  return all;
}

}  // namespace squall::sim
