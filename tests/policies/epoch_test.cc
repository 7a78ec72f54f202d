#include "policies/epoch.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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

// Envoy's defaults, as its API's cluster, http_protocol_options and load balancing policies state
// them.
TEST(Epoch, ClustersHaveEnvoysDefaults) {
  const ClusterConfig cluster;
  EXPECT_EQ(cluster.connect_timeout, 5s);
  EXPECT_EQ(cluster.lb, LbPolicy::kRoundRobin);
  EXPECT_FALSE(cluster.locality_weighted);
  EXPECT_EQ(cluster.per_host_max_connections[0], 4'294'967'295U);
  EXPECT_EQ(cluster.preconnect_ratio, 1);
  EXPECT_EQ(cluster.protocol, Protocol::kHttp1);
  EXPECT_EQ(cluster.max_requests_per_connection, 0U);
  EXPECT_EQ(cluster.max_concurrent_streams, 1024U);
  EXPECT_EQ(cluster.idle_timeout, 3600s);
  EXPECT_EQ(cluster.max_stream_duration, 0s);
  EXPECT_EQ(cluster.healthy_panic_threshold_percent, 50);
  EXPECT_EQ(cluster.overprovisioning_factor, 140U);
  EXPECT_FALSE(cluster.weighted_priority_health);
  EXPECT_FALSE(cluster.fail_traffic_on_panic);
  EXPECT_EQ(cluster.maintenance_percent, 0U);
  EXPECT_EQ(cluster.update_merge_window, 1s);
  EXPECT_FALSE(cluster.ignore_new_hosts_until_first_hc);
  const HostConfig host;
  EXPECT_EQ(host.weight, 1U);
  EXPECT_EQ(host.priority, 0U);
  EXPECT_EQ(host.locality_weight, 0U);
  EXPECT_FALSE(host.canary);
  EXPECT_FALSE(host.disable_active_health_check);
}

TEST(Epoch, BalancersHaveEnvoysDefaults) {
  const ClusterConfig cluster;
  EXPECT_EQ(cluster.ring_hash.minimum_size, 1024U);
  EXPECT_EQ(cluster.ring_hash.maximum_size, 8'388'608U);
  EXPECT_FALSE(cluster.ring_hash.murmur);
  EXPECT_FALSE(cluster.hashing.use_hostname);
  EXPECT_EQ(cluster.hashing.balance_factor, 0U);
  EXPECT_FALSE(cluster.least_request.full_scan);
  EXPECT_EQ(cluster.slow_start.window, 0s);
  EXPECT_EQ(cluster.slow_start.aggression, 1);
  EXPECT_EQ(cluster.slow_start.min_weight_percent, 10);
  EXPECT_EQ(cluster.zone_aware.routing_enabled_percent, 100);
  EXPECT_EQ(cluster.zone_aware.min_cluster_size, 6U);
  EXPECT_FALSE(cluster.zone_aware.force_local_zone);
  EXPECT_EQ(cluster.zone_aware.force_local_min_size, 1U);
  EXPECT_FALSE(cluster.zone_aware.by_weight);
  EXPECT_EQ(cluster.client_weighted.blackout_period, 10s);
  EXPECT_EQ(cluster.client_weighted.weight_expiration_period, 180s);
  EXPECT_EQ(cluster.client_weighted.weight_update_period, 1s);
  EXPECT_EQ(cluster.client_weighted.error_utilization_penalty, 0);
  const SubsetConfig subsets;
  EXPECT_EQ(subsets.fallback, SubsetFallback::kNone);
  EXPECT_FALSE(subsets.locality_weight_aware);
  EXPECT_FALSE(subsets.scale_locality_weight);
  EXPECT_FALSE(subsets.panic_mode_any);
  EXPECT_FALSE(subsets.list_as_any);
  EXPECT_FALSE(subsets.fallback_list);
}

TEST(Epoch, RoutesHaveEnvoysDefaults) {
  const Forward forward;
  EXPECT_EQ(forward.timeout, 15s);
  EXPECT_EQ(forward.cluster_not_found_status, 503);
  EXPECT_FALSE(forward.high_priority);
  EXPECT_EQ(WeightedCluster().weight, 1U);
  EXPECT_EQ(Redirect().status, 301);
  EXPECT_FALSE(Redirect().https);
  EXPECT_FALSE(Redirect().strip_query);
  const RouteTable table;
  EXPECT_FALSE(table.most_specific_mutations_win);
  EXPECT_FALSE(table.ignore_port_in_host);
  EXPECT_FALSE(table.ignore_path_parameters);
  const VirtualHost host;
  EXPECT_EQ(host.require_tls, VirtualHost::RequireTls::kNone);
  EXPECT_FALSE(host.request_attempt_count);
  EXPECT_FALSE(host.response_attempt_count);
  EXPECT_FALSE(host.is_timeout_retry);
  const RetryPolicy retry;
  EXPECT_EQ(retry.num_retries, 1U);
  EXPECT_EQ(retry.base_interval, 25ms);
  EXPECT_EQ(retry.host_selection_max_attempts, 1U);
}

TEST(Epoch, NumbersHostsOverAllClusters) {
  Epoch epoch = epoch_of({});
  EXPECT_EQ(epoch.host_count(), 0u);
  EXPECT_FALSE(epoch.has_check(0));
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

/// Only where its changes may matter: to itself, or to a cluster that it may lead to.
TEST(Epoch, ARequestIsDecidedAsItsRouteSendsIt) {
  std::vector<Route> routes = {to({{"a", 1}}), to({{"a", 1}}), to({{"b", 1}}),
                               to({{"b", 1}}), to({}),         to({{"a", 1}, {"b", 1}})};
  for (const std::size_t changing : {1U, 3U, 4U, 5U})
    routes[changing].headers.request_remove = {"x"};
  std::get<Forward>(routes[4].action).cluster_header = "x-cluster";
  Epoch epoch = epoch_of(std::move(routes));
  epoch.clusters[2].hash_policies.resize(1);
  epoch.index();
  std::string decided;
  for (std::size_t i = 0; i < 6; ++i) decided += forward_of(epoch, i).decided_as_sent ? '1' : '0';
  EXPECT_EQ(decided, "000111");
}

}  // namespace
}  // namespace squall::policies
