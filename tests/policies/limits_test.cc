#include "policies/limits.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "policies/epoch.h"
#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

std::uint64_t limit_of(const Thresholds& limits, const std::string& resource) {
  if (resource == "connections") return limits.max_connections;
  if (resource == "pending_requests") return limits.max_pending_requests;
  if (resource == "requests") return limits.max_requests;
  if (resource == "retries") return limits.max_retries;
  if (resource == "connection_pools") return limits.max_connection_pools;
  ADD_FAILURE() << resource;
  return 0;
}

TEST(Limits, ARuntimeReplacesWhatIsConfigured) {
  SQUALL_VECTORS(vectors, "resource_manager");
  for (const json& row : rows(vectors, "cases", 5)) {
    for (const bool high : {false, true}) {
      const std::string resource = row["resource"];
      Epoch epoch;
      epoch.clusters.emplace_back().name = "c";
      ASSERT_TRUE(
          set_limit(epoch.clusters[0].thresholds[high], "max_" + resource, row["configured"]));
      epoch.runtime[limit_key("c", high, "max_" + resource)] = row["runtime"].dump();
      epoch.index();
      const Thresholds& limits = epoch.clusters[0].thresholds[high];
      EXPECT_EQ(limit_of(limits, resource), row["runtime"]);
      EXPECT_EQ(grants(limit_of(limits, resource), row["count"]), row["allowed"]) << row;
      EXPECT_NE(limit_of(epoch.clusters[0].thresholds[!high], resource), row["runtime"]);
    }
    replayed(vectors);
  }
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"cases", "remaining_gauges", "retry_budget_gauge", "defaults"}));
}

TEST(Limits, WhatRemainsIsNeverNegative) {
  SQUALL_VECTORS(vectors, "resource_manager");
  std::size_t counts = 0;
  for (const json& row : rows(vectors, "remaining_gauges", 3)) {
    const std::string resource = row["resource"];
    Thresholds limits;
    ASSERT_TRUE(set_limit(limits, "max_" + resource, row["max"]));
    for (const auto& [count, left] : row["remaining_by_count"].items()) {
      const auto now = static_cast<std::uint32_t>(std::stoul(count));
      EXPECT_EQ(remaining(limit_of(limits, resource), now), left) << row;
      if (resource == "retries") {
        EXPECT_EQ(remaining_retries(limits, now), left);
      }
      ++counts;
    }
  }
  EXPECT_EQ(counts, 7U);
}

TEST(Limits, ABudgetReplacesMaxRetriesAndItsGauge) {
  SQUALL_VECTORS(vectors, "resource_manager");
  const json& row = vectors["retry_budget_gauge"];
  Thresholds limits;
  limits.retry_budget.emplace().budget_percent = row["budget_percent"];
  limits.retry_budget->min_retry_concurrency = row["min_retry_concurrency"];
  EXPECT_EQ(max_retries(limits, 0, 0), row["retries_max"]);
  EXPECT_EQ(remaining_retries(limits, 0), row["remaining_retries_gauge"]);
}

TEST(Limits, DefaultsAreEnvoys) {
  SQUALL_VECTORS(vectors, "resource_manager");
  const json& defaults = vectors["defaults"];
  EXPECT_EQ(defaults.size(), 7U);
  const Thresholds limits;
  for (const char* resource :
       {"connections", "pending_requests", "requests", "retries", "connection_pools"}) {
    EXPECT_EQ(limit_of(limits, resource), defaults[std::string("max_") + resource]) << resource;
  }
  EXPECT_EQ(defaults["per_host_max_connections"], "unlimited");
  EXPECT_EQ(ClusterConfig().per_host_max_connections[0], std::numeric_limits<std::uint32_t>::max());
}

TEST(Limits, ARuntimeBudgetNeedsNoConfiguredOne) {
  Thresholds limits;
  EXPECT_TRUE(set_limit(limits, "retry_budget.budget_percent", 50));
  EXPECT_EQ(max_retries(limits, 10, 2), 6U);
  EXPECT_TRUE(set_limit(limits, "retry_budget.min_retry_concurrency", 9));
  EXPECT_EQ(max_retries(limits, 10, 2), 9U);
  for (const std::string_view name : kLimitNames) EXPECT_TRUE(set_limit(limits, name, 1)) << name;
  EXPECT_FALSE(set_limit(limits, "max_hosts", 1));
  EXPECT_EQ(limit_key("a", true, "max_retries"), "circuit_breakers.a.high.max_retries");
}

}  // namespace
}  // namespace squall::policies
