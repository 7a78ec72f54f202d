#include "config/unresolved.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "config/nearest_host.h"
#include "config/value.h"

namespace squall::config {
namespace {

std::string texts_of(const Labels& labels) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : labels) texts.push_back(fmt::format("{}={}", key, value));
  return fmt::format("{}", fmt::join(texts, ","));
}

/// "NAME.NAMESPACE" of a host of the cluster, else the host.
std::string shown(const MeshService& service) {
  return service.kubernetes ? fmt::format("{}.{}", service.name, service.ns) : service.host;
}

bool is_for_mesh(const VirtualService& rule) {
  return rule.gateways.empty() || std::ranges::find(rule.gateways, "mesh") != rule.gateways.end();
}

class Unresolved {
 public:
  Unresolved(const Registry& registry, Diagnostics& diagnostics)
      : registry_(registry), diagnostics_(diagnostics) {
    const std::string& domain = registry.config().domain;
    for (const MeshService& one : registry.services()) {
      hosts_.push_back(one.host);
      aliases_.insert(one.aliases.begin(), one.aliases.end());
    }
    // One that means a host outside of the mesh is known to the resolver alone.
    for (const Service& one : registry.resources().services) {
      if (one.type == "ExternalName")
        aliases_.insert(resolve_host(one.meta.name, one.meta.ns, domain));
    }
    for (const DestinationRule& rule : registry.resources().destination_rules) {
      for (const Subset& subset : rule.subsets)
        subsets_[resolve_host(rule.host, rule.meta.ns, domain)].push_back(subset.name);
    }
    for (const VirtualService& rule : registry.resources().virtual_services) {
      if (!is_for_mesh(rule)) continue;
      for (const std::string& host : rule.hosts)
        routed_.insert(resolve_host(host, rule.meta.ns, domain));
    }
  }

  void all() {
    for (const VirtualService& one : registry_.resources().virtual_services) virtual_service(one);
    for (const DestinationRule& one : registry_.resources().destination_rules)
      destination_rule(one);
    for (const Service& one : registry_.resources().services) service(one);
    for (const ServiceEntry& one : registry_.resources().service_entries) {
      if (one.selector && !one.selector->empty())
        check_selector("spec.workloadSelector", *one.selector, one.selector_place, one.meta.ns,
                       has_workload_entries()
                           ? "WorkloadEntry is not read: add a Deployment with these labels"
                           : "the ServiceEntry leads nowhere: add the manifests "
                             "of its pods");
    }
  }

 private:
  void warn(const Place& place, std::string what, std::string advice) {
    diagnostics_.add({place.file ? *place.file : std::string(), place.line, place.column,
                      Severity::kWarning, std::move(what), std::move(advice)});
  }
  static std::string meant(std::string_view name) {
    return fmt::format("did you mean \"{}\"?", name);
  }

  std::string full(std::string_view host, const Meta& of) const {
    return resolve_host(host, of.ns, registry_.config().domain);
  }
  /// Whether a rule of the namespaces can lead to the host; no namespace: whoever may see it.
  bool is_known(const std::string& host, const std::vector<std::string>& spaces) const {
    const auto seen = [&](const MeshService& one) {
      return spaces.empty() || std::ranges::any_of(spaces, [&](const std::string& ns) {
               return Registry::exported(one.export_to, one.ns, ns);
             });
    };
    const MeshService* exact = registry_.service(host);
    if ((exact != nullptr && seen(*exact)) || aliases_.contains(host)) return true;
    return std::ranges::any_of(registry_.services(), [&](const MeshService& one) {
      const bool fits = is_wildcard(host) ? overlap(host, one.host)
                                          : is_wildcard(one.host) && is_subset(host, one.host);
      return fits && seen(one);
    });
  }
  /// False after a warning that nothing has the host.
  bool check_host(const std::string& path, const std::string& host, const Place& place,
                  const Meta& of, std::string otherwise,
                  const std::vector<std::string>& spaces = {}) {
    if (is_known(full(host, of), spaces)) return true;
    std::optional<std::string> near = nearest_host(host, of.ns, hosts_);
    if (near == full(host, of)) near.reset();  // it is there, and not to be seen from here
    warn(place, fmt::format("{}: no Service or ServiceEntry has the host \"{}\"", path, host),
         near ? meant(host_for_rule(*near, of.ns)) : std::move(otherwise));
    return false;
  }

