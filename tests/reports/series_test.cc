#include "reports/series.h"

#include <gtest/gtest.h>

#include <cmath>

namespace squall::reports {
namespace {

TEST(Series, FilesARequestWhereItArrived) {
  Series series(3500ms);
  ASSERT_EQ(series.steps(), 4U);
  series.record(Instant(999ms), 5s, true);
  series.record(Instant(1s), 10ms, false);
  series.record(Instant(1999ms), 10ms, true);
  series.record(Instant(4s), 10ms, true);
  EXPECT_EQ(series.requests(0), 1U);
  EXPECT_EQ(series.requests(1), 2U);
  EXPECT_EQ(series.success_ratio(1), 0.5);
  EXPECT_EQ(series.requests(3), 0U);
  EXPECT_TRUE(std::isnan(series.success_ratio(3)));
  EXPECT_TRUE(std::isnan(series.quantile_s(3, 0.99)));
}

TEST(Series, QuantilesAreWithinAFewPercent) {
  Series series(1s);
  for (int i = 1; i <= 10'000; ++i) series.record(Instant{}, Duration(i * 10'000), true);
  EXPECT_NEAR(series.quantile_s(0, 0.5), 0.05, 0.05 * 0.032);
  EXPECT_NEAR(series.quantile_s(0, 0.99), 0.099, 0.099 * 0.032);
}

TEST(Series, KeepsLongRunsWithinItsSteps) {
  const Series series(24h);
  EXPECT_EQ(series.step(), 30s);
  EXPECT_EQ(series.steps(), 2880U);
}

TEST(Series, MergesStepByStep) {
  Series a(2s);
  Series b(2s);
  a.record(Instant(1s), 10ms, true);
  b.record(Instant(1s), 10ms, false);
  Series all;
  all.merge(a);
  all.merge(b);
  EXPECT_EQ(all.requests(1), 2U);
  EXPECT_EQ(all.success_ratio(1), 0.5);
}

TEST(Series, UnansweredRequestsFailAndHaveNoLatency) {
  Series series(2s);
  series.record(Instant(1s), 10ms, true);
  series.record_unanswered(Instant(1500ms));
  series.record_unanswered(Instant(0s));
  series.record_unanswered(Instant(2s));  // too late to count
  Series both = series;
  both.merge(series);
  EXPECT_EQ(both.requests(1), 4U);
  EXPECT_EQ(both.unanswered(1), 2U);
  EXPECT_EQ(both.success_ratio(1), 0.5);
  EXPECT_NEAR(both.quantile_s(1, 0.5), 0.01, 0.01 * 0.032);
  EXPECT_EQ(both.success_ratio(0), 0);
  EXPECT_TRUE(std::isnan(both.quantile_s(0, 0.5)));
}

}  // namespace
}  // namespace squall::reports
