#include "policies/machine/sent_head.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::policies {
namespace {

constexpr auto kOverwrite = HeaderMutation::Action::kOverwriteIfExistsOrAdd;

struct Fixture {
  RouteTable table;
  VirtualHost host;
  Route route;
  std::vector<HeaderField> fields{{"x-user", "ann"}, {"x-envoy-max-retries", "9"}};
  RequestHead received;

  Fixture() {
    route.name = "cart";
    route.action = Forward{};
    received.authority = "shop";
    received.path = "/cart";
    received.headers = fields;
    received.peer = "10.0.0.9";
  }
  Forward& forward() { return std::get<Forward>(route.action); }
  SentHead sent() const { return {{table, host, route}, received, "west", true}; }
};

std::string value(const SentHead& sent, std::string_view name) {
  return std::string(find_header(sent.head().headers, name).value_or("absent"));
}

TEST(SentHead, IsWhatItsRouteMakesOfTheOneThatCame) {
  Fixture fixture;
  fixture.route.headers.request_remove = {"x-user"};
  fixture.route.headers.request_add = {
      {"x-via", "%ROUTE_NAME% in %UPSTREAM_CLUSTER% by %PROTOCOL%", kOverwrite},
      {"x-from", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", kOverwrite}};
  fixture.forward().host_rewrite.literal = "inner";
  fixture.forward().path_rewrite.prefix = "/c";
  fixture.route.match.path.value = "/cart";
  fixture.received.http2 = true;
  const SentHead sent = fixture.sent();
  EXPECT_EQ(value(sent, "x-user"), "absent");
  EXPECT_EQ(value(sent, "x-via"), "cart in west by HTTP/2");
  EXPECT_EQ(value(sent, "x-from"), "10.0.0.9");
  EXPECT_EQ(sent.head().authority, "inner");
  EXPECT_EQ(sent.head().path, "/c");
  EXPECT_EQ(sent.head().peer, "10.0.0.9");
}

/// What a caller from outside says of retries goes; what the route says for it counts.
TEST(SentHead, OnlyAnInternalCallersOwnWordsOnRetriesCount) {
  Fixture fixture;
  EXPECT_EQ(value(fixture.sent(), "x-envoy-max-retries"), "absent");
  fixture.route.headers.request_add = {{"x-envoy-max-retries", "2", kOverwrite}};
  EXPECT_EQ(value(fixture.sent(), "x-envoy-max-retries"), "2");
  fixture.route.headers.request_add.clear();
  fixture.received.internal = true;
  EXPECT_EQ(value(fixture.sent(), "x-envoy-max-retries"), "9");
}

TEST(SentHead, TheOneThatCameStaysAsItIs) {
  Fixture fixture;
  fixture.route.headers.request_remove = {"x-user"};
  const SentHead sent = fixture.sent();
  EXPECT_EQ(find_header(fixture.received.headers, "x-user"), "ann");
  EXPECT_EQ(fixture.received.authority, "shop");
}

}  // namespace
}  // namespace squall::policies
