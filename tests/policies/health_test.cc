#include "policies/health.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

PriorityHosts of_counts(const json& row) {
  PriorityHosts hosts;
  hosts.hosts = row["hosts"];
  hosts.healthy = row["healthy"];
  hosts.degraded = row["degraded"];
  hosts.excluded = row["excluded"];
  return hosts;
}

PriorityHosts of_weights(const json& row) {
  PriorityHosts hosts;
  const auto add = [&](const char* name, HealthFlags flags) {
    for (const json& weight : row.value(name, json::array())) hosts.add(flags, weight);
  };
  HealthFlags excluded;
  excluded.set(HealthFlag::kFailedActiveHc);
  excluded.set(HealthFlag::kPendingActiveHc);
  add("healthy_weights", HealthFlags(HealthStatus::kHealthy));
  add("degraded_weights", HealthFlags(HealthStatus::kDegraded));
  add("unhealthy_weights", HealthFlags(HealthStatus::kUnhealthy));
  add("excluded_weights", excluded);
  return hosts;
}

void check(const json& vectors, const json& row, bool weighted) {
  ClusterConfig cluster;
  cluster.weighted_priority_health = weighted;
  cluster.overprovisioning_factor = row.value("opf", 140u);
  cluster.healthy_panic_threshold_percent = row.value("panic_threshold", 50.0);
  std::vector<PriorityHosts> priorities;
  for (const json& priority : row["priorities"]) {
    priorities.push_back(weighted ? of_weights(priority) : of_counts(priority));
  }
  std::vector<PriorityLoad> loads;
  compute_priority_loads(cluster, priorities, loads);
  ASSERT_EQ(loads.size(), row["load"].size());
  for (std::size_t i = 0; i < loads.size(); ++i) {
    EXPECT_EQ(loads[i].load, row["load"][i]) << row << i;
    if (row.contains("degraded_load")) {
      EXPECT_EQ(loads[i].degraded_load, row["degraded_load"][i]) << row << i;
    }
    if (row.contains("panic")) {
      EXPECT_EQ(loads[i].panic, row["panic"][i]) << row << i;
    }
  }
  for (const char* figure : {"load", "degraded_load", "panic"}) {
    if (row.contains(figure)) replayed(vectors);
  }
}

std::vector<PriorityLoad> loads_of(std::vector<PriorityHosts> priorities, double panic = 50) {
  ClusterConfig cluster;
  cluster.healthy_panic_threshold_percent = panic;
  std::vector<PriorityLoad> loads;
  compute_priority_loads(cluster, priorities, loads);
  return loads;
}

TEST(Health, PriorityLoadsAndPanicAreEnvoys) {
  SQUALL_VECTORS(vectors, "priority_panic");
  for (const json& row : rows(vectors, "cases", 25)) check(vectors, row, false);
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"cases", "weighted_priority_health", "choose_priority"}));
}

TEST(Health, WeightsCountInsteadOfHostsWhenAskedTo) {
  SQUALL_VECTORS(vectors, "priority_panic");
  for (const json& row : rows(vectors, "weighted_priority_health", 3)) check(vectors, row, true);
}

TEST(Health, PriorityIsChosenByCumulativeLoadHealthyFirst) {
  const std::vector<PriorityLoad> loads = {{0, 0, 30, 20, false}, {0, 0, 40, 10, false}};
  const auto at = [&](std::uint64_t random) { return choose_priority(loads, random); };
  EXPECT_EQ(at(0).priority, 0u);
  EXPECT_EQ(at(29).priority, 0u);
  EXPECT_EQ(at(30).priority, 1u);
  EXPECT_EQ(at(69).priority, 1u);
  EXPECT_FALSE(at(69).degraded);
  EXPECT_EQ(at(70).priority, 0u);
  EXPECT_TRUE(at(70).degraded);
  EXPECT_EQ(at(90).priority, 1u);
  EXPECT_TRUE(at(199).degraded);
}

TEST(Health, ThresholdZeroAndNobodyHealthyMeansNoHost) {
  const auto loads = loads_of({{.hosts = 2}, {.hosts = 1}}, 0);
  EXPECT_EQ(loads[0].load, 100);
  EXPECT_FALSE(loads[0].panic);
}

TEST(Health, PanicStartsBelowHalfNotWhereSpillOverDoes) {
  EXPECT_FALSE(loads_of({{.hosts = 10, .healthy = 5}})[0].panic);
  EXPECT_TRUE(loads_of({{.hosts = 10, .healthy = 4}})[0].panic);
  EXPECT_EQ(loads_of({{.hosts = 10, .healthy = 5}})[0].load, 100);
}

TEST(Health, NoPriorityAtAllIsNoLoad) {
  EXPECT_TRUE(loads_of({}).empty());
  EXPECT_EQ(choose_priority({}, 5).priority, 0u);
  EXPECT_EQ(loads_of({{}})[0].load, 100);
}

