// SolvedText: a scenario written in a test, as a graph that is solved.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "policies/base/check.h"
#include "scenarios/reader.h"
#include "sim/build.h"
#include "sim/graph/mesh_graph.h"
#include "tests/sim/run_text.h"
#include "topology/solve.h"

namespace squall::sim::testing {

class SolvedText {
 public:
  /// `text`: from `spec:` on; manifests may follow after `---`.
  explicit SolvedText(const std::string& text) {
    auto scenario = scenarios::read_scenario(
        "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n" + text, "s.yaml", {});
    EXPECT_TRUE(scenario.has_value())
        << (scenario ? "" : squall::testing::all_of(scenario.error()));
    if (!scenario) return;
    auto model = build(*scenario);
    EXPECT_TRUE(model.has_value()) << (model ? "" : squall::testing::all_of(model.error()));
    if (!model) return;
    mesh = to_topology(**model);
    auto found = topology::solve(mesh.graph);
    EXPECT_TRUE(found.has_value());
    if (!found) return;
    solution = *std::move(found);
    assumptions = assumptions_of(**model, mesh, solution);
  }

  const topology::WorkloadFlow& workload(const std::string& name) const {
    const auto& all = mesh.graph.workloads;
    const auto at = std::ranges::find(all, name + ".default", &topology::Workload::name);
    SQUALL_CHECK(at != all.end());
    return solution.workloads[static_cast<std::size_t>(at - all.begin())];
  }
  double rate(const std::string& name) const { return workload(name).per_s; }
  const topology::EdgeFlow& edge(std::string_view from, std::string_view to) const {
    for (std::size_t i = 0; i < mesh.graph.edges.size(); ++i) {
      const topology::Edge& edge = mesh.graph.edges[i];
      if (edge.source.starts_with(from) && edge.destination.starts_with(to))
        return solution.edges[i];
    }
    SQUALL_CHECK(false);
    return solution.edges.front();
  }
  bool assumes(std::string_view part) const {
    return std::ranges::any_of(
        assumptions, [&](const std::string& one) { return one.find(part) != std::string::npos; });
  }

  MeshGraph mesh;
  topology::Solution solution;
  std::vector<std::string> assumptions;
};

}  // namespace squall::sim::testing
