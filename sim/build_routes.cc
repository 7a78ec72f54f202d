// What a run must know of a configuration beforehand: what its listeners make of heads, whether its
// routes change them and whether they look at who sends them.
#include <algorithm>

#include "policies/headers.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

/// Whether `is` holds for a route of the configuration.
template <class Is>
bool any_route(const policies::Epoch& epoch, const Is& is) {
  return std::ranges::any_of(epoch.listeners, [&](const policies::Listener& listener) {
    return std::ranges::any_of(listener.routes.hosts, [&](const policies::VirtualHost& host) {
      return std::ranges::any_of(host.routes, is);
    });
  });
}

bool changes_head(const policies::Route& route) {
  if (!route.headers.empty()) return true;
  const auto* forward = std::get_if<policies::Forward>(&route.action);
  if (forward == nullptr) return false;
  if (policies::rewrites(*forward)) return true;
  return std::ranges::any_of(forward->clusters, [](const policies::WeightedCluster& cluster) {
    return !cluster.headers.empty() || !cluster.host_rewrite.empty();
  });
}

bool changes_heads(const policies::Epoch& epoch) {
  for (const policies::Listener& listener : epoch.listeners) {
    if (!listener.routes.headers.empty()) return true;
    for (const policies::VirtualHost& host : listener.routes.hosts) {
      if (!host.headers.empty()) return true;
    }
  }
  return any_route(epoch, changes_head);
}

/// A cookie that a caller lacks is made up from its address.
bool hashes_client(const std::vector<policies::HashPolicy>& hash_policies) {
  using Kind = policies::HashPolicy::Kind;
  return std::ranges::any_of(hash_policies, [](const policies::HashPolicy& policy) {
    return policy.kind == Kind::kSourceIp || policy.kind == Kind::kCookie;
  });
}

bool hashes_clients(const policies::Epoch& epoch) {
  const auto route_does = [](const policies::Route& route) {
    const auto* forward = std::get_if<policies::Forward>(&route.action);
    return forward != nullptr && hashes_client(forward->hash_policies);
  };
  const auto cluster_does = [](const policies::ClusterConfig& cluster) {
    return hashes_client(cluster.hash_policies);
  };
  return any_route(epoch, route_does) || std::ranges::any_of(epoch.clusters, cluster_does);
}

}  // namespace

void read_routes(ConfigurationModel& out, HeadTable& heads) {
  const std::vector<policies::Listener>& listeners = out.rules->epoch.listeners;
  out.receives.resize(listeners.size());
  for (const auto& [port, index] : out.listeners)
    out.receives[index] = heads.intern(listeners[index].target, port);
  out.rewrites = changes_heads(out.rules->epoch);
  out.hashes_clients = hashes_clients(out.rules->epoch);
  for (const LaterConfiguration& one : out.later) {
    out.rewrites = out.rewrites || changes_heads(one.rules->epoch);
    out.hashes_clients = out.hashes_clients || hashes_clients(one.rules->epoch);
  }
}

}  // namespace squall::sim
