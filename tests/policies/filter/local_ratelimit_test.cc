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
  EXPECT_EQ(descriptors_of(config, head, "me", "shop"),
            (std::vector<DescriptorEntries>{{{"destination_cluster", "shop"}}}));
  head.headers = headers;
  EXPECT_EQ(descriptors_of(config, head, "me", "shop")[0],
            (DescriptorEntries{{"generic_key", "all"}, {"user", "ann"}}));
}

}  // namespace
}  // namespace squall::policies