  void virtual_service(const VirtualService& rule) {
    if (is_for_mesh(rule)) {
      check_own_hosts(rule);
    } else {
      check_gateways(rule);
    }
    spaces_.clear();
    for (const std::string& one : rule.export_to)
      spaces_.push_back(one == "." || one == "*" ? rule.meta.ns : one);
    if (spaces_.empty()) spaces_.push_back(rule.meta.ns);
    for (std::size_t i = 0; i < rule.http.size(); ++i) {
      const std::string path = fmt::format("spec.http[{}]", i);
      routes(path, rule.http[i].route, rule.meta);
      for (const Mirror& mirror : rule.http[i].mirrors)
        destination(path + ".mirror", mirror.to, rule.meta);
    }
    for (std::size_t i = 0; i < rule.tls.size(); ++i)
      routes(fmt::format("spec.tls[{}]", i), rule.tls[i].route, rule.meta);
    for (std::size_t i = 0; i < rule.tcp.size(); ++i)
      routes(fmt::format("spec.tcp[{}]", i), rule.tcp[i].route, rule.meta);
  }

  /// Of a rule for gateways and the mesh, the hosts may be those of the gateways.
  void check_own_hosts(const VirtualService& rule) {
    if (rule.gateways.size() > 1) return;
    for (const std::string& host : rule.hosts)
      check_host("spec.hosts", host, rule.hosts_place, rule.meta,
                 "nobody in the mesh calls it: add the manifests of its Service");
  }

  void check_gateways(const VirtualService& rule) {
    for (const std::string& written : rule.hosts) {
      const std::string host = full(written, rule.meta);
      const MeshService* service = is_wildcard(host) ? nullptr : registry_.service(host);
      if (service == nullptr || routed_.contains(host)) continue;
      warn(
          rule.gateways_place,
          fmt::format("spec.gateways has no \"mesh\": sidecars that call {} do not use these rules",
                      shown(*service)),
          "add mesh, or leave gateways out");
      return;
    }
  }

  void routes(const std::string& path, const std::vector<WeightedDestination>& list,
              const Meta& of) {
    for (std::size_t i = 0; i < list.size(); ++i)
      destination(fmt::format("{}.route[{}].destination", path, i), list[i].to, of);
  }

  void destination(const std::string& path, const Destination& to, const Meta& of) {
    if (!check_host(path + ".host", to.host, to.host_place, of,
                    "what goes there is lost: add the manifests of its Service", spaces_)) {
      return;
    }
    const MeshService* service = registry_.service(full(to.host, of));
    if (service == nullptr) return;
    if (!to.subset.empty()) check_subset(path + ".subset", to, *service);
    if (to.port == 0 || service->port(to.port) != nullptr) return;
    std::vector<int> ports;
    for (const MeshPort& port : service->ports) ports.push_back(port.number);
    warn(to.port_place, fmt::format("{}.port: {} has no port {}", path, shown(*service), to.port),
         ports.empty() ? "it has none" : fmt::format("its ports are {}", fmt::join(ports, ", ")));
  }

  void check_subset(const std::string& path, const Destination& to, const MeshService& service) {
    std::vector<std::string_view> known;
    for (const auto& [host, names] : subsets_) {
      if (is_subset(service.host, host)) known.insert(known.end(), names.begin(), names.end());
    }
    if (std::ranges::find(known, to.subset) != known.end()) return;
    const std::optional<std::string_view> near = nearest(to.subset, known);
    std::string advice = "add one: what goes there is lost";
    if (near) {
      advice = meant(*near);
    } else if (!known.empty()) {
      advice = fmt::format("its subsets are {}", fmt::join(known, ", "));
    }
    warn(to.subset_place,
         fmt::format("{}: no DestinationRule for {} has the subset \"{}\"", path, shown(service),
                     to.subset),
         std::move(advice));
  }

  void destination_rule(const DestinationRule& rule) {
    check_host("spec.host", rule.host, rule.host_place, rule.meta,
               "the rule applies to nothing: add the manifests of the Service");
    const MeshService* service = registry_.service(full(rule.host, rule.meta));
    if (service == nullptr) return;
    for (std::size_t i = 0; i < rule.subsets.size(); ++i)
      check_subset_pods(fmt::format("spec.subsets[{}].labels", i), rule.subsets[i], *service);
  }

