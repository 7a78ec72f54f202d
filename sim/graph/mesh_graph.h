// MeshGraph: a compiled scenario as a graph of calls for the solver, and what is left out of it.
//
// Every call is looked up in its caller's own routes, as in a run: weights, retries, mirrors,
// redirects, a VirtualService's faults; of workloads whose replicas differ in their configuration
// the first one's count. Rates are means over the measured window, work is its mean. What a run
// would do besides is said in words. Cost: a route look-up a call.
#pragma once
#include <string>
#include <vector>

#include "sim/model.h"
#include "topology/graph.h"
#include "topology/solve.h"

namespace squall::sim {

struct MeshGraph {
  topology::Graph graph;
  std::vector<std::string> assumptions;  // of the graph itself
};
MeshGraph to_topology(const Model& model);

/// What the figures of a solution leave out, in words: waiting, timeouts, limits, faults.
std::vector<std::string> assumptions_of(const Model& model, const MeshGraph& mesh,
                                        const topology::Solution& solution);

}  // namespace squall::sim
