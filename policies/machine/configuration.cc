#include "policies/machine/configuration.h"

namespace squall::policies {
namespace {

Epoch indexed(Epoch epoch) {
  epoch.index();
  return epoch;
}

lb::Whereabouts whereabouts_of(const Epoch& epoch) {
  return {.locality = epoch.own_locality(),
          .has_local_cluster = epoch.local_cluster_index() != kNone};
}

}  // namespace

Configuration::Configuration(Epoch input, std::int64_t unix_seconds)
    : epoch(indexed(std::move(input))), unix_seconds_at_zero(unix_seconds) {
  for (const Listener& listener : epoch.listeners) routers.emplace_back(listener.routes);
  for (std::uint32_t i = 0; i < epoch.clusters.size(); ++i) {
    std::vector<bool> nobody;
    if (!epoch.has(i)) nobody.assign(epoch.clusters[i].hosts.size(), true);
    layouts.push_back(layout_without(i, std::move(nobody)));
  }
  filters = filter_chains(epoch);
}

lb::ClusterLayout Configuration::layout_without(std::uint32_t cluster,
                                                std::vector<bool> absent) const {
  return lb::layout_of(epoch.clusters[cluster], whereabouts_of(epoch), std::move(absent));
}

}  // namespace squall::policies
