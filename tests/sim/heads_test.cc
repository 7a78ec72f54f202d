// Heads of a run: what listeners make of them.
#include "sim/heads.h"

#include <gtest/gtest.h>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using policies::Reception;
using policies::TargetRules;

std::uint32_t add(HeadTable& heads, const std::string& path, const std::string& authority = "app") {
  return heads.intern(OwnHead{.authority = authority, .path = path, .headers = {{"x", "y"}}});
}

TEST(Heads, EqualOnesHaveOneNumber) {
  HeadTable heads;
  EXPECT_EQ(add(heads, "/a"), add(heads, "/a"));
  EXPECT_NE(add(heads, "/a"), add(heads, "/b"));
  EXPECT_EQ(heads.view(0).known_as, 1U);
}

TEST(Heads, OfThoseThatAreManyNothingIsRememberedByNumber) {
  HeadTable heads;
  const std::uint32_t many =
      heads.intern(OwnHead{.authority = "app", .path = "/1", .headers = {}}, false);
  EXPECT_EQ(heads.view(many).known_as, 0U);
  const std::uint32_t rules = heads.intern(TargetRules{.normalize_path = true}, 80);
  const std::uint32_t other =
      heads.intern(OwnHead{.authority = "app", .path = "/a/../2", .headers = {}}, false);
  EXPECT_EQ(heads.view(heads.receive(rules, other).head).known_as, 0U);
  const HeadTable copy(heads);
  EXPECT_FALSE(copy.is_few(many));
  EXPECT_EQ(copy.own(other).path, "/a/../2");
}

TEST(Heads, RulesThatChangeNothingHaveNoNumber) {
  HeadTable heads;
  EXPECT_EQ(heads.intern(TargetRules{}, 80), 0U);
  const std::uint32_t number = heads.intern(TargetRules{.normalize_path = true}, 80);
  EXPECT_EQ(heads.intern(TargetRules{.normalize_path = true}, 81), number);
  const TargetRules matching{.strip_port = policies::StripPort::kMatching};
  EXPECT_NE(heads.intern(matching, 80), heads.intern(matching, 81));
}

TEST(Heads, AListenerMakesAnotherOfThem) {
  HeadTable heads;
  const std::uint32_t rules = heads.intern(
      TargetRules{.normalize_path = true, .strip_port = policies::StripPort::kAny}, 80);
  const std::uint32_t plain = add(heads, "/b?q");
  const std::uint32_t odd = add(heads, "/a/../b?q", "app:80");
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(heads.receive(rules, odd).head, plain);
    EXPECT_EQ(heads.receive(rules, plain).head, plain);
    EXPECT_EQ(heads.receive(0, odd).head, odd);
  }
  EXPECT_EQ(heads.own(plain).headers.size(), 1U);
}

TEST(Heads, SomeAreTurnedDown) {
  HeadTable heads;
  const std::uint32_t rules = heads.intern(
      TargetRules{.normalize_path = true, .escaped_slashes = policies::EscapedSlashes::kRedirect},
      80);
  EXPECT_EQ(heads.receive(rules, add(heads, "/a%00")).reception, Reception::kBadPath);
  EXPECT_EQ(heads.receive(rules, add(heads, "/a%2Fb")).reception, Reception::kMovedPath);
}

/// Of a service whose route for /secret aborts everything.
testing::RunText asked(const std::string& path) {
  return testing::RunText(
      "spec:\n  duration: 10s\n  workloads: {client: {}, app: {}}\n" +
      testing::once("http://app" + path, "client") +
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: app, namespace: default}\nspec:\n  hosts: [app]\n  http:\n"
      "  - match: [{uri: {prefix: /secret}}]\n    route: [{destination: {host: app}}]\n"
      "    fault: {abort: {httpStatus: 503, percentage: {value: 100}}}\n"
      "  - route: [{destination: {host: app}}]\n");
}

TEST(Heads, ARunsPathsAreInNormalFormBeforeRoutesAreLookedFor) {
  EXPECT_EQ(asked("/open/../secret").edge("client", "app").flags().at("FI"), 1U);
  EXPECT_EQ(asked("/%73ecret").edge("client", "app").flags().at("FI"), 1U);
  EXPECT_EQ(asked("/open").endpoint("app-0").requests(), 1U);
}

TEST(Heads, ARunsBadPathIsTheSidecarsToAnswer) {
  const testing::RunText run = asked("/a%00");
  EXPECT_EQ(run.edge("client", "app").requests(), 1U);
  EXPECT_EQ(run.edge("client", "app").attempts(), 0U);
  EXPECT_EQ(run.endpoint("app-0").requests(), 0U);
}

TEST(Heads, AGrpcTimeoutIsReadOnce) {
  HeadTable heads;
  OwnHead head;
  const std::uint32_t without = heads.intern(head);
  head.headers.emplace_back("grpc-timeout", "200m");
  EXPECT_EQ(heads.timeout(heads.intern(head)), std::chrono::milliseconds(200));
  EXPECT_FALSE(heads.timeout(without));
}

}  // namespace
}  // namespace squall::sim
