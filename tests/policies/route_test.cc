#include "policies/route.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

PathMatch path(PathMatch::Kind kind, std::string value, bool case_sensitive = true) {
  PathMatch match;
  match.kind = kind;
  match.value = std::move(value);
  match.case_sensitive = case_sensitive;
  if (kind == PathMatch::Kind::kRegex) match.regex = *compile_regex(match.value);
  return match;
}

Route route(std::string name, PathMatch match = {}) {
  Route result;
  result.name = std::move(name);
  result.match.path = std::move(match);
  result.action = DirectResponse{};
  return result;
}

VirtualHost host(std::string name, std::vector<std::string> domains, std::vector<Route> routes) {
  VirtualHost result;
  result.name = std::move(name);
  result.domains = std::move(domains);
  result.routes = std::move(routes);
  return result;
}

/// One virtual host that takes everything.
RouteTable table_of(std::vector<Route> routes) {
  RouteTable table;
  table.hosts.push_back(host("any", {"*"}, std::move(routes)));
  return table;
}

std::string name_of(const RouteChoice& choice) {
  return choice.route == nullptr ? "none" : choice.route->name;
}

std::string routed(const RouteTable& table, std::string_view to_path, std::uint64_t random = 0) {
  RequestHead head;
  head.authority = "a.test";
  head.path = to_path;
  return name_of(Router(table).find(head, random));
}

/// No client speaks TLS here.
TEST(Route, ARouteForTlsIsNeverTaken) {
  Route tls = route("tls");
  tls.match.wants_tls = true;
  EXPECT_EQ(routed(table_of({tls, route("clear")}), "/"), "clear");
}

TEST(Router, VirtualHostIsExactThenLongestSuffixThenLongestPrefixThenAny) {
  RouteTable table;
  const auto add = [&](std::string name, std::vector<std::string> domains) {
    table.hosts.push_back(host(name, std::move(domains), {route(name)}));
  };
  add("any", {"*"});
  add("pre_short", {"api.*"});
  add("pre_long", {"api.foo.*"});
  add("suf_short", {"*.com"});
  add("suf_long", {"*.foo.com", "*-x.com"});
  add("exact", {"api.foo.com", "shop.test:8080"});
  const Router router(table);
  const std::pair<std::string_view, std::string_view> kRows[] = {
      {"api.foo.com", "exact"},       {"API.Foo.COM", "exact"},     {"shop.test:8080", "exact"},
      {"shop.test", "any"},           {"b.foo.com", "suf_long"},    {"api.foo.net", "pre_long"},
      {"api.bar.net", "pre_short"},   {"api.bar.com", "suf_short"}, {"a-x.com", "suf_long"},
      {"-x.com", "suf_short"},        {".foo.com", "suf_short"},    {"foo.org", "any"},
      {"api.foo.com:80", "pre_long"},
  };
  for (const auto& [authority, name] : kRows) {
    RequestHead head;
    head.authority = authority;
    EXPECT_EQ(name_of(router.find(head, 0)), name) << authority;
  }
}

TEST(Router, TheVirtualHostIsFinal) {
  RouteTable table;
  table.hosts.push_back(host("any", {"*"}, {route("any")}));
  table.hosts.push_back(
      host("exact", {"a.test"}, {route("only", path(PathMatch::Kind::kPrefix, "/only"))}));
  EXPECT_EQ(routed(table, "/only"), "only");
  EXPECT_EQ(routed(table, "/other"), "none");
}

TEST(Router, WithoutAHostOnlyALoneCatchAllTakesIt) {
  RouteTable table = table_of({route("any")});
  RequestHead head;
  EXPECT_EQ(name_of(Router(table).find(head, 0)), "any");
  table.hosts.push_back(host("exact", {"a.test"}, {route("exact")}));
  EXPECT_EQ(Router(table).find(head, 0).virtual_host, nullptr);
  head.authority = "";  // which is one
  EXPECT_EQ(name_of(Router(table).find(head, 0)), "any");
}

TEST(Router, AHeaderMayNameTheVirtualHost) {
  RouteTable table = table_of({route("any")});
  table.vhost_header = "x-vh";
  const auto name = [&](std::vector<HeaderField> fields) {
    RequestHead head;
    head.authority = "one.test";
    head.headers = fields;
    return name_of(Router(table).find(head, 0));
  };
  EXPECT_EQ(name({}), "any");  // a lone catch-all takes everything
  table.hosts.push_back(host("one", {"one.test"}, {route("one")}));
  EXPECT_EQ(name({}), "none");
  EXPECT_EQ(name({{"x-vh", "ONE.test"}}), "one");
  EXPECT_EQ(name({{"x-vh", "other"}}), "any");
  EXPECT_EQ(name({{"x-vh", ""}}), "any");
}

