// ClusterState: what one worker knows of one cluster: its hosts and pools, gauges, balancers,
// counters.
//
// Exists from the first request to the cluster on. What few clusters need (subsets, zones, weights
// that change, times of health) is memory only where it is configured.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policies/base/prefetch.h"
#include "policies/health.h"
#include "policies/lb/client_weights.h"
#include "policies/machine/configuration.h"
#include "policies/machine/host_sets.h"
#include "policies/machine/records.h"
#include "policies/machine/stats.h"

namespace squall::policies {

/// Counts of now, at one routing priority.
struct Gauges {
  std::uint32_t connections = 0, pending = 0, requests = 0, retries = 0, pools = 0;
};

class ClusterState {
 public:
  /// `seed`: where the balancers start; `start`: when the proxy began.
  ClusterState(const Configuration& configuration, std::uint32_t cluster, std::uint64_t seed,
               Instant start = Instant{});

  const ClusterConfig* config;
  std::uint32_t index;
  std::uint32_t first_host;  // of the epoch's numbers
  const bool detects_outliers, splits_local_origin;
  const bool judges_responses;  // by more than their statuses, for outlier detection
  const bool http1;
  const bool watches_headers;    // of responses: what a host says of its own health
  const bool tells_hosts_apart;  // in counting responses: canaries, zones
  std::vector<Host> hosts;
  std::vector<std::uint32_t> active;  // of each host: streams attached, all pools
  Gauges gauges[2];                   // by routing priority
  ClusterStats stats;
  const lb::ClusterLayout* layout;
  // By host; most clusters have none of these, and are many.
  std::unique_ptr<Pool[]> high_pools, tcp_pools;  // PoolKind::kHigh, kTcp; null while unused
  std::unique_ptr<HostStats[]> host_stats;        // null unless Epoch::counts_hosts

  /// `host`: of the epoch's numbers.
  void count(std::uint32_t host, std::uint64_t HostStats::* what) {
    if (host_stats != nullptr) ++(host_stats[host - first_host].*what);
  }
  /// Of all pools to a host.
  std::uint32_t connections_to(std::uint32_t host) const {
    const std::uint32_t high = high_pools == nullptr ? 0 : high_pools[host].connections;
    const std::uint32_t tcp = tcp_pools == nullptr ? 0 : tcp_pools[host].connections;
    return hosts[host].pool.connections + high + tcp;
  }
  std::uint32_t pending_to(std::uint32_t host) const {
    const std::uint32_t high = high_pools == nullptr ? 0 : high_pools[host].queued;
    const std::uint32_t tcp = tcp_pools == nullptr ? 0 : tcp_pools[host].queued;
    return hosts[host].pool.queued + high + tcp;
  }
  /// Hosts as balancing shall see them from now on.
  void set_health(const PublishedHosts& published);
  /// Hosts that are there from now on; who comes is new. `members` lasts until the next ones.
  void set_members(const lb::ClusterLayout& members, Instant now);
  /// Weights that are due by now take effect.
  void advance(Instant now);
  /// The load that a host reports with a response; false: there is no report, or a broken one.
  bool on_report(std::uint32_t host, Headers headers, Instant now);
  /// Where the callers' own cluster has hosts.
  void on_callers(const CallerZones& callers);
  CallerZones caller_zones() const;  // of this cluster, when it is the callers' own

  std::span<const PriorityLoad> loads() const { return sets_.loads(); }
  HostSets& sets() { return sets_; }
  HostSets& subset(std::uint32_t index, Instant now);
  /// A local host number, kNone when there is none to choose.
  std::uint32_t pick(HostSets& sets, PriorityChoice choice, lb::Draws& draws) {
    return sets.pick(now(draws.now), choice, draws, counters());
  }
  std::uint32_t pick(PriorityChoice choice, lb::Draws& draws) { return pick(sets_, choice, draws); }
  bool simple() const { return sets_.simple(); }  // one priority, everybody healthy
  /// And nothing else to look at than a balancer and its hosts.
  bool usual() const { return usual_; }
  std::uint32_t pick_usual(lb::Draws& draws) {
    const lb::HostList& all = layout->priorities.front();
    return sets_.usual_balancer().pick(
        *config, {.hosts = all.hosts, .weights = all.weights, .active = active}, draws);
  }
  /// A hint that pick_usual() comes before long.
  void fetch() const {
    prefetch(layout->priorities.data());
    prefetch_lines<2>(hosts.data());
    prefetch(active.data());
    sets_.fetch();
  }
  bool reads_reports() const { return extras_ != nullptr && extras_->weights.has_value(); }
  void count(LbStat stat) { extras_->stats.add(stat); }
  const LbStats* lb_stats() const { return extras_ == nullptr ? nullptr : &extras_->stats; }

 private:
  struct Extras {
    LbStats stats;
    lb::HostLives lives;
    std::optional<lb::ClientWeights> weights;
    CallerZones callers;
    std::vector<std::unique_ptr<HostSets>> subsets;  // made when they are first asked
  };
  HostsNow now(Instant now) const;
  LbCounters counters() {
    return {.stats = extras_ ? &extras_->stats : nullptr, .counters = &stats};
  }
  template <class Visit>
  void for_each_set(const Visit& visit);
  void note_healthy(const PublishedHosts& published);
  void recompute(Instant now);

  const Locality* own_locality_;
  HostSets sets_;
  std::unique_ptr<Extras> extras_;
  bool usual_ = true;
};

}  // namespace squall::policies
