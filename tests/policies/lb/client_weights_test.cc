#include "policies/lb/client_weights.h"

#include <gtest/gtest.h>

namespace squall::policies::lb {
namespace {

constexpr Instant at(Duration since_start) { return Instant{} + since_start; }

TEST(ClientWeights, AReportsWeightIsRateOverUtilizationAndErrors) {
  ClientWeighted config;
  EXPECT_EQ(weight_of_report(config, "rps_fractional=100,cpu_utilization=0.5"), 200U);
  EXPECT_EQ(weight_of_report(config,
                             "rps_fractional=100,application_utilization=0.25,"
                             "cpu_utilization=0.5"),
            400U);
  EXPECT_EQ(weight_of_report(config, "rps_fractional=100,eps=50,cpu_utilization=0.5"), 100U);
  config.error_utilization_penalty = 0;
  EXPECT_EQ(weight_of_report(config, "rps_fractional=100,eps=50,cpu_utilization=0.5"), 200U);
  config.utilization_metrics = {"named_metrics.queue"};
  EXPECT_EQ(weight_of_report(config, "named_metrics.queue=1,rps_fractional=8,cpu_utilization=0.5"),
            8U);
  EXPECT_FALSE(weight_of_report(config, "cpu_utilization=0.5"));
  EXPECT_FALSE(weight_of_report(config, "rps_fractional=100"));
}

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

TEST(ClientWeights, TheReportIsAHeaderInTextForm) {
  const HeaderField text{"endpoint-load-metrics", "TEXT cpu_utilization=0.5"};
  const HeaderField json{"endpoint-load-metrics", "JSON {}"};
  EXPECT_EQ(find_report({&text, 1}), "cpu_utilization=0.5");
  EXPECT_FALSE(find_report({&json, 1}));
  EXPECT_FALSE(find_report({}));
}

}  // namespace
}  // namespace squall::policies::lb
