#include "policies/filter/local_ratelimit.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

LocalRateLimitConfig limiting(std::uint32_t tokens) {
  LocalRateLimitConfig config;
  config.has_bucket = true;
  config.bucket = {.max_tokens = tokens, .tokens_per_fill = tokens};
  return config;
}
DescriptorConfig descriptor(const char* key, const char* value, std::uint32_t tokens) {
  DescriptorConfig one;
  one.entries = {{key, value}};
  one.bucket = {.max_tokens = tokens, .tokens_per_fill = tokens};
  return one;
}
std::vector<RequestDescriptor> of(const char* key, const char* value) {
  return {{.entries = {{key, value}}, .headers = {}}};
}
bool allows(LocalRateLimiter& limiter, const std::vector<RequestDescriptor>& descriptors = {},
            Instant now = Instant{}) {
  return limiter.decide(descriptors, now).allowed;
}

TEST(LocalRateLimit, TheBucketIsFullAtFirstAndFillsContinuously) {
  const LocalRateLimitConfig config = limiting(4);
  LocalRateLimiter limiter(config, Instant{});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(allows(limiter));
  EXPECT_FALSE(allows(limiter, {}, Instant{} + 249ms));
  EXPECT_TRUE(allows(limiter, {}, Instant{} + 250ms));
}

TEST(LocalRateLimit, WithoutABucketEverybodyPasses) {
  const LocalRateLimitConfig config;
  LocalRateLimiter limiter(config, Instant{});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(allows(limiter));
  EXPECT_EQ(limiter.decide({}, Instant{}).bucket, nullptr);
}

/// As a live Envoy 1.40.
TEST(LocalRateLimit, ABucketForNoTokenAtAllRefusesEverybodyAndIsNotTold) {
  const LocalRateLimitConfig config = limiting(0);
  LocalRateLimiter limiter(config, Instant{});
  const LocalRateLimiter::Decision decision = limiter.decide({}, Instant{} + 1h);
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.bucket, nullptr);
}

TEST(LocalRateLimit, ADescriptorsBucketIsForThoseThatMeetIt) {
  LocalRateLimitConfig config = limiting(100);
  config.descriptors.push_back(descriptor("client", "a", 1));
  LocalRateLimiter limiter(config, Instant{});
  EXPECT_TRUE(allows(limiter, of("client", "a")));
  EXPECT_FALSE(allows(limiter, of("client", "a")));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(allows(limiter, of("client", "b")));
}

TEST(LocalRateLimit, DescriptorsLimitWithoutACommonBucketToo) {
  LocalRateLimitConfig config;
  config.descriptors.push_back(descriptor("client", "a", 1));
  LocalRateLimiter limiter(config, Instant{});
  EXPECT_TRUE(allows(limiter, of("client", "a")));
  EXPECT_FALSE(allows(limiter, of("client", "a")));
  EXPECT_TRUE(allows(limiter, of("client", "b")));
}

TEST(LocalRateLimit, TheCommonBucketIsAskedTooUnlessTheConfigurationSaysOtherwise) {
  for (const bool too : {true, false}) {
    LocalRateLimitConfig config = limiting(1);
    config.always_consume_default_token_bucket = too;
    config.descriptors.push_back(descriptor("client", "", 9));
    LocalRateLimiter limiter(config, Instant{});
    EXPECT_TRUE(allows(limiter, of("client", "x")));
    EXPECT_EQ(allows(limiter, of("client", "x")), !too);
  }
}

/// The latest values are remembered, those that come again with them; one that is not begins anew.
TEST(LocalRateLimit, AnOpenValueHasABucketForEachValue) {
  LocalRateLimitConfig config = limiting(100);
  config.max_dynamic_descriptors = 2;
  config.descriptors = {descriptor("user", "", 1), descriptor("user", "vip", 3)};
  LocalRateLimiter limiter(config, Instant{});
  for (const char* user : {"a", "b"}) {
    EXPECT_TRUE(allows(limiter, of("user", user)));
    EXPECT_FALSE(allows(limiter, of("user", user)));
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allows(limiter, of("user", "vip")));
  EXPECT_FALSE(allows(limiter, of("user", "vip")));
  EXPECT_FALSE(allows(limiter, of("user", "a")));  // now later than b
  EXPECT_TRUE(allows(limiter, of("user", "c")));   // in the place of b
  EXPECT_FALSE(allows(limiter, of("user", "a")));
  EXPECT_TRUE(allows(limiter, of("user", "b")));
}

