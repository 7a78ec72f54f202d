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

TEST(LocalRateLimit, TheBucketIsFullAtFirstAndFillsContinuously) {
  const LocalRateLimitConfig config = limiting(4);
  LocalRateLimiter limiter(config, Instant{});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.allows({}, Instant{}));
  EXPECT_FALSE(limiter.allows({}, Instant{} + 249ms));
  EXPECT_TRUE(limiter.allows({}, Instant{} + 250ms));
}

TEST(LocalRateLimit, WithoutABucketEverybodyPasses) {
  const LocalRateLimitConfig config;
  LocalRateLimiter limiter(config, Instant{});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter.allows({}, Instant{}));
}

TEST(LocalRateLimit, ADescriptorsBucketIsForThoseThatMeetIt) {
  LocalRateLimitConfig config = limiting(100);
  config.descriptors.push_back(descriptor("client", "a", 1));
  LocalRateLimiter limiter(config, Instant{});
  const std::vector<DescriptorEntries> a = {{{"client", "a"}}}, b = {{{"client", "b"}}};
  EXPECT_TRUE(limiter.allows(a, Instant{}));
  EXPECT_FALSE(limiter.allows(a, Instant{}));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.allows(b, Instant{}));
}

TEST(LocalRateLimit, TheCommonBucketIsAskedTooUnlessTheConfigurationSaysOtherwise) {
  for (const bool too : {true, false}) {
    LocalRateLimitConfig config = limiting(1);
    config.always_consume_default_token_bucket = too;
    config.descriptors.push_back(descriptor("client", "", 9));
    LocalRateLimiter limiter(config, Instant{});
    const std::vector<DescriptorEntries> any = {{{"client", "x"}}};
    EXPECT_TRUE(limiter.allows(any, Instant{}));
    EXPECT_EQ(limiter.allows(any, Instant{}), !too);
  }
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
  config.rate_limits = {{generic, header}, {match}};
  const std::vector<HeaderField> headers = {{"x-user", "ann"}};
  RequestHead head;
  EXPECT_EQ(descriptors_of(config, nullptr, head, "me", "shop"),
            (std::vector<DescriptorEntries>{{{"destination_cluster", "shop"}}}));
  head.headers = headers;
  EXPECT_EQ(descriptors_of(config, nullptr, head, "me", "shop")[0],
            (DescriptorEntries{{"generic_key", "all"}, {"user", "ann"}}));
}

TEST(LocalRateLimit, RoutesAndTheirHostsSayWhatTheFilterDoesNot) {
  const auto limit = [](std::string value, std::uint32_t stage = 0) {
    RateLimitAction action;
    action.key = "generic_key";
    action.value = std::move(value);
    return RateLimit{{action}, stage};
  };
  const std::vector<RateLimit> none, route = {limit("route"), limit("later", 1)},
                                     host = {limit("host")};
  LocalRateLimitConfig config;
  const auto values = [&](const RouteRateLimits& limits) {
    std::string all;
    for (const DescriptorEntries& one : descriptors_of(config, &limits, {}, "", ""))
      all += one[0].second + " ";
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
  config.rate_limits = {limit("own").actions};
  EXPECT_EQ(values({route, host}), "own ");
}

}  // namespace
}  // namespace squall::policies