TEST(Router, PortOfTheHostIsIgnoredWhenAskedTo) {
  RouteTable table;
  table.ignore_port_in_host = true;
  table.hosts.push_back(host("one", {"one.test"}, {route("one")}));
  table.hosts.push_back(host("wild", {"*.test"}, {route("wild")}));
  table.hosts.push_back(host("v6", {"[::1]"}, {route("v6")}));
  const Router router(table);
  const std::pair<std::string_view, std::string_view> kRows[] = {
      {"one.test", "one"},       {"one.test:1234", "one"}, {"two.test:1", "wild"},
      {"two.example:1", "none"}, {"[::1]:80", "v6"},       {"[::1]", "v6"},
  };
  for (const auto& [authority, name] : kRows) {
    RequestHead head;
    head.authority = authority;
    EXPECT_EQ(name_of(router.find(head, 0)), name) << authority;
  }
}

TEST(Router, PathsAreComparedWithoutTheirQuery) {
  using Kind = PathMatch::Kind;
  const RouteTable table = table_of({
      route("exact", path(Kind::kExact, "/exact")),
      route("nocase", path(Kind::kExact, "/Nocase", false)),
      route("sep", path(Kind::kSeparatedPrefix, "/sep/one")),
      route("re", path(Kind::kRegex, "/re/[0-9]+")),
      route("rc", path(Kind::kRegex, "/rc", false)),
      route("pre", path(Kind::kPrefix, "/pre")),
      route("pup", path(Kind::kPrefix, "/PUP", false)),
      route("connect", path(Kind::kConnect, "")),
  });
  const std::pair<std::string_view, std::string_view> kRows[] = {
      {"/exact", "exact"},         {"/exact?x=/other", "exact"},
      {"/exact/", "none"},         {"/EXACT", "none"},
      {"/nOCASE", "nocase"},       {"/sep/one", "sep"},
      {"/sep/one?q", "sep"},       {"/sep/one/two", "sep"},
      {"/sep/onetwo", "none"},     {"/re/12", "re"},
      {"/re/12?a=b", "re"},        {"/re/12x", "none"},
      {"/x/re/12", "none"},        {"/RC", "none"},
      {"/prefix-and-more", "pre"}, {"/Prefix", "none"},
      {"/pUpil", "pup"},           {"/?/exact", "none"},
  };
  for (const auto& [to_path, name] : kRows) EXPECT_EQ(routed(table, to_path), name) << to_path;
  RequestHead connect;
  connect.method = "CONNECT";
  connect.authority = "a.test:443";
  connect.path = "";
  EXPECT_EQ(name_of(Router(table).find(connect, 0)), "connect");
}

TEST(Router, PathParametersAreIgnoredWhenAskedTo) {
  RouteTable table = table_of({route("ab", path(PathMatch::Kind::kExact, "/a/b"))});
  EXPECT_EQ(routed(table, "/a;v=1/b"), "none");
  table.ignore_path_parameters = true;
  EXPECT_EQ(routed(table, "/a;v=1/b"), "ab");
  EXPECT_EQ(routed(table, "/a/b;x=2?q=1"), "ab");
  EXPECT_EQ(routed(table, "/a;v=1/c"), "none");
}

TEST(Router, FirstRouteWhoseConditionsAllHoldWins) {
  Route grpc = route("grpc");
  grpc.match.grpc = true;
  Route conditional = route("conditional");
  conditional.match.headers.resize(1);
  conditional.match.headers[0].name = "x-a";
  conditional.match.query.push_back({"b", true, {}});
  const RouteTable table =
      table_of({grpc, conditional, route("first", path({}, "/a")),
                route("second", path(PathMatch::Kind::kExact, "/a/exact")), route("rest")});
  EXPECT_EQ(routed(table, "/a/exact"), "first");
  EXPECT_EQ(routed(table, "/b"), "rest");
  const HeaderField fields[] = {{"x-a", ""}};
  RequestHead head;
  head.headers = fields;
  head.path = "/x?b";
  EXPECT_EQ(name_of(Router(table).find(head, 0)), "conditional");
  head.path = "/x?c";
  EXPECT_EQ(name_of(Router(table).find(head, 0)), "rest");
  const HeaderField type[] = {{"content-type", "application/grpc"}};
  head.headers = type;
  const RouteChoice choice = Router(table).find(head, 0);
  EXPECT_EQ(name_of(choice), "grpc");
  EXPECT_TRUE(choice.grpc);
}

Route fraction(std::string name, std::uint32_t numerator, std::string_view to = "/") {
  Route result = route(std::move(name), path(PathMatch::Kind::kExact, std::string(to)));
  result.match.runtime_fraction = Fraction{numerator, 100, {}};
  return result;
}

