#include "sim/mesh_mode.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace squall::sim {
namespace {

bool has_workloads(const config::Resources& resources, const std::string& space) {
  const auto is_there = [&](const auto& table) {
    return std::ranges::any_of(table, [&](const auto& one) { return one.meta.ns == space; });
  };
  return is_there(resources.deployments) || is_there(resources.stateful_sets) ||
         is_there(resources.pods);
}

/// "istio-injection: enabled"; empty: it does not ask for sidecars.
std::string injection_of(const config::Labels& labels) {
  if (const auto said = labels.find("istio-injection"); said != labels.end())
    return said->second == "enabled" ? "istio-injection: enabled" : "";
  const auto revision = labels.find("istio.io/rev");
  return revision == labels.end() ? "" : "istio.io/rev: " + revision->second;
}

}  // namespace

void warn_of_mode(const scenarios::Scenario& scenario, const config::Resources& resources,
                  Diagnostics& diagnostics) {
  if (!scenario.mesh.ambient) return;
  for (const config::Namespace& one : resources.namespaces) {
    if (!has_workloads(resources, one.meta.name)) continue;
    const std::string injection = injection_of(one.meta.labels);
    const auto mode = one.meta.labels.find("istio.io/dataplane-mode");
    if (injection.empty() && mode != one.meta.labels.end()) continue;  // as it says
    const config::Place& place = one.meta.place;
    diagnostics.add(
        {.file = place.file ? *place.file : scenario.file,
         .line = place.line,
         .column = place.column,
         .severity = Severity::kWarning,
         .what = fmt::format("mesh.mode: ambient does nothing in namespace {}: {}", one.meta.name,
                             injection.empty()
                                 ? "it is declared without a label of a mesh"
                                 : fmt::format("its label {} gives its pods sidecars", injection)),
         .advice = "label it istio.io/dataplane-mode: ambient" +
                   std::string(injection.empty() ? "" : " instead")});
  }
}

}  // namespace squall::sim
