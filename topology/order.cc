#include "topology/order.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

namespace squall::topology {
namespace {

using Calls = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

Calls calls_of(const Graph& graph) {
  Calls calls(graph.operations.size());
  for (std::uint32_t i = 0; i < graph.operations.size(); ++i) {
    for (const std::uint32_t callee : callees_of(graph.operations[i]))
      boost::add_edge(i, callee, calls);
  }
  return calls;
}

/// A way from the group's first operation back to it; groups are strong components, so there is
/// one.
std::vector<std::uint32_t> circle_of(const Graph& graph, const Group& group) {
  const std::uint32_t start = group.operations.front();
  std::vector<std::uint32_t> came_from(graph.operations.size(), kNone), reached{start};
  for (std::size_t next = 0; next < reached.size(); ++next) {
    for (const std::uint32_t callee : callees_of(graph.operations[reached[next]])) {
      if (callee == start) {
        std::vector<std::uint32_t> circle;
        for (std::uint32_t at = reached[next]; at != start; at = came_from[at])
          circle.push_back(at);
        circle.push_back(start);
        std::ranges::reverse(circle);
        return circle;
      }
      if (came_from[callee] != kNone || !std::ranges::binary_search(group.operations, callee))
        continue;
      came_from[callee] = reached[next];
      reached.push_back(callee);
    }
  }
  return {start};
}

}  // namespace

std::vector<std::uint32_t> callees_of(const Operation& operation) {
  std::vector<std::uint32_t> callees;
  for (const Step& step : operation.steps) {
    for (const Call& call : step.calls) {
      if (call.probability <= 0 || call.times == 0) continue;
      for (const Way& way : call.ways) {
        for (const Target& target : way.targets) {
          if (way.share > 0 && target.share > 0) callees.push_back(target.operation);
        }
      }
    }
  }
  std::ranges::sort(callees);
  const auto repeated = std::ranges::unique(callees);
  callees.erase(repeated.begin(), repeated.end());
  return callees;
}

std::vector<Group> callees_first(const Graph& graph) {
  const Calls calls = calls_of(graph);
  std::vector<std::uint32_t> component(graph.operations.size());
  const auto index = boost::get(boost::vertex_index, calls);
  const auto count = static_cast<std::size_t>(
      boost::strong_components(calls, boost::make_iterator_property_map(component.begin(), index)));
  std::vector<Group> groups(count);
  for (std::uint32_t i = 0; i < component.size(); ++i) groups[component[i]].operations.push_back(i);
  for (Group& group : groups) {
    const std::uint32_t first = group.operations.front();
    group.cyclic = group.operations.size() > 1 ||
                   std::ranges::binary_search(callees_of(graph.operations[first]), first);
  }
  return groups;
}

std::vector<std::vector<std::uint32_t>> cycles(const Graph& graph) {
  std::vector<std::vector<std::uint32_t>> all;
  for (const Group& group : callees_first(graph)) {
    if (!group.cyclic) continue;
    std::vector<std::uint32_t>& workloads = all.emplace_back();
    for (const std::uint32_t operation : circle_of(graph, group))
      workloads.push_back(graph.operations[operation].workload);
  }
  return all;
}

}  // namespace squall::topology
