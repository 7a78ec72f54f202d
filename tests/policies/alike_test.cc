#include "policies/alike.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/policies/machine/plan.h"

namespace squall::policies {
namespace {

std::vector<Epoch> two(const Plan& plan) { return {plan.epoch(), plan.epoch()}; }

std::string wrong(std::vector<Epoch> epochs, const std::vector<ClusterNumbers>& numbers) {
  return std::string(number_alike(epochs, numbers, 1));
}

TEST(Alike, EachEpochGetsTheClustersOfAll) {
  Plan first, second;
  first.clusters.push_back(cluster_named("old", 2));
  second.clusters.front().hosts.push_back(host_at(9));
  std::vector<Epoch> epochs{first.epoch(), second.epoch()};
  const std::vector<ClusterNumbers> numbers{{0, 1}, {2}};
  ASSERT_EQ(number_alike(epochs, numbers, 7), "");
  for (Epoch& epoch : epochs) {
    epoch.index();
    ASSERT_EQ(epoch.clusters.size(), 3U);
    EXPECT_EQ(epoch.host_count(), 5U);
    EXPECT_EQ(epoch.clusters[1].name, "old");
    EXPECT_EQ(epoch.clusters[2].name, "backend");
    EXPECT_EQ(epoch.family, 7U);
  }
  EXPECT_EQ(epochs[0].find_cluster("backend"), 0U);
  EXPECT_EQ(epochs[0].find_cluster("old"), 1U);
  EXPECT_EQ(epochs[1].find_cluster("backend"), 2U);
  EXPECT_EQ(epochs[1].find_cluster("old"), kNone);
  EXPECT_TRUE(epochs[0].may_become(epochs[1]));
  EXPECT_FALSE(Epoch().may_become(Epoch()));
}

TEST(Alike, NumbersFit) {
  const std::string kWrong = "numbers of clusters are wrong";
  EXPECT_EQ(wrong(two(Plan()), {{0}, {0}}), "");
  EXPECT_EQ(wrong(two(Plan()), {{0}, {}}), "some clusters have no number");
  EXPECT_EQ(wrong(two(Plan()), {{0}, {1U << 31}}), kWrong);
  Plan more;
  more.clusters.push_back(cluster_named("other", 1));
  EXPECT_EQ(wrong(two(more), {{0, 1}, {0, 0}}), kWrong);
  EXPECT_EQ(wrong(two(more), {{0, 1}, {1, 0}}), kWrong);  // another's
}

TEST(Alike, WhatRemembersCannotChange) {
  const std::vector<ClusterNumbers> numbers{{0}, {0}};
  Plan named, tcp, limited, virtual_clusters, checked, subsets;
  std::vector<Epoch> epochs = two(named);
  epochs[1].listeners[0].name = "another";
  EXPECT_EQ(wrong(epochs, numbers), "they have other listeners");
  tcp.listener.tcp.emplace().route.action = forward_to({{"backend", 1}});
  EXPECT_EQ(wrong(two(tcp), numbers), "a listener passes TCP on");
  limited.listener.filters.push_back({.name = "limit", .config = LocalRateLimitConfig{}});
  EXPECT_EQ(wrong(two(limited), numbers), "a filter remembers requests");
  virtual_clusters.virtual_host.virtual_clusters.list.emplace_back();
  EXPECT_EQ(wrong(two(virtual_clusters), numbers), "there are virtual clusters");
  checked.cluster().health_checks.emplace_back();
  EXPECT_EQ(wrong(two(checked), numbers), "a cluster has health checks");
  subsets.cluster().subsets.emplace();
  EXPECT_EQ(wrong(two(subsets), numbers), "a cluster has subsets");
}

}  // namespace
}  // namespace squall::policies
