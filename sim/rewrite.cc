// Heads as routes rewrite them.
#include "policies/headers.h"
#include "sim/world.h"

namespace squall::sim {

std::uint32_t Sidecars::rewritten_head(const Proxy& proxy, const policies::Request& request,
                                       std::uint32_t head) {
  const policies::Listener& listener = proxy.rules.rules->epoch.listeners[request.listener];
  const auto& forward = std::get<policies::Forward>(request.route->action);
  const policies::WeightedCluster* entry = request.weighted_entry < forward.clusters.size()
                                               ? &forward.clusters[request.weighted_entry]
                                               : nullptr;
  const policies::Levels levels{listener.routes, *request.virtual_host, *request.route, entry};
  if (!policies::changes_request(levels)) return head;
  policies::HeaderEdits edits;
  policies::RequestHead edited = world_.heads.view(head);
  policies::edit_request(levels, edited, {.keep_originals = false, .stream = {}}, edits);
  std::vector<policies::HeaderField> fields(edited.headers.begin(), edited.headers.end());
  policies::apply_edits(edits.list, edited.authority, edited.path, fields);
  OwnHead out{.method = std::string(edited.method),
              .scheme = std::string(edited.scheme),
              .authority = std::string(edited.authority),
              .path = std::string(edited.path),
              .headers = {}};
  for (const policies::HeaderField& field : fields)
    out.headers.emplace_back(field.name, field.value);
  return world_.heads.intern(out);
}

}  // namespace squall::sim
