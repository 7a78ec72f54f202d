#include "config/bootstrap.h"

#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;

TEST(Bootstrap, DefaultsAreEnvoys) {
  const Bootstrap b = good({});
  ASSERT_TRUE(b.admin);
  EXPECT_EQ(b.admin->port, 9901);
  EXPECT_EQ(b.node_id, "n");
  EXPECT_EQ(b.listeners[0].name, "in");
  EXPECT_EQ(b.listeners[0].address.address, "0.0.0.0");
  EXPECT_EQ(b.listeners[0].address.port, 8080);
  EXPECT_TRUE(b.warnings.empty());
  const policies::ClusterConfig& c = b.epoch.clusters[0];
  EXPECT_EQ(c.name, "main");
  EXPECT_EQ(c.connect_timeout, 5s);
  EXPECT_EQ(c.lb, policies::LbPolicy::kRoundRobin);
  EXPECT_EQ(c.thresholds[0].max_requests, 1024U);
  EXPECT_FALSE(c.outlier);
  ASSERT_EQ(c.hosts.size(), 1U);
  EXPECT_EQ(c.hosts[0].address, "10.0.0.1");
  EXPECT_EQ(c.hosts[0].weight, 1U);
  EXPECT_EQ(forward_of(b).timeout, 15s);
  EXPECT_FALSE(forward_of(b).retry);
  EXPECT_EQ(forward_of(b).clusters[0].cluster, "main");
  EXPECT_EQ(b.epoch.listeners[0].buffer_limit_bytes, 1048576U);
  EXPECT_EQ(b.epoch.listeners[0].delayed_close_timeout, 1s);
}

TEST(Bootstrap, VirtualClusters) {
  const Bootstrap b = good(
      {.vhost =
           ", virtual_clusters: [{name: a, headers: [{name: \":method\", string_match: {exact: "
           "POST}}]}, {name: b, headers: [{name: x, present_match: true}]}]"});
  const policies::VirtualClusters& clusters = b.epoch.listeners[0].routes.hosts[0].virtual_clusters;
  ASSERT_EQ(clusters.list.size(), 2U);
  EXPECT_EQ(clusters.list[0].headers[0].text.value, "POST");
  EXPECT_EQ(clusters.name(1), "b");
  EXPECT_EQ(clusters.name(2), "other");
}

}  // namespace
}  // namespace squall::config
