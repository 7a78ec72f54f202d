#include "config/compile_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace squall::config {
namespace {

std::vector<std::string> split_list(const Labels& annotations, const std::string& key) {
  std::vector<std::string> out;
  const auto at = annotations.find(key);
  if (at == annotations.end()) return out;
  for (std::size_t from = 0; from <= at->second.size();) {
    const std::size_t to = std::min(at->second.find(',', from), at->second.size());
    out.push_back(at->second.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

/// The port that a Service's target means in a pod; 0: the pod has none of that name.
int target_of(const PortRef& target, int port, const std::vector<ContainerPort>& ports) {
  if (target.name.empty()) return target.number == 0 ? port : target.number;
  const auto named = std::ranges::find(ports, target.name, &ContainerPort::name);
  return named == ports.end() ? 0 : named->number;
}

std::string spiffe(const MeshConfig& config, const std::string& ns, const std::string& account) {
  return fmt::format("spiffe://{}/ns/{}/sa/{}", config.trust_domain, ns,
                     account.empty() ? "default" : account);
}

}  // namespace

Locality parse_locality(std::string_view text) {
  Locality out;
  std::string* const parts[] = {&out.region, &out.zone, &out.subzone};
  for (std::string* part : parts) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    *part = text.substr(0, slash);
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return out;
}

const MeshPort* MeshService::port(int number) const {
  const auto at = std::ranges::find(ports, number, &MeshPort::number);
  return at == ports.end() ? nullptr : &*at;
}

int MeshService::port_index(int number) const {
  const MeshPort* found = port(number);
  return found == nullptr ? -1 : static_cast<int>(found - ports.data());
}

std::vector<std::string> MeshService::identities() const {
  std::set<std::string> out(alt_names.begin(), alt_names.end());
  for (const MeshEndpoint& one : endpoints) {
    if (!one.identity.empty()) out.insert(one.identity);
  }
  return {out.begin(), out.end()};
}

Registry::Registry(const Resources& resources, MeshConfig config, const MeshOptions& options)
    : resources_(&resources), config_(std::move(config)), rules_(resources, config_) {
  add_pods(options);
  add_services();
}

const MeshService* Registry::service(std::string_view host) const {
  const auto at = by_host_.find(std::string(host));
  return at == by_host_.end() ? nullptr : &services_[at->second];
}

bool Registry::exported(const std::vector<std::string>& to, const std::string& owner,
                        const std::string& ns) {
  if (to.empty()) return true;
  return std::ranges::any_of(to, [&](const std::string& one) {
    return one == "*" || one == ns || (one == "." && owner == ns);
  });
}

void Registry::add_pod_endpoints(const Service& from, MeshService& service) const {
  if (from.selector.empty()) return;
  for (const MeshPod& pod : pods_) {
    if (pod.ns != from.meta.ns || !contains(pod.labels, from.selector)) continue;
    MeshEndpoint one;
    one.address = pod.ip;
    for (const ServicePort& port : from.ports) {
      one.ports.push_back(target_of(port.target, port.port, pod.ports));
    }
    one.labels = pod.labels;
    one.locality = pod.locality;
    one.node = pod.node;
    one.identity = spiffe(config_, pod.ns, pod.service_account);
    one.pod = &pod;
    one.health = pod.ready || from.publish_not_ready ? MeshEndpoint::Health::kHealthy
                                                     : MeshEndpoint::Health::kUnhealthy;
    one.sidecar = pod.sidecar;
    service.endpoints.push_back(std::move(one));
  }
}

void Registry::add_slice_endpoints(const Service& from, MeshService& service) const {
  for (const EndpointSlice& slice : resources_->slices) {
    if (slice.service != from.meta.name || slice.meta.ns != from.meta.ns) continue;
    for (const EndpointSlice::Endpoint& written : slice.endpoints) {
      if (written.terminating || written.addresses.empty()) continue;
      MeshEndpoint one;
      one.address = written.addresses.front();
      for (const ServicePort& port : from.ports) {
        const auto named = std::ranges::find(slice.ports, port.name, &EndpointSlice::Port::name);
        one.ports.push_back(named == slice.ports.end() ? 0 : named->number);
      }
      one.locality = locality_of(written.node_name, {});
      if (one.locality.zone.empty()) one.locality.zone = written.zone;
      one.node = written.node_name;
      one.health = written.ready || from.publish_not_ready ? MeshEndpoint::Health::kHealthy
                                                           : MeshEndpoint::Health::kUnhealthy;
      service.endpoints.push_back(std::move(one));
    }
  }
}

void Registry::add_kubernetes_service(const Service& from) {
  if (from.type == "ExternalName") return;
  MeshService out;
  out.host = resolve_host(from.meta.name, from.meta.ns, config_.domain);
  out.name = from.meta.name;
  out.ns = from.meta.ns;
  out.export_to = split_list(from.meta.annotations, "networking.istio.io/exportTo");
  out.traffic_distribution = from.traffic_distribution;
  out.selector = from.selector;
  if (from.headless()) {
    out.resolution = Resolution::kPassthrough;
  } else {
    out.addresses = from.cluster_ips;
  }
  for (const ServicePort& port : from.ports) {
    out.ports.push_back({port.port, port.name,
                         protocol_of(port.name, port.app_protocol, port.protocol, port.port)});
    out.targets.push_back(port.target);
  }
  add_pod_endpoints(from, out);
  if (out.endpoints.empty()) add_slice_endpoints(from, out);
  by_host_.emplace(out.host, services_.size());
  services_.push_back(std::move(out));
}

/// The service of a host, made when it is the first entry for it; null: it belongs to somebody
/// else.
MeshService* Registry::service_of_entry(const ServiceEntry& entry, const std::string& host) {
  static constexpr std::pair<std::string_view, Resolution> kResolutions[] = {
      {"NONE", Resolution::kPassthrough},
      {"STATIC", Resolution::kEndpoints},
      {"DNS", Resolution::kDns},
      {"DNS_ROUND_ROBIN", Resolution::kDnsRoundRobin},
      {"DYNAMIC_DNS", Resolution::kDynamicDns}};
  const auto [at, fresh] = by_host_.try_emplace(host, services_.size());
  if (!fresh) {
    MeshService& there = services_[at->second];
    return there.kubernetes || there.ns != entry.meta.ns ? nullptr : &there;
  }
  MeshService& out = services_.emplace_back();
  out.host = out.name = host;
  out.ns = entry.meta.ns;
  out.kubernetes = false;
  out.external = entry.external;
  out.addresses = entry.addresses;
  out.export_to = entry.export_to;
  out.alt_names = entry.subject_alt_names;
  for (const auto& [name, resolution] : kResolutions) {
    if (entry.resolution == name) out.resolution = resolution;
  }
  return &out;
}

MeshEndpoint Registry::endpoint_of_entry(const ServiceEntry& entry,
                                         const ServiceEntryEndpoint& from,
                                         const std::vector<int>& targets,
                                         const MeshService& service) const {
  MeshEndpoint out;
  out.address = from.address;
  for (std::size_t i = 0; i < service.ports.size(); ++i) {
    const auto named =
        std::ranges::find(from.ports, service.ports[i].name, &std::pair<std::string, int>::first);
    out.ports.push_back(named == from.ports.end() ? targets[i] : named->second);
  }
  out.labels = from.labels;
  out.locality = parse_locality(from.locality);
  if (!from.service_account.empty()) {
    out.identity = spiffe(config_, entry.meta.ns, from.service_account);
  }
  const auto mode = from.labels.find("security.istio.io/tlsMode");
  out.sidecar = mode != from.labels.end() && mode->second == "istio";
  out.weight = from.weight == 0 ? 1 : static_cast<std::uint32_t>(from.weight);
  return out;
}

void Registry::add_service_entry(const ServiceEntry& entry) {
  for (const std::string& written : entry.hosts) {
    const std::string host = resolve_host(written, entry.meta.ns, config_.domain);
    MeshService* const out = service_of_entry(entry, host);
    if (out == nullptr) continue;
    std::vector<int> targets(out->ports.size());
    for (const ServiceEntryPort& port : entry.ports) {
      if (out->port(port.number) != nullptr) continue;
      out->ports.push_back({port.number, port.name, parse_protocol(port.protocol)});
      targets.push_back(port.target == 0 ? port.number : port.target);
      for (MeshEndpoint& one : out->endpoints) one.ports.push_back(0);
    }
    std::vector<ServiceEntryEndpoint> endpoints = entry.endpoints;
    const bool dns =
        out->resolution == Resolution::kDns || out->resolution == Resolution::kDnsRoundRobin;
    if (endpoints.empty() && dns && !is_wildcard(host)) endpoints.emplace_back().address = host;
    for (const ServiceEntryEndpoint& from : endpoints) {
      out->endpoints.push_back(endpoint_of_entry(entry, from, targets, *out));
    }
    if (entry.selector) add_selected_endpoints(entry, targets, *out);
  }
}

void Registry::add_selected_endpoints(const ServiceEntry& entry, const std::vector<int>& targets,
                                      MeshService& out) const {
  for (const MeshPod& pod : pods_) {
    if (pod.ns != entry.meta.ns || !contains(pod.labels, *entry.selector)) continue;
    MeshEndpoint one;
    one.address = pod.ip;
    one.ports = targets;
    one.labels = pod.labels;
    one.locality = pod.locality;
    one.node = pod.node;
    one.identity = spiffe(config_, pod.ns, pod.service_account);
    one.pod = &pod;
    one.health = pod.ready ? MeshEndpoint::Health::kHealthy : MeshEndpoint::Health::kUnhealthy;
    one.sidecar = pod.sidecar;
    out.endpoints.push_back(std::move(one));
  }
}

void Registry::add_services() {
  for (const Service& one : resources_->services) add_kubernetes_service(one);
  std::vector<const ServiceEntry*> entries;
  for (const ServiceEntry& one : resources_->service_entries) entries.push_back(&one);
  std::ranges::sort(entries, [](const ServiceEntry* a, const ServiceEntry* b) {
    return older(a->meta, b->meta);
  });
  for (const ServiceEntry* one : entries) add_service_entry(*one);
  add_aliases();
  add_names();
}

/// An ExternalName Service that means a host of the mesh is another name of it.
void Registry::add_aliases() {
  for (const Service& one : resources_->services) {
    if (one.type != "ExternalName") continue;
    const auto target = by_host_.find(one.external_name);
    if (target == by_host_.end()) continue;
    services_[target->second].aliases.push_back(
        resolve_host(one.meta.name, one.meta.ns, config_.domain));
  }
}

void Registry::add_names() {
  for (std::size_t i = 0; i < services_.size(); ++i) {
    std::set<std::string> names(services_[i].addresses.begin(), services_[i].addresses.end());
    const auto add_host = [&](const std::string& host) {
      names.insert(host);
      const std::size_t svc = host.find(".svc.");
      if (svc != std::string::npos) names.insert(host.substr(0, svc + 4));
    };
    add_host(services_[i].host);
    for (const std::string& alias : services_[i].aliases) add_host(alias);
    for (const std::string& name : names) by_name_[name].push_back(i);
  }
}

std::vector<const MeshService*> Registry::named(std::string_view name,
                                                const std::string& ns) const {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::set<std::size_t> found;
  for (const std::string& one :
       {std::string(name), fmt::format("{}.svc", name), fmt::format("{}.{}.svc", name, ns)}) {
    const auto at = by_name_.find(one);
    if (at != by_name_.end()) found.insert(at->second.begin(), at->second.end());
  }
  std::vector<const MeshService*> out;
  for (const std::size_t i : found) out.push_back(&services_[i]);
  return out;
}

MtlsMode Registry::namespace_mode(const std::string& ns) const {
  return server_mode({}, ns, 0).mode;
}

ServerMode Registry::server_mode(const Labels& labels, const std::string& ns, int port) const {
  // The oldest counts at each level; a level without a mode leaves it to the wider one.
  const PeerAuthentication* mesh = nullptr;
  const PeerAuthentication* space = nullptr;
  const PeerAuthentication* workload = nullptr;
  const auto take = [](const PeerAuthentication*& best, const PeerAuthentication& one) {
    if (best == nullptr || older(one.meta, best->meta)) best = &one;
  };
  for (const PeerAuthentication& one : resources_->peer_authentications) {
    const bool root = one.meta.ns == config_.root_namespace;
    if (one.selector) {
      const bool fits =
          one.meta.ns == ns && !root && !labels.empty() && contains(labels, *one.selector);
      if (fits) take(workload, one);
    } else if (root) {
      take(mesh, one);
    } else if (one.meta.ns == ns) {
      take(space, one);
    }
  }
  ServerMode out;
  for (const PeerAuthentication* one : {mesh, space, workload}) {
    if (one != nullptr && one->mode != MtlsMode::kUnset) out = {one->mode, one};
  }
  if (workload == nullptr) return out;
  for (const auto& [number, mode] : workload->ports) {
    if (number == port && mode != MtlsMode::kUnset) out = {mode, workload};
  }
  return out;
}

}  // namespace squall::config
