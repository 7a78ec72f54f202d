#include "proxy/stats_page.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace squall::proxy {
namespace {

const std::vector<policies::NamedStat> kStats = {
    {"cluster.a.b.upstream_rq_200", 3},
    {"cluster.a.b.upstream_rq_2xx", 3},
    {"cluster.a.b.upstream_cx_active", 1, policies::StatKind::kGauge},
    {"cluster.a.b.upstream_rq_retry", 0},
    {"http.edge.downstream_rq_5xx", 2},
    {"server.live", 1, policies::StatKind::kGauge}};
constexpr std::string_view kClusters[] = {"a", "a.b"};

AdminPage page(std::string_view query) { return print_stats(AdminQuery(query), kStats, kClusters); }

TEST(StatsPage, TextIsALineAStatistic) {
  EXPECT_EQ(page("filter=server").body, "server.live: 1\n");
  EXPECT_EQ(page("filter=rq_(200%7Cretry)$").body,
            "cluster.a.b.upstream_rq_200: 3\ncluster.a.b.upstream_rq_retry: 0\n");
  EXPECT_EQ(page("usedonly&filter=rq_(200|retry)").body, "cluster.a.b.upstream_rq_200: 3\n");
  EXPECT_EQ(page("type=Gauges").body, "cluster.a.b.upstream_cx_active: 1\nserver.live: 1\n");
  EXPECT_EQ(page("type=Histograms").body, "");
}

TEST(StatsPage, PrometheusHasLabelsForWhoAndWhich) {
  EXPECT_EQ(page("format=prometheus&filter=upstream|edge").body,
            "# TYPE envoy_cluster_upstream_cx_active gauge\n"
            "envoy_cluster_upstream_cx_active{envoy_cluster_name=\"a.b\"} 1\n"
            "# TYPE envoy_cluster_upstream_rq counter\n"
            "envoy_cluster_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a.b\"} 3\n"
            "# TYPE envoy_cluster_upstream_rq_retry counter\n"
            "envoy_cluster_upstream_rq_retry{envoy_cluster_name=\"a.b\"} 0\n"
            "# TYPE envoy_cluster_upstream_rq_xx counter\n"
            "envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\",envoy_cluster_name="
            "\"a.b\"} 3\n"
            "# TYPE envoy_http_downstream_rq_xx counter\n"
            "envoy_http_downstream_rq_xx{envoy_response_code_class=\"5\","
            "envoy_http_conn_manager_prefix=\"edge\"} 2\n");
  EXPECT_EQ(page("format=prometheus&filter=live").body,
            "# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n");
}

/// As Envoy extracts its tags, but that names with dots stay whole.
TEST(StatsPage, PrometheusLabelsOfOtherOwners) {
  const auto line = [](std::string name) {
    const policies::NamedStat stat{std::move(name), 7};
    const std::string body =
        print_stats(AdminQuery("format=prometheus"), {&stat, 1}, kClusters).body;
    return body.substr(body.find('\n') + 1);
  };
  EXPECT_EQ(line("vhost.my.shop.vcluster.orders.upstream_rq_503"),
            "envoy_vhost_vcluster_upstream_rq{envoy_response_code=\"503\","
            "envoy_virtual_host=\"my.shop\",envoy_virtual_cluster=\"orders\"} 7\n");
  EXPECT_EQ(line("edge.http_local_rate_limit.enforced"),
            "envoy_http_local_rate_limit_enforced{envoy_local_http_ratelimit_prefix=\"edge\"} 7\n");
  EXPECT_EQ(line("a.b.http_local_rate_limit.ok"), "envoy_a_b_http_local_rate_limit_ok{} 7\n");
  EXPECT_EQ(line("vhost.odd"), "envoy_vhost_odd{} 7\n");
  EXPECT_EQ(line("http.odd"), "envoy_http_odd{} 7\n");
  EXPECT_EQ(line("tcp.db.idle_timeout"), "envoy_tcp_idle_timeout{envoy_tcp_prefix=\"db\"} 7\n");
  EXPECT_EQ(line("cluster.a.b.outlier_detection.ejections_consecutive_5xx"),
            "envoy_cluster_outlier_detection_ejections_consecutive_5xx{"
            "envoy_cluster_name=\"a.b\"} 7\n");
}

TEST(StatsPage, JsonIsAList) {
  EXPECT_EQ(page("format=json&filter=live").body,
            "{\"stats\":[{\"name\":\"server.live\",\"value\":1}]}");
  EXPECT_EQ(page("format=json").type, "application/json");
}

TEST(StatsPage, WhatAParameterCannotBeIsSaid) {
  EXPECT_EQ(page("format=html").status, 400);
  EXPECT_EQ(page("type=Numbers").body, "invalid &type= param\n");
  EXPECT_EQ(page("filter=(").status, 400);
  EXPECT_EQ(page("other=1").status, 200);
}

TEST(StatsPage, QueriesAreDecodedAndTheFirstCounts) {
  const AdminQuery query("a=%41%2&b&a=2&=x");
  EXPECT_EQ(query.value("a"), "A%2");
  EXPECT_EQ(query.value("b"), "");
  EXPECT_EQ(query.value("c"), std::nullopt);
  EXPECT_EQ(query.with("a", "3").value("a"), "3");
}

}  // namespace
}  // namespace squall::proxy
