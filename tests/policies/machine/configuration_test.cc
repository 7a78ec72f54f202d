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
  const ClusterLayout& layout = configuration.layouts[0];
  EXPECT_EQ(layout.priorities, (std::vector<Numbers>{{1, 2, 3}, {}, {0}}));
  EXPECT_EQ(layout.weights, (std::vector<Numbers>{{1, 3, 1}, {}, {}}));  // the last: all equal
}

TEST(Configuration, AClusterWithoutHostsHasOnePriority) {
  const Configuration configuration(Plan(0).epoch());
  EXPECT_EQ(configuration.layouts[0].priorities, (std::vector<Numbers>{{}}));
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
