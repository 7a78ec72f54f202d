// Answers: what an operation answers, how long it takes and whom it asks how often, from what those
// that it calls answer.
//
// Means of independent requests: a retry, a probability, a weighted route are drawn anew each time.
// A caller that fails makes no later calls; calls of one step are all made. Parallel calls take as
// long as the longest and fail as the shortest that fails, by their means.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "topology/graph.h"

namespace squall::topology {

/// Of one request to an operation.
struct Answers {
  std::vector<double> shares;  // by kind
  double time_s = 0;           // from the start of work to the answer
};

/// Of one request that a call makes, all its ways and attempts together.
Answers request_answers(const Graph& graph, std::span<const Answers> operations, const Call& call);
/// Requests of each call, step by step, for one request to the operation.
std::vector<double> requests_of_calls(const Graph& graph, std::span<const Answers> operations,
                                      const Operation& operation);
double failing(const Graph& graph, const std::vector<double>& shares);

/// What one request on a way comes to at one of its targets.
struct WayFlow {
  double attempts = 0;
  double requests = 0;  // whose last attempt goes there
  double failed = 0;    // of these
};
/// By target.
std::vector<WayFlow> way_flows(const Graph& graph, std::span<const Answers> operations,
                               const Way& way);

/// Every operation's, callees first; those that call in a circle until nothing changes.
/// `down`: a workload that answers nothing but Graph::down; kNone: none.
std::vector<Answers> all_answers(const Graph& graph, std::uint32_t down = kNone);

}  // namespace squall::topology
