#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

/// What is said of the only route, by what is written in it.
std::string wrong_action(const std::string& action) {
  return error({.routes = "[{match: {prefix: /}, " + action + "}]"});
}
std::string wrong_route(const std::string& more) {
  return wrong_action("route: {cluster: main, " + more + "}");
}
std::string wrong_match(const std::string& more) {
  return error({.routes = "[{match: {prefix: /, " + more + "}, route: {cluster: main}}]"});
}
std::string wrong_value(const std::string& value) {
  return wrong_action(
      "route: {cluster: main}, request_headers_to_add: [{header: {key: x, value: " + value + "}}]");
}

TEST(BootstrapRefusals, WhatMayNotBeEmpty) {
  const std::string empty = ": expected a text that is not empty, got \"\"";
  EXPECT_EQ(error({.vhost = "}, {name: \"\", domains: [a]"}),
            "route_config.virtual_hosts[1].name" + empty);
  EXPECT_EQ(error({.vhost = "}, {name: b, domains: []"}),
            "route_config.virtual_hosts[1].domains: has no domain; write the hosts that it serves, "
            "or \"*\"");
  EXPECT_EQ(error({.vhost = ", virtual_clusters: [{name: a, headers: []}]"}),
            "virtual_clusters[0].headers: has no condition; write those that its requests meet");
  EXPECT_EQ(error({.vhost = ", virtual_clusters: [{name: \"\", headers: [{name: x}]}]"}),
            "virtual_clusters[0].name" + empty);
  for (const std::string_view form : {"prefix_match", "suffix_match", "contains_match"}) {
    EXPECT_EQ(wrong_match(fmt::format("headers: [{{name: x, {}: \"\"}}]", form)),
              fmt::format("routes[0].match.headers[0].{}{}", form, empty));
  }
  for (const std::string_view form : {"prefix", "suffix", "contains"}) {
    EXPECT_EQ(wrong_match(fmt::format("headers: [{{name: x, string_match: {{{}: \"\"}}}}]", form)),
              fmt::format("routes[0].match.headers[0].string_match.{}{}", form, empty));
  }
  EXPECT_EQ(wrong_match("query_parameters: [{name: x, string_match: {prefix: \"\"}}]"),
            "routes[0].match.query_parameters[0].string_match.prefix" + empty);
  EXPECT_EQ(wrong_action("route: {cluster_header: \"\"}"),
            "routes[0].route.cluster_header" + empty);
  EXPECT_EQ(wrong_action("route: {weighted_clusters: {clusters: [{cluster_header: \"\", "
                         "weight: 1}]}}"),
            "routes[0].route.weighted_clusters.clusters[0].cluster_header" + empty);
  EXPECT_EQ(wrong_route("request_mirror_policies: [{cluster: \"\"}]"),
            "routes[0].route.request_mirror_policies[0].cluster" + empty);
  for (const std::string name : {"header: {header_name", "cookie: {name", "query_parameter: {name",
                                 "cookie: {name: a, attributes: [{value: v}], path"}) {
    const std::string said = wrong_route("hash_policy: [{" + name + ": \"\"}}]");
    EXPECT_TRUE(said.starts_with("routes[0].route.hash_policy[0]."));
    EXPECT_TRUE(said.ends_with(empty) || said.ends_with("attributes[0]: name is missing")) << said;
  }
}

