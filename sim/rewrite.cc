// Heads as routes rewrite them.
#include "policies/headers.h"
#include "sim/world.h"

namespace squall::sim {

std::uint32_t World::rewritten_head(const Proxy& proxy, const policies::Request& request,
                                    std::uint32_t head) {
  const policies::Listener& listener = proxy.rules.rules->epoch.listeners[request.listener];
  const auto& forward = std::get<policies::Forward>(request.route->action);
  const policies::WeightedCluster* entry = request.weighted_entry < forward.clusters.size()
                                               ? &forward.clusters[request.weighted_entry]
                                               : nullptr;
  const policies::Levels levels{listener.routes, *request.virtual_host, *request.route, entry};
  if (!policies::changes_request(levels)) return head;
  std::vector<policies::HeaderEdit> edits;
  policies::edit_request(levels, model_.heads.view(head), {.keep_originals = false}, edits);
  const OwnHead& from = model_.heads.own(head);
  policies::OwnedHead edited{.authority = from.authority, .path = from.path, .headers = {}};
  for (const auto& [name, value] : from.headers) edited.headers.push_back({name, value});
  policies::apply_edits(edits, edited);
  OwnHead out{.method = from.method,
              .scheme = from.scheme,
              .authority = edited.authority,
              .path = edited.path,
              .headers = {}};
  for (policies::OwnedHeader& header : edited.headers)
    out.headers.emplace_back(header.name, header.value);
  return model_.heads.intern(out);
}

}  // namespace squall::sim
