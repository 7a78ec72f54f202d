#include "sim/cluster_name.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

TEST(ClusterName, HasSubsetAndHost) {
  const ClusterName canary = split_cluster("outbound|80|canary|app.shop.svc.cluster.local");
  EXPECT_EQ(canary.subset, "canary");
  EXPECT_EQ(canary.host, "app.shop.svc.cluster.local");
  const ClusterName plain = split_cluster("outbound|80||app.shop.svc.cluster.local");
  EXPECT_EQ(plain.subset, "");
  EXPECT_EQ(plain.host, "app.shop.svc.cluster.local");
}

TEST(ClusterName, OthersAreNamesOfHosts) {
  EXPECT_EQ(split_cluster("PassthroughCluster").host, "PassthroughCluster");
  EXPECT_EQ(split_cluster("a|b").host, "a|b");
  EXPECT_EQ(split_cluster("").host, "");
}

TEST(ClusterName, HostsOfTheClusterAreShort) {
  EXPECT_EQ(short_host("app.shop.svc.cluster.local"), "app.shop");
  EXPECT_EQ(short_host("api.example.com"), "api.example.com");
}

}  // namespace
}  // namespace squall::sim
