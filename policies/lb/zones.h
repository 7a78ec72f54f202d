// Zone-aware routing: which share of a caller's requests stays in its own zone, where does the rest
// go?
//
// When the upstream has at least as large a part of its hosts in the caller's zone as the callers
// have, everything stays; otherwise what the zone can take stays, and the rest goes to zones with
// capacity to spare. Source: Envoy's ZoneAwareLoadBalancerBase, 1.36 (docs/policies.md,
// "Zone-aware"). Integers truncated alike. Cost: a choice is one or two draws.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "policies/cluster_config.h"

namespace squall::policies::lb {

enum class ZoneRouting : std::uint8_t { kOff, kDirect, kResidual };

/// What is counted in a zone: healthy hosts, or their weights.
struct ZoneCount {
  std::uint64_t upstream = 0;
  std::uint64_t local = 0;  // of the cluster that the callers are
};

struct ZonePlan {
  ZoneRouting routing = ZoneRouting::kOff;
  std::uint64_t stay = 0;               // of 10 000, in zone 0
  std::vector<std::uint64_t> residual;  // capacity to spare, summed up to each zone
};

/// `zones`: of the upstream, the caller's own first when `has_own`; `local_total` counts zones too
/// that the upstream does not have. Whether to route by zones at all was decided before.
void plan_zones(std::span<const ZoneCount> zones, std::uint64_t local_total, bool has_own,
                bool force_own, ZonePlan& plan);

/// What a choice did.
enum class ZoneChoice : std::uint8_t { kDirect, kSampled, kCrossZone, kNoCapacityLeft };

/// The zone for one request. `draw()` yields 64 random bits.
template <class Draw>
std::uint32_t choose_zone(const ZonePlan& plan, const Draw& draw, ZoneChoice& choice) {
  choice = ZoneChoice::kDirect;
  if (plan.routing == ZoneRouting::kDirect) return 0;
  choice = ZoneChoice::kSampled;
  if (draw() % 10'000 < plan.stay) return 0;
  choice = ZoneChoice::kCrossZone;
  const std::uint64_t all = plan.residual.back();
  if (all == 0) {
    choice = ZoneChoice::kNoCapacityLeft;
    return static_cast<std::uint32_t>(draw() % plan.residual.size());
  }
  const std::uint64_t threshold = draw() % all;
  std::uint32_t zone = 0;
  while (threshold >= plan.residual[zone]) ++zone;
  return zone;
}

}  // namespace squall::policies::lb
