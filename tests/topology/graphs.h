// Made: a graph made by hand, one operation a workload, with figures by name.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "policies/base/check.h"
#include "topology/graph.h"
#include "topology/solve.h"

namespace squall::topology::testing {

/// Kinds: 0 success, 1 failure 503, 2 failure 500.
struct Made {
  Made() {
    graph.kinds = {
        {.name = "success"}, {.name = "503", .failure = true}, {.name = "500", .failure = true}};
    graph.down = 1;
  }

  Operation& add(const std::string& name, double work_s = 0, double errors = 0) {
    Workload workload;
    workload.name = name;
    workload.replicas = 1;
    graph.workloads.push_back(workload);
    Operation operation;
    operation.workload = static_cast<std::uint32_t>(graph.workloads.size() - 1);
    operation.work_s = work_s;
    if (errors > 0) operation.errors = {{.kind = 1, .share = errors}};
    graph.operations.push_back(operation);
    return graph.operations.back();
  }
  std::uint32_t index(std::string_view name) const {
    const auto at = std::ranges::find(graph.workloads, name, &Workload::name);
    SQUALL_CHECK(at != graph.workloads.end());
    return static_cast<std::uint32_t>(at - graph.workloads.begin());
  }
  /// A way to one workload. Failures are tried again so many times.
  Way way(const std::string& from, const std::string& to, std::uint32_t retries = 0) {
    Edge edge;
    edge.source = from;
    edge.service = edge.destination = to;
    edge.from = from == "outside" ? kNone : index(from);
    edge.to = index(to);
    graph.edges.push_back(edge);
    Way way;
    way.targets = {
        {.edge = static_cast<std::uint32_t>(graph.edges.size() - 1), .operation = index(to)}};
    way.retries = retries;
    if (retries > 0) way.retried = {false, true, false};
    return way;
  }
  /// A further step of one call, which makes its caller fail.
  Call& call(const std::string& from, const std::string& to, std::uint32_t retries = 0) {
    Step step;
    step.calls.emplace_back();
    step.calls.front().ways = {way(from, to, retries)};
    step.calls.front().answer = 2;
    graph.operations[index(from)].steps.push_back(step);
    return graph.operations[index(from)].steps.back().calls.front();
  }
  Load& load(const std::string& to, double per_s, std::uint32_t retries = 0) {
    Load load;
    load.name = "load";
    load.per_s = per_s;
    load.call.ways = {way("outside", to, retries)};
    graph.loads.push_back(load);
    return graph.loads.back();
  }
  Workload& workload(std::string_view name) { return graph.workloads[index(name)]; }

  Graph graph;
};

/// The figures of a graph that has a steady state.
struct Solved : Solution {
  explicit Solved(const Made& of) : made(of) {
    auto found = solve(made.graph);
    SQUALL_CHECK(found.has_value());
    static_cast<Solution&>(*this) = *std::move(found);
  }
  double rate(std::string_view name) const { return workload(name).per_s; }
  const WorkloadFlow& workload(std::string_view name) const { return workloads[made.index(name)]; }
  const EdgeFlow& edge(std::string_view from, std::string_view to) const {
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (made.graph.edges[i].source == from && made.graph.edges[i].destination == to)
        return edges[i];
    }
    SQUALL_CHECK(false);
    return edges.front();
  }
  const Made& made;
};

}  // namespace squall::topology::testing
