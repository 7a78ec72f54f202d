#include "topology/paths.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>

#include "topology/order.h"

namespace squall::topology {
namespace {

class CriticalPath {
 public:
  CriticalPath(const Graph& graph, const Solution& solution)
      : graph_(graph), solution_(solution), open_(graph.operations.size()) {}

  /// Where the longest part of a call's requests goes. `requests`: for one of the load's.
  void follow(const Call& call, double requests, std::uint32_t depth) {
    double longest = -1, times = 0, whole_s = 0;
    const Target* to = nullptr;
    for (const Way& way : call.ways) {
      if (way.copy) continue;
      const std::vector<WayFlow> flows = way_flows(graph_, solution_.answers, way);
      for (std::size_t i = 0; i < flows.size(); ++i) {
        const double asked = requests * way.share * flows[i].attempts;
        const double time_s = asked * solution_.answers[way.targets[i].operation].time_s;
        if (!(asked > 0)) continue;
        times += asked;
        whole_s += time_s;
        if (time_s <= longest) continue;
        longest = time_s;
        to = &way.targets[i];
      }
    }
    if (to == nullptr || open_[to->operation] || hops.size() == kMostHops) return;
    const Operation& operation = graph_.operations[to->operation];
    hops.push_back({.operation = to->operation,
                    .edge = to->edge,
                    .depth = depth,
                    .own_s = times * operation.work_s,
                    .whole_s = whole_s});
    open_[to->operation] = true;
    descend(operation, times, depth + 1);
    open_[to->operation] = false;
  }

  std::vector<Hop> hops;

 private:
  void descend(const Operation& operation, double times, std::uint32_t depth) {
    const std::vector<double> requests = requests_of_calls(graph_, solution_.answers, operation);
    std::size_t next = 0;
    for (const Step& step : operation.steps) {
      const Call* longest = nullptr;
      double most = -1, asked = 0;
      for (const Call& call : step.calls) {
        const double all = times * requests[next++];
        if (!step.parallel) {
          follow(call, all, depth);
          continue;
        }
        const double present = std::min(all, times);  // several at once take the time of one
        const double time = present * request_answers(graph_, solution_.answers, call).time_s;
        if (time <= most) continue;
        most = time;
        longest = &call;
        asked = present;
      }
      if (longest != nullptr) follow(*longest, asked, depth);
    }
  }

  const Graph& graph_;
  const Solution& solution_;
  std::vector<bool> open_;  // those on the way from the load: a circle is told once
};

/// Operations that a failure of the workload can come to, against the direction of the calls.
std::vector<bool> reached_by_failures(const Graph& graph, std::uint32_t workload) {
  using Callers = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  const auto n = static_cast<std::uint32_t>(graph.operations.size());
  Callers callers(n + 1);  // the last stands for the workload
  for (std::uint32_t i = 0; i < n; ++i) {
    if (graph.operations[i].workload == workload) boost::add_edge(n, i, callers);
    Operation heeding = graph.operations[i];
    for (Step& step : heeding.steps)
      std::erase_if(step.calls, [](const Call& call) { return call.ignores_errors; });
    for (const std::uint32_t callee : callees_of(heeding)) boost::add_edge(callee, i, callers);
  }
  std::vector<bool> reached(n);
  struct Mark : boost::default_bfs_visitor {
    explicit Mark(std::vector<bool>& marks) : marks_(&marks) {}
    void discover_vertex(std::size_t vertex, const Callers&) {
      if (vertex < marks_->size()) (*marks_)[vertex] = true;
    }
    std::vector<bool>* marks_;
  };
  boost::breadth_first_search(callers, boost::vertex(n, callers), boost::visitor(Mark(reached)));
  return reached;
}

bool is_more(double after, double before) { return after > before + 1e-9; }

}  // namespace

std::vector<Hop> critical_path(const Graph& graph, const Solution& solution, const Load& load) {
  CriticalPath path(graph, solution);
  path.follow(load.call, 1, 0);
  return std::move(path.hops);
}

Blast blast(const Graph& graph, const Solution& solution, std::uint32_t workload) {
  const std::vector<Answers> down = all_answers(graph, workload);
  const std::vector<bool> reached = reached_by_failures(graph, workload);
  std::vector<double> rate(graph.workloads.size()), before(rate), after(rate);
  for (std::size_t i = 0; i < graph.operations.size(); ++i) {
    const std::uint32_t of = graph.operations[i].workload;
    // What nobody asks for counts with what it would be, but for nothing beside what is.
    const double weight = std::max(solution.operations[i], 1e-12);
    rate[of] += weight;
    before[of] += weight * failing(graph, solution.answers[i].shares);
    after[of] += weight * failing(graph, reached[i] ? down[i].shares : solution.answers[i].shares);
  }
  Blast found;
  for (std::uint32_t i = 0; i < graph.workloads.size(); ++i) {
    if (i == workload || !is_more(after[i] / rate[i], before[i] / rate[i])) continue;
    found.workloads.push_back(
        {.index = i, .before = before[i] / rate[i], .after = after[i] / rate[i]});
  }
  for (std::uint32_t i = 0; i < graph.loads.size(); ++i) {
    const double now = failing(graph, request_answers(graph, down, graph.loads[i].call).shares);
    const double was = solution.loads[i].failed;
    if (is_more(now, was)) found.loads.push_back({.index = i, .before = was, .after = now});
  }
  return found;
}

}  // namespace squall::topology
