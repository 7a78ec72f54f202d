#include "sim/feeds.h"

#include <algorithm>
#include <charconv>

#include "policies/response_flags.h"
#include "scenarios/subjects.h"
#include "sim/zones.h"

namespace squall::sim {
namespace {

using reports::Metric;

bool is_edge_key(std::string_view key) { return key == "from" || key == "to" || key == "subset"; }

/// Whether every label that names a load, a call's end or a pod fits this one.
template <class Holds>
bool all_hold(const reports::Query& query, const Holds& one_holds) {
  return std::ranges::all_of(
      query.labels, [&](const auto& label) { return one_holds(label.first, label.second); });
}

bool load_holds(const reports::Query& query, const LoadModel& load) {
  return all_hold(query, [&](std::string_view key, std::string_view value) {
    return key != "load" || value == load.name;
  });
}

bool pod_holds(const reports::Query& query, const Model& model, const PodModel& pod) {
  return all_hold(query, [&](std::string_view key, std::string_view value) {
    if (key == "pod") return names(value, pod.name);
    if (key == "zone") return in_zone(model.network.zones[pod.zone], value);
    return key != "workload" || names(value, model.workloads[pod.workload].name);
  });
}

/// Those whose `name` is the label's value, one byte each.
template <class Rows, class Name>
std::vector<std::uint8_t> named_so(const Rows& rows, std::string_view value, const Name& name) {
  std::vector<std::uint8_t> out;
  for (const auto& row : rows) out.push_back(name(row) == value ? 1 : 0);
  return out;
}

Feed feed_of(const Model& model, std::uint32_t index, const reports::Query& query) {
  Feed feed;
  feed.query = index;
  feed.metric = query.metric;
  for (const auto& [key, value] : query.labels) {
    if (key == "code") std::from_chars(value.data(), value.data() + value.size(), feed.code);
    const bool of_loads = scenarios::subject_of(query) == scenarios::Subject::kLoads;
    if (key == "operation" && of_loads)
      feed.operations = named_so(model.load_operations, value,
                                 [](const auto& one) -> std::string_view { return one.name; });
    if (key == "operation" && !of_loads)
      feed.behaviours = named_so(model.behaviours, value,
                                 [](const auto& b) -> std::string_view { return b.operation; });
    for (int i = 1; key == "flag" && i <= static_cast<int>(policies::ResponseFlag::kRL); ++i) {
      const auto flag = static_cast<policies::ResponseFlag>(i);
      if (policies::short_name(flag) == value) feed.flag = static_cast<std::uint8_t>(i);
    }
    for (std::size_t i = 0; key == "cause" && i < policies::kDetectors; ++i) {
      const auto cause = static_cast<policies::Detector>(i);
      if (policies::to_string(cause) == value) feed.cause = cause;
    }
  }
  return feed;
}

/// Labels of calls beside a load narrow it to requests that went that way.
std::vector<std::uint8_t> ways(const Model& model, const reports::Query& query) {
  std::vector<std::uint8_t> out;
  if (!has_edge_labels(query)) return out;
  for (const EdgeModel& edge : model.edges) out.push_back(edge_holds(query, edge) ? 1 : 0);
  return out;
}

}  // namespace

bool names(std::string_view wanted, std::string_view name) {
  if (wanted == name) return true;
  if (wanted.size() < name.size()) return name.starts_with(wanted) && name[wanted.size()] == '.';
  return wanted.starts_with(name) && wanted.substr(name.size()).starts_with(".svc");
}

bool has_edge_labels(const reports::Query& query) {
  return std::ranges::any_of(query.labels,
                             [](const auto& label) { return is_edge_key(label.first); });
}

bool edge_holds(const reports::Query& query, const EdgeModel& edge) {
  return all_hold(query, [&](std::string_view key, std::string_view value) {
    if (key == "from") return names(value, edge.source);
    if (key == "to") return names(value, edge.service) || names(value, edge.destination);
    return key != "subset" || value == edge.subset;
  });
}

std::vector<std::uint32_t> asked_of(const Model& model, const reports::Query& query) {
  std::vector<std::uint32_t> rows;
  const auto add = [&](std::size_t count, const auto& is_asked) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (is_asked(i)) rows.push_back(i);
    }
  };
  switch (scenarios::subject_of(query)) {
    case scenarios::Subject::kLoads:
      add(model.loads.size(), [&](auto i) { return load_holds(query, model.loads[i]); });
      break;
    case scenarios::Subject::kCalls:
      add(model.edges.size(), [&](auto i) { return edge_holds(query, model.edges[i]); });
      break;
    case scenarios::Subject::kWorkloads:
      add(model.pods.size(), [&](auto i) { return pod_holds(query, model, model.pods[i]); });
      break;
  }
  return rows;
}

