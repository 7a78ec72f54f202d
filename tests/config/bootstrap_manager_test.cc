#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;
using policies::Forward;

TEST(BootstrapManager, LimitsOfClients) {
  const Bootstrap b = good(
      {.routes = "[{match: {prefix: /}, route: {cluster: main, idle_timeout: 0s, "
                 "max_stream_duration: {max_stream_duration: 11s, grpc_timeout_header_max: 12s, "
                 "grpc_timeout_header_offset: 13s}}}]",
       .manager = ", stream_idle_timeout: 1s, request_timeout: 2s, request_headers_timeout: 3s, "
                  "drain_timeout: 4s, max_request_headers_kb: 1, common_http_protocol_options: "
                  "{idle_timeout: 5s, max_connection_duration: 6s, max_stream_duration: 7s, "
                  "max_requests_per_connection: 8, max_headers_count: 9}, http2_protocol_options: "
                  "{max_concurrent_streams: 10}, codec_type: HTTP2"});
  const policies::Listener& listener = b.epoch.listeners[0];
  EXPECT_EQ(listener.stream_idle_timeout, 1s);
  EXPECT_EQ(listener.request_timeout, 2s);
  EXPECT_EQ(listener.request_headers_timeout, 3s);
  EXPECT_EQ(listener.drain_timeout, 4s);
  EXPECT_EQ(listener.idle_timeout, 5s);
  EXPECT_EQ(listener.max_connection_duration, 6s);
  EXPECT_EQ(listener.max_stream_duration, 7s);
  EXPECT_EQ(listener.max_requests_per_connection, 8U);
  EXPECT_EQ(b.listeners[0].max_headers_count, 9U);
  EXPECT_EQ(b.listeners[0].max_request_headers_kb, 1U);
  EXPECT_EQ(b.listeners[0].max_concurrent_streams, 10U);
  EXPECT_EQ(b.listeners[0].codec, ListenerCodec::kHttp2);
  const policies::Route& route = listener.routes.hosts[0].routes[0];
  const auto& forward = std::get<policies::Forward>(route.action);
  EXPECT_EQ(forward.idle_timeout, 0s);
  EXPECT_EQ(forward.max_stream_duration->max, 11s);
  EXPECT_EQ(forward.max_stream_duration->grpc_timeout_header_max, 12s);
  EXPECT_EQ(forward.max_stream_duration->grpc_timeout_header_offset, 13s);
  EXPECT_EQ(good({}).epoch.listeners[0].stream_idle_timeout, 5min);
}

TEST(BootstrapManager, PathsAndHosts) {
  using policies::EscapedSlashes;
  const auto target = [](const char* fields) {
    return good({.manager = fields}).epoch.listeners[0].target;
  };
  const policies::TargetRules all = target(
      ", normalize_path: true, merge_slashes: true, strip_trailing_host_dot: true, "
      "strip_matching_host_port: true, path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT");
  EXPECT_TRUE(all.normalize_path && all.merge_slashes && all.strip_host_dot);
  EXPECT_EQ(all.escaped_slashes, EscapedSlashes::kRedirect);
  EXPECT_EQ(all.strip_port, policies::StripPort::kMatching);
  EXPECT_EQ(target(", strip_any_host_port: true").strip_port, policies::StripPort::kAny);
  const auto escaped = [&](const std::string& action) {
    return target((", path_with_escaped_slashes_action: " + action).c_str()).escaped_slashes;
  };
  EXPECT_EQ(escaped("REJECT_REQUEST"), EscapedSlashes::kRefuse);
  EXPECT_EQ(escaped("UNESCAPE_AND_FORWARD"), EscapedSlashes::kForward);
  EXPECT_EQ(escaped("KEEP_UNCHANGED"), EscapedSlashes::kKeep);
  EXPECT_EQ(escaped("IMPLEMENTATION_SPECIFIC_DEFAULT"), EscapedSlashes::kKeep);
  EXPECT_FALSE(target("").normalize_path);
}

TEST(BootstrapManager, TableHostAndManager) {
  const Bootstrap b = good(
      {.table =
           ", ignore_port_in_host_matching: true, ignore_path_parameters_in_path_matching: true, "
           "most_specific_header_mutations_wins: true, request_headers_to_remove: [x-a]",
       .vhost = ", include_request_attempt_count: true, include_attempt_count_in_response: true, "
                "include_is_timeout_retry_header: true, require_tls: ALL, retry_policy: {retry_on: "
                "reset}",
       .manager = ", use_remote_address: true, delayed_close_timeout: 0s, codec_type: AUTO, "
                  "stream_idle_timeout: 0s, "
                  "internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: "
                  "8}]}, access_log: ["
                  "{name: f, typed_config: {\"@type\": "
                  "t/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: /l, "
                  "log_format: {json_format: {code: \"%RESPONSE_CODE%\"}}}}, "
                  "{name: s, typed_config: {\"@type\": "
                  "t/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog, "
                  "log_format: {text_format_source: {inline_string: x}}}}]",
       .listener = ", per_connection_buffer_limit_bytes: 32768",
       .filters =
           "[{name: r, typed_config: {\"@type\": t/envoy.extensions.filters.http.router.v3.Router, "
           "suppress_envoy_headers: true, respect_expected_rq_timeout: true}}]"});
  const policies::Listener& l = b.epoch.listeners[0];
  EXPECT_TRUE(l.routes.ignore_port_in_host && l.routes.ignore_path_parameters);
  EXPECT_TRUE(l.routes.most_specific_mutations_win);
  EXPECT_EQ(l.routes.headers.request_remove[0], "x-a");
  const policies::VirtualHost& host = l.routes.hosts[0];
  EXPECT_TRUE(host.request_attempt_count && host.response_attempt_count && host.is_timeout_retry);
  EXPECT_EQ(host.require_tls, policies::VirtualHost::RequireTls::kAll);
  EXPECT_EQ(host.retry->num_retries, 1U);
  EXPECT_TRUE(l.use_remote_address && l.suppress_envoy_headers && l.respect_expected_rq_timeout);
  EXPECT_EQ(l.delayed_close_timeout, 0s);
  EXPECT_EQ(l.buffer_limit_bytes, 32768U);
  EXPECT_EQ(l.internal.ranges, (std::vector<IpRange>{{*parse_ip("127.0.0.0"), 8}}));
  const std::vector<AccessLog>& logs = b.listeners[0].access_logs;
  ASSERT_EQ(logs.size(), 2U);
  EXPECT_EQ(logs[0].path, "/l");
  EXPECT_EQ(logs[0].json_format->find("code")->text, "%RESPONSE_CODE%");
  EXPECT_EQ(logs[1].path, "/dev/stdout");
  EXPECT_EQ(logs[1].text_format, "x");
}

TEST(BootstrapManager, RequestIds) {
  const policies::Listener usual = good({}).epoch.listeners[0];
  EXPECT_TRUE(usual.generate_request_id);
  EXPECT_FALSE(usual.preserve_external_request_id || usual.request_id_in_response);
  const policies::Listener other =
      good({.manager = ", generate_request_id: false, preserve_external_request_id: true, "
                       "always_set_request_id_in_response: true"})
          .epoch.listeners[0];
  EXPECT_FALSE(other.generate_request_id);
  EXPECT_TRUE(other.preserve_external_request_id && other.request_id_in_response);
}

}  // namespace
}  // namespace squall::config
