// ClusterState: what one worker knows of one cluster: its hosts and pools, gauges, balancers,
// counters.
//
// Exists from the first request to the cluster on. Lists of eligible hosts are kept only while some
// host is not healthy; until then the configuration's own lists serve.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "policies/health.h"
#include "policies/lb/balancer.h"
#include "policies/machine/configuration.h"
#include "policies/machine/records.h"
#include "policies/machine/stats.h"

namespace squall::policies {

/// Counts of now, at one routing priority.
struct Gauges {
  std::uint32_t connections = 0, pending = 0, requests = 0, retries = 0, pools = 0;
};

/// Hosts of one priority that balancing may choose, one list a source.
struct HostSource {
  std::vector<std::uint32_t> hosts, weights;  // weights empty: all equal
  lb::Balancer balancer;
};

struct PrioritySet {
  lb::Balancer all;              // of everybody, in panic
  HostSource healthy, degraded;  // lists are kept while `partial`
  bool partial = false;          // somebody is not healthy
};

class ClusterState {
 public:
  /// `seed`: where the balancers start.
  ClusterState(const Configuration& configuration, std::uint32_t cluster, std::uint64_t seed);

  const ClusterConfig* config;
  std::uint32_t index;
  std::uint32_t first_host;  // of the epoch's numbers
  const bool detects_outliers, splits_local_origin;
  const bool http1;
  const bool watches_headers;  // of responses: what a host says of its own health
  std::vector<Host> hosts;
  std::vector<std::uint32_t> active;  // of each host: streams attached, all pools
  Gauges gauges[2];                   // by routing priority
  ClusterStats stats;
  const ClusterLayout* layout;
  std::vector<Pool> high_pools;  // for high routing priority; empty while unused

  /// Flags as balancing shall see them from now on; one a host.
  void set_health(std::span<const HealthFlags> flags);
  std::span<const PriorityLoad> loads() const { return loads_; }
  /// A local host number, kNone when there is none to choose.
  std::uint32_t pick(PriorityChoice choice, lb::Draws& draws);
  bool simple() const { return simple_; }  // one priority, everybody healthy
  bool usual() const { return usual_; }    // and no panic
  /// The same for a usual one.
  std::uint32_t pick_usual(lb::Draws& draws) {
    return priorities_[0].healthy.balancer.pick(*config, everybody_, draws);
  }

 private:
  lb::HostView view(std::span<const std::uint32_t> hosts,
                    std::span<const std::uint32_t> weights) const;
  lb::HostView healthy_view(std::size_t priority) const;
  void recompute();

  std::uint64_t seed_;
  std::vector<PrioritySet> priorities_;
  std::vector<PriorityLoad> loads_;
  std::vector<PriorityHosts> counts_;
  bool simple_ = true, usual_ = true;
  lb::HostView everybody_;  // of priority 0
};

}  // namespace squall::policies
