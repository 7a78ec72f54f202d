// Registry's pods: those that the user wrote and those made up for Deployments and StatefulSets.
#include <fmt/format.h>

#include <algorithm>

#include "config/compile_registry.h"
#include "config/sidecar_workers.h"

namespace squall::config {
namespace {

constexpr std::string_view kTlsMode = "security.istio.io/tlsMode";
constexpr std::string_view kDataplaneMode = "istio.io/dataplane-mode";

const std::string* find(const Labels& labels, std::string_view key) {
  const auto at = labels.find(std::string(key));
  return at == labels.end() ? nullptr : &at->second;
}

/// Addresses as a cluster's pod network has them; one after the other, so always the same.
std::string made_up_address(std::size_t n) {
  return fmt::format("10.{}.{}.{}", 244 + n / 250 / 250, n / 250 % 250, n % 250 + 2);
}

bool is_gateway(const Resources& resources, const Labels& labels) {
  return !gateways_of(resources, labels).empty();
}

}  // namespace

bool Registry::injected(const Meta& pod, const PodSpec& spec, const MeshOptions& options) const {
  if (!options.injection || spec.host_network) return false;
  const std::string* said = find(pod.labels, "sidecar.istio.io/inject");
  if (said == nullptr) said = find(pod.annotations, "sidecar.istio.io/inject");
  if (said != nullptr && *said == "false") return false;
  const auto& namespaces = resources_->namespaces;
  const Namespace* ns = namespaces.find("/" + pod.ns);
  if (ns == nullptr && options.ambient) return said != nullptr && *said == "true";
  if (ns == nullptr) return true;
  const std::string* enabled = find(ns->meta.labels, "istio-injection");
  if (enabled != nullptr) return *enabled == "enabled";
  if (find(ns->meta.labels, "istio.io/rev") != nullptr) return true;
  return (said != nullptr && *said == "true") || find(pod.labels, "istio.io/rev") != nullptr;
}

bool Registry::captured(const Meta& pod, const PodSpec& spec, const MeshOptions& options) const {
  if (!options.injection || spec.host_network) return false;
  const std::string* said = find(pod.labels, kDataplaneMode);
  if (said != nullptr) return *said == "ambient";
  const Namespace* ns = resources_->namespaces.find("/" + pod.ns);
  if (ns == nullptr) return options.ambient;
  said = find(ns->meta.labels, kDataplaneMode);
  return said != nullptr && *said == "ambient";
}

/// Istio names a waypoint's Deployment after its Gateway.
bool Registry::is_waypoint(const std::string& workload, const MeshOptions& options) const {
  return options.injection && resources_->waypoints.find(workload) != nullptr;
}

Locality Registry::locality_of(const std::string& node, const Labels& labels) const {
  Locality out;
  if (const std::string* said = find(labels, "istio-locality")) {
    std::string text = *said;
    std::ranges::replace(text, '.', '/');
    return parse_locality(text);
  }
  const ClusterNode* found = resources_->nodes.find("/" + node);
  if (found == nullptr) return out;
  const auto label = [&](std::string_view key) {
    const std::string* value = find(found->meta.labels, key);
    return value == nullptr ? std::string() : *value;
  };
  out.region = label("topology.kubernetes.io/region");
  out.zone = label("topology.kubernetes.io/zone");
  out.subzone = label("topology.istio.io/subzone");
  return out;
}

/// What it and its sidecar may have of CPU and memory.
void Registry::size_pod(const PodSpec& spec, MeshPod& pod) const {
  pod.cpu_limit = spec.cpu_limit;
  pod.sidecar_workers =
      sidecar_workers(*resources_, config_.root_namespace, pod.labels, pod.ns, spec.sidecar);
  pod.sidecar_memory = spec.sidecar.memory_limit;
}

void Registry::add_made_up_pods(const Workload& workload, const MeshOptions& options) {
  const std::string name = workload.meta.name + "." + workload.meta.ns;
  const auto wanted = options.replicas.find(name);
  const auto places = options.localities.find(name);
  const int replicas = wanted == options.replicas.end() ? workload.replicas : wanted->second;
  Meta meta = workload.pod;
  meta.ns = workload.meta.ns;
  const bool waypoint = is_waypoint(workload.meta.full_name(), options);
  const bool sidecar =
      !waypoint && (workload.spec.has_proxy || injected(meta, workload.spec, options));
  const bool gateway = is_gateway(*resources_, workload.pod.labels);
  const bool ambient = !sidecar && !gateway && !waypoint && captured(meta, workload.spec, options);
  for (int i = 0; i < replicas; ++i) {
    // More has been reported; it must not cost the memory.
    if (pods_.size() >= 2 * static_cast<std::size_t>(Resources::kMostReplicas)) return;
    MeshPod pod;
    pod.name = fmt::format("{}-{}", workload.meta.name, i);
    pod.ns = workload.meta.ns;
    pod.workload = workload.meta.name;
    pod.labels = workload.pod.labels;
    if (workload.kind == "StatefulSet") pod.labels["statefulset.kubernetes.io/pod-name"] = pod.name;
    pod.ip = made_up_address(pods_.size());
    pod.service_account = workload.spec.service_account;
    pod.node = workload.spec.node_name;
    pod.subdomain = workload.spec.subdomain;
    const bool placed =
        places != options.localities.end() && static_cast<std::size_t>(i) < places->second.size();
    pod.locality =
        placed ? places->second[static_cast<std::size_t>(i)] : locality_of(pod.node, pod.labels);
    pod.ports = workload.spec.ports;
    pod.sidecar = sidecar;
    pod.ambient = ambient;
    pod.gateway = gateway;
    pod.waypoint = waypoint;
    size_pod(workload.spec, pod);
    pods_.push_back(std::move(pod));
  }
}

void Registry::add_pods(const MeshOptions& options) {
  // A replica that the scenario asks for beyond the written pods is made up like all others, so
  // pods stand for a workload only where their number is not overridden.
  std::vector<const Workload*> workloads;
  for (const Workload& one : resources_->deployments) workloads.push_back(&one);
  for (const Workload& one : resources_->stateful_sets) workloads.push_back(&one);
  std::vector<bool> has_pods(workloads.size());
  for (const Pod& written : resources_->pods) {
    if (written.ended) continue;
    MeshPod pod;
    pod.name = pod.workload = written.meta.name;
    pod.ns = written.meta.ns;
    bool replaced = false;
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      const Workload& owner = *workloads[i];
      if (owner.meta.ns != pod.ns || !owner.selector.matches(written.meta.labels)) continue;
      pod.workload = owner.meta.name;
      replaced = options.replicas.contains(owner.meta.name + "." + owner.meta.ns);
      has_pods[i] = !replaced;
      break;
    }
    if (replaced) continue;
    pod.labels = written.meta.labels;
    pod.ip = written.ip.empty() ? made_up_address(pods_.size()) : written.ip;
    pod.service_account = written.spec.service_account;
    pod.node = written.spec.node_name;
    pod.subdomain = written.spec.subdomain;
    pod.locality = locality_of(pod.node, pod.labels);
    pod.ports = written.spec.ports;
    pod.ready = written.ready;
    const std::string* mode = find(pod.labels, kTlsMode);
    pod.waypoint = is_waypoint(pod.ns + "/" + pod.workload, options);
    // A pod that runs already is as it is; one that is only written meets the injector first.
    pod.sidecar = options.injection && !pod.waypoint &&
                  (mode != nullptr ? *mode == "istio"
                   : written.ip.empty()
                       ? written.spec.has_proxy || injected(written.meta, written.spec, options)
                       : false);
    pod.gateway = is_gateway(*resources_, pod.labels);
    pod.ambient = !pod.sidecar && !pod.is_proxy() && captured(written.meta, written.spec, options);
    size_pod(written.spec, pod);
    pods_.push_back(std::move(pod));
  }
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    if (!has_pods[i]) add_made_up_pods(*workloads[i], options);
  }
}

}  // namespace squall::config
