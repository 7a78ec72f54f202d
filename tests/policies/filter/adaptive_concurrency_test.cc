#include "policies/filter/adaptive_concurrency.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

void pass(GradientController& controller, Duration latency, int count, Instant now = Instant{}) {
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(controller.admits());
    controller.on_sample(now, now + latency);
  }
}

TEST(AdaptiveConcurrency, EnvoysDefaults) {
  SQUALL_VECTORS(vectors, "adaptive_concurrency");
  EXPECT_EQ(testing::parts_of(vectors),
            (std::set<std::string>{"defaults", "min_rtt", "limit_formula"}));
  const nlohmann::json& wanted = vectors["defaults"];
  const AdaptiveConcurrencyConfig config;
  EXPECT_EQ(config.max_concurrency_limit, wanted["max_concurrency_limit"].get<std::uint32_t>());
  EXPECT_EQ(config.request_count, wanted["min_rtt_request_count"].get<std::uint32_t>());
  EXPECT_EQ(config.sample_aggregate_percentile / 100,
            wanted["sample_aggregate_percentile"].get<double>());
  EXPECT_EQ(config.jitter_percent / 100, wanted["jitter"].get<double>());
  EXPECT_EQ(config.min_concurrency, wanted["min_concurrency"].get<std::uint32_t>());
  EXPECT_EQ(config.buffer_percent / 100, wanted["buffer"].get<double>());
}

TEST(AdaptiveConcurrency, EnvoysMeasurement) {
  SQUALL_VECTORS(vectors, "adaptive_concurrency");
  const nlohmann::json& rows = testing::rows(vectors, "min_rtt", 3);
  AdaptiveConcurrencyConfig config;
  config.min_concurrency = rows[0]["min_concurrency"].get<std::uint32_t>();
  config.request_count = rows[0]["request_count"].get<std::uint32_t>();
  GradientController controller(config, Instant{});
  EXPECT_EQ(controller.limit(), rows[0]["limit_while_measuring"].get<std::uint32_t>());
  for (std::uint32_t i = 0; i < rows[0]["allowed_outstanding"].get<std::uint32_t>(); ++i)
    EXPECT_TRUE(controller.admits());
  EXPECT_FALSE(controller.admits());
  while (controller.outstanding() > 0) controller.on_cancelled();
  const auto latency = std::chrono::milliseconds(rows[0]["latency_ms"].get<int>());
  const int samples = rows[0]["window_ends_after_samples"].get<int>();
  pass(controller, latency, samples - 1);
  EXPECT_TRUE(controller.measuring());
  pass(controller, latency, 1);
  EXPECT_FALSE(controller.measuring());
  EXPECT_EQ(controller.min_rtt_us() / 1000, rows[0]["min_rtt_ms"].get<int>());

  config.request_count = 5;
  config.sample_aggregate_percentile = rows[1]["percentile"].get<double>();
  GradientController other(config, Instant{});
  for (const nlohmann::json& ms : rows[1]["samples_ms"])
    pass(other, std::chrono::milliseconds(ms.get<int>()), 1);
  EXPECT_EQ(other.min_rtt_us() / 1000, rows[1]["min_rtt_ms"].get<int>());

  config.min_concurrency = rows[2]["min_concurrency"].get<std::uint32_t>();
  config.fixed_min_rtt = std::chrono::milliseconds(rows[2]["fixed_value_ms"].get<int>());
  GradientController fixed(config, Instant{});
  EXPECT_EQ(fixed.limit(), rows[2]["limit_at_start"].get<std::uint32_t>());
  EXPECT_EQ(fixed.measuring(), rows[2]["min_rtt_active_at_start"].get<bool>());
}

TEST(AdaptiveConcurrency, EnvoysLimits) {
  SQUALL_VECTORS(vectors, "adaptive_concurrency");
  for (const nlohmann::json& row : testing::rows(vectors["limit_formula"], "examples", 5)) {
    AdaptiveConcurrencyConfig config;
    config.buffer_percent = row["buffer"].get<double>() * 100;
    config.min_concurrency = row["min_concurrency"].get<std::uint32_t>();
    config.max_concurrency_limit = row["max"].get<std::uint32_t>();
    EXPECT_EQ(
        next_limit(config, row["limit"].get<std::uint32_t>(), row["min_rtt_us"].get<std::int64_t>(),
                   row["sample_rtt_us"].get<std::int64_t>()),
        row["new_limit"].get<std::uint32_t>());
    testing::replayed(vectors);
  }
}

TEST(AdaptiveConcurrency, ALimitIsCutBeforeItIsAWholeNumber) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  AdaptiveConcurrencyConfig config;
  config.max_concurrency_limit = kMost;
  EXPECT_EQ(next_limit(config, 3'000'000'000, 1000, 1), kMost);  // twice as many
  EXPECT_EQ(next_limit(config, kMost, 1000, 1000), kMost);       // 2^32 and its root
  config.max_concurrency_limit = 1000;
  EXPECT_EQ(next_limit(config, 3'000'000'000, 1000, 1), 1000U);
}

TEST(AdaptiveConcurrency, TheLimitFollowsTheSamplesOfEachInterval) {
  AdaptiveConcurrencyConfig config;
  GradientController controller(config, Instant{});
  pass(controller, 10ms, 50);
  controller.on_update_interval();  // no sample since: as it was
  EXPECT_EQ(controller.limit(), 3U);
  pass(controller, 10ms, 10);
  controller.on_update_interval();
  // Both measured 10.5 ms, the middle of their bucket: 3.75 + sqrt(3.75).
  EXPECT_EQ(controller.limit(), 5U);
}

TEST(AdaptiveConcurrency, SamplesOfBeforeTheMeasurementDoNotCount) {
  AdaptiveConcurrencyConfig config;
  config.request_count = 1;
  GradientController controller(config, Instant{} + 1s);
  ASSERT_TRUE(controller.admits());
  controller.on_sample(Instant{}, Instant{} + 2s);
  EXPECT_TRUE(controller.measuring());
  EXPECT_EQ(controller.outstanding(), 0U);
}

TEST(AdaptiveConcurrency, MeasuresAnewAfterTheIntervalWithJitter) {
  AdaptiveConcurrencyConfig config;
  config.request_count = 1;
  GradientController controller(config, Instant{});
  EXPECT_FALSE(controller.take_min_rtt_delay(0));
  pass(controller, 10ms, 1);
  EXPECT_EQ(controller.take_min_rtt_delay(9'000 + 17), 60s + 17ms);  // 15 % of a minute
  EXPECT_FALSE(controller.take_min_rtt_delay(0));
}

TEST(AdaptiveConcurrency, FiveTimesTheLeastLimitIsDoubtful) {
  AdaptiveConcurrencyConfig config;
  config.request_count = 1;
  GradientController controller(config, Instant{});
  pass(controller, 1ms, 1);
  controller.take_min_rtt_delay(0);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(controller.take_min_rtt_delay(0)) << i;
    pass(controller, 1s, 1);
    controller.on_update_interval();
  }
  EXPECT_EQ(controller.take_min_rtt_delay(0), Duration::zero());
}

}  // namespace
}  // namespace squall::policies
