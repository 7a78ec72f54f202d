#include "scenarios/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;
using reports::Accumulator;
using reports::Answer;
using reports::Metric;
using reports::Query;

/// So many a second, second by second.
Answer per_second(const std::vector<std::uint64_t>& counts) {
  Answer answer(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) answer[i].add(counts[i]);
  return answer;
}
std::vector<std::uint64_t> times(std::size_t n, std::uint64_t count) {
  return std::vector(n, count);
}
std::vector<std::uint64_t> operator+(std::vector<std::uint64_t> a,
                                     const std::vector<std::uint64_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Query seconds(Metric metric, std::size_t n) {
  return {.metric = metric,
          .labels = {},
          .from = Instant(70s),
          .to = Instant(70s + 1s * static_cast<int>(n)),
          .step = 1s};
}

/// Of a goodput that was `base` a second for 40 s before the disturbance.
std::optional<double> after(Function function, std::uint64_t base,
                            const std::vector<std::uint64_t>& counts, double level,
                            Duration over = 10s) {
  const Query before{
      .metric = Metric::kGoodput, .labels = {}, .from = Instant(20s), .to = Instant(60s)};
  const Figure figure{.function = function,
                      .text = {},
                      .query = seconds(Metric::kGoodput, counts.size()),
                      .base = before,
                      .level = level,
                      .over = over};
  const Answer answers[] = {per_second(counts), per_second({base * 40})};
  return value_of(figure, answers);
}
std::optional<double> recovery(std::uint64_t base, const std::vector<std::uint64_t>& counts,
                               double level = 0.95, Duration over = 10s) {
  return after(Function::kRecoveryTime, base, counts, level, over);
}
std::optional<double> stuck(std::uint64_t base, const std::vector<std::uint64_t>& counts,
                            double level = 0.5) {
  return after(Function::kStuck, base, counts, level);
}

TEST(Figures, PeakAndLowAreOfWholeStepsWithAFigure) {
  const auto of = [](Function function, Metric metric, const Answer& answer, Duration window) {
    const Figure figure{
        .function = function,
        .text = {},
        .query = {.metric = metric, .labels = {}, .from = {}, .to = Instant(window), .step = 2s}};
    return value_of(figure, {&answer, 1});
  };
  EXPECT_EQ(of(Function::kPeak, Metric::kRate, per_second({4, 20, 6}), 6s), 10);
  EXPECT_EQ(of(Function::kLow, Metric::kRate, per_second({4, 20, 6}), 6s), 2);
  EXPECT_EQ(of(Function::kPeak, Metric::kRate, per_second({4, 2, 60}), 5s), 2);
  EXPECT_EQ(of(Function::kPeak, Metric::kRequests, per_second({4, 2, 60}), 6s), 60);
  Answer shares(3);
  shares[1].observe(true);
  EXPECT_EQ(of(Function::kLow, Metric::kSuccess, shares, 6s), 1);
  EXPECT_EQ(of(Function::kLow, Metric::kSuccess, Answer(3), 6s), std::nullopt);
}

TEST(Figures, WhatNeverFellHasRecoveredAtOnce) {
  EXPECT_EQ(recovery(1000, times(100, 1000)), 0);
  EXPECT_EQ(stuck(1000, times(100, 1000)), 0);
}

TEST(Figures, RecoveryIsTheFirstInstantFromWhichOnTheLevelIsHeld) {
  // One second of nothing in a window of ten is far more than chance.
  EXPECT_NEAR(*recovery(100'000, times(30, 0) + times(70, 100'000), 1), 30, 1e-9);
  EXPECT_NEAR(*recovery(100'000, times(30, 0) + times(70, 100'000), 1, 1s), 30, 1e-9);
  EXPECT_NEAR(
      *recovery(100'000, times(30, 0) + times(20, 100'000) + times(20, 0) + times(30, 100'000), 1),
      70, 1e-9);
  EXPECT_TRUE(std::isinf(*recovery(100'000, times(50, 100'000) + times(50, 0), 1)));
}

TEST(Figures, WhatStaysAShareBelowTheLevelHasNotRecovered) {
  // 5 of 100 short for 1000 s is no chance; for the last seconds alone it might be.
  EXPECT_GT(*recovery(100, times(1000, 90)), 800);
  EXPECT_EQ(recovery(100, times(1000, 96)), 0);
  EXPECT_TRUE(std::isinf(*recovery(100, times(1000, 60))));
}

TEST(Figures, ChanceIsAllowedFor) {
  // 50 in 10 s, +- 7: a window of 35 is no failure, one of 20 is.
  EXPECT_EQ(recovery(5, times(40, 5) + times(5, 2) + times(55, 5)), 0);
  EXPECT_GT(*recovery(5, times(40, 5) + times(10, 1) + times(50, 5)), 35);
}

TEST(Figures, StuckIsWhatIsBelowInBothQuartersOfTheSecondHalf) {
  EXPECT_EQ(stuck(100, times(100, 0)), 1);
  EXPECT_EQ(stuck(100, times(100, 49)), 1);
  EXPECT_EQ(stuck(100, times(100, 50)), 0);
  EXPECT_EQ(stuck(100, times(100, 30), 0.2), 0);
  EXPECT_EQ(stuck(100, times(50, 100) + times(50, 0)), 1);
  EXPECT_EQ(stuck(100, times(51, 0) + times(5, 100) + times(44, 0)), 1);  // luck for some time
  EXPECT_EQ(stuck(100, times(85, 0) + times(15, 100)), 0);
  EXPECT_EQ(stuck(100, times(50, 0) + times(15, 100) + times(35, 0)), 0);
  EXPECT_EQ(stuck(100, times(4, 0)), 1);
}

TEST(Figures, WhatWasBrokenBeforeCannotRecover) {
  EXPECT_EQ(recovery(0, times(100, 0)), std::nullopt);
  EXPECT_EQ(stuck(0, times(100, 0)), std::nullopt);
}

TEST(Figures, WithoutABaseThereIsNothingToCompareWith) {
  const Query before{
      .metric = Metric::kSuccess, .labels = {}, .from = Instant(20s), .to = Instant(60s)};
  Answer bad(20), good(20), base(1);
  for (Accumulator& one : bad) one.observe(false);
  for (Accumulator& one : good) one.observe(true);
  const Figure figure{.function = Function::kStuck,
                      .text = {},
                      .query = seconds(Metric::kSuccess, 20),
                      .base = before,
                      .level = 0.5,
                      .over = 10s};
  const auto is_stuck = [&](const Answer& after) {
    const Answer answers[] = {after, base};
    return value_of(figure, answers);
  };
  EXPECT_EQ(is_stuck(bad), std::nullopt);
  base[0].observe(true);
  EXPECT_EQ(is_stuck(bad), 1);
  EXPECT_EQ(is_stuck(good), 0);
  EXPECT_EQ(is_stuck(Answer(20)), std::nullopt);
}

}  // namespace
}  // namespace squall::scenarios
