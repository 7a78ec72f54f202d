#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using policies::HeaderMatch;
using policies::PathMatch;
using policies::StringMatch;

TEST(BootstrapMatch, PathsAndConditions) {
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

TEST(BootstrapMatch, ConditionsOfTlsAndMetadataMeanWhatTheyDoInClear) {
  const Bootstrap b = good({.routes = R"y([
    {match: {prefix: /, tls_context: {presented: true}}, route: {cluster: main}},
    {match: {prefix: /, tls_context: {validated: false}}, route: {cluster: main}},
    {match: {prefix: /, tls_context: {}}, route: {cluster: main}},
    {match: {prefix: /, dynamic_metadata: [{filter: f, path: [{key: k}], value: {present_match: true}, invert: true}]}, route: {cluster: main}}])y"});
  EXPECT_TRUE(route_of(b).match.wants_tls);
  for (const std::size_t route : {1U, 2U, 3U}) EXPECT_FALSE(route_of(b, route).match.wants_tls);
}

}  // namespace
}  // namespace squall::config