TEST(BootstrapRefusals, WhatEndsUpInAHeadIsOneLine) {
  const std::string broken = ": has a line break or a NUL; write it without";
  for (const std::string_view field :
       {"prefix_rewrite", "host_rewrite_literal", "host_rewrite_header"}) {
    EXPECT_EQ(wrong_route(fmt::format("{}: \"a\\n\"", field)),
              fmt::format("routes[0].route.{}{}", field, broken));
  }
  for (const std::string_view field : {"prefix_rewrite", "path_redirect", "host_redirect"}) {
    for (const std::string_view end : {"\\n", "\\r", "\\0"}) {
      EXPECT_EQ(wrong_action(fmt::format("redirect: {{{}: \"a{}\"}}", field, end)),
                fmt::format("routes[0].redirect.{}{}", field, broken));
    }
  }
  EXPECT_EQ(wrong_route("regex_rewrite: {pattern: {regex: a}, substitution: \"b\\n\"}"),
            "routes[0].route.regex_rewrite.substitution" + broken);
  EXPECT_EQ(wrong_action("route: {cluster_header: \"a\\n\"}"),
            "routes[0].route.cluster_header" + broken);
  EXPECT_EQ(wrong_action("route: {weighted_clusters: {header_name: \"a\\n\", clusters: [{name: "
                         "main, weight: 1}]}}"),
            "routes[0].route.weighted_clusters.header_name" + broken);
  EXPECT_EQ(wrong_action("route: {weighted_clusters: {clusters: [{name: main, weight: 1, "
                         "host_rewrite_literal: \"a\\n\"}]}}"),
            "routes[0].route.weighted_clusters.clusters[0].host_rewrite_literal" + broken);
  EXPECT_EQ(
      wrong_route("request_mirror_policies: [{cluster: main, host_rewrite_literal: \"\\n\"}]"),
      "routes[0].route.request_mirror_policies[0].host_rewrite_literal" + broken);
  EXPECT_EQ(wrong_route("hash_policy: [{header: {header_name: \"a\\n\"}}]"),
            "routes[0].route.hash_policy[0].header.header_name" + broken);
  EXPECT_EQ(wrong_route("internal_redirect_policy: {response_headers_to_copy: [\"a\\n\"]}"),
            "routes[0].route.internal_redirect_policy.response_headers_to_copy[0]" + broken);
  EXPECT_EQ(wrong_match("headers: [{name: \"a\\n\"}]"), "routes[0].match.headers[0].name" + broken);
  EXPECT_EQ(error({.vhost = ", request_headers_to_add: [{header: {key: \"a\\n\"}}]"}),
            "request_headers_to_add[0].header.key" + broken);
  EXPECT_EQ(error({.vhost = ", request_headers_to_add: [{header: {key: a, value: \"a\\n\"}}]"}),
            "request_headers_to_add[0].header.value" + broken);
  EXPECT_EQ(error({.vhost = ", response_headers_to_remove: [\"a\\n\"]"}),
            "response_headers_to_remove[0]" + broken);
  EXPECT_EQ(error({.vhost = "}, {name: b, domains: [\"a\\n\"]"}),
            "route_config.virtual_hosts[1].domains[0]" + broken);
  EXPECT_EQ(error({.table = ", vhost_header: \"a\\n\""}), "route_config.vhost_header" + broken);
}

TEST(BootstrapRefusals, HeadersThatAFormatNames) {
  const std::string place = "routes[0].request_headers_to_add[0].header.value: ";
  const std::string advice = "write NAME, or NAME?OTHER for another where it is missing";
  for (const std::string_view names : {"a?b?c", "a??", "a?b?"}) {
    EXPECT_EQ(wrong_value(fmt::format("\"(%PROTOCOL%) %REQ({})%\"", names)),
              fmt::format("{}\"{}\" has more than one other header; {}", place, names, advice));
  }
  for (const std::string_view names : {"a b", "a?b c", ":a:b", ":", "a@b", "a,b"}) {
    EXPECT_EQ(wrong_value(fmt::format("\"%%(%RESP({}):5%\"", names)),
              fmt::format("{}\"{}\" does not name a header; {}", place, names, advice));
  }
  for (const std::string_view text :
       {"%REQ(?b)%", "%REQ(:path?x_Y.1)%", "%%REQ(a b)%%", "%REQ(a?)%(a?b?c)"}) {
    EXPECT_EQ(wrong_value(fmt::format("\"{}\"", text)), "0 errors: ");
  }
}

