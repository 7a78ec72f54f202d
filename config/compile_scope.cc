// What of the mesh a client knows: Sidecar objects, exportTo, and the policy of a cluster.
#include <algorithm>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

/// Private to the client's namespace first, then exported to it by name, then public; each by age.
std::vector<const VirtualService*> visible_virtual_services(const Registry& registry,
                                                            const std::string& ns) {
  std::vector<const VirtualService*> groups[3];
  for (const VirtualService& one : registry.rules().virtual_services()) {
    if (!has(one.gateways, "mesh")) continue;
    const auto& to = one.export_to;
    if (to.empty() || has(to, "*")) {
      groups[2].push_back(&one);
    } else if (one.meta.ns == ns && (has(to, ".") || has(to, ns))) {
      groups[0].push_back(&one);
    } else if (has(to, ns)) {
      groups[1].push_back(&one);
    }
  }
  std::vector<const VirtualService*> out;
  for (const auto& group : groups) out.insert(out.end(), group.begin(), group.end());
  return out;
}

bool imports(const Sidecar::Egress& egress, const std::string& own, const std::string& ns,
             const std::string& host) {
  return std::ranges::any_of(egress.hosts, [&](const std::string& written) {
    const NamespacedName name = split_namespaced(written, own);
    return (name.ns == "*" || name.ns == ns) && overlap(host, name.name);
  });
}

void add_service(const MeshService& service, int port, Scope& scope) {
  for (ScopedService& one : scope.services) {
    if (one.service != &service) continue;
    if (one.only_port != port) one.only_port = 0;
    return;
  }
  scope.services.push_back({&service, port});
}

/// Only what the Sidecar's egress names, and where the VirtualServices that it names lead.
void restrict(const Registry& registry, const Client& client, Scope& scope) {
  Scope all;
  std::swap(all.services, scope.services);
  std::vector<const VirtualService*> kept;
  for (const Sidecar::Egress& egress : scope.sidecar->egress) {
    for (const ScopedService& one : all.services) {
      if (egress.port != 0 && one.service->port(egress.port) == nullptr) continue;
      if (!imports(egress, client.ns(), one.service->ns, one.service->host)) continue;
      add_service(*one.service, egress.port, scope);
    }
    for (const VirtualService* one : scope.virtual_services) {
      const bool named = std::ranges::any_of(one->hosts, [&](const std::string& host) {
        return imports(egress, client.ns(), one->meta.ns, host);
      });
      if (named && std::ranges::find(kept, one) == kept.end()) kept.push_back(one);
    }
  }
  std::erase_if(scope.virtual_services, [&](const VirtualService* one) {
    return std::ranges::find(kept, one) == kept.end();
  });
  for (const VirtualService* one : scope.virtual_services) {
    for (const HttpRule& rule : one->http) {
      for (const WeightedDestination& to : rule.route) {
        const MeshService* service = registry.service(to.to.host);
        if (service != nullptr &&
            Registry::exported(service->export_to, service->ns, client.ns())) {
          add_service(*service, to.to.port, scope);
        }
      }
    }
  }
}

void take(const std::optional<ConnectionPool>& pool, const std::optional<OutlierDetection>& outlier,
          TrafficPolicy& out) {
  if (!out.pool) out.pool = pool;
  if (!out.outlier) out.outlier = outlier;
}

const TrafficPolicy* port_entry(const TrafficPolicy& policy, int port) {
  for (const auto& [number, entry] : policy.ports) {
    if (number == port) return &entry;
  }
  return nullptr;
}

}  // namespace

const Sidecar* sidecar_of(const Registry& registry, const Client& client) {
  const Sidecar* selected = nullptr;
  const Sidecar* own = nullptr;
  const Sidecar* root = nullptr;
  const auto older_of = [](const Sidecar* best, const Sidecar& one) {
    return best == nullptr || older(one.meta, best->meta) ? &one : best;
  };
  for (const Sidecar& one : registry.resources().sidecars) {
    if (one.meta.ns == client.ns()) {
      if (!one.selector) {
        own = older_of(own, one);
      } else if (contains(client.labels(), *one.selector)) {
        selected = older_of(selected, one);
      }
    } else if (one.meta.ns == registry.config().root_namespace && !one.selector) {
      root = older_of(root, one);
    }
  }
  return selected != nullptr ? selected : own != nullptr ? own : root;
}

Scope exported_services(const Registry& registry, const Client& client) {
  Scope out;
  for (const MeshService& one : registry.services()) {
    if (Registry::exported(one.export_to, one.ns, client.ns())) out.services.push_back({&one, 0});
  }
  std::ranges::sort(out.services, {}, [](const ScopedService& one) -> const std::string& {
    return one.service->host;
  });
  return out;
}

Scope scope_of(const Registry& registry, const Client& client) {
  Scope out = exported_services(registry, client);
  out.virtual_services = visible_virtual_services(registry, client.ns());
  out.registry_only = registry.config().outbound_policy == "REGISTRY_ONLY";
  if (client.pod->waypoint) {  // the rules of its side alone, and no Sidecar's
    std::erase_if(out.virtual_services,
                  [&](const VirtualService* one) { return one->meta.ns != client.ns(); });
    return out;
  }
  out.sidecar = sidecar_of(registry, client);
  if (out.sidecar == nullptr) return out;
  if (!out.sidecar->egress.empty()) restrict(registry, client, out);
  if (!out.sidecar->outbound_policy.empty()) {
    out.registry_only = out.sidecar->outbound_policy == "REGISTRY_ONLY";
  }
  return out;
}

const DestinationRule* rule_for(const Registry& registry, const Client& client,
                                const MeshService& service) {
  return registry.rules().rule(service.host, service.ns, client.ns(), client.labels(), true);
}

TrafficPolicy policy_of(const DestinationRule* rule, const Subset* subset, int port,
                        const MeshConfig& config) {
  TrafficPolicy out;
  if (rule != nullptr && rule->policy) {
    const TrafficPolicy* entry = port_entry(*rule->policy, port);
    out = entry != nullptr ? *entry : *rule->policy;
    out.ports.clear();
  }
  take(config.default_pool, config.default_outlier, out);
  if (subset == nullptr || !subset->policy) return out;
  const TrafficPolicy& mine = *subset->policy;
  if (const TrafficPolicy* entry = port_entry(mine, port)) {
    out.pool = entry->pool;
    out.outlier = entry->outlier;
    out.balancer = entry->balancer;
    out.tls = entry->tls;
    return out;
  }
  if (mine.pool) out.pool = mine.pool;
  if (mine.outlier) out.outlier = mine.outlier;
  if (mine.balancer) out.balancer = mine.balancer;
  if (mine.tls) out.tls = mine.tls;
  if (mine.budget) out.budget = mine.budget;
  return out;
}

}  // namespace squall::config
