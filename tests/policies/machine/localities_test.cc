#include "policies/machine/localities.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "policies/base/mix.h"
#include "policies/machine/cluster_state.h"
#include "tests/policies/machine/plan.h"

namespace squall::policies {
namespace {

constexpr int kPicks = 3000;

/// Hosts in zones a, b, ..., so many in each.
ClusterConfig zoned(std::string name, const std::vector<std::size_t>& hosts) {
  ClusterConfig cluster = cluster_named(std::move(name), 0);
  for (std::size_t zone = 0; zone < hosts.size(); ++zone) {
    for (std::size_t i = 0; i < hosts[zone]; ++i) {
      HostConfig& host = cluster.hosts.emplace_back(
          host_at(static_cast<std::uint16_t>(8000 + cluster.hosts.size())));
      host.locality.zone = std::string(1, static_cast<char>('a' + zone));
    }
  }
  return cluster;
}

/// A proxy of zone a, the cluster that it belongs to and one that it calls.
struct Zones {
  Zones(ClusterConfig upstream, ClusterConfig own)
      : configuration(epoch_of(std::move(upstream), std::move(own))),
        state(configuration, 0, 1),
        callers_state(configuration, 1, 1) {
    if (state.layout->locality_use == lb::LocalityUse::kZoneAware)
      state.on_callers(callers_state.caller_zones());
  }
  static Epoch epoch_of(ClusterConfig upstream, ClusterConfig own) {
    Epoch epoch;
    epoch.locality.zone = "a";
    epoch.local_cluster = "callers";
    epoch.clusters = {std::move(upstream), std::move(own)};
    return epoch;
  }
  /// Picks by the zone of their host.
  std::map<std::string, int> picks() {
    std::map<std::string, int> found;
    for (std::uint64_t i = 0; i < kPicks; ++i) {
      lb::Draws draws{.random = mix(7, i), .priority = i, .key = 0};
      ++found[state.config->hosts[state.pick({}, draws)].locality.zone];
    }
    return found;
  }
  std::uint64_t count(LbStat stat) const {
    return state.lb_stats()->values[static_cast<std::size_t>(stat)];
  }

  Configuration configuration;
  ClusterState state, callers_state;
};

ClusterConfig callers(std::size_t a, std::size_t b) { return zoned("callers", {a, b}); }

TEST(LocalitySets, EverythingStaysWhereTheOwnZoneHasItsShare) {
  Zones zones(zoned("up", {3, 3}), callers(1, 1));
  EXPECT_EQ(zones.picks(), (std::map<std::string, int>{{"a", kPicks}}));
  EXPECT_EQ(zones.count(LbStat::kZoneRoutingAllDirectly), kPicks);
}

// Envoy's p = 10000 up / local of the picks stays: 33.33 % of the hosts for 50 % of the callers.
TEST(LocalitySets, WhatTheOwnZoneCannotTakeGoesElsewhere) {
  Zones zones(zoned("up", {2, 4}), callers(1, 1));
  EXPECT_NEAR(zones.picks()["a"], kPicks * 0.6666, 100);
  EXPECT_EQ(zones.count(LbStat::kZoneRoutingSampled) + zones.count(LbStat::kZoneRoutingCrossZone),
            kPicks);
}

TEST(LocalitySets, HealthyHostsBelowTheSmallestClusterSizeAreNotRoutedByZone) {
  Zones five(zoned("up", {3, 2}), callers(1, 1));
  EXPECT_NEAR(five.picks()["b"], kPicks * 0.4, 1);
  EXPECT_EQ(five.count(LbStat::kZoneClusterTooSmall), 1U);
  ClusterConfig six = zoned("up", {3, 3});
  six.hosts[5].health = HealthStatus::kUnhealthy;
  Zones five_healthy(six, callers(1, 1));
  EXPECT_NEAR(five_healthy.picks()["b"], kPicks * 0.4, 1);
  EXPECT_EQ(five_healthy.count(LbStat::kZoneClusterTooSmall), 1U);
}

TEST(LocalitySets, CallersInOneZoneAreNotRoutedUnlessTheirZoneIsForced) {
  ClusterConfig upstream = zoned("up", {3, 3});
  EXPECT_NEAR(Zones(upstream, callers(1, 0)).picks()["b"], kPicks * 0.5, 1);
  upstream.zone_aware.force_local_zone = true;
  EXPECT_EQ(Zones(upstream, callers(1, 0)).picks()["a"], kPicks);
  upstream.zone_aware.force_local_min_size = 4;
  EXPECT_NEAR(Zones(upstream, callers(1, 0)).picks()["a"], kPicks * 0.5, 120);
}

TEST(LocalitySets, CallersWithoutHostsInTheOwnZoneOrInPanicAreNotRouted) {
  Zones none(zoned("up", {3, 3}), zoned("callers", {0, 1, 1}));
  EXPECT_NEAR(none.picks()["b"], kPicks * 0.5, 1);
  EXPECT_EQ(none.count(LbStat::kLocalClusterNotOk), 1U);
  ClusterConfig ill = callers(2, 1);
  ill.hosts[1].health = ill.hosts[2].health = HealthStatus::kUnhealthy;
  Zones panic(zoned("up", {3, 3}), ill);
  EXPECT_NEAR(panic.picks()["b"], kPicks * 0.5, 1);
  EXPECT_EQ(panic.count(LbStat::kLocalClusterNotOk), kPicks);
}

TEST(LocalitySets, RoutingByZoneIsEnabledForAShare) {
  ClusterConfig upstream = zoned("up", {3, 3});
  upstream.zone_aware.routing_enabled_percent = 0;
  EXPECT_NEAR(Zones(upstream, callers(1, 1)).picks()["a"], kPicks * 0.5, 1);
  upstream.zone_aware.routing_enabled_percent = 40;
  EXPECT_NEAR(Zones(upstream, callers(1, 1)).picks()["a"], kPicks * (0.4 + 0.6 * 0.5), 120);
}

TEST(LocalitySets, ZonesMayCountByWeight) {
  ClusterConfig upstream = zoned("up", {3, 3});
  for (std::size_t i = 0; i < 3; ++i) upstream.hosts[i].weight = 2;
  upstream.zone_aware.by_weight = true;
  ClusterConfig heavy = callers(1, 1);
  heavy.hosts[0].weight = 9;  // 66.67 % of the hosts' weight for 90 % of the callers'
  EXPECT_NEAR(Zones(upstream, heavy).picks()["a"], kPicks * 0.6667 / 0.9, 120);
}

// Envoy's effective weight: w min(1, 1.4 eligible / (hosts - excluded)).
TEST(LocalitySets, ExcludedHostsTakeNothingFromTheWeightOfTheirLocality) {
  ClusterConfig upstream = zoned("up", {2, 2});
  upstream.locality_weighted = true;
  for (HostConfig& host : upstream.hosts) host.locality_weight = 1;
  upstream.hosts[0].health = HealthStatus::kDraining;
  EXPECT_NEAR(Zones(upstream, callers(1, 1)).picks()["a"], kPicks * 0.5, 1);
  upstream.hosts[0].health = HealthStatus::kUnhealthy;
  EXPECT_NEAR(Zones(upstream, callers(1, 1)).picks()["a"], kPicks * 0.7 / 1.7, 2);
}

}  // namespace
}  // namespace squall::policies
