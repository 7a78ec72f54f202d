#include "policies/route_memo.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "policies/base/mix.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

HeaderMatch wants(std::string name, std::string value) {
  HeaderMatch match;
  match.name = std::move(name);
  match.kind = HeaderMatch::Kind::kString;
  match.text.value = std::move(value);
  return match;
}

/// Routes look at x-version, retries at x-retry.
RouteTable table() {
  RouteTable table;
  VirtualHost& host = table.hosts.emplace_back();
  host.domains = {"*"};
  host.retry.emplace().request_headers = {wants("x-retry", "yes")};
  host.routes.emplace_back().match.headers = {wants("x-version", "canary")};
  return table;
}

RequestHead head(std::string_view path, std::string_view authority = "a.test") {
  RequestHead result;
  result.path = path;
  result.authority = authority;
  return result;
}

TEST(RouteMemo, TheSameHeadIsKnownTheSecondTime) {
  RouteMemo memo(table());
  const RouteMemo::Place first = memo.find(head("/items/1"));
  EXPECT_FALSE(first.known);
  EXPECT_GT(first.number, 0U);
  const RouteMemo::Place again = memo.find(head("/items/1"));
  EXPECT_TRUE(again.known);
  EXPECT_EQ(again.number, first.number);
}

TEST(RouteMemo, EachPartThatMattersTellsHeadsApart) {
  const HeaderField canary[] = {{"x-version", "canary"}}, stable[] = {{"x-version", "stable"}},
                    retried[] = {{"x-retry", "canary"}}, grpc[] = {{"content-type", "canary"}},
                    twice[] = {{"x-version", "canary"}, {"x-version", "canary"}};
  const auto with = [](Headers headers) {
    RequestHead result = head("/items");
    result.headers = headers;
    return result;
  };
  RequestHead post = head("/items"), https = head("/items");
  post.method = "POST";
  https.scheme = "https";
  const RequestHead heads[] = {head("/items"),
                               head("/items?page=2"),
                               head("/items", "b.test"),
                               post,
                               https,
                               with(canary),
                               with(stable),
                               with(retried),
                               with(grpc),
                               with(twice)};
  RouteMemo memo(table());
  for (const RequestHead& one : heads) EXPECT_FALSE(memo.find(one).known);
  int known = 0;
  for (const RequestHead& one : heads) known += memo.find(one).known ? 1 : 0;
  EXPECT_GE(known, 5);  // places may be shared, three at most by one
}

TEST(RouteMemo, HeadersThatNoRouteNamesDoNotMatter) {
  const HeaderField one[] = {{"x-request-id", "1"}, {"x-version", "canary"}},
                    other[] = {{"accept", "*/*"}, {"x-version", "canary"}, {"x-request-id", "2"}};
  RequestHead first = head("/"), second = head("/");
  first.headers = one;
  second.headers = other;
  RouteMemo memo(table());
  const std::uint32_t number = memo.find(first).number;
  EXPECT_TRUE(memo.find(second).known);
  EXPECT_EQ(memo.find(second).number, number);
}

TEST(RouteMemo, WhetherTheClientSpokeTlsMattersWhereItIsRequired) {
  const HeaderField http[] = {{"x-forwarded-proto", "http"}},
                    https[] = {{"x-forwarded-proto", "https"}};
  RequestHead first = head("/"), second = head("/");
  first.headers = http;
  second.headers = https;
  RouteTable plain = table(), strict = table();
  strict.hosts[0].require_tls = VirtualHost::RequireTls::kAll;
  for (const auto& [routes, differ] : {std::pair(plain, false), std::pair(strict, true)}) {
    RouteMemo memo(routes);
    memo.find(first);
    EXPECT_EQ(memo.find(second).known, !differ);
  }
}

TEST(RouteMemo, TheHeaderThatNamesTheVirtualHostMatters) {
  RouteTable table;
  table.vhost_header = "x-vh";
  RouteMemo memo(table);
  const auto number = [&](std::string_view value) {
    const HeaderField fields[] = {{"x-vh", value}};
    RequestHead head;
    head.authority = "a.test";
    head.headers = fields;
    return memo.find(head).number;
  };
  EXPECT_NE(number("one"), number("two"));
  EXPECT_EQ(number("one"), number("one"));
}

