#include <gtest/gtest.h>

#include "config/bootstrap.h"
#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

TEST(BootstrapErrors, RefusesByNameWhatItDoesNotHonour) {
  EXPECT_EQ(error({.cluster = ", original_dst_lb_config: {}"}),
            "original_dst_lb_config is not supported by squall");
  EXPECT_EQ(error({.cluster = ", type: STRICT_DNS"}),
            "type: STRICT_DNS is not supported by squall; write STATIC");
  EXPECT_EQ(error({.cluster = ", lb_policy: CLUSTER_PROVIDED"}),
            "lb_policy: CLUSTER_PROVIDED is not supported by squall; write one of ROUND_ROBIN, "
            "LEAST_REQUEST, RANDOM, RING_HASH, MAGLEV");
  EXPECT_EQ(error({.manager = ", stream_flush_timeout: 1s"}),
            "stream_flush_timeout is not supported by squall");
  EXPECT_EQ(error({.manager = ", codec_type: HTTP3"}),
            "codec_type: HTTP3 is not supported by squall; write one of AUTO, HTTP1, HTTP2");
  EXPECT_EQ(
      error(
          {.filters =
               "[{name: envoy.filters.http.fault, typed_config: {\"@type\": t/x, delay: {}}}, "
               "{name: "
               "r, typed_config: {\"@type\": t/envoy.extensions.filters.http.router.v3.Router}}]"}),
      "http_filters[0].typed_config.@type: t/x is not supported by squall");
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, route: {cluster: main, hash_policy: "
                             "[{filter_state: {key: k}}]}}]"}),
            "routes[0].route.hash_policy[0].filter_state is not supported by squall");
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, route: {cluster: main}, typedPerFilterConfig: "
                             "{envoy.x: {\"@type\": t/envoy.x.X}}}]"}),
            "routes[0].typedPerFilterConfig.envoy.x.@type: t/envoy.x.X is not supported by squall");
  EXPECT_EQ(error({.bootstrap = "layered_runtime: {layers: [{name: s, static_layer: {upstream: "
                                "{use_http2: 0}}}]}\n"}),
            "layered_runtime.layers[0].static_layer.upstream.use_http2 is not supported by squall");
  EXPECT_EQ(error({.bootstrap = "dynamic_resources: {}\n"}),
            "dynamic_resources is not supported by squall; list everything in static_resources");
}

TEST(BootstrapErrors, ConditionsThatNoRequestMeetsAreRefused) {
  const auto wrong = [](const std::string& condition) {
    return error({.routes = "[{match: {prefix: /, " + condition + "}, route: {cluster: main}}]"});
  };
  EXPECT_EQ(wrong("filter_state: [{key: k, string_match: {exact: a}}]"),
            "routes[0].match.filter_state is not supported by squall");
  EXPECT_EQ(
      wrong("dynamic_metadata: [{filter: f, path: [{key: k}], value: {present_match: true}}]"),
      "routes[0].match.dynamic_metadata[0]: no filter here sets metadata, so no request ever "
      "takes this route; leave the route out, or say invert: true");
  EXPECT_EQ(
      error({.cluster = ", load_balancing_policy: {policies: [{typed_extension_config: {name: "
                        "w, typed_config: {\"@type\": "
                        "t/envoy.extensions.load_balancing_policies.client_side_weighted_"
                        "round_robin.v3.ClientSideWeightedRoundRobin, "
                        "enable_oob_load_report: true}}}]}"}),
      "load_balancing_policy.policies[0].typed_extension_config.typed_config."
      "enable_oob_load_report is not supported by squall");
}

TEST(BootstrapErrors, WhatIsOffNeedsNoSupport) {
  EXPECT_EQ(
      good({.manager =
                ", normalize_path: false, upgrade_configs: [], request_timeout: 0s, tracing: null"})
          .epoch.listeners.size(),
      1U);
}

TEST(BootstrapErrors, AVirtualClusterHasANameAndHeaders) {
  EXPECT_NE(
      error({.vhost = ", virtual_clusters: [{name: a}]"}).find("virtual_clusters[0]: headers"),
      std::string::npos);
  EXPECT_NE(error({.vhost = ", virtual_clusters: [{headers: [{name: x}]}]"})
                .find("virtual_clusters[0]: name"),
            std::string::npos);
}

