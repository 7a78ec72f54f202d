// What a built Model makes one doubt: workloads that a scenario names and nothing reaches.
#include <fmt/format.h>

#include <algorithm>

#include "config/value.h"
#include "scenarios/sums.h"
#include "sim/build_parts.h"

namespace squall::sim {

/// Those that a load or a call can come to, or that a load comes from.
std::set<std::string> Builder::reached_workloads() const {
  std::set<std::string> reached;
  for (const LoadModel& load : model_->loads) {
    if (load.source != kNone) reached.insert(model_->workloads[load.source].name);
  }
  for (const ServiceModel& service : model_->services) {
    reached.insert(service.name);
    for (const ServiceModel::Endpoint& one : service.endpoints)
      reached.insert(model_->workloads[model_->pods[one.pod].workload].name);
  }
  for (const EdgeModel& edge : model_->edges) reached.insert(edge.destination);
  return reached;
}

/// Workloads of the manifests whose pods are behind the Service with this NAME.NAMESPACE.
std::vector<std::string_view> Builder::other_pods_of_service(const std::string& name) const {
  std::set<std::string_view> owners;
  for (const ServiceModel& service : model_->services) {
    if (service.name != name) continue;
    for (const ServiceModel::Endpoint& one : service.endpoints) {
      const std::string& owner = model_->workloads[model_->pods[one.pod].workload].name;
      if (!made_up_.contains(owner))
        owners.insert(std::string_view(owner).substr(0, owner.rfind('.')));
    }
  }
  return {owners.begin(), owners.end()};
}

/// The same of all Services of this name, whatever their namespace.
std::vector<std::string_view> Builder::pods_of_namesakes(std::string_view name) const {
  std::vector<std::string_view> owners;
  for (const ServiceModel& service : model_->services) {
    if (std::string_view(service.name).substr(0, service.name.rfind('.')) != name) continue;
    for (const std::string_view one : other_pods_of_service(service.name)) owners.push_back(one);
  }
  return owners;
}

void Builder::check_made_up() {
  if (scenario_.loads.empty()) return;  // that nothing reaches anything has been said
  const std::set<std::string> reached = reached_workloads();
  std::vector<std::string_view> names;
  for (const std::string_view name : workload_names()) {
    const auto is_lost = [&](const std::string& one) {
      return !reached.contains(one) && (one == name || one.substr(0, one.rfind('.')) == name);
    };
    if (std::ranges::none_of(made_up_, is_lost)) names.push_back(name);
  }
  for (const scenarios::Workload& workload : scenario_.workloads) {
    const std::string name = full_name(workload.ref);
    if (!made_up_.contains(name)) continue;
    const std::string written = workload.ref.text();
    if (!reached.contains(name)) {
      const std::optional<std::string_view> near = config::nearest(written, names);
      const std::vector<std::string_view> pods = pods_of_namesakes(workload.ref.name);
      // Where all are made up, one that is not used yet is no mistake by itself.
      if (!near && scenario_.manifests.empty()) continue;
      // Who changes a scenario means something that is in it: that it does nothing is a mistake.
      const bool own = workload.place.file != nullptr && *workload.place.file == scenario_.file;
      add(own ? Severity::kWarning : Severity::kError, workload.place,
          fmt::format("no load or call reaches the workload \"{}\"", written),
          near ? fmt::format("did you mean \"{}\"?", *near)
          : !pods.empty()
              ? fmt::format("the pods of that Service are those of {}", scenarios::list_of(pods))
              : "name one of the manifests, or leave it out");
    } else if (const auto others = other_pods_of_service(name);
               served_.contains(name) && !others.empty()) {
      add(Severity::kError, workload.place,
          fmt::format("\"{}\" is a Service and no workload", written),
          fmt::format("its pods are those of {}", scenarios::list_of(others)));
    }
  }
}

}  // namespace squall::sim
