#include "policies/lb/hash_table.h"

#include "policies/base/ip.h"
#include "policies/lb/group.h"

namespace squall::policies::lb {
namespace {

using Entry = HashTable::Entry;

/// Adds hosts that share `part` of the traffic by their weights.
void add(const ClusterConfig& cluster, std::span<const std::uint32_t> hosts,
         std::span<const std::uint32_t> positions, double part, std::vector<Entry>& out) {
  std::uint64_t sum = 0;
  for (const std::uint32_t position : positions) sum += cluster.hosts[hosts[position]].weight;
  for (const std::uint32_t position : positions) {
    const double weight = cluster.hosts[hosts[position]].weight;
    out.push_back({position, weight * part / static_cast<double>(sum)});
  }
}

/// Of all localities of their priority, also those that none of `hosts` is in.
std::uint64_t weight_of_all(const ClusterConfig& cluster, const Locality* own,
                            std::span<const std::uint32_t> hosts) {
  if (hosts.empty()) return 0;
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < cluster.hosts.size(); ++i) {
    if (cluster.hosts[i].priority == cluster.hosts[hosts.front()].priority) all.push_back(i);
  }
  std::uint64_t sum = 0;
  for (const LocalityGroup& group : group_by_locality(cluster, own, all)) sum += group.weight;
  return sum;
}

std::vector<Entry> entries_of(const ClusterConfig& cluster, const Locality* own,
                              std::span<const std::uint32_t> hosts) {
  std::vector<Entry> entries;
  std::uint64_t sum = 0;
  const std::vector<LocalityGroup> groups = group_by_locality(cluster, own, hosts);
  if (cluster.locality_weighted) sum = weight_of_all(cluster, own, hosts);
  if (sum == 0) {
    std::vector<std::uint32_t> all(hosts.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    if (!cluster.locality_weighted) add(cluster, hosts, all, 1, entries);
    return entries;
  }
  for (const LocalityGroup& group : groups) {
    if (group.weight == 0) continue;
    add(cluster, hosts, group.positions,
        static_cast<double>(group.weight) / static_cast<double>(sum), entries);
  }
  return entries;
}

}  // namespace

std::string hash_key(const ClusterConfig& cluster, const HostConfig& host) {
  for (const auto& [key, value] : host.lb_metadata) {
    if (key == "hash_key" && !value.empty()) return value;
  }
  return cluster.hashing.use_hostname ? host.hostname : with_port(host.address, host.port);
}

HashTable::HashTable(const ClusterConfig& cluster, const Locality* own_locality,
                     std::span<const std::uint32_t> hosts)
    : entries_(entries_of(cluster, own_locality, hosts)) {
  std::vector<std::string> keys;
  keys.reserve(entries_.size());
  std::vector<HashedHost> hashed;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    keys.push_back(hash_key(cluster, cluster.hosts[hosts[entries_[i].position]]));
    hashed.push_back({keys.back(), entries_[i].share, i});
  }
  if (cluster.lb == LbPolicy::kMaglev) {
    maglev_.emplace(cluster.maglev, hashed);
  } else {
    ring_.emplace(cluster.ring_hash, hashed);
  }
}

}  // namespace squall::policies::lb
