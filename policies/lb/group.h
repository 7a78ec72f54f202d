// Hosts by locality, in Envoy's order: the proxy's own first, then by region, zone and sub-zone.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "policies/cluster_config.h"

namespace squall::policies::lb {

struct LocalityGroup {
  const Locality* locality = nullptr;
  std::uint32_t weight = 0;
  std::vector<std::uint32_t> positions;  // in `hosts`
};

/// `hosts`: numbers in `cluster`.
std::vector<LocalityGroup> group_by_locality(const ClusterConfig& cluster, const Locality* own,
                                             std::span<const std::uint32_t> hosts);

}  // namespace squall::policies::lb
