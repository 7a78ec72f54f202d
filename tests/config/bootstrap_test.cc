#include "config/bootstrap.h"

#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;
using policies::Forward;
using policies::HeaderMatch;
using policies::HealthStatus;
using policies::PathMatch;
using policies::StringMatch;

TEST(Bootstrap, DefaultsAreEnvoys) {
  const Bootstrap b = good({});
  ASSERT_TRUE(b.admin);
  EXPECT_EQ(b.admin->port, 9901);
  EXPECT_EQ(b.node_id, "n");
  EXPECT_EQ(b.listeners[0].name, "in");
  EXPECT_EQ(b.listeners[0].address.address, "0.0.0.0");
  EXPECT_EQ(b.listeners[0].address.port, 8080);
  EXPECT_TRUE(b.warnings.empty());
  const policies::ClusterConfig& c = b.epoch.clusters[0];
  EXPECT_EQ(c.name, "main");
  EXPECT_EQ(c.connect_timeout, 5s);
  EXPECT_EQ(c.lb, policies::LbPolicy::kRoundRobin);
  EXPECT_EQ(c.thresholds[0].max_requests, 1024U);
  EXPECT_FALSE(c.outlier);
  ASSERT_EQ(c.hosts.size(), 1U);
  EXPECT_EQ(c.hosts[0].address, "10.0.0.1");
  EXPECT_EQ(c.hosts[0].weight, 1U);
  EXPECT_EQ(forward_of(b).timeout, 15s);
  EXPECT_FALSE(forward_of(b).retry);
  EXPECT_EQ(forward_of(b).clusters[0].cluster, "main");
  EXPECT_EQ(b.epoch.listeners[0].buffer_limit_bytes, 1048576U);
  EXPECT_EQ(b.epoch.listeners[0].delayed_close_timeout, 1s);
}

TEST(Bootstrap, PathsAndConditions) {
  const Bootstrap b = good({.routes = R"y([
    {match: {path: /A, case_sensitive: false, grpc: {}, runtime_fraction: {default_value: {numerator: 5}, runtime_key: k}}, route: {cluster: main}},
    {match: {path_separated_prefix: /api}, route: {cluster: main}},
    {match: {safe_regex: {google_re2: {}, regex: "/r/[0-9]+"}}, route: {cluster: main}},
    {match: {prefix: /, headers: [{name: X-A, string_match: {exact: v, ignore_case: true}, invert_match: true},
       {name: x-b, present_match: false}, {name: x-c}, {name: x-d, range_match: {start: "-5", end: 10}},
       {name: x-e, exact_match: ""}, {name: x-f, safe_regex_match: {regex: a+}, treat_missing_header_as_empty: true}],
       query_parameters: [{name: q, string_match: {prefix: v}}, {name: p, present_match: false}]}, route: {cluster: main}}])y"});
  EXPECT_EQ(route_of(b).match.path.kind, PathMatch::Kind::kExact);
  EXPECT_FALSE(route_of(b).match.path.case_sensitive);
  EXPECT_TRUE(route_of(b).match.grpc);
  EXPECT_EQ(route_of(b).match.runtime_fraction->numerator, 5U);
  EXPECT_EQ(route_of(b).match.runtime_fraction->denominator, 100U);
  EXPECT_EQ(route_of(b, 1).match.path.kind, PathMatch::Kind::kSeparatedPrefix);
  EXPECT_NE(route_of(b, 2).match.path.regex, nullptr);
  const std::vector<HeaderMatch>& h = route_of(b, 3).match.headers;
  ASSERT_EQ(h.size(), 6U);
  EXPECT_EQ(h[0].name, "x-a");
  EXPECT_TRUE(h[0].invert && h[0].text.ignore_case);
  EXPECT_EQ(h[1].kind, HeaderMatch::Kind::kPresent);
  EXPECT_FALSE(h[1].present);
  EXPECT_TRUE(h[2].present);
  EXPECT_EQ(h[3].first, -5);
  EXPECT_EQ(h[3].last, 10);
  EXPECT_EQ(h[4].kind, HeaderMatch::Kind::kPresent);
  EXPECT_EQ(h[5].text.kind, StringMatch::Kind::kRegex);
  EXPECT_TRUE(h[5].missing_as_empty && h[5].text.regex);
  const auto& q = route_of(b, 3).match.query;
  EXPECT_EQ(q[0].text->value, "v");
  EXPECT_FALSE(q[1].present);
}

