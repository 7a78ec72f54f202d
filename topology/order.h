// Order: in what order operations can be worked out, and where calls lead back to their caller.
//
// Source: Boost.Graph's strong components, which come in the order wanted. Cost: linear in the
// calls.
#pragma once
#include <cstdint>
#include <vector>

#include "topology/graph.h"

namespace squall::topology {

/// Operations that call each other in a circle stand in one group, every other one in its own.
struct Group {
  std::vector<std::uint32_t> operations;  // in the order of their numbers
  bool cyclic = false;
};
/// Those that are called stand before their callers.
std::vector<Group> callees_first(const Graph& graph);

/// The workloads of each circle, in the order in which the first calls the next and so on.
std::vector<std::vector<std::uint32_t>> cycles(const Graph& graph);

/// Operations that one request to this operation may ask, each once, in order.
std::vector<std::uint32_t> callees_of(const Operation& operation);

}  // namespace squall::topology
