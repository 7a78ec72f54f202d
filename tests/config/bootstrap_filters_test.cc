#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

const std::string kRouter =
    "{name: r, typed_config: {\"@type\": t/envoy.extensions.filters.http.router.v3.Router}}";

std::string filters(const std::string& type, const std::string& fields) {
  return "[{name: f, typed_config: {\"@type\": t/envoy.extensions.filters.http." + type + ", " +
         fields + "}}, " + kRouter + "]";
}
template <class Config>
Config read_as(const std::string& type, const std::string& fields) {
  const Bootstrap read = good({.filters = filters(type, fields)});
  const auto& found = read.epoch.listeners[0].filters;
  if (found.empty() || !std::holds_alternative<Config>(found[0].config)) {
    ADD_FAILURE() << "no such filter";
    return {};
  }
  return std::get<Config>(found[0].config);
}

TEST(BootstrapFilters, ReadsAFault) {
  const auto fault = read_as<policies::FaultConfig>(
      "fault.v3.HTTPFault",
      "upstream_cluster: main, max_active_faults: 3, headers: [{name: x, present_match: true}], "
      "delay: {fixed_delay: 0.2s, percentage: {numerator: 5, denominator: TEN_THOUSAND}}, abort: "
      "{header_abort: {}}");
  EXPECT_EQ(fault.upstream_cluster, "main");
  EXPECT_EQ(fault.max_active_faults, 3U);
  EXPECT_EQ(fault.delay->fixed, 200ms);
  EXPECT_EQ(fault.delay->percentage.denominator, 10'000U);
  EXPECT_TRUE(fault.abort->by_header);
  EXPECT_EQ(fault.abort->percentage.numerator, 0U);  // none is never
}

TEST(BootstrapFilters, ReadsALocalRateLimitThatIsOffByDefault) {
  const auto limit = read_as<policies::LocalRateLimitConfig>(
      "local_ratelimit.v3.LocalRateLimit",
      "stat_prefix: s, token_bucket: {max_tokens: 4, tokens_per_fill: 2, fill_interval: 8s}, "
      "status: {code: 200}, descriptors: [{entries: [{key: a, value: b}], token_bucket: "
      "{max_tokens: 9, fill_interval: 1s}}, {entries: [{key: c}], token_bucket: {max_tokens: 1, "
      "fill_interval: 60s}}], rate_limits: [{actions: [{request_headers: {header_name: X-A, "
      "descriptor_key: a}}]}]");
  EXPECT_TRUE(limit.has_bucket);
  EXPECT_DOUBLE_EQ(limit.bucket.rate(), 0.25);
  EXPECT_EQ(limit.enabled.numerator, 0U);
  EXPECT_EQ(limit.enforced.numerator, 0U);
  EXPECT_EQ(limit.status, 429);  // below 400 is none
  EXPECT_EQ(limit.descriptors[1].entries[0].first, "c");
  EXPECT_EQ(limit.rate_limits[0].actions[0].value, "x-a");
  EXPECT_FALSE(limit.rate_limits[0].headers || limit.headers || limit.per_connection);
  EXPECT_EQ(limit.max_dynamic_descriptors, 20U);
}

TEST(BootstrapFilters, ReadsAllOfALocalRateLimit) {
  const auto limit = read_as<policies::LocalRateLimitConfig>(
      "local_ratelimit.v3.LocalRateLimit",
      "stat_prefix: s, token_bucket: {max_tokens: 0, fill_interval: 8s}, max_dynamic_descriptors: "
      "3, local_rate_limit_per_downstream_connection: true, enable_x_ratelimit_headers: "
      "DRAFT_VERSION_03, response_headers_to_add: [{header: {key: X-A, value: '%REQ(x)%'}, "
      "append_action: ADD_IF_ABSENT}], request_headers_to_add_when_not_enforced: [{header: {key: "
      "X-B, value: b}}], rate_limits: [{x_ratelimit_option: 'OFF', actions: [{remote_address: {}}, "
      "{query_parameters: {query_parameter_name: U, descriptor_key: u, skip_if_absent: true}}, "
      "{query_parameter_value_match: {descriptor_value: v, expect_match: false, query_parameters: "
      "[{name: q}]}}]}, {x_ratelimit_option: DRAFT_VERSION_03, actions: [{generic_key: "
      "{descriptor_value: g}}]}]");
  EXPECT_TRUE(limit.per_connection && limit.headers);
  EXPECT_EQ(limit.max_dynamic_descriptors, 3U);
  EXPECT_EQ(limit.bucket.max_tokens, 0U);
  EXPECT_EQ(limit.response_headers[0].action, policies::HeaderMutation::Action::kAddIfAbsent);
  EXPECT_EQ(limit.request_headers[0].name, "x-b");
  using Kind = policies::RateLimitAction::Kind;
  const auto& actions = limit.rate_limits[0].actions;
  EXPECT_EQ(limit.rate_limits[0].headers, false);
  EXPECT_EQ(limit.rate_limits[1].headers, true);
  EXPECT_EQ(actions[0].kind, Kind::kRemoteAddress);
  EXPECT_EQ(actions[0].key, "remote_address");
  EXPECT_EQ(actions[1].value, "U");
  EXPECT_TRUE(actions[1].skip_if_absent);
  EXPECT_EQ(actions[2].key, "query_match");
  EXPECT_EQ(actions[2].query[0].name, "q");
  EXPECT_FALSE(actions[2].expect_match);
}

TEST(BootstrapFilters, ReadsTheRateOfAResponse) {
  const auto fixed = read_as<policies::FaultConfig>(
      "fault.v3.HTTPFault",
      "response_rate_limit: {fixed_limit: {limit_kbps: 16}, percentage: {numerator: 5}}");
  EXPECT_EQ(fixed.response_rate->fixed, 16U);
  EXPECT_EQ(fixed.response_rate->percentage.numerator, 5U);
  EXPECT_TRUE(read_as<policies::FaultConfig>("fault.v3.HTTPFault",
                                             "response_rate_limit: {header_limit: {}}")
                  .response_rate->by_header);
}

TEST(BootstrapFilters, ReadsWhatRoutesSayOfAFilter) {
  const Bootstrap read = good(
      {.routes = "[{match: {prefix: /a}, route: {cluster: main, include_vh_rate_limits: true, "
                 "rate_limits: [{stage: 2, actions: [{generic_key: {descriptor_value: v}}]}]}, "
                 "typed_per_filter_config: {f: {\"@type\": t/envoy.config.route.v3.FilterConfig, "
                 "disabled: true}}}, {match: {prefix: /b}, route: {cluster: main}, "
                 "typed_per_filter_config: {f: {\"@type\": t/envoy.config.route.v3.FilterConfig, "
                 "config: {\"@type\": t/envoy.extensions.filters.http.fault.v3.HTTPFault, abort: "
                 "{http_status: 418}}}, g: {\"@type\": t/envoy.config.route.v3.FilterConfig}}}]",
       .filters = filters("fault.v3.HTTPFault", "max_active_faults: 1")});
  const auto& routes = read.epoch.listeners[0].routes.hosts[0].routes;
  EXPECT_TRUE(routes[0].filters[0].disabled);
  const auto& forward = std::get<policies::Forward>(routes[0].action);
  EXPECT_TRUE(forward.include_host_rate_limits);
  EXPECT_EQ(forward.rate_limits[0].stage, 2U);
  EXPECT_EQ(forward.rate_limits[0].actions[0].value, "v");
  ASSERT_EQ(routes[1].filters.size(), 2U);
  EXPECT_FALSE(routes[1].filters[0].disabled);
  EXPECT_EQ(std::get<policies::FaultConfig>(routes[1].filters[0].config).abort->http_status, 418);
  EXPECT_TRUE(routes[1].filters[1].as_configured);
}

TEST(BootstrapFilters, ReadsAdmissionControl) {
  const auto control = read_as<policies::AdmissionControlConfig>(
      "admission_control.v3.AdmissionControl",
      "enabled: {default_value: true, runtime_key: k}, sampling_window: 60s, sr_threshold: "
      "{default_value: {value: 90}, runtime_key: k}, aggression: {default_value: 0.5, runtime_key: "
      "k}, success_criteria: {http_criteria: {http_success_status: [{start: 100, end: 400}]}, "
      "grpc_criteria: {grpc_success_status: [0]}}");
  EXPECT_EQ(control.sampling_window, 60s);
  EXPECT_EQ(control.sr_threshold_percent, 90);
  EXPECT_EQ(control.aggression, 1);
  EXPECT_EQ(control.http_success[0].last, 400U);
  EXPECT_EQ(control.grpc_success, std::vector<std::uint32_t>{0});
}

TEST(BootstrapFilters, ReadsAdaptiveConcurrency) {
  const auto adaptive = read_as<policies::AdaptiveConcurrencyConfig>(
      "adaptive_concurrency.v3.AdaptiveConcurrency",
      "enabled: {default_value: false, runtime_key: k}, gradient_controller_config: "
      "{sample_aggregate_percentile: {value: 90}, concurrency_limit_params: "
      "{concurrency_update_interval: 0.2s}, min_rtt_calc_params: {fixed_value: 0.05s, jitter: "
      "{value: 10}}}");
  EXPECT_FALSE(adaptive.enabled);
  EXPECT_EQ(adaptive.sample_aggregate_percentile, 90);
  EXPECT_EQ(adaptive.concurrency_update_interval, 200ms);
  EXPECT_EQ(adaptive.fixed_min_rtt, 50ms);
  EXPECT_EQ(adaptive.jitter_percent, 10);
}

TEST(BootstrapFilters, ReadsWhatARouteSaysOfAFilter) {
  const Bootstrap read = good(
      {.routes = "[{match: {prefix: /}, route: {cluster: main}, typed_per_filter_config: {f: "
                 "{\"@type\": t/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: "
                 "true}}}]",
       .filters = filters("buffer.v3.Buffer", "max_request_bytes: 7")});
  const policies::Route& route = read.epoch.listeners[0].routes.hosts[0].routes[0];
  ASSERT_EQ(route.filters.size(), 1U);
  EXPECT_EQ(route.filters[0].name, "f");
  EXPECT_TRUE(std::get<policies::BufferConfig>(route.filters[0].config).disabled);
}

TEST(BootstrapFilters, ErrorsNameThePlace) {
  const auto wrong = [](const std::string& type, const std::string& fields) {
    const auto bootstrap = config::read(text_of({.filters = filters(type, fields)}));
    std::string text;
    if (bootstrap) return text;
    for (const Diagnostic& d : bootstrap.error().sorted()) text += to_string(d) + "\n";
    return text;
  };
  EXPECT_TRUE(wrong("fault.v3.HTTPFault", "response_rate_limit: {fixed_limit: {limit_kbps: 0}}")
                  .contains("limit_kbps: expected an integer from 1"));
  EXPECT_TRUE(wrong("local_ratelimit.v3.LocalRateLimit",
                    "stat_prefix: s, descriptors: [{entries: [{key: a, value: b}], token_bucket: "
                    "{max_tokens: 1, fill_interval: 1s}}, {entries: [{key: a, value: b}], "
                    "token_bucket: {max_tokens: 2, fill_interval: 1s}}]")
                  .contains("descriptors[1].entries: these entries are another descriptor's too"));
  EXPECT_TRUE(wrong("fault.v3.HTTPFault", "abort: {http_status: 199}")
                  .contains("expected an integer from 200 to 599"));
  EXPECT_TRUE(wrong("local_ratelimit.v3.LocalRateLimit",
                    "stat_prefix: s, token_bucket: {max_tokens: 1, fill_interval: 0.01s}")
                  .contains("fill_interval: expected a duration of at least 0.05s"));
  EXPECT_TRUE(wrong("wasm.v3.Wasm", "config: {}").contains("not supported by squall"));
}

}  // namespace
}  // namespace squall::config
