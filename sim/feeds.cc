#include "sim/feeds.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "policies/response_flags.h"

namespace squall::sim {
namespace {

using reports::Metric;

/// What a query is about: requests of loads, of edges, or what pods do.
enum class About : std::uint8_t { kLoads, kEdges, kPods };

bool has_label(const reports::Query& query, std::string_view key) {
  return std::ranges::any_of(query.labels, [&](const auto& label) { return label.first == key; });
}

About about(const reports::Query& query) {
  switch (query.metric) {
    case Metric::kUtilization:
    case Metric::kShed:
    case Metric::kRestarts:
      return About::kPods;
    case Metric::kAttempts:
    case Metric::kEjections:
      if (has_label(query, "pod")) return About::kPods;
      [[fallthrough]];
    case Metric::kRetries:
    case Metric::kDuplicates:
      return has_label(query, "load") ? About::kLoads : About::kEdges;
    default:
      break;
  }
  if (has_label(query, "load")) return About::kLoads;
  if (has_label(query, "workload") || has_label(query, "pod")) return About::kPods;
  return has_label(query, "from") || has_label(query, "to") || has_label(query, "subset")
             ? About::kEdges
             : About::kLoads;
}

/// Whether a label that is not a filter of single requests holds for these names.
bool holds(std::string_view key, std::string_view value, const EdgeModel& edge) {
  if (key == "from") return names(value, edge.source);
  if (key == "to") return names(value, edge.service) || names(value, edge.destination);
  if (key == "workload") return names(value, edge.destination);
  if (key == "subset") return value == edge.subset;
  return key == "code" || key == "flag";
}

Feed feed_of(std::uint32_t index, const reports::Query& query) {
  Feed feed;
  feed.query = index;
  feed.metric = query.metric;
  for (const auto& [key, value] : query.labels) {
    if (key == "code") std::from_chars(value.data(), value.data() + value.size(), feed.code);
    if (key != "flag") continue;
    for (int i = 1; i <= static_cast<int>(policies::ResponseFlag::kOM); ++i) {
      const auto flag = static_cast<policies::ResponseFlag>(i);
      if (policies::short_name(flag) == value) feed.flag = static_cast<std::uint8_t>(i);
    }
  }
  return feed;
}

/// Labels of edges beside the load's own name narrow it to requests that went that way.
Feed with_edges(Feed feed, const reports::Query& query, const Model& model) {
  const auto is_edge_label = [](const auto& label) {
    return label.first == "from" || label.first == "to" || label.first == "subset" ||
           label.first == "workload";
  };
  if (std::ranges::none_of(query.labels, is_edge_label)) return feed;
  for (const EdgeModel& edge : model.edges) {
    const bool wanted = std::ranges::all_of(query.labels, [&](const auto& label) {
      return !is_edge_label(label) || holds(label.first, label.second, edge);
    });
    feed.edges.push_back(wanted ? 1 : 0);
  }
  return feed;
}

template <class Holds>
bool all_hold(const reports::Query& query, const Holds& one_holds) {
  return std::ranges::all_of(
      query.labels, [&](const auto& label) { return one_holds(label.first, label.second); });
}

}  // namespace

bool names(std::string_view wanted, std::string_view name) {
  if (wanted == name) return true;
  if (wanted.size() < name.size()) return name.starts_with(wanted) && name[wanted.size()] == '.';
  return wanted.starts_with(name) && wanted.substr(name.size()).starts_with(".svc");
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
    const Feed feed = feed_of(q, query);
    const About subject = about(query);
    for (std::size_t i = 0; subject == About::kLoads && i < loads.size(); ++i) {
      const bool wanted = all_hold(query, [&](std::string_view key, std::string_view value) {
        return key != "load" || value == model.loads[i].name;
      });
      if (wanted) loads[i].push_back(with_edges(feed, query, model));
    }
    for (std::size_t i = 0; subject == About::kEdges && i < edges.size(); ++i) {
      const auto edge_holds = [&](std::string_view key, std::string_view value) {
        return key == "cause" || holds(key, value, model.edges[i]);
      };
      if (all_hold(query, edge_holds)) edges[i].push_back(feed);
    }
    for (std::size_t i = 0; subject == About::kPods && i < pods.size(); ++i) {
      const auto pod_holds = [&](std::string_view key, std::string_view value) {
        if (key == "pod") return names(value, model.pods[i].name);
        return key == "workload" && names(value, model.workloads[model.pods[i].workload].name);
      };
      if (all_hold(query, pod_holds)) pods[i].push_back(feed);
    }
  }
}

reports::Accumulator* Feeds::at(const Feed& feed, Instant instant) {
  const auto step = queries_[feed.query].step_of(instant);
  return step ? &answers_[feed.query][*step] : nullptr;
}

void Feeds::on_request(const std::vector<Feed>& feeds, const Ended& request) {
  for (const Feed& feed : feeds) {
    if (feed.code >= 0 && feed.code != request.code) continue;
    if (!feed.edges.empty() && (request.edge == kNone || feed.edges[request.edge] == 0)) continue;
    if (feed.flag != 0 &&
        !policies::FlagList{request.flags}.has(static_cast<policies::ResponseFlag>(feed.flag))) {
      continue;
    }
    const bool by_answer = feed.metric == Metric::kGoodput || feed.metric == Metric::kThroughput;
    reports::Accumulator* answer = at(feed, by_answer ? request.now : request.arrived);
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
      default:
        if (reports::kind_of(feed.metric) == reports::MetricKind::kLatency) {
          answer->record(request.now - request.arrived);
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

void Feeds::on_latency(const std::vector<Feed>& feeds, Instant arrived, Instant now) {
  for (const Feed& feed : feeds) {
    reports::Accumulator* answer = at(feed, arrived);
    if (answer == nullptr) continue;
    if (feed.metric == Metric::kRequests || feed.metric == Metric::kRate) answer->add();
    if (reports::kind_of(feed.metric) == reports::MetricKind::kLatency)
      answer->record(now - arrived);
  }
}

void Feeds::on_use(const std::vector<Feed>& feeds, Metric metric, double used, double capacity,
                   Instant from, Instant to) {
  for (const Feed& feed : feeds) {
    if (feed.metric != metric) continue;
    if (reports::Accumulator* answer = at(feed, from); answer != nullptr)
      answer->hold_of(used, capacity, to - from);
  }
}

}  // namespace squall::sim
