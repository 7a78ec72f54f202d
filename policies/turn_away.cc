#include "policies/turn_away.h"

#include "policies/base/mix.h"

namespace squall::policies {

std::optional<TurnedAway> turned_away(const ClusterConfig& cluster, std::uint64_t random) {
  if (cluster.maintenance_percent > mix(random, Purpose::kMaintenance, 0) % 100)
    return TurnedAway{Details::kMaintenanceMode, ResponseFlag::kUO};
  const Fraction& drop = cluster.drop_overload;
  if (drop.numerator >= drop.denominator)
    return TurnedAway{Details::kUnconditionalDropOverload, ResponseFlag::kUDO};
  if (drop.numerator > 0 && holds(drop, mix(random, Purpose::kDropOverload, 0)))
    return TurnedAway{Details::kDropOverload, ResponseFlag::kDO};
  return std::nullopt;
}

}  // namespace squall::policies
