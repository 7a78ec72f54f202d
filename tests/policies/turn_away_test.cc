#include "policies/turn_away.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

struct Counts {
  int taken = 0, maintenance = 0, dropped = 0, unconditional = 0;
};
Counts of(const ClusterConfig& cluster) {
  Counts counts;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto away = turned_away(cluster, i);
    if (!away) {
      ++counts.taken;
    } else if (away->details == Details::kMaintenanceMode) {
      EXPECT_EQ(away->flag, ResponseFlag::kUO);
      ++counts.maintenance;
    } else if (away->details == Details::kDropOverload) {
      EXPECT_EQ(away->flag, ResponseFlag::kDO);
      ++counts.dropped;
    } else {
      EXPECT_EQ(away->flag, ResponseFlag::kUDO);
      ++counts.unconditional;
    }
  }
  EXPECT_TRUE(turns_away(cluster) || counts.taken == 10'000);
  return counts;
}

TEST(TurnedAway, NobodyIsByDefault) { EXPECT_EQ(of({}).taken, 10'000); }

TEST(TurnedAway, AShareIsDropped) {
  ClusterConfig cluster;
  cluster.drop_overload = {.numerator = 2'500, .denominator = 10'000, .runtime_key = {}};
  EXPECT_NEAR(of(cluster).dropped, 2'500, 200);
}

TEST(TurnedAway, AllOrMoreIsUnconditional) {
  ClusterConfig cluster;
  cluster.drop_overload.numerator = 100;
  EXPECT_EQ(of(cluster).unconditional, 10'000);
  cluster.drop_overload.numerator = 99;
  EXPECT_EQ(of(cluster).unconditional, 0);
}

TEST(TurnedAway, MaintenanceComesFirst) {
  ClusterConfig cluster;
  cluster.maintenance_percent = 50;
  cluster.drop_overload = {.numerator = 50, .runtime_key = {}};
  const Counts counts = of(cluster);
  EXPECT_NEAR(counts.maintenance, 5'000, 250);
  EXPECT_NEAR(counts.dropped, 2'500, 250);
  cluster.maintenance_percent = 100;
  EXPECT_EQ(of(cluster).maintenance, 10'000);
}

}  // namespace
}  // namespace squall::policies
