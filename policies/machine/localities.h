// LocalitySets: the hosts of one priority by locality, and which locality an attempt goes to: by
// weight and health, or by where its callers are.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "policies/health.h"
#include "policies/lb/balancer.h"
#include "policies/lb/layout.h"
#include "policies/lb/localities.h"
#include "policies/lb/zones.h"

namespace squall::policies {

struct HostsNow;
struct LbCounters;

/// The callers' own cluster, by zone: healthy hosts and their weights.
struct CallerZones {
  struct Zone {
    const Locality* locality;
    std::uint64_t hosts, weight;
  };
  std::vector<Zone> zones;  // with hosts, healthy or not
  PriorityHosts counts;     // of its first priority
  bool own_has_hosts = false;
};

class LocalitySets {
 public:
  LocalitySets(const lb::HostSetLayout& layout, std::size_t priority, std::uint64_t seed);

  void on_change(const HostsNow& now);
  /// Plans zones anew.
  void on_callers(const HostsNow& now, const CallerZones& callers, const LbCounters& counters);
  /// A host's number, kNone when its locality has none; nothing: localities do not matter now.
  std::optional<std::uint32_t> pick(const HostsNow& now, bool degraded, lb::Draws& draws,
                                    const LbCounters& counters);

 private:
  struct Source {
    lb::HostList list;
    lb::Balancer balancer;
  };
  std::optional<std::uint32_t> choose_zone(const HostsNow& now, lb::Draws& draws,
                                           const LbCounters& counters) const;
  bool routes_by_zone(const HostsNow& now, const CallerZones& callers,
                      const LbCounters& counters) const;

  const lb::HostSetLayout& layout_;
  const std::vector<lb::LocalityLayout>& localities_;
  std::uint64_t seed_;
  std::uint64_t rebuilds_ = 0;
  std::vector<Source> healthy_, degraded_;  // by locality
  lb::LocalitySchedule healthy_turns_, degraded_turns_;
  lb::ZonePlan zones_;
  bool callers_panic_ = false;
  std::vector<double> weights_;  // scratch
};

}  // namespace squall::policies
