#include "policies/lb/balancer.h"

#include "policies/lb/weighted.h"

namespace squall::policies::lb {

std::size_t pick_full_scan(const HostView& view, Draws& draws) {
  std::size_t best = 0;
  std::uint32_t least = view.active[view.hosts[0]];
  std::uint64_t ties = 1;
  for (std::size_t i = 1; i < view.hosts.size(); ++i) {
    const std::uint32_t active = view.active[view.hosts[i]];
    if (active > least) continue;
    if (active < least) {
      best = i;
      least = active;
      ties = 1;
    } else if (draws.next() % ++ties == 0) {  // each of the ties is as likely as the others
      best = i;
    }
  }
  return best;
}

void Balancer::on_hosts(const ClusterConfig& cluster, const HostView& view, std::uint64_t seed) {
  if (strategy_ && strategy_->on_hosts(view)) return;
  strategy_.reset();
  const bool weighs = cluster.lb == LbPolicy::kRoundRobin || cluster.lb == LbPolicy::kLeastRequest;
  if (!weighs || !weights_differ(view)) return;
  const bool by_load = cluster.lb == LbPolicy::kLeastRequest;
  strategy_ = std::make_unique<Weighted>(by_load, cluster.least_request.active_request_bias, seed);
  strategy_->on_hosts(view);
}

}  // namespace squall::policies::lb