TEST(Bootstrap, ActionsAndRewrites) {
  const Bootstrap b = good({.routes = R"y([
    {match: {prefix: /a}, route: {weighted_clusters: {header_name: X-Pick, runtime_key_prefix: w, clusters: [
       {cluster_header: X-Where, weight: 90}, {name: main, weight: 10, request_headers_to_add: [{header: {key: X-L, value: "e-%REQ(x)%"}, append_action: ADD_IF_ABSENT}]}]},
       timeout: 0.25s, priority: HIGH, prefix_rewrite: /b, host_rewrite_header: X-H, maxGrpcTimeout: 1s}},
    {match: {prefix: /c}, route: {cluster_header: X-C, cluster_not_found_response_code: NOT_FOUND, timeout: 0s,
       regex_rewrite: {pattern: {regex: "/(a)"}, substitution: "/\\1"}, auto_host_rewrite: true, append_x_forwarded_host: true}},
    {match: {prefix: /r}, redirect: {https_redirect: true, host_redirect: h, port_redirect: 8443, path_redirect: /p, response_code: FOUND, strip_query: true}},
    {match: {prefix: /d}, direct_response: {status: 418, body: {inline_string: tea}}, response_headers_to_remove: [X-Gone], per_request_buffer_limit_bytes: 4096, name: d}])y"});
  const Forward& a = forward_of(b);
  EXPECT_EQ(a.total_weight, 100U);
  EXPECT_EQ(a.weight_header, "x-pick");
  EXPECT_EQ(a.weight_runtime_prefix, "w");
  EXPECT_EQ(a.clusters[0].cluster_header, "x-where");
  EXPECT_EQ(a.clusters[1].headers.request_add[0].name, "x-l");
  EXPECT_EQ(a.clusters[1].headers.request_add[0].action,
            policies::HeaderMutation::Action::kAddIfAbsent);
  EXPECT_EQ(a.timeout, 250ms);
  EXPECT_EQ(a.max_grpc_timeout, 1s);
  EXPECT_TRUE(a.high_priority);
  EXPECT_EQ(a.path_rewrite.prefix, "/b");
  EXPECT_EQ(a.host_rewrite.header, "x-h");
  const Forward& c = forward_of(b, 1);
  EXPECT_EQ(c.cluster_header, "x-c");
  EXPECT_EQ(c.cluster_not_found_status, 404);
  EXPECT_EQ(c.timeout, 0s);
  EXPECT_EQ(c.path_rewrite.regex->substitution, "/\\1");
  EXPECT_TRUE(c.host_rewrite.automatic && c.host_rewrite.append_forwarded);
  const auto& r = std::get<policies::Redirect>(route_of(b, 2).action);
  EXPECT_TRUE(r.https && r.strip_query);
  EXPECT_EQ(r.port, 8443U);
  EXPECT_EQ(r.status, 302);
  const auto& d = std::get<policies::DirectResponse>(route_of(b, 3).action);
  EXPECT_EQ(d.status, 418);
  EXPECT_EQ(d.body, "tea");
  EXPECT_EQ(route_of(b, 3).headers.response_remove[0], "x-gone");
  EXPECT_EQ(route_of(b, 3).buffer_limit_bytes, 4096U);
}

