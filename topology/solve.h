// Solve: the steady state of a graph: flows by workload and edge, utilisation, what saturates
// first.
//
// What each operation answers is a fixed point over retries and errors (answers.h). The rates of
// operations are then a linear system, as each request asks others so and so often. Nothing waits:
// times are those of an empty mesh, and flows hold below saturation. Users of a closed load ask as
// often as they can where nothing waits, the most that they ever do. Source: the traffic equations
// of Jackson's networks. Cost: nearly linear in the calls where they make no circle.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "topology/answers.h"
#include "topology/graph.h"

namespace squall::topology {

struct WorkloadFlow {
  double per_s = 0;             // requests that it works on
  double failed = 0;            // share of these
  double work_s = 0;            // own work of one, on average
  double held_s = 0;            // from the start of work to the answer
  std::optional<double> slots;  // utilisation of each that has a limit; may be above 1
  std::optional<double> cores;

  /// Of what is nearest to its limit; none: nothing has one.
  std::optional<double> utilization() const { return slots > cores ? slots : cores; }
};

struct EdgeFlow {
  double per_s = 0;  // requests
  double attempts_per_s = 0;
  double copies_per_s = 0;  // of mirrors; not in the others
  double failed = 0;        // share of requests
};

struct LoadFlow {
  double per_s = 0;
  double failed = 0;     // share of its requests
  double latency_s = 0;  // mean
};

struct Bottleneck {
  std::uint32_t workload = 0;
  double saturates_at = 0;  // times the loads; 1 and less: it is saturated
};

struct Solution {
  std::vector<Answers> answers;    // by operation
  std::vector<double> operations;  // requests a second
  std::vector<WorkloadFlow> workloads;
  std::vector<EdgeFlow> edges;
  std::vector<LoadFlow> loads;
  std::optional<Bottleneck> bottleneck;  // none: nothing has a limit
};

/// None: calls lead back to their caller so often that requests grow without end.
std::optional<Solution> solve(const Graph& graph);

}  // namespace squall::topology
