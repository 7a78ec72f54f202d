// What a run must know of a configuration's routes beforehand: whether they change heads, and
// whether they look at who sends them.
#include <algorithm>

#include "sim/build_parts.h"

namespace squall::sim {
namespace {

bool changes_heads(const policies::Epoch& epoch) {
  for (const policies::Listener& listener : epoch.listeners) {
    if (!listener.routes.headers.empty()) return true;
    for (const policies::VirtualHost& host : listener.routes.hosts) {
      if (!host.headers.empty()) return true;
      for (const policies::Route& route : host.routes) {
        if (!route.headers.empty()) return true;
        const auto* forward = std::get_if<policies::Forward>(&route.action);
        if (forward == nullptr) continue;
        if (!forward->path_rewrite.prefix.empty() || forward->path_rewrite.regex) return true;
        if (!forward->host_rewrite.literal.empty() || !forward->host_rewrite.header.empty())
          return true;
        if (std::ranges::any_of(forward->clusters, [](const auto& c) {
              return !c.headers.empty() || !c.host_rewrite.empty();
            }))
          return true;
      }
    }
  }
  return false;
}

/// A cookie that a caller lacks is made up from its address.
bool hashes_clients(const policies::Epoch& epoch) {
  using Kind = policies::HashPolicy::Kind;
  const auto by_address = [](const policies::HashPolicy& policy) {
    return policy.kind == Kind::kSourceIp || policy.kind == Kind::kCookie;
  };
  for (const policies::Listener& listener : epoch.listeners) {
    for (const policies::VirtualHost& host : listener.routes.hosts) {
      for (const policies::Route& route : host.routes) {
        const auto* forward = std::get_if<policies::Forward>(&route.action);
        if (forward != nullptr && std::ranges::any_of(forward->hash_policies, by_address))
          return true;
      }
    }
  }
  return false;
}

}  // namespace

void read_routes(ConfigurationModel& out) {
  out.rewrites = changes_heads(out.rules->epoch);
  out.hashes_clients = hashes_clients(out.rules->epoch);
}

}  // namespace squall::sim