TEST(Router, FractionsShareOneNumber) {
  const RouteTable table = table_of({fraction("f1", 40), fraction("f2", 40), route("rest")});
  EXPECT_EQ(routed(table, "/", 39), "f1");
  EXPECT_EQ(routed(table, "/", 139), "f1");
  EXPECT_EQ(routed(table, "/", 40), "rest");
  for (std::uint64_t random = 0; random < 100; ++random) {
    EXPECT_NE(routed(table, "/", random), "f2");
  }
}

TEST(Router, SaysWhetherTheRandomNumberMattered) {
  const RouteTable table = table_of({fraction("never", 0, "/never"), fraction("all", 100, "/all"),
                                     fraction("some", 40, "/some"), route("rest")});
  const Router router(table);
  const auto used = [&](std::string_view to_path) {
    RequestHead head;
    head.path = to_path;
    return router.find(head, 50).used_random;
  };
  EXPECT_FALSE(used("/"));
  EXPECT_FALSE(used("/never"));
  EXPECT_FALSE(used("/all"));
  EXPECT_TRUE(used("/some"));
}

TEST(Router, TlsIsRequiredBeforeRoutesAreLookedAt) {
  RouteTable table = table_of({});
  RequestHead head;
  table.hosts[0].require_tls = VirtualHost::RequireTls::kAll;
  EXPECT_TRUE(Router(table).find(head, 0).require_tls);
  const HeaderField forwarded[] = {{"x-forwarded-proto", "https"}};
  head.headers = forwarded;
  EXPECT_FALSE(Router(table).find(head, 0).require_tls);
  head.headers = {};
  table.hosts[0].require_tls = VirtualHost::RequireTls::kExternalOnly;
  EXPECT_TRUE(Router(table).find(head, 0).require_tls);
  head.internal = true;
  EXPECT_FALSE(Router(table).find(head, 0).require_tls);
}

Forward weighted(const std::vector<std::uint32_t>& weights) {
  Forward forward;
  forward.total_weight = 0;
  for (const std::uint32_t weight : weights) {
    WeightedCluster entry;
    entry.weight = weight;
    forward.clusters.push_back(entry);
    forward.total_weight += weight;
  }
  return forward;
}

TEST(WeightedClusters, ChoiceIsEnvoys) {
  SQUALL_VECTORS(vectors, "weighted_clusters");
  std::size_t picks = 0, without = 0;
  for (const json& row : rows(vectors, "cases", 8)) {
    const Forward forward = weighted(row["weights"].get<std::vector<std::uint32_t>>());
    for (const json& pick : row["picks"]) {
      EXPECT_EQ(pick_entry(forward, {}, pick["random"]), pick["cluster_index"]) << row;
      replayed(vectors);
      ++picks;
    }
    if (forward.total_weight > 0) continue;
    EXPECT_EQ(pick_entry(forward, {}, 5), forward.clusters.size());
    ++without;
  }
  EXPECT_EQ(picks, 21U);
  EXPECT_EQ(without, 1U);
  EXPECT_EQ(parts_of(vectors), std::set<std::string>{"cases"});
}

TEST(WeightedClusters, AHeaderMayChoose) {
  Forward forward = weighted({20, 70, 10});
  forward.weight_header = "x-pick";
  const std::pair<std::string_view, std::uint32_t> kRows[] = {
      {"0", 0}, {"19", 0}, {"20", 1}, {"89", 1}, {"90", 2}, {"99", 2}, {"100", 0}, {"1189", 1}};
  for (const auto& [value, entry] : kRows) {
    const HeaderField fields[] = {{"x-pick", value}};
    RequestHead head;
    head.headers = fields;
    EXPECT_EQ(pick_entry(forward, head, 95), entry) << value;
  }
  const HeaderField bad[] = {{"x-pick", "abc"}}, twice[] = {{"x-pick", "0"}, {"x-pick", "0"}};
  RequestHead head;
  head.headers = bad;
  EXPECT_EQ(pick_entry(forward, head, 95), 2u);
  head.headers = twice;
  EXPECT_EQ(pick_entry(forward, head, 95), 2u);
}

TEST(WeightedClusters, ZeroWeightGetsNothing) {
  const Forward forward = weighted({0, 3});
  for (std::uint64_t random = 0; random < 9; ++random) {
    EXPECT_EQ(pick_entry(forward, {}, random), 1u);
  }
  EXPECT_EQ(pick_entry(weighted({0, 0}), {}, 1), 2u);
  EXPECT_EQ(pick_entry(weighted({}), {}, 1), 0u);
}

}  // namespace
}  // namespace squall::policies
