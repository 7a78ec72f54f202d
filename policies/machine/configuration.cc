#include "policies/machine/configuration.h"

#include <algorithm>

namespace squall::policies {
namespace {

Epoch indexed(Epoch epoch) {
  epoch.index();
  return epoch;
}

ClusterLayout layout_of(const ClusterConfig& cluster) {
  ClusterLayout layout;
  for (std::uint32_t i = 0; i < cluster.hosts.size(); ++i) {
    const std::uint32_t priority = cluster.hosts[i].priority;
    if (priority >= layout.priorities.size()) layout.priorities.resize(priority + 1);
    layout.priorities[priority].push_back(i);
  }
  if (layout.priorities.empty()) layout.priorities.resize(1);
  for (const std::vector<std::uint32_t>& hosts : layout.priorities) {
    std::vector<std::uint32_t> weights;
    for (std::uint32_t host : hosts) weights.push_back(cluster.hosts[host].weight);
    const bool equal = std::ranges::adjacent_find(weights, std::not_equal_to<>()) == weights.end();
    layout.weights.push_back(equal ? std::vector<std::uint32_t>() : std::move(weights));
  }
  return layout;
}

}  // namespace

Configuration::Configuration(Epoch input, std::int64_t unix_seconds)
    : epoch(indexed(std::move(input))), unix_seconds_at_zero(unix_seconds) {
  for (const Listener& listener : epoch.listeners) routers.emplace_back(listener.routes);
  for (const ClusterConfig& cluster : epoch.clusters) layouts.push_back(layout_of(cluster));
  filters = filter_chains(epoch);
}

}  // namespace squall::policies
