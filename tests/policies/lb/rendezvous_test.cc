#include "policies/lb/rendezvous.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/policies/lb/hosts.h"

namespace squall::policies::lb {
namespace {

ClusterConfig cluster_of(std::size_t hosts) {
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kRendezvous;
  for (std::size_t i = 0; i < hosts; ++i)
    cluster.hosts.emplace_back().port = static_cast<std::uint16_t>(80 + i);
  return cluster;
}

std::uint32_t pick(Balancer& balancer, const ClusterConfig& cluster, const Hosts& hosts,
                   std::uint64_t hash) {
  Draws draws{.hash = mix(1, hash)};
  return balancer.pick(cluster, hosts.view(), draws);
}

TEST(Rendezvous, SharesFollowTheWeights) {
  const ClusterConfig cluster = cluster_of(3);
  const Hosts hosts({1, 2, 1});
  Balancer balancer;
  tell(balancer, cluster, hosts.view(), 0);
  std::map<std::uint32_t, int> counts;
  for (std::uint64_t i = 0; i < 40'000; ++i) ++counts[pick(balancer, cluster, hosts, i)];
  EXPECT_NEAR(counts[0], 10'000, 400);
  EXPECT_NEAR(counts[1], 20'000, 500);
}

TEST(Rendezvous, OnlyRequestsOfTheHostThatLeavesMove) {
  const ClusterConfig cluster = cluster_of(4);
  const Hosts all = equal_hosts(4);
  Hosts left = all;
  left.numbers = {0, 1, 3};
  left.weights.pop_back();
  Balancer before, after;
  tell(before, cluster, all.view(), 0);
  tell(after, cluster, left.view(), 0);
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const std::uint32_t host = pick(before, cluster, all, i);
    if (host != 2) {
      EXPECT_EQ(pick(after, cluster, left, i), host);
    }
  }
}

}  // namespace
}  // namespace squall::policies::lb
