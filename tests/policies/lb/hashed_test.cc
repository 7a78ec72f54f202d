#include "policies/lb/hashed.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/policies/lb/hosts.h"

namespace squall::policies::lb {
namespace {

ClusterConfig cluster_of(LbPolicy lb, std::size_t hosts) {
  ClusterConfig cluster;
  cluster.lb = lb;
  for (std::size_t i = 0; i < hosts; ++i) {
    HostConfig& host = cluster.hosts.emplace_back();
    host.address = "10.0.0.1";
    host.port = static_cast<std::uint16_t>(80 + i);
  }
  return cluster;
}

std::uint32_t pick(Balancer& balancer, const ClusterConfig& cluster, const Hosts& hosts,
                   std::uint64_t hash, std::uint32_t rejected = 0) {
  Draws draws{.pick = rejected, .hash = hash};
  return balancer.pick(cluster, hosts.view(), draws);
}

TEST(Hashed, AskingForASharedTableOrBuildingOneIsTheSame) {
  for (const LbPolicy lb : {LbPolicy::kRingHash, LbPolicy::kMaglev}) {
    const ClusterConfig cluster = cluster_of(lb, 5);
    const Hosts hosts = equal_hosts(5);
    const HostView view = hosts.view();
    const HashTable table(cluster, nullptr, hosts.numbers);
    Balancer shared, own;
    shared.on_hosts({.cluster = cluster, .view = view, .table = &table});
    own.on_hosts({.cluster = cluster, .view = view});
    for (std::uint64_t i = 0; i < 1'000; ++i) {
      for (const std::uint32_t rejected : {0U, 1U}) {
        EXPECT_EQ(pick(shared, cluster, hosts, mix(1, i), rejected),
                  pick(own, cluster, hosts, mix(1, i), rejected));
      }
    }
  }
}

TEST(Hashed, RequestsKeepTheirHostWhenAnotherLeavesARing) {
  const ClusterConfig cluster = cluster_of(LbPolicy::kRingHash, 4);
  const Hosts all = equal_hosts(4);
  Hosts left = all;
  left.numbers = {0, 1, 3};
  left.weights.pop_back();
  Balancer before, after;
  tell(before, cluster, all.view(), 0);
  tell(after, cluster, left.view(), 0);
  int moved = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint32_t host = pick(before, cluster, all, mix(1, i));
    moved += host != 2 && pick(after, cluster, left, mix(1, i)) != host;
  }
  EXPECT_LT(moved, 1'500);  // some: a host of three has more entries than one of four
}

TEST(Hashed, AHostWithMoreThanItsShareIsPassedOver) {
  ClusterConfig cluster = cluster_of(LbPolicy::kRingHash, 4);
  cluster.hashing.balance_factor = 150;
  Hosts hosts = equal_hosts(4);
  Balancer balancer;
  tell(balancer, cluster, hosts.view(), 0);
  const std::uint32_t first = pick(balancer, cluster, hosts, 7);
  hosts.active[first] = 2;  // of 2: 3 × 1.5 / 4 are two slots
  EXPECT_EQ(pick(balancer, cluster, hosts, 7), first);
  hosts.active[first] = 5;  // of 5: 6 × 1.5 / 4 are three slots
  const std::uint32_t other = pick(balancer, cluster, hosts, 7);
  EXPECT_NE(other, first);
  EXPECT_EQ(pick(balancer, cluster, hosts, 7), other);
}

/// As a live Envoy 1.40 with a locality whose hosts are all down.
TEST(Hashed, ThePartOfALocalityWithoutAHostIsNobodys) {
  ClusterConfig cluster = cluster_of(LbPolicy::kRingHash, 3);
  cluster.locality_weighted = true;
  for (std::size_t i = 0; i < 3; ++i) {
    cluster.hosts[i].locality.zone = std::string(1, static_cast<char>('a' + i));
    cluster.hosts[i].locality_weight = i == 2 ? 6 : 1;
  }
  const std::uint32_t up[] = {0, 1};
  const HashTable table(cluster, nullptr, up);
  ASSERT_EQ(table.entries().size(), 2U);
  EXPECT_EQ(table.entries()[0].share, 1.0 / 8);
  cluster.hosts[2].priority = 1;  // of another priority: nothing of it counts
  EXPECT_EQ(HashTable(cluster, nullptr, up).entries()[0].share, 1.0 / 2);
}

TEST(Hashed, LocalitiesHaveTheirPartWhateverTheirHosts) {
  ClusterConfig cluster = cluster_of(LbPolicy::kMaglev, 4);
  cluster.locality_weighted = true;
  for (std::size_t i = 0; i < 4; ++i) {
    cluster.hosts[i].locality.zone = i == 0 ? "a" : "b";
    cluster.hosts[i].locality_weight = i == 0 ? 3 : 1;
  }
  const Hosts hosts = equal_hosts(4);
  Balancer balancer;
  tell(balancer, cluster, hosts.view(), 0);
  std::map<std::uint32_t, int> counts;
  for (std::uint64_t i = 0; i < 40'000; ++i) ++counts[pick(balancer, cluster, hosts, mix(1, i))];
  EXPECT_NEAR(counts[0], 30'000, 600);
  EXPECT_NEAR(counts[1], 3'333, 400);
}

}  // namespace
}  // namespace squall::policies::lb
