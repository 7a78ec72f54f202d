#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

std::string text_with(const std::string& fields, const std::string& cluster = "",
                      const std::string& more_filters = "", const std::string& listener = "") {
  return "static_resources:\n"
         "  clusters:\n"
         "  - {name: main" +
         cluster +
         "}\n"
         "  listeners:\n"
         "  - {name: in, address: {socket_address: {address: 0.0.0.0, port_value: 8080}},\n"
         "     filter_chains: [{filters: [{name: tcp, typed_config: {\n"
         "       \"@type\": t/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy,\n"
         "       " +
         fields + "}}" + more_filters + "]}]" + listener + "}\n";
}

policies::TcpProxy proxy(const std::string& fields) {
  const Result<Bootstrap> bootstrap = read(text_with("stat_prefix: s, " + fields));
  if (bootstrap) return bootstrap->epoch.listeners.at(0).tcp.value();
  for (const Diagnostic& d : bootstrap.error().sorted()) ADD_FAILURE() << to_string(d);
  return {};
}

std::string wrong(const std::string& text) {
  const Result<Bootstrap> bootstrap = read(text);
  if (bootstrap) return "";
  return to_string(bootstrap.error().sorted().front());
}

const policies::Forward& forward_of(const policies::TcpProxy& proxy) {
  return std::get<policies::Forward>(proxy.route.action);
}

TEST(BootstrapTcp, ReadsAClusterWithEnvoysDefaults) {
  const policies::TcpProxy read = proxy("cluster: main");
  EXPECT_EQ(forward_of(read).clusters.at(0).cluster, "main");
  EXPECT_EQ(read.idle_timeout, 1h);
  EXPECT_EQ(read.max_connect_attempts, 1U);
  EXPECT_FALSE(read.backoff || read.max_duration);
}

TEST(BootstrapTcp, ReadsAllOfIt) {
  const policies::TcpProxy read = proxy(
      "weighted_clusters: {clusters: [{name: main, weight: 3}, {name: other, weight: 1}]}, "
      "idle_timeout: 0s, max_connect_attempts: 4, hash_policy: [{source_ip: {}}], "
      "backoff_options: {base_interval: 0.1s, max_interval: 2s}, "
      "max_downstream_connection_duration: 60s, "
      "max_downstream_connection_duration_jitter_percentage: {value: 12.5}");
  EXPECT_EQ(forward_of(read).clusters.at(1).cluster, "other");
  EXPECT_EQ(forward_of(read).clusters.at(0).weight, 3U);
  EXPECT_EQ(forward_of(read).hash_policies.at(0).kind, policies::HashPolicy::Kind::kSourceIp);
  EXPECT_EQ(read.idle_timeout, 0s);
  EXPECT_EQ(read.max_connect_attempts, 4U);
  EXPECT_EQ(read.backoff->base_interval, 100ms);
  EXPECT_EQ(read.backoff->max_interval, 2s);
  EXPECT_EQ(read.max_duration, 60s);
  EXPECT_EQ(read.max_duration_jitter_percent, 12.5);
}

TEST(BootstrapTcp, ReadsWhatClustersSayOfTcp) {
  const Result<Bootstrap> bootstrap =
      read(text_with("stat_prefix: s, cluster: main",
                     ", per_connection_buffer_limit_bytes: 4096, "
                     "close_connections_on_host_health_failure: true"));
  ASSERT_TRUE(bootstrap);
  EXPECT_EQ(bootstrap->epoch.clusters[0].buffer_limit_bytes, 4096U);
  EXPECT_TRUE(bootstrap->epoch.clusters[0].close_connections_on_host_health_failure);
  EXPECT_EQ(bootstrap->listeners[0].stat_prefix, "s");
}

TEST(BootstrapTcp, ALimitOfNoBytesIsNone) {
  const Result<Bootstrap> bootstrap =
      read(text_with("stat_prefix: s, cluster: main", ", per_connection_buffer_limit_bytes: 0", "",
                     ", per_connection_buffer_limit_bytes: 0"));
  ASSERT_TRUE(bootstrap);
  EXPECT_EQ(bootstrap->epoch.clusters[0].buffer_limit_bytes, ~std::uint64_t{0});
  EXPECT_EQ(bootstrap->epoch.listeners[0].buffer_limit_bytes, ~std::uint64_t{0});
}

TEST(BootstrapTcp, NamesWhatIsWrong) {
  const std::string place =
      "static_resources.listeners[0].filter_chains[0].filters[0].typed_config";
  const std::pair<std::string, std::string> cases[] = {
      {"cluster: main", "stat_prefix"},
      {"stat_prefix: s", "cluster"},
      {"stat_prefix: s, cluster: a, weighted_clusters: {clusters: []}", "weighted_clusters"},
      {"stat_prefix: s, weighted_clusters: {clusters: [{name: a}]}", "weight"},
      {"stat_prefix: s, cluster: a, max_connect_attempts: 0", "max_connect_attempts"},
      {"stat_prefix: s, cluster: a, backoff_options: {base_interval: 1s, max_interval: 0.5s}",
       "no less than base_interval"},
      {"stat_prefix: s, cluster: a, tunneling_config: {hostname: h}", "not supported by squall"},
      {"stat_prefix: s, cluster: a, on_demand: {}", "not supported by squall"},
      {"stat_prefix: s, cluster: a, hash_policy: [{filter_state: {key: k}}]",
       "not supported by squall"},
      {"stat_prefix: s, cluster: a, upstream_connect_mode: ON_DOWNSTREAM_DATA",
       "not supported by squall"},
      {"stat_prefix: s, cluster: a, idle_time: 3s", "idle_time"},
  };
  for (const auto& [fields, what] : cases) {
    const std::string said = wrong(text_with(fields));
    EXPECT_NE(said.find(what), std::string::npos) << fields << ": " << said;
    EXPECT_TRUE(said.starts_with("b.yaml:")) << said;
  }
  EXPECT_NE(wrong(text_with("stat_prefix: s, cluster: a, on_demand: {}")).find(place),
            std::string::npos);
}

TEST(BootstrapTcp, NothingFollowsIt) {
  const std::string said = wrong(text_with("stat_prefix: s, cluster: a", "",
                                           ", {name: x, typed_config: {\"@type\": t/a.b.C}}"));
  EXPECT_NE(said.find("follows the TCP proxy, which ends the chain"), std::string::npos) << said;
}

}  // namespace
}  // namespace squall::config
