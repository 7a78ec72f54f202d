// Labels of expectations that name something: do they name one thing of the model, and go together?
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "policies/response_flags.h"
#include "scenarios/subjects.h"
#include "scenarios/sums.h"
#include "scenarios/unknown_name.h"
#include "sim/feeds.h"

namespace squall::sim {
namespace {

/// Every name in the model that a label may have; none: the label is about something else.
std::optional<std::vector<std::string_view>> names_for(const Model& model, std::string_view key) {
  if (key != "load" && key != "pod" && key != "from" && key != "workload" && key != "to") return {};
  std::vector<std::string_view> all;
  if (key == "load") {
    for (const LoadModel& load : model.loads) all.push_back(load.name);
  } else if (key == "pod") {
    for (const PodModel& pod : model.pods) all.push_back(pod.name);
  } else {
    for (const WorkloadModel& workload : model.workloads) all.push_back(workload.name);
  }
  if (key == "to") {
    for (const ServiceModel& service : model.services) all.push_back(service.name);
  }
  return all;
}

void check_label(const Model& model, const scenarios::Expectation& expectation,
                 const std::string& key, const std::string& value, Diagnostics& problems) {
  std::optional<std::vector<std::string_view>> known = names_for(model, key);
  if (!known) return;
  std::vector<std::string_view>& all = *known;
  std::vector<std::string_view> found;
  for (const std::string_view name : all) {
    if (names(value, name) && std::ranges::find(found, name) == found.end()) found.push_back(name);
  }
  if (found.empty()) {
    // Most people leave the namespace out.
    const std::size_t count = all.size();
    for (std::size_t i = 0; i < count; ++i) all.push_back(all[i].substr(0, all[i].rfind('.')));
    problems.add(scenarios::unknown_name(
        expectation.place,
        fmt::format("{}: {}=\"{}\" names nothing in this scenario", expectation.path, key, value),
        value, all, "write a name of the scenario or its manifests"));
  }
  if (found.size() > 1 && key != "load") {
    problems.add(
        scenarios::unknown_name(expectation.place,
                                fmt::format("{}: {}=\"{}\" stands for {} and {}", expectation.path,
                                            key, value, found[0], found[1]),
                                {}, {}, "write it with its namespace"));
  }
}

const std::string* value_of(const reports::Query& query, std::string_view key) {
  const auto label = std::ranges::find(
      query.labels, key, [](const auto& one) -> std::string_view { return one.first; });
  return label == query.labels.end() ? nullptr : &label->second;
}

bool has_sidecar(const Model& model, const WorkloadModel& workload) {
  if (workload.pods == 0) return false;
  const PodModel& pod = model.pods[workload.first_pod];
  return pod.outbound != kNone || (pod.waypoint && pod.inbound != kNone);
}

bool has_sidecar(const Model& model, const LoadModel& load) {
  return load.source != kNone && has_sidecar(model, model.workloads[load.source]);
}

/// Edges that requests of the query's loads, or calls that it is about, may count at.
std::vector<const EdgeModel*> ways(const Model& model, const reports::Query& query) {
  reports::Query calls = query;
  std::erase_if(calls.labels, [](const auto& label) { return label.first == "load"; });
  std::set<std::string_view> sources;
  if (scenarios::subject_of(query) == scenarios::Subject::kLoads) {
    for (const std::uint32_t i : asked_of(model, query)) {
      if (has_sidecar(model, model.loads[i]))
        sources.insert(model.workloads[model.loads[i].source].name);
    }
  } else {
    for (const WorkloadModel& workload : model.workloads) {
      if (has_sidecar(model, workload)) sources.insert(workload.name);
    }
  }
  std::vector<const EdgeModel*> found;
  for (const EdgeModel& edge : model.edges) {
    if (sources.contains(edge.source) && edge_holds(calls, edge)) found.push_back(&edge);
  }
  return found;
}

/// Whether a workload that it names has no pods now; then nothing is what there is to count.
bool is_idle(const Model& model, const reports::Query& query) {
  return std::ranges::any_of(model.workloads, [&](const WorkloadModel& workload) {
    const bool named = std::ranges::any_of(query.labels, [&](const auto& label) {
      return (label.first == "from" || label.first == "to") && names(label.second, workload.name);
    });
    return named && workload.pods == 0;
  });
}

std::string text_of(const reports::Query& query) {
  std::string text;
  for (const auto& [key, value] : query.labels) {
    if (key == "load" || key == "from" || key == "to" || key == "subset")
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", key, value);
  }
  return text;
}

/// Each distinct text of the edges, in the order in which they stand.
template <class Text>
std::vector<std::string> texts_of(const std::vector<const EdgeModel*>& edges, const Text& text) {
  std::vector<std::string> all;
  for (const EdgeModel* edge : edges) {
    std::string one = text(*edge);
    if (!one.empty() && std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
  }
  return all;
}

void check_ways(const Model& model, const scenarios::Expectation& expectation,
                const reports::Query& query, Diagnostics& problems) {
  if (!has_edge_labels(query) || !ways(model, query).empty() || is_idle(model, query)) return;
  const std::string where = expectation.path + ": ";
  reports::Query whole = query;
  std::erase_if(whole.labels, [](const auto& label) { return label.first == "subset"; });
  const std::string* subset = value_of(query, "subset");
  if (const auto wider = ways(model, whole); subset != nullptr && !wider.empty()) {
    const auto subsets = texts_of(wider, [](const EdgeModel& edge) { return edge.subset; });
    const std::vector<std::string_view> views(subsets.begin(), subsets.end());
    problems.add(scenarios::unknown_name(
        expectation.place,
        fmt::format("{}subset=\"{}\" is no subset that these calls are routed to", where, *subset),
        *subset, views,
        views.empty() ? "they are routed to none; leave it out"
                      : "the subsets are " + scenarios::list_of(views)));
    return;
  }
  reports::Query anything = query;
  anything.labels.clear();
  const auto called = texts_of(ways(model, anything), [](const EdgeModel& edge) {
    return fmt::format("{} to {}", edge.source, edge.service);
  });
  std::vector<std::string_view> views(called.begin(), called.end());
  constexpr std::size_t kMostListed = 6;
  const std::string more =
      fmt::format("{} more", views.size() - std::min(views.size(), kMostListed));
  if (views.size() > kMostListed) {
    views.resize(kMostListed);
    views.push_back(more);
  }
  problems.add(scenarios::unknown_name(
      expectation.place, fmt::format("{}no sidecar sees a call with {}", where, text_of(query)), {},
      {},
      views.empty() ? "no caller here has a sidecar; load=, workload= and pod= need none"
                    : "sidecars see " + scenarios::list_of(views)));
}

void check_zone(const Model& model, const scenarios::Expectation& expectation,
                const reports::Query& query, Diagnostics& problems) {
  const std::string* zone = value_of(query, "zone");
  if (zone == nullptr || !asked_of(model, query).empty()) return;
  reports::Query anywhere = query;
  std::erase_if(anywhere.labels, [](const auto& label) { return label.first == "zone"; });
  std::vector<std::string_view> all;
  for (const std::uint32_t pod : asked_of(model, anywhere)) {
    const std::string& one = model.network.zones[model.pods[pod].zone];
    if (!one.empty() && std::ranges::find(all, one) == all.end()) all.push_back(one);
  }
  problems.add(scenarios::unknown_name(
      expectation.place,
      fmt::format("{}: no replica asked for is in zone=\"{}\"", expectation.path, *zone), *zone,
      all,
      all.empty() ? "write zones: {east/1: 4} under a workload, or label its Nodes"
                  : "they are in " + scenarios::list_of(all)));
}

void check_pod(const Model& model, const scenarios::Expectation& expectation,
               const reports::Query& query, Diagnostics& problems) {
  const std::string* workload = value_of(query, "workload");
  const std::string* pod = value_of(query, "pod");
  const bool elsewhere = value_of(query, "zone") != nullptr;
  if (workload == nullptr || pod == nullptr || elsewhere || !asked_of(model, query).empty()) return;
  problems.add(scenarios::unknown_name(
      expectation.place,
      fmt::format("{}: pod=\"{}\" is none of workload=\"{}\"", expectation.path, *pod, *workload),
      {}, {}, "leave one of them out"));
}

void check_operation_of_loads(const Model& model, const scenarios::Expectation& expectation,
                              const reports::Query& query, const std::string& operation,
                              Diagnostics& problems) {
  std::vector<std::string_view> all;
  for (const std::uint32_t i : asked_of(model, query)) {
    for (const LoadOperationModel& one : model.operations_of(model.loads[i])) {
      if (!one.name.empty() && std::ranges::find(all, one.name) == all.end())
        all.push_back(one.name);
    }
  }
  if (std::ranges::find(all, operation) != all.end()) return;
  problems.add(scenarios::unknown_name(
      expectation.place,
      fmt::format("{}: operation=\"{}\" is none of the load's", expectation.path, operation),
      operation, all,
      all.empty() ? "it has no mix; write workload= for an operation of a workload"
                  : "its operations are " + scenarios::list_of(all)));
}

void check_operation(const Model& model, const scenarios::Expectation& expectation,
                     const reports::Query& query, Diagnostics& problems) {
  const std::string* operation = value_of(query, "operation");
  if (operation == nullptr) return;
  std::vector<std::string_view> all;
  if (scenarios::subject_of(query) == scenarios::Subject::kLoads)
    return check_operation_of_loads(model, expectation, query, *operation, problems);
  for (const std::uint32_t i : asked_of(model, query)) {
    const WorkloadModel& workload = model.workloads[model.pods[i].workload];
    for (std::uint32_t b = 0; b < workload.behaviours; ++b) {
      const std::string& name = model.behaviours[workload.first_behaviour + b].operation;
      if (!name.empty() && std::ranges::find(all, name) == all.end()) all.push_back(name);
    }
  }
  if (all.empty() && asked_of(model, query).empty()) return;  // no pods
  if (std::ranges::find(all, *operation) != all.end()) return;
  problems.add(scenarios::unknown_name(
      expectation.place,
      fmt::format("{}: operation=\"{}\" is none of the workload's", expectation.path, *operation),
      *operation, all,
      all.empty() ? "it has no operations" : "its operations are " + scenarios::list_of(all)));
}

/// Without a sidecar requests have no flag, but for what the one at the other end does.
void check_flag(const Model& model, const scenarios::Expectation& expectation,
                const reports::Query& query, Diagnostics& problems) {
  const std::string* flag = value_of(query, "flag");
  if (flag == nullptr || *flag == policies::short_name(policies::ResponseFlag::kUC)) return;
  if (scenarios::subject_of(query) != scenarios::Subject::kLoads) return;
  const std::vector<std::uint32_t> loads = asked_of(model, query);
  if (std::ranges::any_of(loads, [&](auto i) { return has_sidecar(model, model.loads[i]); }))
    return;
  const bool calls = !ways(model, {reports::Metric::kAttempts, {}, {}, {}}).empty();
  problems.add(scenarios::unknown_name(
      expectation.place,
      fmt::format("{}: flag=\"{}\" is of requests that a sidecar sends; these go without",
                  expectation.path, *flag),
      {}, {},
      calls ? "write from= or to= instead, for the calls that sidecars make" : "leave it out"));
}

void check_query(const Model& model, const scenarios::Expectation& expectation,
                 const reports::Query& query, Diagnostics& problems) {
  Diagnostics names;
  for (const auto& [key, value] : query.labels) check_label(model, expectation, key, value, names);
  if (!names.has_errors()) {
    check_ways(model, expectation, query, names);
    check_zone(model, expectation, query, names);
    check_pod(model, expectation, query, names);
    check_operation(model, expectation, query, names);
    check_flag(model, expectation, query, names);
  }
  problems.add(names);
}

}  // namespace

Diagnostics check_labels(const Model& model) {
  Diagnostics problems;
  for (const scenarios::Expectation& expectation : model.scenario->expectations) {
    for (const scenarios::Figure& figure : expectation.figures)
      check_query(model, expectation, figure.query, problems);
  }
  return problems;
}

}  // namespace squall::sim
