#include "policies/route_index.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policies/base/mix.h"

namespace squall::policies {
namespace {

using Kind = PathMatch::Kind;

Route route(Kind kind, std::string value, bool case_sensitive = true) {
  Route result;
  result.match.path.kind = kind;
  result.match.path.value = std::move(value);
  result.match.path.case_sensitive = case_sensitive;
  return result;
}

std::vector<std::uint32_t> left_for(const std::vector<Route>& routes, std::string_view path) {
  std::vector<std::uint32_t> left;
  RouteIndex(routes).each(path, [&](std::uint32_t i) {
    left.push_back(i);
    return false;
  });
  return left;
}
using Left = std::vector<std::uint32_t>;

TEST(RouteIndex, PassesOverRoutesWhoseTextThePathDoesNotHave) {
  const std::vector<Route> routes = {
      route(Kind::kPrefix, "/service1/"), route(Kind::kPrefix, "/service2/"),
      route(Kind::kExact, "/service2/orders"), route(Kind::kSeparatedPrefix, "/service2")};
  EXPECT_EQ(left_for(routes, "/service2/orders"), (Left{1, 2, 3}));
  EXPECT_EQ(left_for(routes, "/service2/orders/7"), (Left{1, 3}));
  EXPECT_EQ(left_for(routes, "/service2"), (Left{3}));
  EXPECT_EQ(left_for(routes, "/other"), (Left{}));
}

TEST(RouteIndex, StopsAtTheRouteThatIsTaken) {
  const std::vector<Route> routes(3, route(Kind::kPrefix, "/"));
  int asked = 0;
  RouteIndex(routes).each("/a", [&](std::uint32_t i) {
    ++asked;
    return i == 1;
  });
  EXPECT_EQ(asked, 2);
}

TEST(RouteIndex, LeavesWhatItCannotJudge) {
  const std::vector<Route> routes = {
      route(Kind::kTemplate, "/{id}"),     route(Kind::kConnect, ""),
      route(Kind::kPrefix, "/ABC", false), route(Kind::kRegex, ".*"),
      route(Kind::kRegex, "/(a|b)"),       route(Kind::kRegex, "/a|/abd")};
  EXPECT_EQ(left_for(routes, "/abd"), (Left{0, 1, 2, 3, 4, 5}));
}

TEST(RouteIndex, ARegularExpressionsPlainBeginningIsAskedFor) {
  const std::vector<Route> routes = {
      route(Kind::kRegex, "/users/[0-9]+"), route(Kind::kRegex, "/users?/.*"),
      route(Kind::kRegex, "/users*"), route(Kind::kRegex, "/users{2}"),
      route(Kind::kRegex, "/users+")};
  EXPECT_EQ(left_for(routes, "/users/1"), (Left{0, 1, 2, 3, 4}));
  EXPECT_EQ(left_for(routes, "/user/1"), (Left{1, 2, 3}));
  EXPECT_EQ(left_for(routes, "/use"), (Left{}));
}

/// What a route of these kinds asks of a path.
bool fits(const PathMatch& match, std::string_view path) {
  switch (match.kind) {
    case Kind::kExact:
      return equal_text(path, match.value, !match.case_sensitive);
    case Kind::kSeparatedPrefix:
      if (path.size() > match.value.size() && path[match.value.size()] != '/') return false;
      [[fallthrough]];
    default:
      return equal_text(path.substr(0, match.value.size()), match.value, !match.case_sensitive);
  }
}

TEST(RouteIndex, NeverPassesOverARouteThatFits) {
  std::uint64_t draws = 0;
  const auto draw = [&](std::uint64_t below) { return mix(7, ++draws) % below; };
  const auto text = [&](std::uint64_t most) {  // of few letters, so that many fit
    std::string result;
    for (std::uint64_t left = draw(most + 1); left > 0; --left) result += "/abB"[draw(4)];
    return result;
  };
  int fitting = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string path = text(24);
    std::vector<Route> routes;
    for (int i = 0; i < 4; ++i) {
      constexpr Kind kKinds[] = {Kind::kPrefix, Kind::kExact, Kind::kSeparatedPrefix};
      const std::string value = draw(2) == 0 ? path.substr(0, draw(path.size() + 1)) : text(24);
      routes.push_back(route(kKinds[draw(3)], value, draw(2) == 0));
    }
    const Left left = left_for(routes, path);
    for (std::uint32_t i = 0; i < routes.size(); ++i) {
      if (!fits(routes[i].match.path, path)) continue;
      ++fitting;
      EXPECT_NE(std::ranges::find(left, i), left.end())
          << "'" << path << "' fits '" << routes[i].match.path.value << "'";
    }
  }
  EXPECT_GT(fitting, 10'000);
}

TEST(RouteIndex, TextsOfAnyLengthAreKept) {
  const std::string longest(70'000, 'a');
  const std::vector<Route> routes = {route(Kind::kExact, longest), route(Kind::kPrefix, longest),
                                     route(Kind::kPrefix, "")};
  EXPECT_EQ(left_for(routes, longest), (Left{0, 1, 2}));
  EXPECT_EQ(left_for(routes, ""), (Left{2}));
}

}  // namespace
}  // namespace squall::policies
