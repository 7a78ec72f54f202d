#include "topology/answers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "policies/base/math.h"
#include "topology/order.h"

namespace squall::topology {
namespace {

/// An attempt on a way, whoever it meets.
struct Attempt {
  std::vector<double> shares;  // by kind
  double time_s = 0;
  double retried = 0;  // share whose answer deserves another attempt
};

double retried_share(const Way& way, const std::vector<double>& shares) {
  double sum = 0;
  for (std::size_t kind = 0; kind < shares.size() && kind < way.retried.size(); ++kind) {
    if (way.retried[kind]) sum += shares[kind];
  }
  return way.retries > 0 ? sum : 0;
}

Attempt attempt_of(const Graph& graph, std::span<const Answers> operations, const Way& way) {
  Attempt attempt{.shares = std::vector<double>(graph.kinds.size())};
  for (const Target& target : way.targets) {
    const Answers& answers = operations[target.operation];
    for (std::size_t kind = 0; kind < answers.shares.size(); ++kind)
      attempt.shares[kind] += target.share * answers.shares[kind];
    attempt.time_s += target.share * answers.time_s;
  }
  attempt.retried = std::min(retried_share(way, attempt.shares), 1.0);
  return attempt;
}

double power(double base, std::uint32_t n) {
  if (n == 0) return 1;
  return base <= 0 ? 0 : exact::pow(base, n);
}

/// 1 + q + ... + q^n.
double sum_of_powers(double q, std::uint32_t n) {
  const double left = 1 - q;
  return left < 1e-9 ? n + 1.0 : (1 - power(q, n + 1)) / left;
}

/// What is left of an operation's requests, and what has become of the others.
struct Walk {
  Answers answers;
  std::vector<double> requests;  // by call
  double reach = 1;              // share of the requests that get so far
};

struct Asked {
  Answers each;      // of one request
  double fails = 0;  // share of the `times` that ends the operation
  double lasts = 1;  // share of operations that this call does not end
};

Asked ask(const Graph& graph, std::span<const Answers> operations, const Call& call) {
  Asked asked{.each = request_answers(graph, operations, call)};
  if (!call.ignores_errors) asked.fails = call.probability * failing(graph, asked.each.shares);
  asked.lasts = power(1 - asked.fails, call.times);
  return asked;
}

void walk_call(const Graph& graph, std::span<const Answers> operations, const Call& call,
               Walk& walk) {
  const Asked asked = ask(graph, operations, call);
  const double tried = asked.fails < 1e-9 ? call.times : (1 - asked.lasts) / asked.fails;
  walk.requests.push_back(walk.reach * tried * call.probability);
  walk.answers.time_s += walk.requests.back() * asked.each.time_s;
  walk.answers.shares[call.answer] += walk.reach * (1 - asked.lasts);
  walk.reach *= asked.lasts;
}

/// The mean of the longest of some that are there or not, each independently.
double longest(std::vector<std::pair<double, double>> time_and_share) {
  std::ranges::sort(time_and_share, std::ranges::greater{});
  double mean = 0, none_so_far = 1;
  for (const auto& [time, share] : time_and_share) {
    mean += none_so_far * share * time;
    none_so_far *= 1 - share;
  }
  return mean;
}

void walk_parallel(const Graph& graph, std::span<const Answers> operations, const Step& step,
                   Walk& walk) {
  std::vector<std::pair<double, double>> times;
  struct Ended {
    double time_s, lasts;
    std::uint32_t answer;
  };
  std::vector<Ended> ended;
  for (const Call& call : step.calls) {
    const Asked asked = ask(graph, operations, call);
    walk.requests.push_back(walk.reach * call.probability * call.times);
    times.emplace_back(asked.each.time_s, 1 - power(1 - call.probability, call.times));
    ended.push_back({asked.each.time_s, asked.lasts, call.answer});
  }
  walk.answers.time_s += walk.reach * longest(std::move(times));
  // Of several that fail the shortest is the first to, and decides what is answered.
  std::ranges::stable_sort(ended, {}, &Ended::time_s);
  for (const Ended& one : ended) {
    walk.answers.shares[one.answer] += walk.reach * (1 - one.lasts);
    walk.reach *= one.lasts;
  }
}

Walk walk_operation(const Graph& graph, std::span<const Answers> operations,
                    const Operation& operation) {
  Walk walk;
  walk.answers.shares.resize(graph.kinds.size());
  walk.answers.time_s = operation.work_s;
  for (const Share& error : operation.errors) {
    walk.answers.shares[error.kind] += error.share;
    walk.reach -= error.share;
  }
  walk.reach = std::max(walk.reach, 0.0);
  for (const Step& step : operation.steps) {
    if (step.parallel) {
      walk_parallel(graph, operations, step, walk);
    } else {
      for (const Call& call : step.calls) walk_call(graph, operations, call, walk);
    }
  }
  walk.answers.shares[0] += walk.reach;
  return walk;
}

bool nearly_equal(const Answers& a, const Answers& b) {
  const auto near = [](double x, double y) {
    return std::fabs(x - y) <= 1e-13 * (1 + std::fabs(y));
  };
  return near(a.time_s, b.time_s) && std::ranges::equal(a.shares, b.shares, near);
}

}  // namespace

double failing(const Graph& graph, const std::vector<double>& shares) {
  double sum = 0;
  for (std::size_t kind = 0; kind < shares.size(); ++kind)
    sum += graph.kinds[kind].failure ? shares[kind] : 0;
  return sum;
}

Answers request_answers(const Graph& graph, std::span<const Answers> operations, const Call& call) {
  Answers answers{.shares = std::vector<double>(graph.kinds.size()), .time_s = call.delay_s};
  for (const Way& way : call.ways) {
    if (way.copy) continue;
    if (way.targets.empty()) {
      answers.shares[way.answer] += way.share;
      continue;
    }
    const Attempt attempt = attempt_of(graph, operations, way);
    const double attempts = sum_of_powers(attempt.retried, way.retries);
    const double last = power(attempt.retried, way.retries);
    for (std::size_t kind = 0; kind < attempt.shares.size(); ++kind) {
      const bool again = way.retries > 0 && kind < way.retried.size() && way.retried[kind];
      answers.shares[kind] += way.share * attempt.shares[kind] * (again ? last : attempts);
    }
    answers.time_s += way.share * attempts * attempt.time_s;
  }
  return answers;
}

std::vector<WayFlow> way_flows(const Graph& graph, std::span<const Answers> operations,
                               const Way& way) {
  const Attempt attempt = attempt_of(graph, operations, way);
  const double attempts = sum_of_powers(attempt.retried, way.retries);
  const double last = power(attempt.retried, way.retries);
  std::vector<WayFlow> flows;
  for (const Target& target : way.targets) {
    const std::vector<double>& shares = operations[target.operation].shares;
    const double again = retried_share(way, shares);
    WayFlow& flow = flows.emplace_back();
    flow.attempts = target.share * attempts;
    flow.requests = target.share * ((1 - again) * attempts + again * last);
    for (std::size_t kind = 0; kind < shares.size(); ++kind) {
      if (!graph.kinds[kind].failure) continue;
      const bool tried_again = way.retries > 0 && kind < way.retried.size() && way.retried[kind];
      flow.failed += target.share * shares[kind] * (tried_again ? last : attempts);
    }
  }
  return flows;
}

std::vector<double> requests_of_calls(const Graph& graph, std::span<const Answers> operations,
                                      const Operation& operation) {
  return walk_operation(graph, operations, operation).requests;
}

std::vector<Answers> all_answers(const Graph& graph, std::uint32_t down) {
  constexpr int kMostRounds = 10'000;
  Answers nothing{.shares = std::vector<double>(graph.kinds.size())};
  nothing.shares[0] = 1;
  std::vector<Answers> all(graph.operations.size(), nothing);
  for (const Group& group : callees_first(graph)) {
    bool changed = true;
    for (int round = 0; changed && round < kMostRounds; ++round) {
      changed = false;
      for (const std::uint32_t i : group.operations) {
        const Operation& operation = graph.operations[i];
        Answers now = nothing;
        if (operation.workload == down) {
          now.shares[0] = 0;
          now.shares[graph.down] = 1;
        } else {
          now = walk_operation(graph, all, operation).answers;
        }
        changed |= group.cyclic && !nearly_equal(all[i], now);
        all[i] = std::move(now);
      }
    }
  }
  return all;
}

}  // namespace squall::topology
