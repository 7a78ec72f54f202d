// Labels of expectations that name something: do they name one thing of the model?
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

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
    for (std::size_t i = 0; i < count; ++i) all.push_back(all[i].substr(0, all[i].find('.')));
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

}  // namespace

Diagnostics check_labels(const Model& model) {
  Diagnostics problems;
  for (const scenarios::Expectation& expectation : model.scenario->expectations) {
    for (const reports::Query& query : expectation.queries) {
      for (const auto& [key, value] : query.labels)
        check_label(model, expectation, key, value, problems);
    }
  }
  return problems;
}

}  // namespace squall::sim
