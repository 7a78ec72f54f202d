#include "policies/health.h"

#include <algorithm>
#include <string_view>

#include "policies/base/check.h"

namespace squall::policies {
namespace {

struct NamedFlag {
  HealthFlag flag;
  std::string_view name;
};
constexpr NamedFlag kFlags[] = {
    {HealthFlag::kFailedActiveHc, "/failed_active_hc"},
    {HealthFlag::kFailedOutlierCheck, "/failed_outlier_check"},
    {HealthFlag::kFailedEdsHealth, "/failed_eds_health"},
    {HealthFlag::kDegradedActiveHc, "/degraded_active_hc"},
    {HealthFlag::kDegradedEdsHealth, "/degraded_eds_health"},
    {HealthFlag::kPendingDynamicRemoval, "/pending_dynamic_removal"},
    {HealthFlag::kPendingActiveHc, "/pending_active_hc"},
    {HealthFlag::kExcludedViaImmediateHcFail, "/excluded_via_immediate_hc_fail"},
    {HealthFlag::kActiveHcTimeout, "/active_hc_timeout"},
    {HealthFlag::kEdsStatusDraining, "/eds_status_draining"},
    {HealthFlag::kDegradedOutlierDetection, "/failed_degraded_outlier_detection"},
};

std::uint8_t capacity(std::uint32_t factor, std::uint64_t available, std::uint64_t all) {
  if (all == 0) return 0;
  return static_cast<std::uint8_t>(std::min<std::uint64_t>(100, factor * available / all));
}

/// Percent of the hosts that could be asked.
double availability(const PriorityHosts& hosts) {
  const std::uint32_t counted = hosts.hosts - hosts.excluded;
  if (counted == 0) return 0;
  return 100.0 * hosts.healthy / counted + 100.0 * hosts.degraded / counted;
}

/// Gives out 100 in shares of `total`, healthy hosts of all priorities first.
void distribute(std::uint32_t total, std::vector<PriorityLoad>& loads) {
  std::uint32_t left = 100;
  const auto take = [&](std::uint32_t health) {
    const std::uint32_t share = std::min(left, health * 100 / total);
    left -= share;
    return static_cast<std::uint8_t>(share);
  };
  for (PriorityLoad& load : loads) load.load = take(load.health);
  for (PriorityLoad& load : loads) load.degraded_load = take(load.degraded_health);
  if (left == 0) return;
  const auto rest = static_cast<std::uint8_t>(left);
  for (PriorityLoad& load : loads) {
    if (load.health == 0) continue;
    load.load = static_cast<std::uint8_t>(load.load + rest);
    return;
  }
  for (PriorityLoad& load : loads) {
    if (load.degraded_health == 0) continue;
    load.degraded_load = static_cast<std::uint8_t>(load.degraded_load + rest);
    return;
  }
}

/// Every priority panics: by number of hosts, whatever their health.
void distribute_by_hosts(std::span<const PriorityHosts> priorities,
                         std::vector<PriorityLoad>& loads) {
  std::uint64_t all = 0;
  for (const PriorityHosts& hosts : priorities) all += hosts.hosts;
  std::uint32_t left = 100;
  std::size_t first = 0;
  for (std::size_t i = loads.size(); i-- > 0;) {
    const std::uint64_t share = all == 0 ? 0 : std::uint64_t{100} * priorities[i].hosts / all;
    loads[i].load = static_cast<std::uint8_t>(share);
    loads[i].degraded_load = 0;
    left -= static_cast<std::uint32_t>(share);
    if (priorities[i].hosts > 0 || all == 0) first = i;
  }
  loads[first].load = static_cast<std::uint8_t>(loads[first].load + left);
}

std::uint32_t available(const PreviousPriorities& state, std::span<const PriorityLoad> loads) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    if (i < PreviousPriorities::kMost && state.excluded.test(i)) continue;
    sum += std::uint32_t{loads[i].health} + loads[i].degraded_health;
  }
  return std::min<std::uint32_t>(100, sum);
}

}  // namespace

HealthFlags::HealthFlags(HealthStatus status) {
  switch (status) {
    case HealthStatus::kHealthy:
      break;
    case HealthStatus::kDegraded:
      set(HealthFlag::kDegradedEdsHealth);
      break;
    case HealthStatus::kUnhealthy:
      set(HealthFlag::kFailedEdsHealth);
      break;
    case HealthStatus::kDraining:
      set(HealthFlag::kEdsStatusDraining);
      break;
  }
}

