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

}  // namespace
}  // namespace squall::policies