TEST(Bootstrap, RetryPolicyWhole) {
  const Bootstrap b =
      good({.routes = R"y([{match: {prefix: /}, route: {cluster: main, retry_policy: {
    retry_on: "5xx, gateway-error", num_retries: "4", per_try_timeout: 0.1s, host_selection_retry_max_attempts: 5,
    retriable_status_codes: [418, 429], retry_back_off: {base_interval: 0.0001s, max_interval: 0.2s},
    rate_limited_retry_back_off: {max_interval: 2s, reset_headers: [{name: Retry-After}, {name: x-reset, format: UNIX_TIMESTAMP}]},
    retriable_headers: [{name: x-again, string_match: {exact: "yes"}}], retriable_request_headers: [{name: ":method", string_match: {exact: GET}}],
    retry_priority: {name: p, typed_config: {"@type": t/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig, update_frequency: 2}},
    retry_host_predicate: [{name: a, typed_config: {"@type": t/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}},
      {name: c, typed_config: {"@type": t/envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig,
        metadata_match: {filter_metadata: {envoy.lb: {stage: test}}}}}]}}}])y"});
  const policies::RetryPolicy& retry = *forward_of(b).retry;
  EXPECT_EQ(retry.on, policies::parse_retry_on("5xx,gateway-error"));
  EXPECT_EQ(retry.num_retries, 4U);
  EXPECT_EQ(retry.per_try_timeout, 100ms);
  EXPECT_EQ(retry.host_selection_max_attempts, 5U);
  EXPECT_EQ(retry.status_codes, (std::vector<std::uint16_t>{418, 429}));
  EXPECT_EQ(retry.base_interval, 1ms);
  EXPECT_EQ(retry.max_interval, 200ms);
  EXPECT_EQ(retry.rate_limited->max_interval, 2s);
  EXPECT_EQ(retry.rate_limited->headers[0].name, "retry-after");
  EXPECT_EQ(retry.rate_limited->headers[1].format, policies::ResetHeader::Format::kUnixTimestamp);
  EXPECT_EQ(retry.response_headers.size(), 1U);
  EXPECT_EQ(retry.request_headers[0].name, ":method");
  EXPECT_TRUE(retry.previous_hosts);
  EXPECT_EQ(retry.previous_priorities_frequency, 2U);
  EXPECT_EQ(retry.omit_host_metadata,
            (std::vector<std::pair<std::string, std::string>>{{"stage", "test"}}));
}

TEST(Bootstrap, LimitsOfClients) {
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

TEST(Bootstrap, PathsAndHosts) {
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

TEST(Bootstrap, TableHostAndManager) {
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

TEST(Bootstrap, ClusterWhole) {
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
  EXPECT_EQ(c.per_host_max_connections, 2U);
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

TEST(Bootstrap, BalancingPolicyListTakesTheFirst) {
  const Bootstrap b = good({.cluster = R"y(, load_balancing_policy: {policies: [
    {typed_extension_config: {name: l, typed_config: {"@type": t/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest, selection_method: FULL_SCAN}}},
    {typed_extension_config: {name: x, typed_config: {"@type": t/unknown}}}]})y"});
  EXPECT_EQ(b.epoch.clusters[0].lb, policies::LbPolicy::kLeastRequest);
  EXPECT_TRUE(b.epoch.clusters[0].least_request.full_scan);
}

TEST(Bootstrap, HostsOfPrioritiesAndLocalities) {
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

TEST(Bootstrap, ReadsThePredicatesOfInternalRedirects) {
  const Bootstrap b = good(
      {.routes =
           R"y([{match: {prefix: /}, route: {cluster: main, internal_redirect_policy: {predicates: [
    {name: a, typed_config: {"@type": t/envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig}},
    {name: b, typed_config: {"@type": t/envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig}},
    {name: c, typed_config: {"@type": t/envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [one, two]}},
    {name: d, typed_config: {"@type": t/envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig, allowed_route_names: [two, three]}}]}}}])y"});
  const policies::InternalRedirect& redirect = *forward_of(b).internal_redirect;
  EXPECT_TRUE(redirect.new_routes_only);
  EXPECT_TRUE(redirect.safe_cross_scheme);
  EXPECT_EQ(redirect.allowed_routes, (std::vector<std::string>{"two"}));
}

}  // namespace
}  // namespace squall::config