  /// The labels of a workload whose replicas may be none today count as well.
  void check_subset_pods(const std::string& path, const Subset& subset,
                         const MeshService& service) {
    if (subset.labels.empty() || service.endpoints.empty()) return;
    const auto of_place = [](const auto& label) { return label.first.starts_with("topology."); };
    if (std::ranges::any_of(subset.labels, of_place)) return;  // istiod adds those of the node
    std::set<std::string> there;
    const auto fits = [&](const Labels& labels) {
      Labels same;
      for (const auto& [key, value] : subset.labels) {
        if (const auto at = labels.find(key); at != labels.end()) same.insert(*at);
      }
      if (!same.empty()) there.insert(texts_of(same));
      return same == subset.labels;
    };
    for (const MeshEndpoint& one : service.endpoints) {
      if (one.pod == nullptr && one.labels.empty()) return;  // of a slice, which says none
      if (fits(one.labels)) return;
    }
    for (const auto* table :
         {&registry_.resources().deployments, &registry_.resources().stateful_sets}) {
      for (const Workload& one : *table) {
        if (one.meta.ns == service.ns && contains(one.pod.labels, service.selector) &&
            fits(one.pod.labels)) {
          return;
        }
      }
    }
    warn(subset.labels_place,
         fmt::format("{}: no pod of {} has the labels \"{}\"", path, shown(service),
                     texts_of(subset.labels)),
         there.empty() ? "requests of the subset get 503"
                       : fmt::format("they have {}", fmt::join(there, ", ")));
  }

  void service(const Service& one) {
    const MeshService* known = registry_.service(full(one.meta.name, one.meta));
    if (known == nullptr || one.type == "ExternalName" || one.selector.empty()) return;
    if (known->endpoints.empty()) {
      check_selector("spec.selector", one.selector, one.selector_place, one.meta.ns,
                     "the Service leads nowhere: add the manifests of its pods");
      return;
    }
    for (std::size_t i = 0; i < one.ports.size(); ++i)
      check_target(fmt::format("spec.ports[{}].targetPort", i), one.ports[i], i, *known);
  }

  bool has_workload_entries() const {
    return registry_.resources().skipped.contains("WorkloadEntry of networking.istio.io");
  }

  void check_selector(std::string_view path, const Labels& selector, const Place& place,
                      const std::string& ns, std::string_view otherwise) {
    std::set<std::string> there;  // what pods of the namespace have for the keys of the selector
    const auto see = [&](const Labels& labels) {
      Labels same;
      for (const auto& [key, value] : selector) {
        if (const auto at = labels.find(key); at != labels.end()) same.insert(*at);
      }
      if (same.size() == selector.size()) there.insert(texts_of(same));
      return same == selector;
    };
    for (const auto* table :
         {&registry_.resources().deployments, &registry_.resources().stateful_sets}) {
      for (const Workload& workload : *table) {
        if (workload.meta.ns == ns && see(workload.pod.labels)) return;  // has no replica
      }
    }
    for (const Pod& pod : registry_.resources().pods) {
      if (pod.meta.ns == ns && see(pod.meta.labels)) return;
    }
    const std::vector<std::string_view> names(there.begin(), there.end());
    const std::string wanted = texts_of(selector);
    const std::optional<std::string_view> near = nearest(wanted, names);
    warn(place,
         fmt::format("{}: no Pod, Deployment or StatefulSet of namespace {} has the labels \"{}\"",
                     path, ns, wanted),
         near ? meant(*near) : std::string(otherwise));
  }

  void check_target(const std::string& path, const ServicePort& port, std::size_t index,
                    const MeshService& service) {
    // The agent of a sidecar listens on ports that no container declares.
    const bool agents = port.target.number >= 15000 && port.target.number < 15100;
    std::set<std::string> declared;
    for (const MeshEndpoint& one : service.endpoints) {
      const bool named = !port.target.name.empty();
      if (one.pod == nullptr || (named && one.ports[index] != 0)) return;
      if (!named && (one.pod->ports.empty() || port.target.number == 0)) return;
      for (const ContainerPort& there : one.pod->ports) {
        if (!named && there.number == port.target.number) return;
        const bool by_number = !named || there.name.empty();
        declared.insert(by_number ? fmt::format("{}", there.number) : there.name);
      }
    }
    if (agents) return;
    const std::string target =
        port.target.name.empty() ? fmt::format("{}", port.target.number) : port.target.name;
    const std::vector<std::string_view> names(declared.begin(), declared.end());
    const std::optional<std::string_view> near = nearest(target, names);
    warn(port.target_place,
         fmt::format("{}: no container of {}'s pods has the port \"{}\"", path, shown(service),
                     target),
         near               ? meant(*near)
         : declared.empty() ? "name a port of the container"
                            : fmt::format("they have {}", fmt::join(declared, ", ")));
  }

  const Registry& registry_;
  Diagnostics& diagnostics_;
  std::vector<std::string> hosts_;
  std::set<std::string> aliases_;
  std::vector<std::string> spaces_;  // whose sidecars the rule in hand is for, for all we know
  std::set<std::string> routed_;     // hosts that some VirtualService of the mesh is for
  std::map<std::string, std::vector<std::string>> subsets_;  // by the host of the rule
};

}  // namespace

void warn_unresolved(const Registry& registry, Diagnostics& diagnostics) {
  Unresolved(registry, diagnostics).all();
}

}  // namespace squall::config