TEST(BootstrapErrors, OnlyOneRuleStripsPorts) {
  EXPECT_EQ(error({.manager = ", strip_matching_host_port: true, strip_any_host_port: true"}),
            "strip_any_host_port: excludes strip_matching_host_port; write one of them");
}

TEST(BootstrapErrors, RuntimeKeysCountWhereAFieldNamesThem) {
  const Bootstrap b =
      good({.routes = "[{match: {prefix: /, runtime_fraction: {default_value: {numerator: 1}, "
                      "runtime_key: a.b}}, "
                      "route: {cluster: main}}]",
            .bootstrap =
                "layered_runtime: {layers: [{name: s, static_layer: {a: {b: 30}, a.b: 40}}]}\n"});
  EXPECT_EQ(b.epoch.runtime.at("a.b"), "40");
}

TEST(BootstrapErrors, LargeRegexesNeedTheRuntimesLeave) {
  const std::string routes =
      "[{match: {safe_regex: {regex: \"/[a-z]{200}\"}}, route: {cluster: main}}]";
  EXPECT_EQ(error({.routes = routes}),
            "routes[0].match.safe_regex.regex: a larger regular expression than Envoy admits "
            "(100); raise the runtime key "
            "re2.max_program_size.error_level");
  const Bootstrap b = good({.routes = routes,
                            .bootstrap = "layered_runtime: {layers: [{name: s, static_layer: "
                                         "{re2.max_program_size.error_level: 32768}}]}\n"});
  EXPECT_NE(route_of(b).match.path.regex, nullptr);
}

TEST(BootstrapErrors, SaysWhatIsWrong) {
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, route: {clutser: main, cluster: main}}]"}),
            "routes[0].route.clutser: unknown field; did you mean \"cluster\"?");
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, route: {cluster: mian}}]"}),
            "routes[0].route.cluster: there is no cluster \"mian\"; did you mean \"main\"?");
  EXPECT_TRUE(errors({.routes = "[{match: {prefix: /}, route: {cluster: mian}}]",
                      .table = ", validate_clusters: false"})
                  .empty());
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, route: {cluster: main, timeout: 250ms}}]"}),
            "routes[0].route.timeout: expected a duration such as \"0.25s\", got \"250ms\"; write "
            "0.25s: Envoy's durations are in seconds");
  EXPECT_EQ(error({.routes = "[{match: {}, route: {cluster: main}}]"}),
            "routes[0].match: one of prefix, path, path_separated_prefix, safe_regex, "
            "connect_matcher, path_match_policy is missing");
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}}]"}),
            "routes[0]: one of route, redirect, direct_response is missing");
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, direct_response: {status: 199}}]"}),
            "routes[0].direct_response.status: expected an integer from 200 to 599, got 199");
  EXPECT_EQ(error({.routes = "[{match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: "
                             "main, weight: 0}]}}}]"}),
            "routes[0].route.weighted_clusters.clusters: the weights add up to 0; make it a number "
            "from 1 to 4294967295");
  EXPECT_EQ(
      error({.routes =
                 "[{match: {prefix: /}, route: {cluster: main, retry_policy: {retry_back_off: "
                 "{base_interval: 0.1s, max_interval: 0.05s}}}}]"}),
      "routes[0].route.retry_policy.retry_back_off.max_interval: less than base_interval; make it "
      "at least as long");
  EXPECT_EQ(error({.vhost = ", request_headers_to_add: [{header: {key: Host, value: x}}]"}),
            "request_headers_to_add[0].header.key: host cannot be changed this way; use a rewrite "
            "of the route");
  EXPECT_EQ(
      errors({.routes = "[{match: {safe_regex: {regex: \"(\"}}, route: {cluster: main}}]"}).size(),
      1U);
  EXPECT_EQ(errors({.vhost = ", request_headers_to_add: [{header: {key: x, value: \"%NOSUCH%\"}}]"})
                .size(),
            1U);
  EXPECT_EQ(error({.filters = "[]"}),
            "http_filters: there is no HTTP filter; add "
            "envoy.filters.http.router to http_filters");
  EXPECT_EQ(error({.cluster = ", outlier_detection: {max_ejection_percent: 101}"}),
            "outlier_detection.max_ejection_percent: expected an integer from 0 to 100, got 101");
}

