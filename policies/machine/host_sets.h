// HostSets: which host of a cluster, or of a subset of it, gets an attempt, given who is healthy?
//
// A priority by its load, in it a locality where those count, in that a host by the balancer. One
// value per (worker, cluster or subset). Lists of eligible hosts are kept only while some host is
// not healthy; until then the configuration's own lists serve. Source: Envoy's load_balancer_impl,
// 1.36 (docs/policies.md, "Priorities", "Localities by weight", "Zone-aware").
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policies/base/prefetch.h"
#include "policies/health.h"
#include "policies/lb/balancer.h"
#include "policies/lb/layout.h"
#include "policies/machine/localities.h"
#include "policies/machine/records.h"
#include "policies/machine/stats.h"

namespace squall::policies {

/// A cluster's hosts as they are now.
struct HostsNow {
  const ClusterConfig& config;
  std::span<const Host> hosts;
  std::span<const std::uint32_t> active;
  std::uint32_t cluster_active;  // all of them together
  const lb::HostLives* lives;
  const Locality* own_locality;
  Instant now;

  lb::HostView view(const lb::HostList& list) const {
    return {.hosts = list.hosts,
            .weights = list.weights,
            .active = active,
            .lives = lives,
            .cluster_active = cluster_active};
  }
};

/// Where picks are counted.
struct LbCounters {
  LbStats* stats = nullptr;  // null: the cluster needs none of them
  ClusterStats* counters = nullptr;
};

class HostSets {
 public:
  HostSets(const lb::HostSetLayout& layout, std::uint64_t seed);

  /// Hosts have come or gone: another layout, of as many priorities. on_change() follows.
  void on_layout(const lb::HostSetLayout& layout);

  /// At the start and on each change of health or weights.
  void on_change(const HostsNow& now);
  /// How many of the callers are in which zone.
  void on_callers(const HostsNow& now, const CallerZones& callers, const LbCounters& counters);
  std::span<const PriorityLoad> loads() const { return loads_; }
  /// A local host number, kNone when there is none to choose.
  std::uint32_t pick(const HostsNow& now, PriorityChoice choice, lb::Draws& draws,
                     const LbCounters& counters);
  bool simple() const { return simple_; }  // one priority, everybody healthy
  bool usual() const { return usual_; }    // and no panic, no localities
  /// The balancer that has the last word, of a usual one.
  lb::Balancer& usual_balancer() { return priorities_.front().healthy; }
  void fetch() const { prefetch(priorities_.data()); }  // a hint that it is asked before long
  const lb::HostSetLayout& layout() const { return *layout_; }
  std::uint64_t seed() const { return seed_; }  // where its balancers start

 private:
  /// Hosts of one priority that balancing may choose while some are not healthy.
  struct Partial {
    lb::HostList healthy, degraded;
    lb::Balancer degraded_balancer;
  };
  struct PrioritySet {
    lb::Balancer all, healthy;         // of everybody, in panic; of the healthy ones
    std::unique_ptr<Partial> partial;  // once somebody was not healthy
    std::unique_ptr<LocalitySets> localities;
    bool is_partial = false;  // somebody is not healthy now
  };
  void make_localities();
  PriorityHosts update(std::size_t priority, const HostsNow& now);
  void split(const lb::HostList& all, const HostsNow& now, Partial& out) const;

  const lb::HostSetLayout* layout_;
  std::uint64_t seed_;
  std::vector<PrioritySet> priorities_;
  std::vector<PriorityLoad> loads_;
  bool simple_ = true, usual_ = true;
};

}  // namespace squall::policies
