#include "policies/hash_policy.h"

#include <gtest/gtest.h>

#include <bit>

#include "policies/lb/hash.h"

namespace squall::policies {
namespace {

using Kind = HashPolicy::Kind;

HashPolicy policy(Kind kind, std::string name) {
  HashPolicy result;
  result.kind = kind;
  result.name = std::move(name);
  return result;
}

/// A request with headers x-a: one, x-a: two, cookie: c="v"; d=w.
struct Asked {
  std::vector<HeaderField> headers = {{"x-a", "two"}, {"x-a", "one"}, {"cookie", "c=\"v\"; d=w"}};
  RequestHead head;
  Asked() {
    head.path = "/p?k=v&k=w&empty#f";
    head.headers = headers;
    head.peer = "10.0.0.9";
    head.peer_port = 4711;
    head.local = "10.0.0.1";
    head.local_port = 80;
  }
};

std::optional<std::uint64_t> hash(std::vector<HashPolicy> policies, const RequestHead& head) {
  return hash_of(policies, head, nullptr);
}

TEST(HashPolicy, AHeadersValuesAreSortedAndChained) {
  const Asked asked;
  EXPECT_EQ(hash({policy(Kind::kHeader, "x-a")}, asked.head),
            lb::xx_hash("two", lb::xx_hash("one")));
  EXPECT_EQ(hash({policy(Kind::kHeader, ":path")}, asked.head), lb::xx_hash("/p?k=v&k=w&empty#f"));
  EXPECT_FALSE(hash({policy(Kind::kHeader, "x-b")}, asked.head));
}

TEST(HashPolicy, AHeaderIsRewrittenFirst) {
  HashPolicy rewritten = policy(Kind::kHeader, "x-a");
  rewritten.rewrite = RegexRewrite{compile_regex("[a-z]+").value(), "x"};
  const Asked asked;
  EXPECT_EQ(hash({rewritten}, asked.head), lb::xx_hash("x", lb::xx_hash("x")));
}

TEST(HashPolicy, CookiesParametersAndAddressesCount) {
  const Asked asked;
  EXPECT_EQ(hash({policy(Kind::kCookie, "c")}, asked.head), lb::xx_hash("v"));
  EXPECT_EQ(hash({policy(Kind::kCookie, "d")}, asked.head), lb::xx_hash("w"));
  EXPECT_FALSE(hash({policy(Kind::kCookie, "e")}, asked.head));
  EXPECT_EQ(hash({policy(Kind::kQueryParameter, "k")}, asked.head), lb::xx_hash("v"));
  EXPECT_EQ(hash({policy(Kind::kQueryParameter, "empty")}, asked.head), lb::xx_hash(""));
  EXPECT_FALSE(hash({policy(Kind::kQueryParameter, "v")}, asked.head));
  EXPECT_EQ(hash({policy(Kind::kSourceIp, "")}, asked.head), lb::xx_hash("10.0.0.9"));
}

TEST(HashPolicy, ACookiesQuotesAreTakenOffInPairsAndAnEmptyOneIsNone) {
  Asked asked;
  asked.headers = {{"cookie", "none=\"\"; one=\"; left=\"v"}};
  asked.head.headers = asked.headers;
  EXPECT_FALSE(hash({policy(Kind::kCookie, "none")}, asked.head));
  EXPECT_EQ(hash({policy(Kind::kCookie, "one")}, asked.head), lb::xx_hash("\""));
  EXPECT_EQ(hash({policy(Kind::kCookie, "left")}, asked.head), lb::xx_hash("\"v"));
}

TEST(HashPolicy, SeveralAreRotatedTogetherUntilATerminalOneYields) {
  const Asked asked;
  HashPolicy first = policy(Kind::kQueryParameter, "k");
  const HashPolicy second = policy(Kind::kSourceIp, "");
  EXPECT_EQ(hash({first, second}, asked.head),
            std::rotl(lb::xx_hash("v"), 1) ^ lb::xx_hash("10.0.0.9"));
  first.terminal = true;
  EXPECT_EQ(hash({first, second}, asked.head), lb::xx_hash("v"));
  first.name = "nothing";
  EXPECT_EQ(hash({first, second}, asked.head), lb::xx_hash("10.0.0.9"));
}

TEST(HashPolicy, AMissingCookieWithALifetimeIsMade) {
  const Asked asked;
  HashPolicy sticky = policy(Kind::kCookie, "sticky");
  sticky.ttl = 30s;
  sticky.path = "/p";
  const std::vector<HashPolicy> policies = {sticky};
  std::vector<MadeCookie> made;
  const auto hash = hash_of(policies, asked.head, &made);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].value, lb::xx_hash("10.0.0.9:471110.0.0.1:800"));
  const std::string text = set_cookie_text(made[0]);
  EXPECT_TRUE(text.starts_with("sticky=\"")) << text;
  EXPECT_TRUE(text.ends_with("\"; Max-Age=30; Path=/p; HttpOnly")) << text;
  EXPECT_EQ(hash, lb::xx_hash(text.substr(8, 16)));  // the client that sends it back stays
  EXPECT_FALSE(hash_of(policies, asked.head, nullptr));
}

}  // namespace
}  // namespace squall::policies
