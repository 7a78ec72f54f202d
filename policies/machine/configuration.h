// Configuration: an epoch with what is worked out of it once and shared by all workers that run it.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/epoch.h"
#include "policies/lb/layout.h"
#include "policies/machine/filter_chain.h"
#include "policies/route.h"

namespace squall::policies {

class Configuration {
 public:
  /// Indexes the epoch. `unix_seconds_at_zero`: the wall clock at Instant 0, for headers that name
  /// a date.
  explicit Configuration(Epoch epoch, std::int64_t unix_seconds_at_zero = 0);
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;

  /// The cluster's layout without some of its hosts; `absent`: by host.
  lb::ClusterLayout layout_without(std::uint32_t cluster, std::vector<bool> absent) const;

  const Epoch epoch;
  const std::int64_t unix_seconds_at_zero;
  std::vector<Router> routers;             // one a listener
  std::vector<lb::ClusterLayout> layouts;  // one a cluster
  std::vector<FilterChains> filters;       // one a listener
};

}  // namespace squall::policies