CoarseHealth HealthFlags::coarse() const {
  if (has(HealthFlag::kFailedActiveHc) || has(HealthFlag::kFailedOutlierCheck) ||
      has(HealthFlag::kFailedEdsHealth) || has(HealthFlag::kEdsStatusDraining)) {
    return CoarseHealth::kUnhealthy;
  }
  if (has(HealthFlag::kDegradedActiveHc) || has(HealthFlag::kDegradedEdsHealth) ||
      has(HealthFlag::kDegradedOutlierDetection)) {
    return CoarseHealth::kDegraded;
  }
  return CoarseHealth::kHealthy;
}

bool HealthFlags::excluded() const {
  return has(HealthFlag::kPendingActiveHc) || has(HealthFlag::kExcludedViaImmediateHcFail) ||
         has(HealthFlag::kEdsStatusDraining);
}

std::string to_string(HealthFlags flags) {
  std::string text;
  for (const NamedFlag& named : kFlags) {
    if (flags.has(named.flag)) text += named.name;
  }
  return text.empty() ? "healthy" : text;
}

void PriorityHosts::add(HealthFlags flags, std::uint32_t host_weight) {
  ++hosts;
  weight += host_weight;
  const CoarseHealth health = flags.coarse();
  if (health == CoarseHealth::kHealthy) {
    ++healthy;
    healthy_weight += host_weight;
  } else if (health == CoarseHealth::kDegraded) {
    ++degraded;
    degraded_weight += host_weight;
  }
  if (flags.excluded()) {
    ++excluded;
    excluded_weight += host_weight;
  }
}

void compute_priority_loads(const ClusterConfig& cluster, std::span<const PriorityHosts> priorities,
                            std::vector<PriorityLoad>& loads) {
  loads.assign(priorities.size(), {});
  if (loads.empty()) return;
  const std::uint32_t factor = cluster.overprovisioning_factor;
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const PriorityHosts& hosts = priorities[i];
    const bool weighted = cluster.weighted_priority_health;
    const std::uint64_t all =
        weighted ? hosts.weight - hosts.excluded_weight : hosts.hosts - hosts.excluded;
    loads[i].health = capacity(factor, weighted ? hosts.healthy_weight : hosts.healthy, all);
    loads[i].degraded_health =
        capacity(factor, weighted ? hosts.degraded_weight : hosts.degraded, all);
    total += std::uint32_t{loads[i].health} + loads[i].degraded_health;
  }
  total = std::min<std::uint32_t>(100, total);
  if (total > 0) distribute(total, loads);
  if (total == 100) return;
  const double threshold = cluster.healthy_panic_threshold_percent;
  if (threshold == 0 && total == 0) {
    loads[0].load = 100;
    return;
  }
  bool all_panic = true;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    loads[i].panic = availability(priorities[i]) < threshold;
    all_panic = all_panic && loads[i].panic;
  }
  if (all_panic) distribute_by_hosts(priorities, loads);
}

PriorityChoice choose_priority(std::span<const PriorityLoad> loads, std::uint64_t random) {
  const auto drawn = static_cast<std::uint32_t>(random % 100) + 1;
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < loads.size(); ++i) {
    sum += loads[i].load;
    if (drawn <= sum) return {i, false};
  }
  for (std::uint32_t i = 0; i < loads.size(); ++i) {
    sum += loads[i].degraded_load;
    if (drawn <= sum) return {i, true};
  }
  return {};  // no priority at all
}

std::span<const PriorityLoad> retry_priority_loads(PreviousPriorities& state,
                                                   std::uint32_t update_frequency,
                                                   std::span<const PriorityLoad> normal,
                                                   std::vector<PriorityLoad>& adjusted) {
  SQUALL_CHECK(update_frequency > 0);
  if (state.attempted < update_frequency) return normal;
  if (state.attempted % update_frequency == 0) state.excluded = state.tried;
  std::uint32_t total = available(state, normal);
  if (total == 0) {
    state = {};
    total = available(state, normal);
    if (total == 0) return normal;
  }
  adjusted.assign(normal.begin(), normal.end());
  for (PriorityLoad& load : adjusted) load.load = load.degraded_load = 0;
  std::uint32_t left = 100;
  const auto give = [&](std::uint8_t PriorityLoad::* health, std::uint8_t PriorityLoad::* load) {
    for (std::size_t i = 0; i < adjusted.size(); ++i) {
      if (i < PreviousPriorities::kMost && state.excluded.test(i)) continue;
      const std::uint32_t share = std::min(left, normal[i].*health * 100U / total);
      adjusted[i].*load = static_cast<std::uint8_t>(adjusted[i].*load + share);
      left -= share;
    }
  };
  while (left > 0) {
    give(&PriorityLoad::health, &PriorityLoad::load);
    give(&PriorityLoad::degraded_health, &PriorityLoad::degraded_load);
  }
  return adjusted;
}

}  // namespace squall::policies
