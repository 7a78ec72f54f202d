#include "policies/lb/group.h"

#include <algorithm>
#include <tuple>

namespace squall::policies::lb {
namespace {

auto key_of(const Locality& locality) {
  return std::tie(locality.region, locality.zone, locality.sub_zone);
}

}  // namespace

std::vector<LocalityGroup> group_by_locality(const ClusterConfig& cluster, const Locality* own,
                                             std::span<const std::uint32_t> hosts) {
  std::vector<LocalityGroup> groups;
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    const HostConfig& host = cluster.hosts[hosts[i]];
    const auto known = std::ranges::find_if(
        groups, [&](const LocalityGroup& group) { return *group.locality == host.locality; });
    LocalityGroup& group = known != groups.end() ? *known : groups.emplace_back();
    group.locality = &host.locality;
    group.weight = host.locality_weight;
    group.positions.push_back(i);
  }
  std::ranges::sort(groups, [&](const LocalityGroup& a, const LocalityGroup& b) {
    const bool a_own = own != nullptr && *a.locality == *own;
    const bool b_own = own != nullptr && *b.locality == *own;
    return a_own != b_own ? a_own : key_of(*a.locality) < key_of(*b.locality);
  });
  return groups;
}

}  // namespace squall::policies::lb
