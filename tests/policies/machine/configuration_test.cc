#include "policies/machine/configuration.h"

#include <gtest/gtest.h>

#include "tests/policies/machine/plan.h"

namespace squall::policies {
namespace {

using Numbers = std::vector<std::uint32_t>;

TEST(Configuration, LaysHostsOutByPriority) {
  Plan plan(4);
  plan.cluster().hosts[0].priority = 2;
  plan.cluster().hosts[2].weight = 3;
  const Configuration configuration(plan.epoch());
  const lb::ClusterLayout& layout = configuration.layouts[0];
  ASSERT_EQ(layout.priorities.size(), 3U);
  EXPECT_EQ(layout.priorities[0].hosts, (Numbers{1, 2, 3}));
  EXPECT_EQ(layout.priorities[0].weights, (Numbers{1, 3, 1}));
  EXPECT_TRUE(layout.priorities[1].hosts.empty());
  EXPECT_EQ(layout.priorities[2].hosts, Numbers{0});
  EXPECT_TRUE(layout.priorities[2].weights.empty());  // all equal
}

TEST(Configuration, AClusterWithoutHostsHasOnePriority) {
  const Configuration configuration(Plan(0).epoch());
  ASSERT_EQ(configuration.layouts[0].priorities.size(), 1U);
  EXPECT_TRUE(configuration.layouts[0].priorities[0].hosts.empty());
}

TEST(Configuration, IndexesItsEpochAndRoutesEachListener) {
  Plan plan(2);
  const Configuration configuration(plan.epoch(), 1'700'000'000);
  EXPECT_EQ(configuration.epoch.host_count(), 2U);
  ASSERT_EQ(configuration.routers.size(), 1U);
  EXPECT_EQ(&configuration.routers[0].table(), &configuration.epoch.listeners[0].routes);
  EXPECT_EQ(configuration.unix_seconds_at_zero, 1'700'000'000);
}

}  // namespace
}  // namespace squall::policies
