// GraphReport: the graph of a scenario with all that the solver found, to be written in several
// forms.
//
// Nothing is run; what a run of the same scenario counted may be put beside it. Cost: that of
// compiling the scenario and, for the blast of each workload, of solving what answers say.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/base/result.h"
#include "reports/findings.h"
#include "reports/report.pb.h"
#include "reports/text.h"
#include "scenarios/model.h"
#include "topology/graph.h"
#include "topology/paths.h"
#include "topology/solve.h"

namespace squall::sim {

/// To nine digits, which is what the solver is good for: 200 and not 199.99999999999997.
double rounded(double value);

struct GraphReport {
  std::string scenario;
  topology::Graph graph;
  topology::Solution solution;                     // flows are rounded
  std::vector<std::vector<std::uint32_t>> cycles;  // workloads of each
  std::vector<std::vector<topology::Hop>> paths;   // by load
  std::vector<topology::Blast> blasts;             // by workload
  std::vector<std::string> assumptions;
  std::optional<reports::RunReport> run;

  /// Short ones where all are of one namespace.
  reports::Names names() const;
  bool on_critical_path(std::uint32_t edge) const;
  /// Whether an edge is to be shown: one that nobody is asked by says nothing.
  bool shown(std::uint32_t edge) const;
  /// What the run counted on an edge and at a workload; null: nothing.
  const reports::Edge* run_of_edge(std::uint32_t edge) const;
  const reports::Workload* run_of_workload(std::uint32_t workload) const;
  double run_seconds() const { return run->duration_s() - run->warmup_s(); }
};

/// Errors: as of build.h; calls that lead back to their caller and grow without end. Warnings of
/// the model go to `warnings`.
Result<GraphReport> graph_report(const scenarios::Scenario& scenario, Diagnostics& warnings);

/// What saturates first, critical paths, cycles, and the blast of `blast` if that is a workload: a
/// sentence each.
std::vector<std::string> sentences(const GraphReport& report, std::uint32_t blast);

std::string to_text(const GraphReport& report, std::uint32_t blast, reports::Color color);
std::string to_dot(const GraphReport& report, std::uint32_t blast);
std::string to_mermaid(const GraphReport& report, std::uint32_t blast);
std::string to_json(const GraphReport& report);

}  // namespace squall::sim
