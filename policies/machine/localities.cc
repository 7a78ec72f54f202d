#include "policies/machine/localities.h"

#include <algorithm>

#include "policies/machine/host_sets.h"

namespace squall::policies {

LocalitySets::LocalitySets(const lb::HostSetLayout& layout, std::size_t priority,
                           std::uint64_t seed)
    : layout_(layout),
      localities_(layout.priorities[priority].localities),
      seed_(seed),
      healthy_(localities_.size()),
      degraded_(localities_.size()) {
  for (Source& source : healthy_) source.balancer = lb::Balancer(seed);
  for (Source& source : degraded_) source.balancer = lb::Balancer(seed);
}

void LocalitySets::on_change(const HostsNow& now) {
  const std::uint32_t factor = now.config.overprovisioning_factor;
  for (const bool degraded : {false, true}) {
    std::vector<Source>& sources = degraded ? degraded_ : healthy_;
    const CoarseHealth wanted = degraded ? CoarseHealth::kDegraded : CoarseHealth::kHealthy;
    weights_.clear();
    for (std::size_t i = 0; i < localities_.size(); ++i) {
      const lb::LocalityLayout& all = localities_[i];
      lb::HostList& list = sources[i].list;
      list.hosts.clear();
      list.weights.clear();
      lb::LocalityHealth health{.weight = all.weight,
                                .eligible = 0,
                                .hosts = static_cast<std::uint32_t>(all.hosts.size()),
                                .excluded = 0};
      for (std::size_t k = 0; k < all.hosts.size(); ++k) {
        const HealthFlags flags = now.hosts[all.hosts[k]].health;
        health.excluded += flags.excluded() ? 1U : 0U;
        if (flags.coarse() != wanted) continue;
        ++health.eligible;
        list.hosts.push_back(all.hosts[k]);
        if (!all.weights.empty()) list.weights.push_back(all.weights[k]);
      }
      const lb::HostView view = now.view(list);
      sources[i].balancer.on_hosts({.cluster = now.config,
                                    .view = view,
                                    .seed = seed_,
                                    .now = now.now,
                                    .own_locality = now.own_locality});
      weights_.push_back(lb::effective_weight(health, factor));
    }
    const std::uint64_t start = mix(seed_, Purpose::kLocality, rebuilds_++);
    if (layout_.locality_use == lb::LocalityUse::kWeighted)
      (degraded ? degraded_turns_ : healthy_turns_).restart(weights_, start);
  }
}

/// Whether there is anything that zones can decide.
bool LocalitySets::routes_by_zone(const HostsNow& now, const CallerZones& callers,
                                  const LbCounters& counters) const {
  const ZoneAware& config = now.config.zone_aware;
  if (callers.zones.size() < 2 && !config.force_local_zone) return false;
  if (!callers.own_has_hosts) {
    counters.stats->add(LbStat::kLocalClusterNotOk);
    return false;
  }
  std::uint64_t healthy = 0;
  for (const Source& source : healthy_) healthy += source.list.hosts.size();
  if (healthy < config.min_cluster_size) {
    counters.stats->add(LbStat::kZoneClusterTooSmall);
    return false;
  }
  return true;
}

void LocalitySets::on_callers(const HostsNow& now, const CallerZones& callers,
                              const LbCounters& counters) {
  if (layout_.locality_use != lb::LocalityUse::kZoneAware) return;
  counters.stats->add(LbStat::kRecalculateZoneStructures);
  zones_.routing = lb::ZoneRouting::kOff;
  const PriorityHosts& all = callers.counts;
  const double counted = static_cast<double>(all.hosts - all.excluded);
  const double available =
      counted == 0 ? 0 : 100.0 * all.healthy / counted + 100.0 * all.degraded / counted;
  callers_panic_ = available < now.config.healthy_panic_threshold_percent;
  if (!routes_by_zone(now, callers, counters)) return;
  const bool by_weight = now.config.zone_aware.by_weight;
  std::vector<lb::ZoneCount> counts;
  std::uint64_t local_total = 0;
  for (const CallerZones::Zone& zone : callers.zones)
    local_total += by_weight ? zone.weight : zone.hosts;
  for (std::size_t i = 0; i < localities_.size(); ++i) {
    lb::ZoneCount& count = counts.emplace_back();
    for (const std::uint32_t host : healthy_[i].list.hosts)
      count.upstream += by_weight ? now.config.hosts[host].weight : 1;
    const auto own = std::ranges::find_if(callers.zones, [&](const CallerZones::Zone& zone) {
      return *zone.locality == *localities_[i].locality;
    });
    if (own != callers.zones.end()) count.local = by_weight ? own->weight : own->hosts;
  }
  const ZoneAware& config = now.config.zone_aware;
  const bool force = config.force_local_zone && layout_.has_own_locality &&
                     healthy_.front().list.hosts.size() >= config.force_local_min_size;
  lb::plan_zones(counts, local_total, layout_.has_own_locality, force, zones_);
}

/// kNone: no host at all; none: zones do not matter.
std::optional<std::uint32_t> LocalitySets::choose_zone(const HostsNow& now, lb::Draws& draws,
                                                       const LbCounters& counters) const {
  if (zones_.routing == lb::ZoneRouting::kOff) return std::nullopt;
  const auto enabled = static_cast<std::uint64_t>(now.config.zone_aware.routing_enabled_percent);
  if (enabled < 100 && (enabled == 0 || draws.next() % 100 >= enabled)) return std::nullopt;
  if (callers_panic_) {
    counters.stats->add(LbStat::kLocalClusterNotOk);
    if (now.config.fail_traffic_on_panic) return kNone;
    return std::nullopt;
  }
  lb::ZoneChoice choice{};
  const std::uint32_t zone = lb::choose_zone(zones_, [&] { return draws.next(); }, choice);
  switch (choice) {
    case lb::ZoneChoice::kDirect:
      counters.stats->add(LbStat::kZoneRoutingAllDirectly);
      break;
    case lb::ZoneChoice::kSampled:
      counters.stats->add(LbStat::kZoneRoutingSampled);
      break;
    case lb::ZoneChoice::kNoCapacityLeft:
      counters.stats->add(LbStat::kZoneNoCapacityLeft);
      [[fallthrough]];
    case lb::ZoneChoice::kCrossZone:
      counters.stats->add(LbStat::kZoneRoutingCrossZone);
      break;
  }
  return zone;
}

std::optional<std::uint32_t> LocalitySets::pick(const HostsNow& now, bool degraded,
                                                lb::Draws& draws, const LbCounters& counters) {
  const std::optional<std::uint32_t> locality =
      layout_.locality_use == lb::LocalityUse::kWeighted
          ? (degraded ? degraded_turns_ : healthy_turns_).next()
          : choose_zone(now, draws, counters);
  if (!locality || *locality == kNone) return locality;
  Source& source = (degraded ? degraded_ : healthy_)[*locality];
  return source.balancer.pick(now.config, now.view(source.list), draws);
}

}  // namespace squall::policies
