#include "proxy/clusters_page.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "tests/policies/machine/shell.h"

namespace squall::proxy {
namespace {

policies::Epoch epoch_of(policies::Plan plan) {
  policies::Epoch epoch = plan.epoch();
  epoch.counts_hosts = true;
  return epoch;
}

policies::Plan plan_of(std::size_t hosts = 1) { return policies::Plan(hosts); }

AdminPage page(const policies::Shell& shell, std::string_view query = "") {
  return clusters_page(AdminQuery(query), shell.worker, shell.control);
}

nlohmann::json json(const policies::Shell& shell) {
  return nlohmann::json::parse(page(shell, "format=json").body).at("cluster_statuses").at(0);
}

TEST(ClustersPage, AClusterIsWrittenLineByLineAsByEnvoy) {
  policies::Shell shell(epoch_of(plan_of()));
  shell.request();
  shell.connect(0);
  shell.respond(0);
  shell.request();
  EXPECT_EQ(page(shell).body,
            "backend::observability_name::backend\n"
            "backend::default_priority::max_connections::1024\n"
            "backend::default_priority::max_pending_requests::1024\n"
            "backend::default_priority::max_requests::1024\n"
            "backend::default_priority::max_retries::3\n"
            "backend::high_priority::max_connections::1024\n"
            "backend::high_priority::max_pending_requests::1024\n"
            "backend::high_priority::max_requests::1024\n"
            "backend::high_priority::max_retries::3\n"
            "backend::added_via_api::false\n"
            "backend::10.0.0.1:8000::cx_active::1\n"
            "backend::10.0.0.1:8000::cx_connect_fail::0\n"
            "backend::10.0.0.1:8000::cx_total::1\n"
            "backend::10.0.0.1:8000::rq_active::1\n"
            "backend::10.0.0.1:8000::rq_error::0\n"
            "backend::10.0.0.1:8000::rq_pending_active::0\n"
            "backend::10.0.0.1:8000::rq_success::1\n"
            "backend::10.0.0.1:8000::rq_timeout::0\n"
            "backend::10.0.0.1:8000::rq_total::2\n"
            "backend::10.0.0.1:8000::hostname::\n"
            "backend::10.0.0.1:8000::health_flags::healthy\n"
            "backend::10.0.0.1:8000::weight::1\n"
            "backend::10.0.0.1:8000::region::\n"
            "backend::10.0.0.1:8000::zone::\n"
            "backend::10.0.0.1:8000::sub_zone::\n"
            "backend::10.0.0.1:8000::canary::false\n"
            "backend::10.0.0.1:8000::priority::0\n"
            "backend::10.0.0.1:8000::success_rate::-1\n"
            "backend::10.0.0.1:8000::local_origin_success_rate::-1\n");
}

TEST(ClustersPage, WhatAHostIsIsWrittenToo) {
  policies::Plan plan = plan_of();
  policies::HostConfig& host = plan.cluster().hosts.front();
  host.address = "::1";
  host.hostname = "one";
  host.canary = true;
  host.weight = 3;
  host.locality = {.region = "r", .zone = "z", .sub_zone = "s"};
  const policies::Shell shell(epoch_of(plan));
  const std::string text = page(shell).body;
  for (const char* line : {"hostname::one", "weight::3", "region::r", "zone::z", "sub_zone::s",
                           "canary::true", "cx_total::0"})
    EXPECT_TRUE(text.contains(std::string("backend::[::1]:8000::") + line + "\n")) << line;
}

TEST(ClustersPage, JsonLeavesOutWhatIsNothing) {
  policies::Plan plan = plan_of();
  plan.cluster().hosts.front().locality.zone = "z";
  policies::Shell shell(epoch_of(plan));
  shell.request();
  const nlohmann::json cluster = json(shell);
  EXPECT_EQ(cluster.at("observability_name"), "backend");
  EXPECT_EQ(cluster.at("circuit_breakers").at("thresholds").at(1),
            nlohmann::json::parse(R"({"priority": "HIGH", "max_connections": 1024,
              "max_pending_requests": 1024, "max_requests": 1024, "max_retries": 3})"));
  EXPECT_EQ(cluster.at("host_statuses").at(0), nlohmann::json::parse(R"({
      "address": {"socket_address": {"address": "10.0.0.1", "port_value": 8000}},
      "stats": [{"name": "cx_connect_fail"}, {"value": "1", "name": "cx_total"},
                {"name": "rq_error"}, {"name": "rq_success"}, {"name": "rq_timeout"},
                {"name": "rq_total"}, {"type": "GAUGE", "value": "1", "name": "cx_active"},
                {"type": "GAUGE", "name": "rq_active"},
                {"type": "GAUGE", "value": "1", "name": "rq_pending_active"}],
      "health_status": {"eds_health_status": "HEALTHY"}, "weight": 1,
      "locality": {"zone": "z"}})"));
}

TEST(ClustersPage, SuccessRatesAreThoseOfTheLatestSweep) {
  using namespace std::chrono_literals;
  policies::Plan plan = plan_of();
  policies::OutlierDetection& outlier = plan.cluster().outlier.emplace();
  outlier.success_rate_minimum_hosts = 1;
  outlier.success_rate_request_volume = 3;
  policies::Shell shell(epoch_of(plan));
  EXPECT_TRUE(page(shell).body.contains("backend::outlier::success_rate_average::-1\n"));
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{200, 500, 200}) {
    shell.request();
    if (status == 200 && shell.worker.cluster(0)->host_stats[0].rq_total == 0) shell.connect(0);
    shell.respond(0, status);
  }
  shell.pass(10s);
  const std::string text = page(shell).body;
  EXPECT_TRUE(text.contains("backend::outlier::success_rate_average::66.6667\n")) << text;
  EXPECT_TRUE(text.contains("backend::outlier::local_origin_success_rate_average::-1\n"));
  EXPECT_TRUE(text.contains("::success_rate::66.66666666666667\n"));
  const nlohmann::json cluster = json(shell);
  EXPECT_NEAR(cluster.at("success_rate_ejection_threshold").at("value"), 66.7, 0.1);
  EXPECT_NEAR(cluster.at("host_statuses").at(0).at("success_rate").at("value"), 66.7, 0.1);
  EXPECT_FALSE(cluster.contains("local_origin_success_rate_ejection_threshold"));
  shell.pass(10s);  // nothing came meanwhile
  EXPECT_TRUE(page(shell).body.contains("::success_rate::-1\n"));
}

TEST(ClustersPage, AFilterChoosesClustersByName) {
  const policies::Shell shell(epoch_of(plan_of()));
  EXPECT_TRUE(page(shell, "filter=ack").body.starts_with("backend::"));
  EXPECT_EQ(page(shell, "filter=other").body, "");
  EXPECT_EQ(page(shell, "filter=(").status, 400);
}

}  // namespace
}  // namespace squall::proxy