TEST(BootstrapRefusals, WhatContradictsAnotherField) {
  EXPECT_EQ(wrong_match("headers: [{name: x, string_match: {safe_regex: {regex: a}, "
                        "ignore_case: true}}]"),
            "routes[0].match.headers[0].string_match.ignore_case: has no effect on safe_regex; "
            "write (?i) in it");
  const auto appended = [](const std::string& more) {
    return Parts{.vhost = ", request_headers_to_add: [{header: {key: x, value: a}, " + more + "}]"};
  };
  for (const std::string append : {"true", "false"}) {
    EXPECT_EQ(error(appended("append: " + append + ", append_action: ADD_IF_ABSENT")),
              "request_headers_to_add[0].append: excludes append_action; write append_action "
              "alone");
  }
  const Bootstrap b = good(appended("append: false, append_action: APPEND_IF_EXISTS_OR_ADD"));
  EXPECT_EQ(b.epoch.listeners[0].routes.hosts[0].headers.request_add[0].action,
            policies::HeaderMutation::Action::kOverwriteIfExistsOrAdd);
  const auto templated = [](const std::string& action) {
    return error({.routes = "[{match: {path_match_policy: {name: t, typed_config: {\"@type\": "
                            "t/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, "
                            "path_template: \"/a/**\"}}}, " +
                            action + "}]"});
  };
  EXPECT_EQ(templated("route: {cluster: main, prefix_rewrite: /x}"),
            "routes[0].route.prefix_rewrite: excludes path_match_policy; write path_rewrite_policy "
            "or regex_rewrite");
  EXPECT_EQ(templated("redirect: {prefix_rewrite: /x}"),
            "routes[0].redirect.prefix_rewrite: excludes path_match_policy; write path_redirect or "
            "regex_rewrite");
}

TEST(BootstrapRefusals, CodesOfRedirects) {
  EXPECT_EQ(wrong_action("redirect: {response_code: 301}"),
            "routes[0].redirect.response_code: expected one of MOVED_PERMANENTLY, FOUND, "
            "SEE_OTHER, TEMPORARY_REDIRECT, PERMANENT_REDIRECT, got 301");
  EXPECT_EQ(wrong_route("internal_redirect_policy: {redirect_response_codes: [301, 302, 303, 307, "
                        "308, 301]}"),
            "routes[0].route.internal_redirect_policy.redirect_response_codes: 6 codes; write at "
            "most 5");
}

TEST(BootstrapRefusals, ARegexMayHaveALimitOfItsOwn) {
  const auto limited = [](std::string_view regex, int size) {
    return Parts{.routes = fmt::format("[{{match: {{safe_regex: {{googleRe2: {{maxProgramSize: "
                                       "{}}}, regex: \"{}\"}}}}, route: {{cluster: main}}}}]",
                                       size, regex)};
  };
  EXPECT_EQ(error(limited("abcdefghijkl", 15)),
            "routes[0].match.safe_regex.regex: a larger regular expression than Envoy admits (15); "
            "raise max_program_size of its google_re2");
  EXPECT_TRUE(errors(limited("abcdefghijkl", 16)).empty());
  EXPECT_TRUE(errors(limited("/[a-z]{200}", 3000)).empty());  // the runtime's is not asked for
  EXPECT_EQ(error(limited("a", -1)),
            "routes[0].match.safe_regex.googleRe2.maxProgramSize: expected an integer from 0 to "
            "4294967295, got -1");
}

TEST(BootstrapRefusals, WeightsOfTheRuntimeAddUp) {
  const auto weighed = [](const std::string& clusters, const std::string& keys) {
    return error(
        {.routes = "[{match: {prefix: /}, route: {weighted_clusters: {runtime_key_prefix: "
                   "w, clusters: [" +
                   clusters + "]}}}]",
         .bootstrap = "layered_runtime: {layers: [{name: s, static_layer: {" + keys + "}}]}\n"});
  };
  const std::string one = "{name: main, weight: 1}", other = "{cluster_header: x, weight: 1}";
  const std::string place = "layered_runtime.layers[0].static_layer.w.";
  const std::string what = ": the weights of a route's clusters add up to ";
  const std::string advice = "; make it a number from 1 to 4294967295";
  EXPECT_EQ(weighed(one, "w.main: 0"), place + "main" + what + "0" + advice);
  EXPECT_EQ(weighed(one + ", " + other, "w: {main: 0, \"\": 0}"), place + what + "0" + advice);
  EXPECT_EQ(weighed(one + ", " + other, "w.main: 4294967295"),
            place + "main" + what + "4294967296" + advice);
  EXPECT_EQ(weighed(one + ", " + other, "w.main: 0"), "0 errors: ");
  EXPECT_EQ(weighed(one, "w.main: 4294967295"), "0 errors: ");
}

}  // namespace
}  // namespace squall::config
