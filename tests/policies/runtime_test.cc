// Runtime: which keys replace what.
#include "policies/runtime.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace squall::policies {
namespace {

Epoch epoch_with(std::map<std::string, std::string, std::less<>> runtime) {
  Epoch epoch;
  ClusterConfig& cluster = epoch.clusters.emplace_back();
  cluster.name = "c";
  cluster.outlier.emplace();
  VirtualHost& host = epoch.listeners.emplace_back().routes.hosts.emplace_back();
  Forward forward;
  forward.clusters.emplace_back().cluster = "c";
  forward.retry.emplace();
  Route& route = host.routes.emplace_back();
  route.action = forward;
  host.retry.emplace().has_base_interval = true;
  epoch.runtime = std::move(runtime);
  epoch.index();
  return epoch;
}

TEST(Runtime, ReplacesWhatIsConfigured) {
  const Epoch epoch = epoch_with({{"circuit_breakers.c.high.max_requests", "7"},
                                  {"upstream.healthy_panic_threshold", "60"},
                                  {"upstream.maintenance_mode.c", "5"},
                                  {"upstream.base_retry_backoff_ms", "200"},
                                  {"upstream.use_retry", "10"},
                                  {"outlier_detection.consecutive_5xx", "2"},
                                  {"outlier_detection.base_ejection_time_ms", "90"}});
  const ClusterConfig& cluster = epoch.clusters[0];
  EXPECT_EQ(cluster.thresholds[1].max_requests, 7U);
  EXPECT_EQ(cluster.healthy_panic_threshold_percent, 60);
  EXPECT_EQ(cluster.maintenance_percent, 5U);
  EXPECT_EQ(cluster.outlier->consecutive_5xx, 2U);
  EXPECT_EQ(cluster.outlier->base_ejection_time, 90ms);
  EXPECT_EQ(epoch.retry_percent, 10U);
  const VirtualHost& host = epoch.listeners[0].routes.hosts[0];
  EXPECT_EQ(std::get<Forward>(host.routes[0].action).retry->base_interval, 200ms);
  EXPECT_EQ(host.retry->base_interval, 25ms);  // it has one of its own
}

TEST(Runtime, WhatIsNoNumberCountsForNothing) {
  EXPECT_EQ(epoch_with({{"upstream.use_retry", "none"}}).retry_percent, 100U);
}

TEST(Runtime, NamesEachKeyThatMayDecide) {
  Epoch epoch = epoch_with({});
  std::set<std::string, std::less<>> keys;
  visit_runtime_keys(epoch, [&](std::string_view key, const auto&) { keys.emplace(key); });
  EXPECT_TRUE(keys.contains("outlier_detection.success_rate_stdev_factor"));
  EXPECT_TRUE(keys.contains("circuit_breakers.c.default.retry_budget.budget_percent"));
  EXPECT_FALSE(keys.contains("circuit_breakers.d.default.max_requests"));
}

}  // namespace
}  // namespace squall::policies
