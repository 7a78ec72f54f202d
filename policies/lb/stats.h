// Counters of balancing that few clusters need, under Envoy's names.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace squall::policies {

enum class LbStat : std::uint8_t {
  kSubsetsSelected,
  kSubsetsFallback,
  kSubsetsFallbackPanic,
  kZoneRoutingAllDirectly,
  kZoneRoutingSampled,
  kZoneRoutingCrossZone,
  kZoneNoCapacityLeft,
  kZoneClusterTooSmall,
  kLocalClusterNotOk,
  kRecalculateZoneStructures,
};
inline constexpr std::size_t kLbStats =
    static_cast<std::size_t>(LbStat::kRecalculateZoneStructures) + 1;
/// The part behind "cluster.NAME.".
inline constexpr std::array<std::string_view, kLbStats> kLbStatNames = {
    "lb_subsets_selected",           "lb_subsets_fallback",       "lb_subsets_fallback_panic",
    "lb_zone_routing_all_directly",  "lb_zone_routing_sampled",   "lb_zone_routing_cross_zone",
    "lb_zone_no_capacity_left",      "lb_zone_cluster_too_small", "lb_local_cluster_not_ok",
    "lb_recalculate_zone_structures"};

struct LbStats {
  std::array<std::uint64_t, kLbStats> values{};
  void add(LbStat stat) { ++values[static_cast<std::size_t>(stat)]; }
};

}  // namespace squall::policies
