#include "policies/machine/cluster_state.h"

#include "policies/base/mix.h"

namespace squall::policies {

ClusterState::ClusterState(const Configuration& configuration, std::uint32_t cluster,
                           std::uint64_t seed)
    : config(&configuration.epoch.clusters[cluster]),
      index(cluster),
      first_host(configuration.epoch.hosts_begin(cluster)),
      detects_outliers(config->outlier.has_value()),
      splits_local_origin(detects_outliers && config->outlier->split_external_local_origin_errors),
      http1(config->protocol == Protocol::kHttp1),
      watches_headers(config->health_check ||
                      (detects_outliers && config->outlier->detect_degraded_hosts)),
      layout(&configuration.layouts[cluster]),
      seed_(mix(seed, Purpose::kBalancerSeed, config->name, 0)),
      priorities_(layout->priorities.size()) {
  hosts.resize(config->hosts.size());
  active.resize(hosts.size());
  std::vector<HealthFlags> flags;
  flags.reserve(hosts.size());
  for (const HostConfig& host : config->hosts) flags.emplace_back(host.health);
  for (PrioritySet& set : priorities_) {
    set.all = lb::Balancer(seed_);
    set.healthy.balancer = lb::Balancer(seed_);
    set.degraded.balancer = lb::Balancer(seed_);
  }
  everybody_ = view(layout->priorities[0], layout->weights[0]);
  set_health(flags);
}

lb::HostView ClusterState::view(std::span<const std::uint32_t> chosen,
                                std::span<const std::uint32_t> weights) const {
  return {.hosts = chosen, .weights = weights, .active = active};
}

lb::HostView ClusterState::healthy_view(std::size_t priority) const {
  const PrioritySet& set = priorities_[priority];
  if (set.partial) return view(set.healthy.hosts, set.healthy.weights);
  return view(layout->priorities[priority], layout->weights[priority]);
}

void ClusterState::set_health(std::span<const HealthFlags> flags) {
  for (std::size_t i = 0; i < hosts.size(); ++i) hosts[i].health = flags[i];
  recompute();
}

void ClusterState::recompute() {
  counts_.assign(priorities_.size(), PriorityHosts());
  bool everybody_healthy = true;
  for (std::size_t p = 0; p < priorities_.size(); ++p) {
    PrioritySet& set = priorities_[p];
    const std::vector<std::uint32_t>& all = layout->priorities[p];
    const std::vector<std::uint32_t>& weights = layout->weights[p];
    set.healthy.hosts.clear();
    set.healthy.weights.clear();
    set.degraded.hosts.clear();
    set.degraded.weights.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const HealthFlags flags = hosts[all[i]].health;
      counts_[p].add(flags, config->hosts[all[i]].weight);
      const CoarseHealth coarse = flags.coarse();
      if (coarse == CoarseHealth::kUnhealthy) continue;
      HostSource& source = coarse == CoarseHealth::kHealthy ? set.healthy : set.degraded;
      source.hosts.push_back(all[i]);
      if (!weights.empty()) source.weights.push_back(weights[i]);
    }
    set.partial = set.healthy.hosts.size() != all.size();
    everybody_healthy = everybody_healthy && !set.partial;
    set.all.on_hosts(*config, view(all, weights), seed_);
    if (!set.partial) {
      set.healthy.hosts.clear();
      set.healthy.weights.clear();
    }
    set.healthy.balancer.on_hosts(*config, healthy_view(p), seed_);
    if (set.partial)
      set.degraded.balancer.on_hosts(*config, view(set.degraded.hosts, set.degraded.weights),
                                     seed_);
  }
  compute_priority_loads(*config, counts_, loads_);
  simple_ = everybody_healthy && priorities_.size() == 1;
  usual_ = simple_ && !loads_[0].panic;
}

std::uint32_t ClusterState::pick(PriorityChoice choice, lb::Draws& draws) {
  if (choice.priority >= priorities_.size()) return kNone;
  PrioritySet& set = priorities_[choice.priority];
  const bool panic = loads_[choice.priority].panic;
  if (panic) stats.add(Stat::kLbHealthyPanic);
  if (panic && config->fail_traffic_on_panic) return kNone;
  if (panic) {
    const lb::HostView everybody =
        view(layout->priorities[choice.priority], layout->weights[choice.priority]);
    return set.all.pick(*config, everybody, draws);
  }
  if (choice.degraded) {
    return set.degraded.balancer.pick(*config, view(set.degraded.hosts, set.degraded.weights),
                                      draws);
  }
  return set.healthy.balancer.pick(*config, healthy_view(choice.priority), draws);
}

}  // namespace squall::policies
