#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;
using policies::HealthStatus;

TEST(BootstrapClusters, ClusterWhole) {
  const Bootstrap b =
      good({.cluster = R"y(, type: STATIC, connect_timeout: 0.3s, lbPolicy: LEAST_REQUEST,
    least_request_lb_config: {choice_count: 10, active_request_bias: {default_value: 0.5, runtime_key: x}},
    circuit_breakers: {thresholds: [{max_connections: 1, max_pending_requests: 2, max_requests: 3, max_retries: 4},
      {priority: HIGH, retry_budget: {budget_percent: {value: 25}}}], per_host_thresholds: [{max_connections: 2}]},
    outlier_detection: {consecutive_5xx: 3, base_ejection_time: 600s, interval: 0.1s, always_eject_one_host: true},
    common_lb_config: {healthy_panic_threshold: {value: 0}, update_merge_window: 0s, zone_aware_lb_config: {fail_traffic_on_panic: true}},
    typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {
      "@type": t/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, common_http_protocol_options: {idle_timeout: 0.1s, max_requests_per_connection: 2},
      explicit_http_config: {http2_protocol_options: {max_concurrent_streams: 7}}}})y"});
  const policies::ClusterConfig& c = b.epoch.clusters[0];
  EXPECT_EQ(c.connect_timeout, 300ms);
  EXPECT_EQ(c.lb, policies::LbPolicy::kLeastRequest);
  EXPECT_EQ(c.least_request.choice_count, 10U);
  EXPECT_EQ(c.least_request.active_request_bias, 0.5);
  EXPECT_EQ(c.thresholds[0].max_retries, 4U);
  EXPECT_FALSE(c.thresholds[0].retry_budget);
  EXPECT_EQ(c.thresholds[1].max_requests, 1024U);
  EXPECT_EQ(c.thresholds[1].retry_budget->budget_percent, 25.0);
  EXPECT_EQ(c.thresholds[1].retry_budget->min_retry_concurrency, 3U);
  EXPECT_EQ(c.per_host_max_connections[0], 2U);
  EXPECT_EQ(c.outlier->consecutive_5xx, 3U);
  EXPECT_EQ(c.outlier->max_ejection_time, 600s);
  EXPECT_TRUE(c.outlier->always_eject_one_host);
  EXPECT_EQ(c.healthy_panic_threshold_percent, 0.0);
  EXPECT_EQ(c.update_merge_window, 0s);
  EXPECT_TRUE(c.fail_traffic_on_panic);
  EXPECT_EQ(c.protocol, policies::Protocol::kHttp2);
  EXPECT_EQ(c.max_concurrent_streams, 7U);
  EXPECT_EQ(c.max_requests_per_connection, 2U);
  EXPECT_EQ(c.idle_timeout, 100ms);
}

TEST(BootstrapClusters, BalancingPolicyListTakesTheFirst) {
  const Bootstrap b = good({.cluster = R"y(, load_balancing_policy: {policies: [
    {typed_extension_config: {name: l, typed_config: {"@type": t/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest, selection_method: FULL_SCAN}}},
    {typed_extension_config: {name: x, typed_config: {"@type": t/unknown}}}]})y"});
  EXPECT_EQ(b.epoch.clusters[0].lb, policies::LbPolicy::kLeastRequest);
  EXPECT_TRUE(b.epoch.clusters[0].least_request.full_scan);
}

TEST(BootstrapClusters, HostsOfPrioritiesAndLocalities) {
  const Result<Bootstrap> b = read(R"y(static_resources: {clusters: [{name: c, load_assignment: {
    policy: {overprovisioning_factor: 100}, endpoints: [
    {locality: {region: r, zone: z}, priority: 1, lb_endpoints: [
      {load_balancing_weight: 3, health_status: DEGRADED, metadata: {filter_metadata: {envoy.lb: {canary: true, v: "1"}, other: {a: [1]}}},
       endpoint: {hostname: h, address: {socket_address: {address: "::1", port_value: "81"}}}}]}]}}]})y");
  ASSERT_TRUE(b);
  const policies::ClusterConfig& c = b->epoch.clusters[0];
  EXPECT_EQ(c.overprovisioning_factor, 100U);
  const policies::HostConfig& h = c.hosts[0];
  EXPECT_EQ(h.address, "::1");
  EXPECT_EQ(h.port, 81);
  EXPECT_EQ(h.hostname, "h");
  EXPECT_EQ(h.weight, 3U);
  EXPECT_EQ(h.priority, 1U);
  EXPECT_EQ(h.locality.zone, "z");
  EXPECT_EQ(h.health, HealthStatus::kDegraded);
  EXPECT_TRUE(h.canary);
  EXPECT_EQ(h.lb_metadata.size(), 2U);
}

}  // namespace
}  // namespace squall::config
