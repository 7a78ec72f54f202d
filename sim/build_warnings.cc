// What a built Model makes one doubt: workloads that a scenario names and nothing
// reaches, calls that no sidecar sees.
#include <fmt/format.h>

#include <algorithm>

#include "config/value.h"
#include "scenarios/sums.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

using CallsOfNamespaces = std::map<std::string, std::set<std::string>>;

/// The first few.
std::string listed(const std::set<std::string>& calls) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string_view> names;
  for (const std::string& one : calls) {
    if (names.size() < kMost) names.push_back(one);
  }
  const std::string more = fmt::format("{} more", calls.size() - names.size());
  if (names.size() < calls.size()) names.push_back(more);
  return scenarios::list_of(names);
}

}  // namespace

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
      add(Severity::kWarning, workload.place,
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

bool Builder::lacks_injection_label(std::uint32_t pod) const {
  const config::MeshPod& one = *mesh_pods_[pod];
  if (one.sidecar || one.labels.contains("sidecar.istio.io/inject")) return false;
  const config::Namespace* space = resources_.namespaces.find("/" + one.ns);
  return space != nullptr && !space->meta.labels.contains("istio-injection") &&
         !space->meta.labels.contains("istio.io/rev");
}

void Builder::note_without_sidecar() {
  if (!scenario_.mesh.injection) return;
  CallsOfNamespaces from, to;
  const auto see = [&](std::uint32_t source, const CallSite& site) {
    if (site.service == kNone) return;
    const ServiceModel& service = model_->services[site.service];
    const std::string caller = source == kNone ? "outside" : model_->workloads[source].name;
    const std::string call = fmt::format("{} -> {}", caller, service.name);
    if (source != kNone && model_->workloads[source].pods > 0) {
      const std::uint32_t pod = model_->workloads[source].first_pod;
      if (lacks_injection_label(pod)) from[mesh_pods_[pod]->ns].insert(call);
    }
    for (const ServiceModel::Endpoint& one : service.endpoints) {
      if (lacks_injection_label(one.pod)) to[mesh_pods_[one.pod]->ns].insert(call);
    }
  };
  for (const LoadModel& load : model_->loads) see(load.source, load.site);
  for (std::uint32_t i = 0; i < model_->workloads.size(); ++i) {
    const WorkloadModel& of = model_->workloads[i];
    for (std::uint32_t b = of.first_behaviour; b < of.first_behaviour + of.behaviours; ++b) {
      const BehaviourModel& behaviour = model_->behaviours[b];
      for (std::uint32_t s = 0; s < behaviour.steps; ++s) {
        const StepModel& step = model_->steps[behaviour.first_step + s];
        for (std::uint32_t c = 0; c < step.calls; ++c)
          see(i, model_->calls[step.first_call + c].site);
      }
    }
  }
  for (const auto& [ns, calls] : to) from.try_emplace(ns);
  for (const auto& [ns, calls] : from) {
    const std::string what = calls.empty() ? "no sidecar receives " + listed(to[ns])
                                           : "no rule acts on " + listed(calls);
    const config::Place& place = resources_.namespaces.find("/" + ns)->meta.place;
    add(Severity::kNote, place,
        fmt::format("the pods of namespace {} have no sidecar: {}", ns, what),
        "label the namespace istio-injection: enabled, if it is so labelled where it runs");
  }
}

}  // namespace squall::sim
