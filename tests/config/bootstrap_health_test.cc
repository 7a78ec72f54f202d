#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

const std::string kTimes =
    "timeout: 1s, interval: 2s, healthy_threshold: 3, unhealthy_threshold: 4";

policies::HealthCheck check(const std::string& fields) {
  const Bootstrap read = good({.cluster = ", health_checks: [{" + kTimes + ", " + fields + "}]"});
  return read.epoch.clusters[0].health_check.value_or(policies::HealthCheck{});
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
  EXPECT_EQ(http.headers[0].first, "x-a");
  EXPECT_EQ(http.removed_headers[0], "user-agent");
  EXPECT_TRUE(http.http2);
}

TEST(BootstrapHealth, ReadsPayloadsInHexadecimal) {
  const policies::HealthCheck read =
      check("tcp_health_check: {send: {text: \"50494e47\"}, receive: [{text: \"4F4b\"}]}");
  const auto& tcp = std::get<policies::TcpCheck>(read.kind);
  EXPECT_EQ(tcp.send, "PING");
  EXPECT_EQ(tcp.receive[0], "OK");
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
  EXPECT_TRUE(wrong("").contains("one of http_health_check, tcp_health_check is missing"));
  const std::string several =
      wrong(kTimes + ", grpc_health_check: {}, alt_port: 1, interval_jitter_percent: -1");
  EXPECT_TRUE(several.contains("grpc_health_check is not supported by squall"));
  EXPECT_TRUE(several.contains("alt_port is not supported by squall"));
  EXPECT_TRUE(several.contains("interval_jitter_percent: expected an integer from 0"));
  EXPECT_TRUE(wrong(kTimes + ", tcp_health_check: {send: {text: abc}}")
                  .contains("expected pairs of hexadecimal digits"));
  EXPECT_TRUE(wrong(kTimes + ", http_health_check: {path: /, expected_statuses: [{start: 300, "
                             "end: 200}]}")
                  .contains("an empty range"));
  EXPECT_TRUE(wrong(kTimes + ", tcp_health_check: {}}, {" + kTimes + ", tcp_health_check: {}")
                  .contains("a second health check"));
}

}  // namespace
}  // namespace squall::config
