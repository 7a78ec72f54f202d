#include "proxy/event_log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace squall::proxy {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  std::remove(path.c_str());
  return all.str();
}

/// One cluster of one host.
policies::Epoch epoch_of(policies::ClusterConfig cluster) {
  cluster.name = "main";
  policies::HostConfig& host = cluster.hosts.emplace_back();
  host.address = "10.0.0.1";
  host.port = 80;
  host.locality.region = "r";
  policies::Epoch epoch;
  epoch.clusters.push_back(std::move(cluster));
  return epoch;
}

TEST(EventLog, TellsOfEjectionsAsEnvoyDoes) {
  const std::string path = ::testing::TempDir() + "/ejections";
  policies::ClusterConfig cluster;
  cluster.outlier.emplace().consecutive_5xx = 1;
  cluster.outlier->max_ejection_percent = 100;
  cluster.outlier->base_ejection_time = 1s;
  cluster.outlier->interval = 1s;
  const policies::Configuration configuration(epoch_of(cluster));
  policies::Control control(configuration, 0, Instant{});
  EventLog log;
  ASSERT_TRUE(log.open(configuration, path));
  const auto pass = [&](Instant now) {
    control.on_turn_end(now);
    log.write(control, 1'000'000'000);
    control.clear_events();
  };
  control.on_host_result(0, 0, policies::HostResult::kExternalFailure, 500, Instant{} + 83ms);
  pass(Instant{} + 83ms);
  control.on_timer(policies::TimerKind::kSweep, 0, Instant{} + 2s);
  pass(Instant{} + 2s);
  EXPECT_EQ(contents(path),
            "{\"type\":\"CONSECUTIVE_5XX\",\"timestamp\":\"1970-01-01T00:00:01.083Z\","
            "\"cluster_name\":\"main\",\"upstream_url\":\"10.0.0.1:80\",\"action\":\"EJECT\","
            "\"num_ejections\":1,\"enforced\":true,\"eject_consecutive_event\":{}}\n"
            "{\"type\":\"CONSECUTIVE_5XX\",\"timestamp\":\"1970-01-01T00:00:03.000Z\","
            "\"secs_since_last_action\":\"1\",\"cluster_name\":\"main\","
            "\"upstream_url\":\"10.0.0.1:80\",\"action\":\"UNEJECT\",\"num_ejections\":1,"
            "\"enforced\":false}\n");
}

/// Lines of a live Envoy 1.40: a host of six that always fails, by both detectors in one sweep.
TEST(EventLog, TellsWhatTheDetectorsSaw) {
  const std::string path = ::testing::TempDir() + "/figures";
  policies::ClusterConfig cluster;
  policies::OutlierDetection& outlier = cluster.outlier.emplace();
  outlier.max_ejection_percent = outlier.enforcing_failure_percentage = 100;
  outlier.success_rate_request_volume = outlier.failure_percentage_request_volume = 5;
  outlier.consecutive_5xx = outlier.consecutive_gateway_failure = 1000;
  outlier.base_ejection_time = 1s;
  policies::Epoch epoch = epoch_of(cluster);
  for (std::uint16_t port = 81; port <= 85; ++port) {
    epoch.clusters[0].hosts.push_back(epoch.clusters[0].hosts[0]);
    epoch.clusters[0].hosts.back().port = port;
  }
  const policies::Configuration configuration(epoch);
  policies::Control control(configuration, 0, Instant{});
  EventLog log;
  ASSERT_TRUE(log.open(configuration, path));
  for (std::uint32_t host = 0; host < 6; ++host) {
    for (int i = 0; i < 5; ++i) {
      using enum policies::HostResult;
      control.on_host_result(0, host, host == 0 ? kExternalFailure : kExternalSuccess,
                             host == 0 ? 500 : 200, Instant{});
    }
  }
  for (const Instant at : {Instant{} + 10s, Instant{} + 20s}) {
    control.on_timer(policies::TimerKind::kSweep, 0, at);
    log.write(control, 0);
    control.clear_events();
  }
  const std::string host = "\"cluster_name\":\"main\",\"upstream_url\":\"10.0.0.1:80\",";
  EXPECT_EQ(contents(path),
            "{\"type\":\"SUCCESS_RATE\",\"timestamp\":\"1970-01-01T00:00:10.000Z\"," + host +
                "\"action\":\"EJECT\",\"num_ejections\":1,\"enforced\":true,"
                "\"eject_success_rate_event\":{\"host_success_rate\":0,"
                "\"cluster_average_success_rate\":83,"
                "\"cluster_success_rate_ejection_threshold\":12}}\n"
                "{\"type\":\"FAILURE_PERCENTAGE\",\"timestamp\":\"1970-01-01T00:00:10.000Z\"," +
                host +
                "\"action\":\"EJECT\",\"num_ejections\":2,\"enforced\":true,"
                "\"eject_failure_percentage_event\":{\"host_success_rate\":0}}\n"
                "{\"type\":\"CONSECUTIVE_5XX\",\"timestamp\":\"1970-01-01T00:00:20.000Z\","
                "\"secs_since_last_action\":\"10\"," +
                host + "\"action\":\"UNEJECT\",\"num_ejections\":2,\"enforced\":false}\n");
}

TEST(EventLog, TellsOfHealthChecksAsEnvoyDoes) {
  const std::string path = ::testing::TempDir() + "/checks";
  policies::ClusterConfig cluster;
  cluster.health_checks.emplace_back().event_logs = {path};
  const policies::Configuration configuration(epoch_of(cluster));
  policies::Control control(configuration, 0, Instant{});
  EventLog log;
  ASSERT_TRUE(log.open(configuration, ""));
  control.on_check_response(0, {.status = 500, .headers = {}}, true, Instant{});
  log.write(control, 0);
  const std::string host =
      "{\"health_checker_type\":\"HTTP\",\"host\":{\"socket_address\":{\"protocol\":\"TCP\","
      "\"address\":\"10.0.0.1\",\"port_value\":80,\"resolver_name\":\"\",\"ipv4_compat\":false,"
      "\"network_namespace_filepath\":\"\"}},\"cluster_name\":\"main\",";
  EXPECT_EQ(contents(path),
            host +
                "\"timestamp\":\"1970-01-01T00:00:00.000Z\",\"health_check_failure_event\":{"
                "\"failure_type\":\"ACTIVE\",\"first_check\":true,\"http_status_code\":500},"
                "\"locality\":{\"region\":\"r\",\"zone\":\"\",\"sub_zone\":\"\"}}\n");
}

TEST(EventLog, ACheckMayHaveSeveralLogsAndNamesItsKind) {
  const std::string one = ::testing::TempDir() + "/one", two = ::testing::TempDir() + "/two";
  policies::ClusterConfig cluster;
  policies::HealthCheck& check = cluster.health_checks.emplace_back();
  check.event_logs = {one, two};
  check.kind = policies::GrpcCheck{};
  const policies::Configuration configuration(epoch_of(cluster));
  policies::Control control(configuration, 0, Instant{});
  EventLog log;
  ASSERT_TRUE(log.open(configuration, ""));
  control.on_check_result(0, policies::CheckOutcome::kSuccess, Instant{});
  log.write(control, 0);
  const std::string line = contents(one);
  EXPECT_TRUE(line.starts_with("{\"health_checker_type\":\"GRPC\",\"host\"")) << line;
  EXPECT_TRUE(line.contains("\"add_healthy_event\":{\"first_check\":true}")) << line;
  EXPECT_EQ(contents(two), line);
}

TEST(EventLog, AFileThatCannotBeWrittenIsAnError) {
  const policies::Configuration configuration(epoch_of({}));
  EventLog log;
  EXPECT_FALSE(log.open(configuration, "/nowhere/at/all"));
}

}  // namespace
}  // namespace squall::proxy
