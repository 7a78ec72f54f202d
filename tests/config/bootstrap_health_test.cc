#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

const std::string kTimes =
    "timeout: 1s, interval: 2s, healthy_threshold: 3, unhealthy_threshold: 4";

policies::HealthCheck check(const std::string& fields) {
  const Bootstrap read = good({.cluster = ", health_checks: [{" + kTimes + ", " + fields + "}]"});
  return read.epoch.clusters[0].health_checks.at(0);
}
std::string wrong(const std::string& fields) {
  const auto read = config::read(text_of({.cluster = ", health_checks: [{" + fields + "}]"}));
  if (read) return "";
  std::string text;
  for (const Diagnostic& d : read.error().sorted()) text += to_string(d) + "\n";
  return text;
}

TEST(BootstrapHealth, ReadsTimesAndThresholdsWithEnvoysDefaults) {
  const policies::HealthCheck read = check("http_health_check: {path: /ok}");
  EXPECT_EQ(read.timeout, 1s);
  EXPECT_EQ(read.interval, 2s);
  EXPECT_EQ(read.healthy_threshold, 3U);
  EXPECT_EQ(read.unhealthy_threshold, 4U);
  EXPECT_EQ(read.no_traffic_interval, 60s);
  EXPECT_FALSE(read.unhealthy_interval);
  EXPECT_TRUE(read.reuse_connection);
}

TEST(BootstrapHealth, ReadsAnHttpCheck) {
  const policies::HealthCheck read = check(
      "http_health_check: {path: /ok, host: shop, method: HEAD, expected_statuses: [{start: 200, "
      "end: 300}], retriable_statuses: [{start: 503, end: 504}], service_name_matcher: {prefix: "
      "shop}, request_headers_to_add: [{header: {key: X-A, value: b}}], "
      "request_headers_to_remove: [user-agent], codec_client_type: HTTP2}");
  const auto& http = std::get<policies::HttpCheck>(read.kind);
  EXPECT_EQ(http.path, "/ok");
  EXPECT_EQ(http.host, "shop");
  EXPECT_EQ(http.method, "HEAD");
  EXPECT_EQ(http.expected[0].last, 300U);
  EXPECT_EQ(http.retriable[0].first, 503U);
  EXPECT_TRUE(http.service_name->matches("shop-1"));
  EXPECT_EQ(http.headers.request_add[0].name, "x-a");
  EXPECT_EQ(http.headers.request_remove[0], "user-agent");
  EXPECT_EQ(http.buffer_bytes, 1024U);
  EXPECT_TRUE(http.http2);
}

TEST(BootstrapHealth, ReadsPayloadsInHexadecimal) {
  const policies::HealthCheck read =
      check("tcp_health_check: {send: {text: \"50494e47\"}, receive: [{text: \"4F4b\"}]}");
  const auto& tcp = std::get<policies::TcpCheck>(read.kind);
  EXPECT_EQ(tcp.send, "PING");
  EXPECT_EQ(tcp.receive[0], "OK");
}

TEST(BootstrapHealth, ReadsWhatAnHttpCheckSendsAndExpects) {
  const policies::HealthCheck read = check(
      "http_health_check: {path: /ok, method: POST, send: {text: \"6869\"}, receive: [{text: "
      "\"4f4b\"}], response_buffer_size: 2}");
  const auto& http = std::get<policies::HttpCheck>(read.kind);
  EXPECT_EQ(http.send, "hi");
  EXPECT_EQ(http.receive, std::vector<std::string>{"OK"});
  EXPECT_EQ(http.buffer_bytes, 2U);
}

