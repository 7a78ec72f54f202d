#include "policies/machine/configuration.h"

namespace squall::policies {
namespace {

Epoch indexed(Epoch epoch) {
  epoch.index();
  return epoch;
}

}  // namespace

Configuration::Configuration(Epoch input, std::int64_t unix_seconds)
    : epoch(indexed(std::move(input))), unix_seconds_at_zero(unix_seconds) {
  for (const Listener& listener : epoch.listeners) routers.emplace_back(listener.routes);
  const lb::Whereabouts own{.locality = epoch.own_locality(),
                            .has_local_cluster = epoch.local_cluster_index() != kNone};
  for (const ClusterConfig& cluster : epoch.clusters)
    layouts.push_back(lb::layout_of(cluster, own));
  filters = filter_chains(epoch);
}

}  // namespace squall::policies
