// TurnedAway: does a cluster answer a request itself, before a host is looked for?
//
// In maintenance (a runtime's percentage) or where its configuration drops overload. Source:
// Envoy's router as a live 1.40 behaves (docs/policies.md, "Maintenance and runtime"). Draws: one
// of Purpose::kMaintenance and one of kDropOverload, by the request's number. Cost: two
// comparisons.
#pragma once
#include <cstdint>
#include <optional>

#include "policies/cluster_config.h"
#include "policies/response_flags.h"

namespace squall::policies {

/// Answered 503.
struct TurnedAway {
  Details details;
  ResponseFlag flag;
};

/// Whether `cluster` ever does.
constexpr bool turns_away(const ClusterConfig& cluster) {
  return cluster.maintenance_percent > 0 || cluster.drop_overload.numerator > 0;
}
/// None: the cluster takes the request of this number.
std::optional<TurnedAway> turned_away(const ClusterConfig& cluster, std::uint64_t random);

}  // namespace squall::policies
