#include "topology/solve.h"

// The same bits in every build: no sums in another order where the processor has wider registers.
#define EIGEN_DONT_VECTORIZE
#include <Eigen/Sparse>
#include <Eigen/SparseLU>
#include <cmath>

namespace squall::topology {
namespace {

/// Where each request to an operation, or of a load, goes: for each target of each call so many
/// requests, attempts and failures.
template <class Visit>
void each_flow(const Graph& graph, const std::vector<Answers>& answers, const Call& call,
               double requests, const Visit& visit) {
  for (const Way& way : call.ways) {
    const double taken = requests * way.share;
    if (way.targets.empty()) {
      const double failed = graph.kinds[way.answer].failure ? taken : 0;
      visit(way, Target{.edge = way.edge, .operation = kNone},
            WayFlow{.attempts = 0, .requests = taken, .failed = failed});
      continue;
    }
    const std::vector<WayFlow> flows = way_flows(graph, answers, way);
    for (std::size_t i = 0; i < flows.size(); ++i) {
      visit(way, way.targets[i],
            WayFlow{.attempts = taken * flows[i].attempts,
                    .requests = taken * flows[i].requests,
                    .failed = taken * flows[i].failed});
    }
  }
}

/// The same of all calls that one request to an operation makes.
template <class Visit>
void each_call_flow(const Graph& graph, const std::vector<Answers>& answers,
                    const Operation& operation, double per_s, const Visit& visit) {
  const std::vector<double> requests = requests_of_calls(graph, answers, operation);
  std::size_t next = 0;
  for (const Step& step : operation.steps) {
    for (const Call& call : step.calls)
      each_flow(graph, answers, call, per_s * requests[next++], visit);
  }
}

LoadFlow load_flow(const Graph& graph, const std::vector<Answers>& answers, const Load& load) {
  const Answers one = request_answers(graph, answers, load.call);
  LoadFlow flow{.per_s = load.per_s, .failed = failing(graph, one.shares), .latency_s = one.time_s};
  const double round_s = load.think_s + one.time_s;
  if (load.users > 0) flow.per_s = round_s > 0 ? load.users / round_s : 0;
  return flow;
}

/// Rates of operations: x = arrivals + what x asks for, over those that loads reach. None: there is
/// no such x that is a rate.
std::optional<std::vector<double>> rates_of(const Graph& graph, const std::vector<Answers>& answers,
                                            const std::vector<double>& arrivals) {
  const auto n = static_cast<Eigen::Index>(arrivals.size());
  std::vector<Eigen::Triplet<double>> entries;
  std::vector<std::uint32_t> reached;
  std::vector<bool> known(arrivals.size());
  const auto reach = [&](std::uint32_t operation) {
    if (!known[operation]) reached.push_back(operation);
    known[operation] = true;
  };
  for (std::uint32_t i = 0; i < arrivals.size(); ++i) {
    entries.emplace_back(i, i, 1.0);
    if (arrivals[i] > 0) reach(i);
  }
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const std::uint32_t from = reached[next];
    each_call_flow(graph, answers, graph.operations[from], 1,
                   [&](const Way&, const Target& target, const WayFlow& flow) {
                     if (target.operation == kNone || !(flow.attempts > 0)) return;
                     entries.emplace_back(target.operation, from, -flow.attempts);
                     reach(target.operation);
                   });
  }
  Eigen::SparseMatrix<double> equations(n, n);
  equations.setFromTriplets(entries.begin(), entries.end());
  Eigen::SparseLU<Eigen::SparseMatrix<double>> factors(equations);
  if (factors.info() != Eigen::Success) return std::nullopt;
  const Eigen::VectorXd right = Eigen::Map<const Eigen::VectorXd>(arrivals.data(), n);
  const Eigen::VectorXd solved = factors.solve(right);
  constexpr double kMost = 1e15;  // beyond it the equations are as good as singular
  std::vector<double> rates;
  for (const double rate : solved) {
    if (!(rate >= -1e-6 * right.sum()) || rate > kMost) return std::nullopt;
    rates.push_back(rate > 0 ? rate : 0);
  }
  return rates;
}

void count_edges(const Graph& graph, Solution& solution) {
  solution.edges.resize(graph.edges.size());
  const auto count = [&](const Way& way, const Target& target, const WayFlow& flow) {
    if (target.edge == kNone) return;
    EdgeFlow& edge = solution.edges[target.edge];
    if (way.copy) {
      edge.copies_per_s += flow.attempts;
      return;
    }
    edge.per_s += flow.requests;
    edge.attempts_per_s += flow.attempts;
    edge.failed += flow.failed;
  };
  for (std::size_t i = 0; i < graph.loads.size(); ++i)
    each_flow(graph, solution.answers, graph.loads[i].call, solution.loads[i].per_s, count);
  for (std::size_t i = 0; i < graph.operations.size(); ++i)
    each_call_flow(graph, solution.answers, graph.operations[i], solution.operations[i], count);
  for (EdgeFlow& edge : solution.edges) {
    if (edge.per_s > 0) edge.failed /= edge.per_s;
  }
}

void count_workloads(const Graph& graph, Solution& solution) {
  solution.workloads.resize(graph.workloads.size());
  for (std::size_t i = 0; i < graph.operations.size(); ++i) {
    const Operation& operation = graph.operations[i];
    WorkloadFlow& flow = solution.workloads[operation.workload];
    const double rate = solution.operations[i];
    if (!(rate > 0)) continue;
    flow.per_s += rate;
    flow.failed += rate * failing(graph, solution.answers[i].shares);
    flow.work_s += rate * operation.work_s;
    flow.held_s += rate * solution.answers[i].time_s;
  }
  for (std::size_t i = 0; i < graph.workloads.size(); ++i) {
    const Workload& workload = graph.workloads[i];
    WorkloadFlow& flow = solution.workloads[i];
    const auto all = [&](std::uint32_t each) {
      return static_cast<double>(workload.replicas) * each;
    };
    // So far these are times a second.
    if (all(workload.slots) > 0) flow.slots = flow.held_s / all(workload.slots);
    if (all(workload.cores) > 0) flow.cores = flow.work_s / all(workload.cores);
    if (!(flow.per_s > 0)) continue;
    for (double* sum : {&flow.failed, &flow.work_s, &flow.held_s}) *sum /= flow.per_s;
  }
}

std::optional<Bottleneck> bottleneck_of(const Solution& solution) {
  std::optional<Bottleneck> first;
  for (std::uint32_t i = 0; i < solution.workloads.size(); ++i) {
    const double used = solution.workloads[i].utilization().value_or(0);
    if (!(used > 0) || (first && first->saturates_at <= 1 / used)) continue;
    first = {.workload = i, .saturates_at = 1 / used};
  }
  return first;
}

}  // namespace

std::optional<Solution> solve(const Graph& graph) {
  Solution solution;
  solution.answers = all_answers(graph);
  std::vector<double> arrivals(graph.operations.size());
  for (const Load& load : graph.loads) {
    solution.loads.push_back(load_flow(graph, solution.answers, load));
    if (!std::isfinite(solution.loads.back().latency_s)) return std::nullopt;
    each_flow(graph, solution.answers, load.call, solution.loads.back().per_s,
              [&](const Way&, const Target& target, const WayFlow& flow) {
                if (target.operation != kNone) arrivals[target.operation] += flow.attempts;
              });
  }
  auto rates = rates_of(graph, solution.answers, arrivals);
  if (!rates) return std::nullopt;
  solution.operations = *std::move(rates);
  count_edges(graph, solution);
  count_workloads(graph, solution);
  solution.bottleneck = bottleneck_of(solution);
  return solution;
}

}  // namespace squall::topology
