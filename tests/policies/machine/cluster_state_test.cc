#include "policies/machine/cluster_state.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/policies/machine/plan.h"

namespace squall::policies {
namespace {

std::set<std::uint32_t> picked(ClusterState& state, PriorityChoice choice) {
  std::set<std::uint32_t> hosts;
  for (std::uint64_t i = 0; i < 50; ++i) {
    lb::Draws draws{.random = i, .priority = i, .key = 0};
    hosts.insert(state.pick(choice, draws));
  }
  return hosts;
}

TEST(ClusterState, IsSimpleWhileOnePriorityIsAllHealthy) {
  const Configuration configuration(Plan(2).epoch());
  ClusterState state(configuration, 0, 1);
  EXPECT_TRUE(state.simple());
  HealthFlags failed;
  failed.set(HealthFlag::kFailedOutlierCheck);
  state.set_health({.flags = std::vector<HealthFlags>{failed, {}}, .last_pass = {}});
  EXPECT_FALSE(state.simple());
  EXPECT_EQ(picked(state, {}), (std::set<std::uint32_t>{1}));
  state.set_health({.flags = std::vector<HealthFlags>(2), .last_pass = {}});
  EXPECT_TRUE(state.simple());
  EXPECT_EQ(picked(state, {}).size(), 2U);
}

TEST(ClusterState, PicksAmongTheHostsOfAPriorityAndAHealth) {
  Plan plan(4);
  plan.cluster().hosts[2].priority = plan.cluster().hosts[3].priority = 1;
  plan.cluster().hosts[3].health = HealthStatus::kDegraded;
  const Configuration configuration(plan.epoch());
  ClusterState state(configuration, 0, 1);
  EXPECT_FALSE(state.simple());
  EXPECT_EQ(picked(state, {.priority = 0}), (std::set<std::uint32_t>{0, 1}));
  EXPECT_EQ(picked(state, {.priority = 1}), (std::set<std::uint32_t>{2}));
  EXPECT_EQ(picked(state, {.priority = 1, .degraded = true}), (std::set<std::uint32_t>{3}));
  EXPECT_EQ(picked(state, {.priority = 2}), (std::set<std::uint32_t>{kNone}));
}

TEST(ClusterState, BeginsWithWhatDiscoverySays) {
  Plan plan(2);
  plan.cluster().hosts[0].health = HealthStatus::kDraining;
  const Configuration configuration(plan.epoch());
  ClusterState state(configuration, 0, 1);
  EXPECT_EQ(picked(state, {}), (std::set<std::uint32_t>{1}));
  EXPECT_EQ(state.loads()[0].load, 100);
}

// A host's share in slow start is its least, 10 %: 1 of 11 picks.
TEST(ClusterState, AHostBeginsSlowlyWithItsPassOrElseWhenItIsFirstHealthy) {
  const auto share_of_second = [](std::vector<Instant> last_pass) {
    Plan plan(2);
    plan.cluster().slow_start.window = 10s;
    const Configuration configuration(plan.epoch());
    ClusterState state(configuration, 0, 1);
    const Instant now = Instant{} + 100s;
    state.set_health({.flags = std::vector<HealthFlags>(2), .last_pass = last_pass, .at = now});
    int second = 0;
    for (std::uint64_t i = 0; i < 110; ++i) {
      lb::Draws draws{.random = i, .priority = i, .key = 0, .now = now};
      second += state.pick({}, draws) == 1 ? 1 : 0;
    }
    return second;
  };
  const Instant early{}, late = Instant{} + 100s, never = PublishedHosts::kNeverPassed;
  EXPECT_NEAR(share_of_second({early, late}), 10, 1);
  EXPECT_NEAR(share_of_second({late, early}), 100, 1);
  EXPECT_NEAR(share_of_second({early, never}), 55, 1);  // healthy since the run began
  EXPECT_NEAR(share_of_second({never, late}), 10, 1);
}

TEST(ClusterState, TellsWhereItsHealthyHostsAre) {
  Plan plan(3);
  plan.cluster().hosts[0].locality.zone = plan.cluster().hosts[1].locality.zone = "a";
  plan.cluster().hosts[2].locality.zone = "b";
  plan.cluster().hosts[0].weight = 5;
  plan.cluster().hosts[1].weight = 7;
  plan.cluster().hosts[0].health = HealthStatus::kUnhealthy;
  Epoch epoch = plan.epoch();
  epoch.locality.zone = "b";
  const Configuration configuration(epoch);
  const ClusterState state(configuration, 0, 1);
  const CallerZones zones = state.caller_zones();
  ASSERT_EQ(zones.zones.size(), 2U);
  EXPECT_EQ(zones.zones[0].hosts, 1U);
  EXPECT_EQ(zones.zones[0].weight, 7U);
  EXPECT_EQ(zones.zones[1].hosts, 1U);
  EXPECT_EQ(zones.zones[1].weight, 1U);
  EXPECT_EQ(zones.counts.hosts, 3U);
  EXPECT_EQ(zones.counts.healthy, 2U);
  EXPECT_TRUE(zones.own_has_hosts);
}

}  // namespace
}  // namespace squall::policies
