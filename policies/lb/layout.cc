#include "policies/lb/layout.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "policies/lb/group.h"
#include "policies/lb/subset_plan.h"

namespace squall::policies::lb {
namespace {

bool has_table(LbPolicy lb) { return lb == LbPolicy::kRingHash || lb == LbPolicy::kMaglev; }

LocalityUse locality_use(const ClusterConfig& cluster, const Whereabouts& own) {
  if (picks_by_hash(cluster.lb)) return LocalityUse::kNone;  // their tables see to it
  if (cluster.locality_weighted) return LocalityUse::kWeighted;
  const bool zones = own.has_local_cluster && own.locality != nullptr;
  return zones ? LocalityUse::kZoneAware : LocalityUse::kNone;
}

void add_weights(const ClusterConfig& cluster, HostList& list) {
  for (const std::uint32_t host : list.hosts) list.weights.push_back(cluster.hosts[host].weight);
  const bool equal =
      std::ranges::adjacent_find(list.weights, std::not_equal_to<>()) == list.weights.end();
  if (equal) std::vector<std::uint32_t>().swap(list.weights);
}

void add_localities(const ClusterConfig& cluster, const Whereabouts& own, PriorityLayout& out) {
  for (const LocalityGroup& group : group_by_locality(cluster, own.locality, out.hosts)) {
    LocalityLayout& locality = out.localities.emplace_back();
    locality.locality = group.locality;
    locality.weight = group.weight;
    for (const std::uint32_t position : group.positions)
      locality.hosts.push_back(out.hosts[position]);
    add_weights(cluster, locality);
  }
}

}  // namespace

HostSetLayout layout_of(const ClusterConfig& cluster, const Whereabouts& own,
                        std::span<const std::uint32_t> hosts) {
  HostSetLayout layout;
  layout.locality_use = locality_use(cluster, own);
  // As many priorities as the cluster has, also where a subset has no hosts of them.
  for (const HostConfig& host : cluster.hosts) {
    if (host.priority >= layout.priorities.size()) layout.priorities.resize(host.priority + 1);
  }
  if (layout.priorities.empty()) layout.priorities.resize(1);
  for (const std::uint32_t host : hosts)
    layout.priorities[cluster.hosts[host].priority].hosts.push_back(host);
  for (PriorityLayout& priority : layout.priorities) {
    add_weights(cluster, priority);
    if (layout.locality_use != LocalityUse::kNone) add_localities(cluster, own, priority);
    if (has_table(cluster.lb) && !priority.hosts.empty())
      priority.table = std::make_unique<HashTable>(cluster, own.locality, priority.hosts);
  }
  const std::vector<LocalityLayout>& first = layout.priorities.front().localities;
  layout.has_own_locality =
      !first.empty() && own.locality != nullptr && *first.front().locality == *own.locality;
  return layout;
}

ClusterLayout layout_of(const ClusterConfig& cluster, const Whereabouts& own,
                        std::vector<bool> absent) {
  ClusterLayout layout;
  layout.absent = std::move(absent);
  std::vector<std::uint32_t> members;
  for (std::uint32_t host = 0; host < cluster.hosts.size(); ++host) {
    if (layout.has(host)) members.push_back(host);
  }
  layout.members = static_cast<std::uint32_t>(members.size());
  static_cast<HostSetLayout&>(layout) = layout_of(cluster, own, members);
  if (cluster.subsets) plan_subsets(cluster, own, layout);
  return layout;
}

}  // namespace squall::policies::lb
