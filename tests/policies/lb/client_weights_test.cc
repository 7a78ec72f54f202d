#include "policies/lb/client_weights.h"

#include <gtest/gtest.h>

namespace squall::policies::lb {
namespace {

constexpr Instant at(Duration since_start) { return Instant{} + since_start; }

TEST(ClientWeights, CountAfterTheBlackoutAndOthersGetTheMedian) {
  const ClientWeighted config;
  ClientWeights weights(config, 3, Instant{});
  std::vector<std::uint32_t> now = {1, 1, 1};
  weights.on_report(0, 10, at(500ms));
  weights.on_report(1, 21, at(500ms));
  EXPECT_FALSE(weights.advance(at(10s), now));  // 9.5 s are no blackout period
  EXPECT_TRUE(weights.advance(at(11s), now));
  EXPECT_EQ(now, (std::vector<std::uint32_t>{10, 21, 15}));
  EXPECT_FALSE(weights.advance(at(11'900ms), now));
}

TEST(ClientWeights, AReportThatIsTooOldCountsNoMore) {
  const ClientWeighted config;
  ClientWeights weights(config, 2, Instant{});
  std::vector<std::uint32_t> now = {1, 1};
  weights.on_report(0, 10, at(0s));
  weights.advance(at(10s), now);
  EXPECT_EQ(now, (std::vector<std::uint32_t>{10, 10}));
  EXPECT_TRUE(weights.advance(at(181s), now));
  EXPECT_EQ(now, (std::vector<std::uint32_t>{1, 1}));
  weights.on_report(0, 10, at(182s));  // the blackout begins again
  EXPECT_FALSE(weights.advance(at(191s), now));
  EXPECT_TRUE(weights.advance(at(192s), now));
}

/// As a live Envoy 1.40: it counts for the median as what it is, and its host keeps one turn.
TEST(ClientWeights, AWeightBelowOneIsOne) {
  ClientWeighted config;
  config.blackout_period = Duration::zero();
  ClientWeights weights(config, 3, Instant{});
  std::vector<std::uint32_t> now = {7, 7, 7};
  weights.on_report(0, 0, at(500ms));
  weights.on_report(1, 4, at(500ms));
  EXPECT_TRUE(weights.advance(at(1s), now));
  EXPECT_EQ(now, (std::vector<std::uint32_t>{1, 4, 2}));
}

}  // namespace
}  // namespace squall::policies::lb
