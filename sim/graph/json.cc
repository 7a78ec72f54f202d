// A graph as JSON; docs/graph.md says what its fields mean.
#include <nlohmann/json.hpp>

#include "sim/graph/graph_report.h"

namespace squall::sim {
namespace {

using Json = nlohmann::ordered_json;

class GraphJson {
 public:
  explicit GraphJson(const GraphReport& report) : report_(report), graph_(report.graph) {}

  Json json() const {
    Json out = {{"schema_version", 1}, {"scenario", report_.scenario}};
    if (const auto& first = report_.solution.bottleneck) {
      out["bottleneck"] = {{"workload", name_of(first->workload)},
                           {"saturates_at", rounded(first->saturates_at)}};
    }
    for (const char* list : {"loads", "workloads", "edges", "cycles"}) out[list] = Json::array();
    for (std::uint32_t i = 0; i < graph_.loads.size(); ++i) out["loads"].push_back(load(i));
    for (std::uint32_t i = 0; i < graph_.workloads.size(); ++i)
      out["workloads"].push_back(workload(i));
    for (std::uint32_t i = 0; i < graph_.edges.size(); ++i) {
      if (report_.shown(i)) out["edges"].push_back(edge(i));
    }
    for (const auto& cycle : report_.cycles) {
      Json names = Json::array();
      for (const std::uint32_t one : cycle) names.push_back(name_of(one));
      out["cycles"].push_back(std::move(names));
    }
    out["assumptions"] = report_.assumptions;
    return out;
  }

 private:
  const std::string& name_of(std::uint32_t workload) const {
    return graph_.workloads[workload].name;
  }

  Json load(std::uint32_t index) const {
    const topology::Load& load = graph_.loads[index];
    const topology::LoadFlow& flow = report_.solution.loads[index];
    Json out = {{"name", load.name},
                {"kind", load.users > 0 ? "closed" : "open"},
                {"from", load.from == kNone ? "outside" : name_of(load.from)},
                {"rate_per_s", rounded(flow.per_s)},
                {"failed_ratio", rounded(flow.failed)},
                {"latency_s", rounded(flow.latency_s)},
                {"critical_path", Json::array()}};
    for (const topology::Hop& hop : report_.paths[index]) {
      const topology::Operation& operation = graph_.operations[hop.operation];
      out["critical_path"].push_back({{"workload", name_of(operation.workload)},
                                      {"operation", operation.name},
                                      {"depth", hop.depth},
                                      {"own_s", rounded(hop.own_s)},
                                      {"whole_s", rounded(hop.whole_s)}});
    }
    if (report_.run) {
      const reports::Load& ran = report_.run->loads(static_cast<int>(index));
      out["run"] = {{"rate_per_s", rounded(ran.rate_per_s())}};
      if (ran.latency_s().has_mean()) out["run"]["latency_s"] = rounded(ran.latency_s().mean());
    }
    return out;
  }

  Json hits(const std::vector<topology::Hit>& list, bool of_loads) const {
    Json out = Json::array();
    for (const topology::Hit& hit : list) {
      out.push_back({{"name", of_loads ? graph_.loads[hit.index].name : name_of(hit.index)},
                     {"failed_ratio", rounded(hit.after)}});
    }
    return out;
  }

  Json workload(std::uint32_t index) const {
    const topology::Workload& workload = graph_.workloads[index];
    const topology::WorkloadFlow& flow = report_.solution.workloads[index];
    Json out = {{"name", workload.name},
                {"replicas", workload.replicas},
                {"rate_per_s", rounded(flow.per_s)},
                {"failed_ratio", rounded(flow.failed)},
                {"work_s", rounded(flow.work_s)},
                {"held_s", rounded(flow.held_s)}};
    if (flow.slots) out["slots_utilization"] = rounded(*flow.slots);
    if (flow.cores) out["cores_utilization"] = rounded(*flow.cores);
    if (const double used = flow.utilization().value_or(0); used > 0)
      out["saturates_at"] = rounded(1 / used);
    const topology::Blast& blast = report_.blasts[index];
    out["blast"] = {{"loads", hits(blast.loads, true)},
                    {"workloads", hits(blast.workloads, false)}};
    if (report_.run) {
      const reports::Workload* ran = report_.run_of_workload(index);
      out["run"] = {{"rate_per_s", ran == nullptr ? 0 : per_second(ran->requests())}};
      if (ran != nullptr && ran->has_utilization())
        out["run"]["utilization"] = rounded(ran->utilization());
    }
    return out;
  }

  Json edge(std::uint32_t index) const {
    const topology::Edge& edge = graph_.edges[index];
    const topology::EdgeFlow& flow = report_.solution.edges[index];
    Json out = {{"source", edge.source},
                {"service", edge.service},
                {"subset", edge.subset},
                {"destination", edge.destination},
                {"rate_per_s", rounded(flow.per_s)},
                {"attempts_per_s", rounded(flow.attempts_per_s)},
                {"copies_per_s", rounded(flow.copies_per_s)},
                {"failed_ratio", rounded(flow.failed)},
                {"critical", report_.on_critical_path(index)}};
    if (const reports::Edge* ran = report_.run_of_edge(index)) {
      out["run"] = {{"rate_per_s", per_second(ran->requests())},
                    {"attempts_per_s", per_second(ran->attempts())}};
    }
    return out;
  }

  double per_second(std::uint64_t count) const {
    return rounded(static_cast<double>(count) / report_.run_seconds());
  }

  const GraphReport& report_;
  const topology::Graph& graph_;
};

}  // namespace

std::string to_json(const GraphReport& report) {
  return GraphJson(report).json().dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace squall::sim