Feeds::Feeds(const Model& model, const std::vector<reports::Query>& queries,
             std::vector<reports::Answer>& answers)
    : loads(model.loads.size()),
      edges(model.edges.size()),
      pods(model.pods.size()),
      queries_(queries),
      answers_(answers) {
  for (std::uint32_t q = 0; q < queries.size(); ++q) {
    const reports::Query& query = queries[q];
    answers.emplace_back(query.steps());
    Feed feed = feed_of(model, q, query);
    const scenarios::Subject subject = scenarios::subject_of(query);
    const bool of_loads = subject == scenarios::Subject::kLoads;
    if (of_loads) feed.edges = ways(model, query);
    std::vector<std::vector<Feed>>& lists = of_loads                                ? loads
                                            : subject == scenarios::Subject::kCalls ? edges
                                                                                    : pods;
    for (const std::uint32_t row : asked_of(model, query)) lists[row].push_back(feed);
  }
}

reports::Accumulator* Feeds::at(const Feed& feed, Instant instant) {
  const auto step = queries_[feed.query].step_of(instant);
  return step ? &answers_[feed.query][*step] : nullptr;
}

void Feeds::on_request(const std::vector<Feed>& feeds, const Outcome& request) {
  for (const Feed& feed : feeds) {
    if (feed.code >= 0 && (feed.code != request.code || !request.ended)) continue;
    if (!feed.edges.empty() && (request.edge == kNone || feed.edges[request.edge] == 0)) continue;
    if (!feed.operations.empty() && feed.operations[request.operation] == 0) continue;
    if (feed.flag != 0 &&
        !policies::FlagList{request.flags}.has(static_cast<policies::ResponseFlag>(feed.flag))) {
      continue;
    }
    const bool by_answer = feed.metric == Metric::kGoodput || feed.metric == Metric::kThroughput;
    if (by_answer && !request.ended) continue;
    reports::Accumulator* answer = at(feed, by_answer ? *request.ended : request.arrived);
    if (answer == nullptr) continue;
    switch (feed.metric) {
      case Metric::kRequests:
      case Metric::kRate:
        answer->add();
        break;
      case Metric::kAttempts:
        answer->add(request.attempts);
        break;
      case Metric::kRetries:
        answer->add(request.attempts > 0 ? request.attempts - 1 : 0);
        break;
      case Metric::kSuccess:
        answer->observe(request.success);
        break;
      case Metric::kGoodput:
        if (request.code > 0 && request.code < 500) answer->add();
        break;
      case Metric::kThroughput:
        answer->add();
        break;
      case Metric::kUnfinished:
        answer->add(request.ended ? 0 : 1);
        break;
      default:
        if (request.ended && reports::kind_of(feed.metric) == reports::MetricKind::kLatency) {
          answer->record(*request.ended - request.arrived);
        }
    }
  }
}

void Feeds::on_count(const std::vector<Feed>& feeds, Metric metric, Instant instant,
                     std::uint64_t n) {
  for (const Feed& feed : feeds) {
    if (feed.metric != metric) continue;
    if (reports::Accumulator* answer = at(feed, instant); answer != nullptr) answer->add(n);
  }
}

void Feeds::on_ejection(const std::vector<Feed>& feeds, policies::Detector cause, Instant instant) {
  for (const Feed& feed : feeds) {
    if (feed.metric != Metric::kEjections || (feed.cause && *feed.cause != cause)) continue;
    if (reports::Accumulator* answer = at(feed, instant); answer != nullptr) answer->add();
  }
}

void Feeds::on_task(const std::vector<Feed>& feeds, std::uint32_t behaviour, Instant arrived,
                    std::optional<Instant> done) {
  for (const Feed& feed : feeds) {
    if (!feed.behaviours.empty() && feed.behaviours[behaviour] == 0) continue;
    reports::Accumulator* answer = at(feed, arrived);
    if (answer == nullptr) continue;
    if (feed.metric == Metric::kRequests || feed.metric == Metric::kRate) answer->add();
    if (feed.metric == Metric::kUnfinished) answer->add(done ? 0 : 1);
    if (done && reports::kind_of(feed.metric) == reports::MetricKind::kLatency)
      answer->record(*done - arrived);
  }
}

void Feeds::on_look_up(const std::vector<Feed>& feeds, bool hit, Instant instant) {
  for (const Feed& feed : feeds) {
    if (feed.metric != Metric::kHitRatio) continue;
    if (reports::Accumulator* answer = at(feed, instant); answer != nullptr) answer->observe(hit);
  }
}

void Feeds::on_use(const std::vector<Feed>& feeds, Metric metric, double used, double capacity,
                   Instant from, Instant to) {
  for (const Feed& feed : feeds) {
    if (feed.metric != metric) continue;
    reports::Accumulator* const answer = at(feed, from);
    if (answer == nullptr) continue;
    if (reports::kind_of(metric) == reports::MetricKind::kPeak) {
      answer->reach(used);
    } else {
      answer->hold_of(used, capacity, to - from);
    }
  }
}

void Feeds::on_time(const std::vector<Feed>& feeds, Metric metric, Duration time, Instant instant) {
  for (const Feed& feed : feeds) {
    if (feed.metric != metric) continue;
    if (reports::Accumulator* answer = at(feed, instant); answer != nullptr) answer->spend(time);
  }
}

}  // namespace squall::sim
