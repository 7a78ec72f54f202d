// A dump's envelope, clusters and listeners; whole ones are run by tests/cli/config_dump_test.py.
#include "config/config_dump.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "config/bootstrap.h"

namespace squall::config {
namespace {

constexpr std::string_view kAdmin = "t/envoy.admin.v3.";
constexpr std::string_view kManager =
    "t/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

std::string chain(const std::string& more = "") {
  return fmt::format(
      "{{filters: [{{name: hcm, typed_config: {{\"@type\": {}, stat_prefix: s, http_filters: "
      "[{{name: "
      "r, typed_config: {{\"@type\": t/envoy.extensions.filters.http.router.v3.Router}}}}], "
      "route_config: {{virtual_hosts: [{{name: v, domains: [\"*\"], routes: [{{match: {{prefix: "
      "/}}, "
      "route: {{cluster: db}}}}]}}]}}}}}}]{}}}",
      kManager, more);
}
std::string listener(const std::string& chains, const std::string& more = "") {
  return fmt::format(
      "{{listener: {{name: l, address: {{socket_address: {{address: 0.0.0.0, port_value: 80}}}}, "
      "filter_chains: [{}]{}}}}}",
      chains, more);
}
std::string cluster(const std::string& more) {
  return "{cluster: {name: db, connect_timeout: 1s" + more + "}}";
}
std::string hosts(const std::string& more = "") {
  return "{cluster_name: db, endpoints: [{locality: {}, load_balancing_weight: 0, lb_endpoints: "
         "[{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}" +
         more + "}]}]}";
}
std::string dump(const std::string& listeners, const std::string& clusters,
                 const std::string& more = "") {
  return fmt::format(
      "{{configs: [{{\"@type\": {0}ListenersConfigDump, static_listeners: [{1}]}}, {{\"@type\": "
      "{0}ClustersConfigDump, static_clusters: [{2}]}}{3}]}}",
      kAdmin, listeners, clusters, more);
}
std::string endpoints(const std::string& more = "") {
  return fmt::format(
      ", {{\"@type\": {}EndpointsConfigDump, dynamic_endpoint_configs: [{{endpoint_config: {}}}]}}",
      kAdmin, hosts(more));
}

Result<ConfigDump> read(const std::string& text) {
  const Result<std::vector<Node>> documents = parse_documents(text, "d.yaml");
  EXPECT_TRUE(documents.has_value());
  EXPECT_TRUE(is_config_dump(documents->front()));
  return read_config_dump(documents->front());
}
ConfigDump good(const std::string& text) {
  Result<ConfigDump> out = read(text);
  if (out) return *std::move(out);
  for (const Diagnostic& one : out.error().sorted()) ADD_FAILURE() << to_string(one);
  return {};
}
std::string wrong(const std::string& text) {
  const Result<ConfigDump> out = read(text);
  std::string lines;
  if (out) return "nothing";
  for (const Diagnostic& one : out.error().sorted())
    lines += (lines.empty() ? "" : " | ") + one.what + "; " + one.advice;
  return lines;
}
Bootstrap bootstrap_of(const ConfigDump& from) {
  Result<Bootstrap> out = read_bootstrap(from.bootstrap);
  if (out) return *std::move(out);
  for (const Diagnostic& one : out.error().sorted()) ADD_FAILURE() << to_string(one);
  return {};
}

TEST(ConfigDump, ItsListenersAndClustersAreABootstraps) {
  const std::string written =
      "{cluster_name: db, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: "
      "{address: "
      "10.0.0.1, port_value: 80}}}}]}]}";
  const ConfigDump from =
      good(dump(listener(chain()), cluster(", load_assignment: " + written) +
                                       ", {cluster: {name: unused, type: EDS}}"));
  const Bootstrap out = bootstrap_of(from);
  ASSERT_EQ(out.epoch.clusters.size(), 1U);
  EXPECT_EQ(out.epoch.clusters[0].hosts.at(0).address, "10.0.0.1");
  ASSERT_EQ(from.clusters.size(), 1U);
  EXPECT_EQ(from.clusters[0].sockets, std::vector<std::string>{"10.0.0.1:80"});
  EXPECT_EQ(from.clusters[0].place.line, 1);
  EXPECT_FALSE(from.clusters[0].discovered);
  EXPECT_TRUE(from.notes.empty());
}

TEST(ConfigDump, DiscoveredEndpointsAreThoseThatWereThere) {
  const ConfigDump from =
      good(dump(listener(chain()), cluster(", type: EDS, eds_cluster_config: {service_name: db}"),
                endpoints()));
  EXPECT_TRUE(from.clusters.at(0).discovered);
  EXPECT_EQ(bootstrap_of(from).epoch.clusters.at(0).hosts.at(0).address, "10.0.0.1");
  EXPECT_EQ(wrong(dump(listener(chain()), cluster(", type: STRICT_DNS"))),
            "configs[1].static_clusters[0].cluster: the endpoints of \"db\" are not in the dump; "
            "dump with them: curl 'localhost:15000/config_dump?include_eds'");
  EXPECT_EQ(
      wrong(dump(listener(chain()),
                 cluster(", type: EDS, eds_cluster_config: {service_name: other}"), endpoints())),
      "configs[1].static_clusters[0].cluster: no EndpointsConfigDump has the endpoints of "
      "\"db\"; dump all of them, without `resource` or `mask`");
}

TEST(ConfigDump, AnUnhealthyEndpointStaysSoUnlessItIsChecked) {
  const std::string unhealthy = endpoints(", health_status: UNHEALTHY");
  const ConfigDump told = good(dump(listener(chain()), cluster(", type: EDS"), unhealthy));
  ASSERT_EQ(told.notes.all().size(), 1U);
  EXPECT_EQ(told.notes.all()[0].what,
            "an endpoint that was unhealthy when it was dumped stays so in a run");
  EXPECT_EQ(bootstrap_of(told).epoch.clusters[0].hosts[0].health,
            policies::HealthStatus::kUnhealthy);
  const std::string checks =
      ", type: EDS, health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, "
      "healthy_threshold: 1, http_health_check: {path: /}}]";
  const ConfigDump checked = good(dump(listener(chain()), cluster(checks), unhealthy));
  EXPECT_TRUE(checked.notes.empty());
  EXPECT_EQ(bootstrap_of(checked).epoch.clusters[0].hosts[0].health,
            policies::HealthStatus::kHealthy);
}

TEST(ConfigDump, WhatItsClustersSayOfTls) {
  const std::string tls =
      "{name: tls, typed_config: {\"@type\": "
      "t/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext%}}";
  const auto with = [&](const std::string& more) {
    std::string socket = tls;
    socket.replace(socket.find('%'), 1, more);
    return socket;
  };
  const auto kind = [&](const std::string& more) {
    const ConfigDump from = good(dump(listener(chain()), cluster(more)));
    EXPECT_EQ(bootstrap_of(from).epoch.clusters.size(), 1U);
    return from.clusters.at(0).tls;
  };
  EXPECT_EQ(kind(""), DumpedTls::kNone);
  EXPECT_EQ(kind(", transport_socket: " + with("")), DumpedTls::kOwn);
  EXPECT_EQ(
      kind(", transport_socket: " +
           with(", common_tls_context: {tls_certificate_sds_secret_configs: [{name: default}]}")),
      DumpedTls::kMutual);
  EXPECT_EQ(kind(", transport_socket_matches: [{name: tlsMode-istio, transport_socket: " +
                 with("") + "}]"),
            DumpedTls::kAutomatic);
}

TEST(ConfigDump, OfSeveralChainsTheOneOfHttpIsMeant) {
  const std::string bytes =
      "{filters: [{name: tcp, typed_config: {\"@type\": "
      "t/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: "
      "other}}]}";
  const std::string inspector =
      ", listener_filters: [{name: envoy.filters.listener.tls_inspector}]";
  const ConfigDump from = good(
      dump(listener(bytes + ", " + chain(", filter_chain_match: {transport_protocol: raw_buffer}"),
                    inspector),
           cluster("")));
  EXPECT_FALSE(bootstrap_of(from).epoch.listeners.at(0).tcp.has_value());
  // Two of HTTP are not one's to choose from.
  EXPECT_FALSE(
      read_bootstrap(good(dump(listener(chain() + ", " + chain()), cluster(""))).bootstrap));
}

TEST(ConfigDump, AnEnvelopeThatIsNoneIsRefused) {
  EXPECT_EQ(wrong("{configs: 3}"), "configs: expected a list, got 3; write [3]");
  const std::string whole =
      "; take the whole of /config_dump?include_eds, without `resource` or `mask` | ";
  EXPECT_EQ(wrong("{configs: [7, {x: 1}]}"),
            "configs: has no ClustersConfigDump" + whole + "configs: has no ListenersConfigDump" +
                whole + "configs[0]: expected a mapping, got 7;  | configs[1]: @type is missing; ");
  EXPECT_EQ(wrong(dump("3, {listener: 4}, {}", "{cluster: [1]}")),
            "configs[0].static_listeners[0]: expected a mapping, got 3;  | "
            "configs[0].static_listeners[1].listener: expected a mapping, got 4;  | "
            "configs[1].static_clusters[0].cluster: expected a mapping, got a list; ");
  EXPECT_EQ(wrong(dump("{listener: {name: l, traffic_direction: INBOUND}}", "")),
            "configs: no listener takes HTTP that the workload would send; dump the proxy of the "
            "workload that calls");
}

TEST(ConfigDump, ReplacedEndpointsKeepWhatTheirLocalityHad) {
  const std::string local =
      ", {\"@type\": t/envoy.admin.v3.EndpointsConfigDump, dynamic_endpoint_configs: "
      "[{endpoint_config: "
      "{cluster_name: db, endpoints: [{locality: {region: eu, zone: b}, priority: 1, "
      "load_balancing_weight: 7}]}}]}";
  ConfigDump from = good(dump(listener(chain()), cluster(", type: EDS"), local));
  const auto own = parse_documents(
      "{cluster_name: db, endpoints: [{locality: {region: eu, zone: b}, load_balancing_weight: 1, "
      "lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.7, port_value: "
      "80}}}}]}, "
      "{locality: {region: eu, zone: c}, load_balancing_weight: 2, lb_endpoints: [{endpoint: "
      "{address: "
      "{socket_address: {address: 10.0.0.8, port_value: 80}}}}]}]}",
      "x");
  replace_endpoints(from, 0, own->front());
  const Bootstrap out = bootstrap_of(from);
  const auto& hosts = out.epoch.clusters.at(0).hosts;
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts[0].address, "10.0.0.7");
  EXPECT_EQ(hosts[0].priority, 1U);
  EXPECT_EQ(hosts[0].locality_weight, 7U);
  EXPECT_EQ(hosts[1].priority, 0U);
  EXPECT_EQ(hosts[1].locality_weight, 2U);
}

}  // namespace
}  // namespace squall::config