TEST(RouteMemo, LongHeadsAndInternalOnesAreNotRemembered) {
  const std::string path = "/" + std::string(300, 'a');
  RequestHead internal = head("/"), odd = head("/");
  internal.internal = true;
  odd.method = "PROPPATCH";
  RouteMemo memo(table());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(memo.find(head(path)).number, 0U);
    EXPECT_EQ(memo.find(internal).number, 0U);
    EXPECT_EQ(memo.find(odd).number, 0U);
  }
}

TEST(RouteMemo, APlaceIsKnownOnlyWhileItIsTheSameHeads) {
  RouteMemo memo(table());
  std::map<std::uint32_t, std::string> holder;
  int known = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const std::string path = "/items/" + std::to_string(mix(3, i) % 400) + "/parts";
    const RouteMemo::Place place = memo.find(head(path));
    ASSERT_LE(place.number, RouteMemo::kPlaces);
    if (place.known) {
      ++known;
      ASSERT_EQ(holder[place.number], path);
    }
    holder[place.number] = path;
  }
  EXPECT_GT(known, 50'000);  // 256 places for 400 heads
  EXPECT_LT(known, 190'000);
}

/// A worker that has met many heads sends each where a new one would.
TEST(RouteMemo, AWorkerRoutesARepeatedHeadAsItDidTheFirst) {
  Plan plan;
  plan.clusters = {cluster_named("stable", 1), cluster_named("canary", 1)};
  plan.forward = forward_to({{"stable", 1}});
  Route& canary = plan.routes.emplace_back();
  canary.match.headers = {wants("x-version", "canary")};
  canary.action = forward_to({{"canary", 1}});
  Route& own = plan.routes.emplace_back();
  own.match.path.kind = PathMatch::Kind::kExact;
  own.match.path.value = "/health";
  own.action = DirectResponse{};
  Shell shell(plan);
  const HeaderField marked[] = {{"accept", "*/*"}, {"x-version", "canary"}};
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    const std::string path = mix(5, i) % 5 == 0 ? "/health" : "/" + std::to_string(mix(4, i) % 300);
    RequestHead one = head(path);
    const bool is_canary = mix(6, i) % 3 == 0;
    if (is_canary) one.headers = marked;
    const Request& request = shell.worker.request(shell.request(one));
    const std::uint32_t wanted = is_canary ? 1 : path == "/health" ? kNone : 0;
    ASSERT_EQ(request.cluster, wanted) << path;
    if (wanted != kNone) shell.leave(request.index);
  }
}

TEST(RouteMemo, NumbersOfTheShellAreNotMixedWithItsOwn) {
  Plan plan;
  plan.clusters = {cluster_named("a", 1), cluster_named("b", 1)};
  plan.forward = forward_to({{"b", 1}});
  Route& route = plan.routes.emplace_back();
  route.match.path.value = "/a";
  route.action = forward_to({{"a", 1}});
  Shell shell(plan);
  const auto cluster = [&](std::string_view path, std::uint32_t number) {
    RequestHead one = head(path);
    one.known_as = number;
    const std::uint32_t index = shell.request(one);
    const std::uint32_t result = shell.worker.request(index).cluster;
    shell.leave(index);
    return result;
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cluster("/a", 0), 0U);
  for (std::uint32_t number = 1; number <= RouteMemo::kPlaces; ++number)
    EXPECT_EQ(cluster("/", number), 1U);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cluster("/a", 0), 0U);
}

/// Many of them fall on one place.
TEST(RouteMemo, HeadsThatDifferInTheirMethodOrSchemeAloneAreNotTaken) {
  RouteMemo memo(table());
  for (int i = 0; i < 2000; ++i) {
    const std::string word = std::to_string(i);
    RequestHead by_method = head("/");
    by_method.method = word;
    EXPECT_FALSE(memo.find(by_method).known) << word;
    RequestHead by_scheme = head("/");
    by_scheme.scheme = word;
    EXPECT_FALSE(memo.find(by_scheme).known) << word;
  }
}

}  // namespace
}  // namespace squall::policies