TEST(Health, FlagsDecideTheCoarseHealth) {
  HealthFlags flags;
  EXPECT_EQ(to_string(flags), "healthy");
  EXPECT_EQ(flags.coarse(), CoarseHealth::kHealthy);
  flags.set(HealthFlag::kDegradedEdsHealth);
  EXPECT_EQ(flags.coarse(), CoarseHealth::kDegraded);
  flags.set(HealthFlag::kFailedOutlierCheck);
  flags.set(HealthFlag::kFailedActiveHc);
  EXPECT_EQ(flags.coarse(), CoarseHealth::kUnhealthy);
  EXPECT_EQ(to_string(flags), "/failed_active_hc/failed_outlier_check/degraded_eds_health");
  EXPECT_FALSE(flags.excluded());
  flags.set(HealthFlag::kFailedOutlierCheck, false);
  EXPECT_FALSE(flags.has(HealthFlag::kFailedOutlierCheck));
  EXPECT_EQ(HealthFlags(HealthStatus::kDraining).coarse(), CoarseHealth::kUnhealthy);
  EXPECT_TRUE(HealthFlags(HealthStatus::kDraining).excluded());
}

TEST(PreviousPriorities, LeavesTheLoadAloneUntilItsFrequency) {
  const auto normal = loads_of({{.hosts = 1, .healthy = 1}, {.hosts = 1, .healthy = 1}});
  PreviousPriorities state;
  std::vector<PriorityLoad> scratch;
  state.on_attempt(0);
  EXPECT_EQ(retry_priority_loads(state, 2, normal, scratch)[0].load, 100);
  state.on_attempt(0);
  const auto adjusted = retry_priority_loads(state, 2, normal, scratch);
  EXPECT_EQ(adjusted[0].load, 0);
  EXPECT_EQ(adjusted[1].load, 100);
}

TEST(PreviousPriorities, StartsAgainWhenAllWereTried) {
  const auto normal = loads_of({{.hosts = 1, .healthy = 1}, {.hosts = 1, .healthy = 1}});
  PreviousPriorities state;
  std::vector<PriorityLoad> scratch;
  state.on_attempt(0);
  EXPECT_EQ(retry_priority_loads(state, 1, normal, scratch)[1].load, 100);
  state.on_attempt(1);
  EXPECT_EQ(retry_priority_loads(state, 1, normal, scratch)[0].load, 100);
  state.on_attempt(0);
  EXPECT_EQ(retry_priority_loads(state, 1, normal, scratch)[1].load, 100);
}

TEST(PreviousPriorities, SpreadsOverTheRestByTheirHealth) {
  const auto normal = loads_of(
      {{.hosts = 10, .healthy = 10}, {.hosts = 10, .healthy = 5}, {.hosts = 10, .healthy = 5}});
  PreviousPriorities state;
  std::vector<PriorityLoad> scratch;
  state.on_attempt(0);
  const auto adjusted = retry_priority_loads(state, 1, normal, scratch);
  EXPECT_EQ(adjusted[0].load, 0);
  EXPECT_EQ(adjusted[1].load, 70);
  EXPECT_EQ(adjusted[2].load, 30);
}

TEST(PreviousPriorities, DegradedHostsGetWhatNoHealthyOnesAreLeftFor) {
  const auto normal = loads_of({{.hosts = 1, .healthy = 1},
                                {.hosts = 1, .healthy = 0, .degraded = 1},
                                {.hosts = 1, .healthy = 1}});
  PreviousPriorities state;
  std::vector<PriorityLoad> scratch;
  state.on_attempt(0);
  EXPECT_EQ(retry_priority_loads(state, 1, normal, scratch)[2].load, 100);
  state.on_attempt(2);
  const auto adjusted = retry_priority_loads(state, 1, normal, scratch);
  EXPECT_EQ(adjusted[1].load, 0);
  EXPECT_EQ(adjusted[1].degraded_load, 100);
}

// 30 % health each of 90 %: 33 % each, and the one that is left over is the first one's.
TEST(PreviousPriorities, WhatRoundingLeavesIsHandedOutFromTheFirst) {
  const auto normal = loads_of({{.hosts = 10, .healthy = 10},
                                {.hosts = 14, .healthy = 3},
                                {.hosts = 14, .healthy = 3},
                                {.hosts = 14, .healthy = 3}});
  PreviousPriorities state;
  std::vector<PriorityLoad> scratch;
  state.on_attempt(0);
  const auto adjusted = retry_priority_loads(state, 1, normal, scratch);
  EXPECT_EQ(adjusted[0].load, 0);
  EXPECT_EQ(adjusted[1].load, 34);
  EXPECT_EQ(adjusted[2].load, 33);
  EXPECT_EQ(adjusted[3].load, 33);
}

}  // namespace
}  // namespace squall::policies