/// Slowest first, whatever the order of the descriptors; what the first gave stays taken.
TEST(LocalRateLimit, TheSlowestBucketDecidesAndIsTold) {
  LocalRateLimitConfig config = limiting(100);
  config.descriptors = {descriptor("fast", "x", 5), descriptor("slow", "x", 2)};
  LocalRateLimiter limiter(config, Instant{});
  std::vector<RequestDescriptor> both = of("fast", "x");
  both.push_back({.entries = {{"slow", "x"}}, .headers = false});
  const LocalRateLimiter::Decision first = limiter.decide(both, Instant{});
  EXPECT_EQ(first.bucket->most(), 2U);
  EXPECT_EQ(first.bucket->remaining(Instant{}), 1U);
  EXPECT_EQ(first.headers, false);
  EXPECT_TRUE(allows(limiter, both));
  const LocalRateLimiter::Decision refused = limiter.decide(both, Instant{});
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.bucket->most(), 2U);
  EXPECT_EQ(limiter.decide(of("fast", "x"), Instant{}).bucket->remaining(Instant{}), 2U);
}

TEST(LocalRateLimit, ADescriptorNeedsAllItsActions) {
  LocalRateLimitConfig config;
  using Kind = RateLimitAction::Kind;
  RateLimitAction generic, header, match;
  generic.key = "generic_key";
  generic.value = "all";
  header.kind = Kind::kRequestHeader;
  header.key = "user";
  header.value = "x-user";
  match.kind = Kind::kDestinationCluster;
  match.key = "destination_cluster";
  config.rate_limits = {{.actions = {generic, header}, .headers = {}},
                        {.actions = {match}, .headers = true}};
  const std::vector<HeaderField> headers = {{"x-user", "ann"}};
  RequestHead head;
  const std::vector<RequestDescriptor> alone = descriptors_of(config, nullptr, head, "me", "shop");
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0].entries, (DescriptorEntries{{"destination_cluster", "shop"}}));
  EXPECT_EQ(alone[0].headers, true);
  head.headers = headers;
  EXPECT_EQ(descriptors_of(config, nullptr, head, "me", "shop")[0].entries,
            (DescriptorEntries{{"generic_key", "all"}, {"user", "ann"}}));
}

TEST(LocalRateLimit, RoutesAndTheirHostsSayWhatTheFilterDoesNot) {
  const auto limit = [](std::string value, std::uint32_t stage = 0) {
    RateLimitAction action;
    action.key = "generic_key";
    action.value = std::move(value);
    RateLimit one;
    one.actions.push_back(std::move(action));
    one.stage = stage;
    return one;
  };
  const std::vector<RateLimit> none, route = {limit("route"), limit("later", 1)},
                                     host = {limit("host")};
  LocalRateLimitConfig config;
  const auto values = [&](const RouteRateLimits& limits) {
    std::string all;
    for (const RequestDescriptor& one : descriptors_of(config, &limits, {}, "", ""))
      all += one.entries[0].second + " ";
    return all;
  };
  EXPECT_EQ(values({route, host}), "route ");
  EXPECT_EQ(values({none, host}), "host ");
  EXPECT_EQ(values({route, host, true}), "route host ");
  config.host_limits = HostRateLimits::kInclude;
  EXPECT_EQ(values({route, host}), "route host ");
  config.host_limits = HostRateLimits::kIgnore;
  EXPECT_EQ(values({none, host}), "");
  config.stage = 1;
  EXPECT_EQ(values({route, host}), "later ");
  config.rate_limits = {limit("own")};
  EXPECT_EQ(values({route, host}), "own ");
}

}  // namespace
}  // namespace squall::policies