TEST(BootstrapErrors, DomainsStandOnce) {
  const std::string text = text_of({.vhost = "}, {name: two, domains: [A.com, a.COM]"});
  const Result<Bootstrap> b = read(text);
  ASSERT_FALSE(b);
  const Diagnostic d = b.error().sorted().front();
  EXPECT_EQ(d.what,
            "static_resources.listeners[0].filter_chains[0].filters[0].typed_config.route_config."
            "virtual_hosts[1].domains[1]: the domain \"a.COM\" is repeated");
  EXPECT_TRUE(d.advice.starts_with("it stands at "));
}

TEST(BootstrapErrors, ErrorsHavePlaces) {
  const Result<Bootstrap> b =
      read("static_resources:\n  clusters:\n  - name: c\n    type: EDS\n    nmae: d\n");
  ASSERT_FALSE(b);
  std::vector<std::string> lines;
  for (const Diagnostic& d : b.error().sorted()) lines.push_back(to_string(d));
  EXPECT_EQ(lines,
            (std::vector<std::string>{
                "b.yaml:4:11: error: static_resources.clusters[0].type: EDS is not supported by "
                "squall; write STATIC",
                "b.yaml:5:5: error: static_resources.clusters[0].nmae: unknown field; did you mean "
                "\"name\"?"}));
}

TEST(BootstrapErrors, ATreeMadeByTheProgramHasNoPlaces) {
  Node root;
  root.kind = Node::Kind::kMapping;
  root.members.push_back({"static_resources", {}, {}});
  const Result<Bootstrap> b = read_bootstrap(root);
  ASSERT_FALSE(b);
  EXPECT_EQ(to_string(b.error().sorted().front()), "error: static_resources is missing");
}

TEST(BootstrapErrors, InternalRangesOfEitherVersion) {
  const auto manager = [](std::string_view address, int bits) {
    return fmt::format(
        ", internal_address_config: {{cidr_ranges: [{{address_prefix: '{}', prefix_len: {}}}]}}",
        address, bits);
  };
  const Bootstrap b = good({.manager = manager("fd00::", 8)});
  EXPECT_EQ(b.epoch.listeners[0].internal.ranges, (std::vector<IpRange>{{*parse_ip("fd00::"), 8}}));
  EXPECT_EQ(good({.manager = manager("::1", 128)}).epoch.listeners[0].internal.ranges.size(), 1U);
  EXPECT_EQ(error({.manager = manager("10.0.0.0", 33)}),
            "internal_address_config.cidr_ranges[0].prefix_len: expected an integer from 0 to 32, "
            "got 33");
  EXPECT_EQ(error({.manager = manager("::", 129)}),
            "internal_address_config.cidr_ranges[0].prefix_len: expected an integer from 0 to 128, "
            "got 129");
  for (const auto wrong : {"10.0.0", "[fd00::]", "localhost"}) {
    EXPECT_EQ(error({.manager = manager(wrong, 8)}),
              fmt::format("internal_address_config.cidr_ranges[0].address_prefix: expected an IP "
                          "address, got \"{}\"",
                          wrong));
  }
}

TEST(BootstrapErrors, OverloadIsDroppedByOneShareOfAll) {
  const auto said = [](const std::string& drops) {
    constexpr std::string_view kBefore = "cluster_name: main, ";
    std::string text = text_of({});
    text.insert(text.find(kBefore) + kBefore.size(), "policy: {drop_overloads: [" + drops + "]}, ");
    const Result<Bootstrap> read = config::read(text);
    if (!read) return read.error().sorted().front().what;
    return fmt::format("{} of {}", read->epoch.clusters[0].drop_overload.numerator,
                       read->epoch.clusters[0].drop_overload.denominator);
  };
  const std::string place = "static_resources.clusters[0].load_assignment.policy.drop_overloads";
  EXPECT_EQ(said("{category: a, drop_percentage: {numerator: 7, denominator: MILLION}}"),
            "7 of 1000000");
  EXPECT_EQ(said("{category: a}"), "0 of 100");
  EXPECT_EQ(said(""), "0 of 100");
  EXPECT_EQ(said("{category: a, drop_percentage: {numerator: 101}}"),
            place + "[0].drop_percentage: is more than all");
  EXPECT_EQ(said("{category: a}, {category: b}"), place + ": has several categories");
  EXPECT_EQ(said("{drop_percentage: {}}"), place + "[0]: category is missing");
}

}  // namespace
}  // namespace squall::config
