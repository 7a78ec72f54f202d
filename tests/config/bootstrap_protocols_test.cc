#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using Kind = policies::ResponseMatch::Kind;

std::string options(const std::string& fields) {
  return ", typed_extension_protocol_options: "
         "{envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {\"@type\": "
         "t/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: "
         "{http_protocol_options: {}}, " +
         fields + "}}";
}
policies::ClusterConfig cluster(const std::string& fields) {
  return good({.cluster = options(fields)}).epoch.clusters.at(0);
}
std::string wrong(const std::string& fields) {
  constexpr std::string_view kPrefix =
      "typed_extension_protocol_options.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.";
  std::string line = error({.cluster = options(fields)});
  if (line.starts_with(kPrefix)) line.erase(0, kPrefix.size());
  return line;
}

TEST(BootstrapProtocols, PingsAreReadOfBothSides) {
  const std::string some =
      "http2_protocol_options: {connection_keepalive: {interval: 30s, timeout: 5s, "
      "connection_idle_interval: 2s";
  const Bootstrap read = good(
      {.manager = ", " + some + ", interval_jitter: {value: 4}}}", .cluster = ", " + some + "}}"});
  const policies::Http2Keepalive& cluster = read.clusters.at(0).keepalive;
  EXPECT_EQ(cluster.interval, 30s);
  EXPECT_EQ(cluster.timeout, 5s);
  EXPECT_EQ(cluster.idle_interval, 2s);
  EXPECT_EQ(cluster.jitter_percent, 15);
  EXPECT_EQ(read.listeners.at(0).keepalive.interval, 30s);
  EXPECT_EQ(read.listeners.at(0).keepalive.jitter_percent, 4);
  EXPECT_EQ(good({}).clusters.at(0).keepalive.timeout, 0s);
  const auto wrong = [](const std::string& fields) {
    return error({.cluster = ", http2_protocol_options: {connection_keepalive: {" + fields + "}}"});
  };
  EXPECT_NE(wrong("interval: 30s").find("timeout"), std::string::npos);
  EXPECT_NE(wrong("timeout: 0s").find("timeout"), std::string::npos);
}

TEST(BootstrapProtocols, OptionsOfBothPlacesAreRead) {
  const auto typed = cluster(
      "common_http_protocol_options: {idle_timeout: 3s, max_requests_per_connection: 7, "
      "max_connection_duration: 9s, max_stream_duration: 2s}");
  EXPECT_EQ(typed.idle_timeout, 3s);
  EXPECT_EQ(typed.max_requests_per_connection, 7U);
  EXPECT_EQ(typed.max_connection_duration, 9s);
  EXPECT_EQ(typed.max_stream_duration, 2s);
  const auto older =
      good({.cluster = ", http2_protocol_options: {max_concurrent_streams: 5}"}).epoch.clusters[0];
  EXPECT_EQ(older.protocol, policies::Protocol::kHttp2);
  EXPECT_EQ(older.max_concurrent_streams, 5U);
}

TEST(BootstrapProtocols, WindowsAreWithinEnvoysBounds) {
  for (const std::string name : {"initial_stream_window_size", "initial_connection_window_size"}) {
    const auto with = [&](const std::string& size) {
      return ", http2_protocol_options: {" + name + ": " + size + "}";
    };
    good({.manager = with("65535"), .cluster = with("2147483647")});
    EXPECT_NE(error({.cluster = with("65534")}).find(name), std::string::npos);
    EXPECT_NE(error({.manager = with("2147483648")}).find(name), std::string::npos);
  }
}

TEST(BootstrapProtocols, AClusterHasPoliciesOfItsOwn) {
  const auto read = cluster(
      "retry_policy: {retry_on: 5xx, num_retries: 4}, hash_policy: [{header: {header_name: X-A}}], "
      "request_mirror_policies: [{cluster: main}, {cluster: nobody}]");
  EXPECT_EQ(read.retry.value().num_retries, 4U);
  ASSERT_EQ(read.hash_policies.size(), 1U);
  EXPECT_EQ(read.hash_policies[0].name, "x-a");
  ASSERT_EQ(read.mirrors.size(), 2U);
  EXPECT_EQ(read.mirrors[0].cluster, "main");
  EXPECT_EQ(read.mirrors[1].cluster, "nobody");  // as in Envoy, which then sends no copy
  EXPECT_FALSE(read.failures.has_value());
}

TEST(BootstrapProtocols, SaysWhichResponsesAreFailures) {
  const auto read = cluster(
      "outlier_detection: {error_matcher: {or_match: {rules: [{http_response_headers_match: "
      "{headers: [{name: X-Bad, present_match: true}]}}, {and_match: {rules: [{any_match: true}, "
      "{not_match: {http_request_headers_match: {headers: [{name: a, present_match: "
      "true}]}}}]}}]}}}");
  const policies::ResponseMatch& match = read.failures.value();
  EXPECT_EQ(match.kind, Kind::kOr);
  ASSERT_EQ(match.rules.size(), 2U);
  EXPECT_EQ(match.rules[0].kind, Kind::kHeaders);
  EXPECT_EQ(match.rules[0].headers.at(0).name, "x-bad");
  EXPECT_EQ(match.rules[1].kind, Kind::kAnd);
  EXPECT_EQ(match.rules[1].rules.at(0).kind, Kind::kAny);
  EXPECT_EQ(match.rules[1].rules.at(1).kind, Kind::kNot);
  EXPECT_EQ(match.rules[1].rules.at(1).rules.at(0).kind, Kind::kNever);
}

TEST(BootstrapProtocols, SaysWhatIsWrongWithAMatcher) {
  const auto matcher = [](const std::string& fields) {
    return wrong("outlier_detection: {error_matcher: {" + fields + "}}");
  };
  EXPECT_EQ(matcher("any_match: false"),
            "outlier_detection.error_matcher.any_match: is false; write true");
  EXPECT_EQ(matcher("or_match: {rules: [{any_match: true}]}"),
            "outlier_detection.error_matcher.or_match.rules: needs two rules at least; write a "
            "single one by itself");
  EXPECT_EQ(matcher("http_response_generic_body_match: {}"),
            "outlier_detection.error_matcher.http_response_generic_body_match is not supported by "
            "squall");
}

}  // namespace
}  // namespace squall::config
