#include "reports/query.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

TEST(Metric, NamesAndEnumeratorsAgree) {
  for (std::size_t i = 0; i < kMetrics; ++i) {
    const auto metric = static_cast<Metric>(i);
    EXPECT_EQ(metric_of(name_of(metric)), metric);
  }
  EXPECT_EQ(name_of(Metric::kP999), "p999");
  EXPECT_EQ(name_of(Metric::kInSystemMean), "in_system_mean");
  EXPECT_FALSE(metric_of("p98"));
  EXPECT_TRUE(is_label("cause"));
  EXPECT_FALSE(is_label("colour"));
}

TEST(Query, StepsCoverTheWindow) {
  Query query{.metric = Metric::kP99,
              .labels = {},
              .from = Instant(10s),
              .to = Instant(12500ms),
              .step = 1s};
  ASSERT_EQ(query.steps(), 3U);
  EXPECT_EQ(query.window(0), std::pair(Instant(10s), Instant(11s)));
  EXPECT_EQ(query.window(2), std::pair(Instant(12s), Instant(12500ms)));
  EXPECT_EQ(query.step_of(Instant(11s)), 1U);
  EXPECT_EQ(query.step_of(Instant(12499ms)), 2U);
  EXPECT_FALSE(query.step_of(Instant(12500ms)));
  EXPECT_FALSE(query.step_of(Instant(9s)));
  query.step = {};
  EXPECT_EQ(query.steps(), 1U);
  EXPECT_EQ(query.step_of(Instant(12s)), 0U);
  query.to = query.from;
  EXPECT_EQ(query.steps(), 0U);
}

TEST(Accumulator, CountsAndRates) {
  Accumulator a;
  a.add();
  a.add(9);
  EXPECT_EQ(a.value(Metric::kRequests, 5s), 10);
  EXPECT_EQ(a.value(Metric::kRate, 5s), 2);
  EXPECT_FALSE(a.value(Metric::kRate, 0s));
  EXPECT_EQ(Accumulator().value(Metric::kEjections, 5s), 0);
}

TEST(Accumulator, SharesOfNothingAreNone) {
  Accumulator a;
  EXPECT_FALSE(a.value(Metric::kSuccess, 1s));
  EXPECT_FALSE(a.value(Metric::kP99, 1s));
  EXPECT_FALSE(a.value(Metric::kUtilization, 1s));
  for (int i = 0; i < 4; ++i) a.observe(i != 0);
  EXPECT_EQ(a.value(Metric::kSuccess, 1s), 0.75);
}

TEST(Accumulator, AveragesLevelsOverTime) {
  Accumulator a;
  a.hold(3, 2s);
  a.hold(0, 6s);
  a.reach(3);
  EXPECT_EQ(a.value(Metric::kQueueMean, 8s), 0.75);
  EXPECT_EQ(a.value(Metric::kQueueMax, 8s), 3);
  Accumulator use;
  use.hold_of(1, 4, 2s);
  use.hold_of(2, 2, 2s);
  EXPECT_EQ(use.value(Metric::kUtilization, 4s), 0.5);
  Accumulator waste;
  waste.spend(1500ms);
  EXPECT_EQ(waste.value(Metric::kWastedS, 4s), 1.5);
}

TEST(Accumulator, MergedRunsAreJudgedTogether) {
  Accumulator a;
  Accumulator b;
  a.add(10);
  b.add(30);
  a.record(10ms);
  b.record(30ms);
  a.hold(1, 10s);
  b.hold(3, 10s);
  a.merge(b);
  EXPECT_EQ(a.value(Metric::kRequests, 10s), 40);
  EXPECT_EQ(a.value(Metric::kRate, 10s), 2);
  EXPECT_EQ(a.value(Metric::kMean, 10s), 0.02);
  EXPECT_EQ(a.value(Metric::kMax, 10s), 0.03);
  EXPECT_EQ(a.value(Metric::kInSystemMean, 10s), 2);
}

}  // namespace
}  // namespace squall::reports
