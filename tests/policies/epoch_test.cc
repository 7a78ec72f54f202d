#include "policies/epoch.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace squall::policies {
namespace {

ClusterConfig cluster(std::string name, std::size_t hosts) {
  ClusterConfig result;
  result.name = std::move(name);
  result.hosts.resize(hosts);
  for (std::size_t i = 0; i < hosts; ++i) {
    result.hosts[i].hostname = result.name + std::to_string(i);
  }
  return result;
}

Route to(std::vector<std::pair<std::string, std::uint32_t>> clusters) {
  Forward forward;
  for (auto& [name, weight] : clusters) {
    WeightedCluster entry;
    entry.cluster = name;
    entry.weight = weight;
    forward.clusters.push_back(entry);
  }
  Route route;
  route.action = forward;
  return route;
}

Epoch epoch_of(std::vector<Route> routes) {
  Epoch epoch;
  epoch.clusters = {cluster("a", 2), cluster("none", 0), cluster("b", 3)};
  Listener listener;
  VirtualHost first, second;
  first.routes = std::move(routes);
  second.routes = {to({{"b", 1}})};
  listener.routes.hosts = {first, second};
  epoch.listeners = {listener};
  return epoch;
}

const Forward& forward_of(const Epoch& epoch, std::size_t route) {
  return std::get<Forward>(epoch.listeners[0].routes.hosts[0].routes[route].action);
}

TEST(Epoch, NumbersHostsOverAllClusters) {
  Epoch epoch = epoch_of({});
  EXPECT_EQ(epoch.host_count(), 0u);
  epoch.index();
  EXPECT_EQ(epoch.host_count(), 5u);
  EXPECT_EQ(epoch.hosts_begin(1), 2u);
  EXPECT_EQ(epoch.hosts_begin(2), 2u);
  EXPECT_EQ(epoch.cluster_of_host(1), 0u);
  EXPECT_EQ(epoch.cluster_of_host(4), 2u);
  EXPECT_EQ(epoch.host(4).hostname, "b2");
}

TEST(Epoch, ResolvesClustersAndNumbersRoutes) {
  Epoch epoch = epoch_of({to({{"b", 3}, {"a", 4}}), to({{"gone", 1}})});
  epoch.index();
  EXPECT_EQ(forward_of(epoch, 0).clusters[0].index, 2u);
  EXPECT_EQ(forward_of(epoch, 0).clusters[1].index, 0u);
  EXPECT_EQ(forward_of(epoch, 0).total_weight, 7u);
  EXPECT_EQ(forward_of(epoch, 1).clusters[0].index, kNone);
  EXPECT_EQ(epoch.listeners[0].routes.hosts[1].routes[0].index, 2u);
  EXPECT_EQ(epoch.find_cluster("none"), 1u);
  EXPECT_EQ(epoch.find_cluster("gone"), kNone);
}

TEST(Epoch, RuntimeReplacesWeightsAndFractions) {
  Route weighted = to({{"a", 1}, {"b", 1}});
  std::get<Forward>(weighted.action).weight_runtime_prefix = "w";
  weighted.match.runtime_fraction = Fraction{5000, 10000, "f"};
  Route other = to({{"a", 1}});
  other.match.runtime_fraction = Fraction{5000, 10000, "unset"};
  Epoch epoch = epoch_of({weighted, other});
  epoch.runtime = {{"w.b", "9"}, {"w.a", "x"}, {"f", "25"}};
  epoch.index();
  EXPECT_EQ(forward_of(epoch, 0).total_weight, 10u);
  EXPECT_EQ(forward_of(epoch, 0).clusters[1].weight, 9u);
  const auto& routes = epoch.listeners[0].routes.hosts[0].routes;
  EXPECT_EQ(routes[0].match.runtime_fraction->numerator, 25u);
  EXPECT_EQ(routes[0].match.runtime_fraction->denominator, 100u);
  EXPECT_EQ(routes[1].match.runtime_fraction->numerator, 5000u);
}

}  // namespace
}  // namespace squall::policies
