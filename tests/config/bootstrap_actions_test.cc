#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;
using policies::Forward;

TEST(BootstrapActions, ActionsAndRewrites) {
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

TEST(BootstrapActions, ReadsThePredicatesOfInternalRedirects) {
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

TEST(BootstrapActions, AMirrorsClusterMayBeNamedByAHeader) {
  const Bootstrap b = good({.routes = R"y([{match: {prefix: /}, route: {cluster: main,
    request_mirror_policies: [{cluster_header: X-M, host_rewrite_literal: h, trace_sampled: false}]}}])y"});
  const policies::MirrorPolicy& mirror = forward_of(b).mirrors[0];
  EXPECT_EQ(mirror.cluster_header, "x-m");
  EXPECT_EQ(mirror.host_rewrite, "h");
  EXPECT_EQ(
      error({.routes = "[{match: {prefix: /}, route: {cluster: main, "
                       "request_mirror_policies: [{cluster: main, cluster_header: x}]}}]"}),
      "routes[0].route.request_mirror_policies[0].cluster_header: excludes cluster; keep one of "
      "cluster, cluster_header");
}

TEST(BootstrapActions, ARouteKnowsTheResourceThatItCameFrom) {
  const Bootstrap b = good({.routes = R"y([
    {match: {prefix: /a}, route: {cluster: main}, metadata: {filter_metadata: {istio: {rule: 3, file: vs.yaml, line: 12,
       config: /apis/networking.istio.io/v1/namespaces/shop/virtual-service/app}}}},
    {match: {prefix: /b}, route: {cluster: main}, metadata: {filter_metadata: {istio: {config: /other, rule: [], line: -4}}}},
    {match: {prefix: /c}, route: {cluster: main}, metadata: {filter_metadata: [1]}},
    {match: {prefix: /}, route: {cluster: main}}])y"});
  EXPECT_EQ(route_of(b).provenance.resource, "VirtualService shop/app");
  EXPECT_EQ(route_of(b).provenance.file, "vs.yaml");
  EXPECT_EQ(route_of(b).provenance.line, 12);
  EXPECT_EQ(route_of(b).provenance.rule, 3);
  EXPECT_EQ(route_of(b, 1).provenance.resource, "/other");
  EXPECT_EQ(route_of(b, 1).provenance.rule, -1);
  EXPECT_EQ(route_of(b, 1).provenance.line, 0);
  EXPECT_EQ(route_of(b, 2).provenance.resource, "");
  EXPECT_EQ(route_of(b, 3).provenance.rule, -1);
}

}  // namespace
}  // namespace squall::config