TEST(BootstrapHealth, ReadsAGrpcCheckOfAClusterWithHttp2) {
  const Bootstrap read =
      good({.cluster = ", http2_protocol_options: {}, health_checks: [{" + kTimes +
                       ", grpc_health_check: {service_name: shop, authority: a, initial_metadata: "
                       "[{header: {key: X-A, value: b}}]}}]"});
  const auto& grpc = std::get<policies::GrpcCheck>(read.epoch.clusters[0].health_checks.at(0).kind);
  EXPECT_EQ(grpc.service_name, "shop");
  EXPECT_EQ(grpc.authority, "a");
  EXPECT_EQ(grpc.metadata.request_add[0].name, "x-a");
}

TEST(BootstrapHealth, ReadsEventLogsOfBothFields) {
  const policies::HealthCheck read = check(
      "tcp_health_check: {}, event_log_path: one, event_logger: [{name: file, typed_config: "
      "{\"@type\": type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3."
      "HealthCheckEventFileSink, event_log_path: two}}], always_log_health_check_failures: true");
  EXPECT_EQ(read.event_logs, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(read.always_log_failures);
}

TEST(BootstrapHealth, SeveralChecksHaveNames) {
  const std::string one = kTimes + ", tcp_health_check: {}";
  const Bootstrap read =
      good({.cluster = ", health_checks: [{name: a, " + one + "}, {name: b, " + one + "}]"});
  ASSERT_EQ(read.epoch.clusters[0].health_checks.size(), 2U);
  EXPECT_EQ(read.epoch.clusters[0].health_checks[1].name, "b");
  EXPECT_TRUE(
      wrong(one + "}, {" + one).contains("health_checks[1]: a health check without a name"));
  EXPECT_TRUE(
      wrong("name: a, " + one + "}, {name: a, " + one).contains("a second health check \"a\""));
}

TEST(BootstrapHealth, AnEndpointMayHaveAnotherAddressForChecksOrNone) {
  const auto documents = parse_documents(text_of({}), "b.yaml");
  std::string text = text_of({});
  const std::string before = "port_value: 80}}}";
  text.replace(text.find(before), before.size(),
               "port_value: 80}}, health_check_config: {port_value: 81, hostname: h, "
               "disable_active_health_check: true}}");
  const auto bootstrap = read(text);
  ASSERT_TRUE(bootstrap);
  const policies::HostConfig& host = bootstrap->epoch.clusters[0].hosts[0];
  EXPECT_EQ(host.check_port, 81);
  EXPECT_EQ(host.check_hostname, "h");
  EXPECT_TRUE(host.disable_active_health_check);
}

TEST(BootstrapHealth, ErrorsNameThePlace) {
  EXPECT_TRUE(wrong("").contains("health_checks[0]: timeout is missing"));
  EXPECT_TRUE(
      wrong("").contains("one of http_health_check, tcp_health_check, "
                         "grpc_health_check is missing"));
  const std::string several =
      wrong(kTimes +
            ", grpc_health_check: {}, alt_port: 1, interval_jitter_percent: -1, "
            "event_service: {grpc_service: {}}");
  EXPECT_TRUE(several.contains("a gRPC health check of a cluster without HTTP/2"));
  EXPECT_TRUE(several.contains("event_service is not supported by squall"));
  EXPECT_FALSE(several.contains("alt_port"));
  EXPECT_TRUE(wrong(kTimes + ", http_health_check: {path: /, send: {text: \"00\"}}")
                  .contains("a body with the method GET"));
  EXPECT_TRUE(wrong(kTimes + ", http_health_check: {path: /, receive: [{text: \"0000\"}], "
                             "response_buffer_size: 1}")
                  .contains("2 bytes, of which 1 are looked at"));
  EXPECT_TRUE(several.contains("interval_jitter_percent: expected an integer from 0"));
  EXPECT_TRUE(wrong(kTimes + ", tcp_health_check: {send: {text: abc}}")
                  .contains("expected pairs of hexadecimal digits"));
  EXPECT_TRUE(wrong(kTimes + ", http_health_check: {path: /, expected_statuses: [{start: 300, "
                             "end: 200}]}")
                  .contains("an empty range"));
}

}  // namespace
}  // namespace squall::config
