#include "sim/graph/graph_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/build.h"
#include "sim/graph/mesh_graph.h"
#include "topology/order.h"

namespace squall::sim {
namespace {

std::string cycle_text(const topology::Graph& graph, const std::vector<std::uint32_t>& cycle) {
  std::string text;
  for (const std::uint32_t workload : cycle) text += graph.workloads[workload].name + " -> ";
  return text + graph.workloads[cycle.front()].name;
}

std::unexpected<Diagnostics> endless(const scenarios::Scenario& scenario, const MeshGraph& mesh) {
  std::vector<std::string> texts;
  for (const auto& cycle : topology::cycles(mesh.graph))
    texts.push_back(cycle_text(mesh.graph, cycle));
  return std::unexpected(Diagnostics(
      {scenario.file, 0, 0, Severity::kError,
       fmt::format("calls lead back to their caller so often that requests grow without end: {}",
                   fmt::join(texts, ", ")),
       "give one of the calls a probability"}));
}

void round_flows(topology::Solution& solution) {
  for (topology::EdgeFlow& flow : solution.edges) {
    for (double* one : {&flow.per_s, &flow.attempts_per_s, &flow.copies_per_s, &flow.failed})
      *one = rounded(*one);
  }
  for (topology::WorkloadFlow& flow : solution.workloads) {
    for (double* one : {&flow.per_s, &flow.failed, &flow.work_s, &flow.held_s})
      *one = rounded(*one);
    for (auto* one : {&flow.slots, &flow.cores}) {
      if (*one) *one = rounded(**one);
    }
  }
  for (topology::LoadFlow& flow : solution.loads) {
    for (double* one : {&flow.per_s, &flow.failed, &flow.latency_s}) *one = rounded(*one);
  }
}

std::string share_text(double before, double after) {
  if (after >= 1 - 1e-9) return "all";
  std::string text = reports::percent_text(after);
  if (before > 1e-9) text += fmt::format(" instead of {}", reports::percent_text(before));
  return text;
}

}  // namespace

double rounded(double value) {
  const std::string text = fmt::format("{:.9g}", value);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Result<GraphReport> graph_report(const scenarios::Scenario& scenario, Diagnostics& warnings) {
  const auto model = build(scenario);
  if (!model) return std::unexpected(model.error());
  warnings.add((*model)->warnings);
  MeshGraph mesh = to_topology(**model);
  auto solution = topology::solve(mesh.graph);
  if (!solution) return endless(scenario, mesh);
  GraphReport report;
  report.scenario = scenario.name;
  report.assumptions = assumptions_of(**model, mesh, *solution);
  report.graph = std::move(mesh.graph);
  report.solution = *std::move(solution);
  report.cycles = topology::cycles(report.graph);
  for (const topology::Load& load : report.graph.loads)
    report.paths.push_back(topology::critical_path(report.graph, report.solution, load));
  for (std::uint32_t i = 0; i < report.graph.workloads.size(); ++i)
    report.blasts.push_back(topology::blast(report.graph, report.solution, i));
  round_flows(report.solution);
  const reports::Names names = report.names();
  for (std::string& assumption : report.assumptions) assumption = names.in_text(assumption);
  return report;
}

reports::Names GraphReport::names() const {
  reports::RunReport named;
  for (const topology::Workload& workload : graph.workloads)
    named.add_workloads()->set_name(workload.name);
  for (const topology::Edge& edge : graph.edges) {
    if (edge.from == kNone) continue;  // not of the mesh
    reports::Edge& row = *named.add_edges();
    row.set_source(edge.source);
    row.set_service(edge.service);
    row.set_destination(edge.destination);
  }
  return reports::Names(named);
}

bool GraphReport::on_critical_path(std::uint32_t edge) const {
  return std::ranges::any_of(paths, [&](const std::vector<topology::Hop>& path) {
    return std::ranges::find(path, edge, &topology::Hop::edge) != path.end();
  });
}

bool GraphReport::shown(std::uint32_t edge) const {
  const topology::EdgeFlow& flow = solution.edges[edge];
  return graph.edges[edge].to != kNone || flow.per_s > 0;
}

const reports::Edge* GraphReport::run_of_edge(std::uint32_t edge) const {
  const topology::Edge& ends = graph.edges[edge];
  if (!run) return nullptr;
  for (const reports::Edge& one : run->edges()) {
    if (one.source() == ends.source && one.service() == ends.service &&
        one.subset() == ends.subset && one.destination() == ends.destination)
      return &one;
  }
  return nullptr;
}

const reports::Workload* GraphReport::run_of_workload(std::uint32_t workload) const {
  if (!run) return nullptr;
  for (const reports::Workload& one : run->workloads()) {
    if (one.name() == graph.workloads[workload].name) return &one;
  }
  return nullptr;
}

namespace {

std::string times_text(double times) { return fmt::format("{:.3g}", times); }

std::string bottleneck_text(const GraphReport& report, const reports::Names& names) {
  if (report.graph.loads.empty()) return "no load: there is nothing to solve";
  if (!report.solution.bottleneck)
    return "nothing saturates: no workload that is asked has a `concurrency` or a `cpu`";
  const auto [index, saturates_at] = *report.solution.bottleneck;
  const topology::Workload& workload = report.graph.workloads[index];
  const topology::WorkloadFlow& flow = report.solution.workloads[index];
  const bool by_cores = flow.cores && !(flow.slots > flow.cores);
  const std::string what = reports::counted(
      std::uint64_t{workload.replicas} * (by_cores ? workload.cores : workload.slots),
      by_cores ? "core" : "slot");
  const std::string used = reports::percent_text(*flow.utilization());
  if (saturates_at <= 1)
    return fmt::format(
        "{} is saturated: this load needs {} of its {}; it could take {} times the "
        "load",
        names(workload.name), used, what, times_text(saturates_at));
  return fmt::format("first to saturate: {}, at {} times this load, which keeps {} of its {} busy",
                     names(workload.name), times_text(saturates_at), used, what);
}

std::string path_text(const GraphReport& report, std::size_t load, const reports::Names& names) {
  std::string text;
  for (const topology::Hop& hop : report.paths[load]) {
    const topology::Operation& operation = report.graph.operations[hop.operation];
    if (!text.empty()) text += ", ";
    text += names(report.graph.workloads[operation.workload].name);
    if (!operation.name.empty()) text += fmt::format(" ({})", operation.name);
    text += " " + reports::duration_text(hop.own_s);
  }
  return fmt::format("critical path of {}, {}: {}", report.graph.loads[load].name,
                     reports::duration_text(report.solution.loads[load].latency_s), text);
}

std::string blast_text(const GraphReport& report, std::uint32_t workload,
                       const reports::Names& names) {
  std::vector<std::string> hits;
  for (const topology::Hit& hit : report.blasts[workload].loads)
    hits.push_back(fmt::format("{} of load {}", share_text(hit.before, hit.after),
                               report.graph.loads[hit.index].name));
  for (const topology::Hit& hit : report.blasts[workload].workloads)
    hits.push_back(fmt::format("{} of {}", share_text(hit.before, hit.after),
                               names(report.graph.workloads[hit.index].name)));
  const std::string& name = report.graph.workloads[workload].name;
  if (hits.empty()) return fmt::format("without {} nothing else fails", names(name));
  return fmt::format("without {} these requests fail: {}", names(name), fmt::join(hits, ", "));
}

}  // namespace

std::vector<std::string> sentences(const GraphReport& report, std::uint32_t blast) {
  const reports::Names names = report.names();
  std::vector<std::string> all = {bottleneck_text(report, names)};
  for (std::size_t i = 0; i < report.paths.size(); ++i) {
    if (!report.paths[i].empty()) all.push_back(path_text(report, i, names));
  }
  for (const auto& cycle : report.cycles)
    all.push_back("calls lead back to their caller: " +
                  names.in_text(cycle_text(report.graph, cycle)));
  if (blast != kNone) all.push_back(blast_text(report, blast, names));
  return all;
}

}  // namespace squall::sim
