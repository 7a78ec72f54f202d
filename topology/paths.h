// Paths: what a load's answer waits for, and who fails with whom.
//
// The critical path of a load is own work, calls one after the other, and of calls at once the
// longest, by their means. Who may fail with a workload is who reaches it by calls whose failures
// are not ignored; how much of them does is solved again with that workload down, so retries on
// others and weighted routes count. Source: Boost.Graph's breadth-first search. Cost: of a blast,
// that of the answers (answers.h); a path is cut after kMostHops.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "topology/graph.h"
#include "topology/solve.h"

namespace squall::topology {

inline constexpr std::size_t kMostHops = 100;
struct Hop {
  std::uint32_t operation = kNone;
  std::uint32_t edge = kNone;  // by which it is asked
  std::uint32_t depth = 0;     // 0: what the load itself asks
  double own_s = 0;            // of the load's mean latency: own work
  double whole_s = 0;          // and with what its calls take
};
/// In the order in which they begin. Where a call's requests may go to several, the one that takes
/// most of its time stands for them.
std::vector<Hop> critical_path(const Graph& graph, const Solution& solution, const Load& load);

/// A part of requests that fail, as things are and with a workload down.
struct Hit {
  std::uint32_t index = 0;  // of the workload or load
  double before = 0, after = 0;
};
struct Blast {
  std::vector<Hit> workloads;  // of which more fail, besides the one that is down
  std::vector<Hit> loads;      // likewise
};
Blast blast(const Graph& graph, const Solution& solution, std::uint32_t workload);

}  // namespace squall::topology
