#include "reports/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

namespace squall::reports {
namespace {

ComparedRun run_of(double success, double p99, std::uint64_t attempts) {
  ComparedRun run;
  Load& load = *run.report.add_loads();
  load.set_name("users");
  load.set_requests(100);
  load.set_attempts(attempts);
  load.set_success_ratio(success);
  load.mutable_latency_s()->set_p99(p99);
  return run;
}

const ComparedMetric& metric(const DiffReport& report, std::string_view name) {
  for (const ComparedMetric& one : report.loads(0).metrics()) {
    if (one.metric() == name) return one;
  }
  ADD_FAILURE() << name;
  return ComparedMetric::default_instance();
}

DiffReport report_of(const Comparison& comparison) {
  DiffReport report;
  comparison.put(report);
  return report;
}

TEST(Comparison, WhatIsTheSameIsExactlyZero) {
  Comparison comparison;
  for (int i = 0; i < 3; ++i) comparison.add(run_of(0.1 * i, 0.3, 7), run_of(0.1 * i, 0.3, 7));
  const DiffReport report = report_of(comparison);
  EXPECT_EQ(report.verdict(), "same");
  for (const ComparedMetric& one : report.loads(0).metrics()) {
    EXPECT_TRUE(one.identical()) << one.metric();
    EXPECT_EQ(one.difference(), 0);
    ASSERT_EQ(one.interval_size(), 2);
    EXPECT_EQ(one.interval(0), 0);
    EXPECT_EQ(one.interval(1), 0);
    EXPECT_EQ(one.verdict(), "same");
  }
}

TEST(Comparison, TheIntervalIsStudentsOfPairedDifferences) {
  Comparison comparison;
  // Differences 1, 2, 3, 4, 5 hundredths: mean 3, deviation sqrt(2.5), t(4) = 2.776445.
  for (int i = 1; i <= 5; ++i)
    comparison.add(run_of(0.5, 0.1 * i, 100), run_of(0.5, 0.1 * i + 0.01 * i, 100));
  const DiffReport report = report_of(comparison);
  const ComparedMetric& p99 = metric(report, "p99_s");
  EXPECT_EQ(report.intervals_of(), "seeds");
  EXPECT_NEAR(p99.before(), 0.3, 1e-12);
  EXPECT_NEAR(p99.difference(), 0.03, 1e-12);
  const double reach = 2.776445105 * std::sqrt(2.5) / std::sqrt(5.0) / 100;
  EXPECT_NEAR(p99.interval(0), 0.03 - reach, 1e-10);
  EXPECT_NEAR(p99.interval(1), 0.03 + reach, 1e-10);
  EXPECT_EQ(p99.verdict(), "worse");
  EXPECT_EQ(metric(report, "success_ratio").verdict(), "same");
  EXPECT_TRUE(metric(report, "success_ratio").identical());
  EXPECT_EQ(report.verdict(), "worse");
}

TEST(Comparison, TheDirectionIsTheFiguresOwn) {
  Comparison comparison;
  for (int i = 0; i < 6; ++i)
    comparison.add(run_of(0.5 + 0.001 * i, 0.5, 100),
                   run_of(0.9, 0.2 + 0.001 * i, i % 2 == 0 ? 150U : 151U));
  const DiffReport report = report_of(comparison);
  EXPECT_EQ(metric(report, "success_ratio").verdict(), "better");
  EXPECT_EQ(metric(report, "p99_s").verdict(), "better");
  EXPECT_EQ(metric(report, "attempts").verdict(), "different");
  EXPECT_EQ(report.verdict(), "better");
}

TEST(Comparison, ADifferenceThatChanceExplainsIsTheSameButNotIdentical) {
  Comparison comparison;
  for (int i = 0; i < 6; ++i)
    comparison.add(run_of(0.5, 0.5, 100), run_of(0.5, i % 2 == 0 ? 0.4 : 0.6, 100));
  const ComparedMetric p99 = metric(report_of(comparison), "p99_s");
  EXPECT_EQ(p99.verdict(), "same");
  EXPECT_FALSE(p99.identical());
}

/// One figure of three whose interval of 95 % just misses zero is what chance does now and then.
TEST(Comparison, TheWholeVerdictAllowsForHowManyFiguresItIsMadeOf) {
  Comparison comparison;
  for (int i = 0; i < 6; ++i) {
    const double noise = i % 2 == 0 ? 0.011 : -0.009;
    comparison.add(run_of(0.5, 0.5, 100),
                   run_of(0.5 + (i < 3 ? 0.01 : -0.01), 0.5115 + noise, i % 2 == 0 ? 103U : 97U));
  }
  const DiffReport report = report_of(comparison);
  EXPECT_EQ(metric(report, "p99_s").verdict(), "worse");
  EXPECT_EQ(report.verdict(), "same");
}

TEST(Comparison, OneRunIsJudgedByItsBatches) {
  Comparison comparison;
  ComparedRun before = run_of(1, 0.5, 100), after = run_of(0.5, 0.5, 100);
  Batches& first =
      before.batches.loads.emplace("users", Batches(Instant{}, Instant(20s))).first->second;
  Batches& second =
      after.batches.loads.emplace("users", Batches(Instant{}, Instant(20s))).first->second;
  for (int i = 0; i < 200; ++i) {
    first.record(Instant(i * 100ms), 1ms, true, 1);
    second.record(Instant(i * 100ms), 1ms, i % 2 == 0, 1);
  }
  comparison.add(before, after);
  const DiffReport report = report_of(comparison);
  EXPECT_EQ(report.intervals_of(), "batches");
  const ComparedMetric& success = metric(report, "success_ratio");
  EXPECT_NEAR(success.interval(0), -0.5, 1e-12);
  EXPECT_NEAR(success.interval(1), -0.5, 1e-12);
  EXPECT_EQ(success.verdict(), "worse");
  EXPECT_EQ(report.verdict(), "worse");
}

TEST(Comparison, WithoutAnIntervalADifferenceIsOnlyDifferent) {
  Comparison comparison;
  comparison.add(run_of(1, 0.5, 100), run_of(1, 0.7, 100));
  const DiffReport report = report_of(comparison);
  EXPECT_EQ(metric(report, "p99_s").interval_size(), 0);
  EXPECT_EQ(metric(report, "p99_s").verdict(), "different");
  EXPECT_EQ(report.verdict(), "different");
}

TEST(Comparison, WhatIsOnOneSideOnlyIsDifferent) {
  Comparison comparison;
  ComparedRun after = run_of(1, 0.5, 100);
  Edge& edge = *after.report.add_edges();
  edge.set_source("a");
  edge.set_requests(3);
  edge.set_success_ratio(1);
  comparison.add(run_of(1, 0.5, 100), after);
  const DiffReport report = report_of(comparison);
  ASSERT_EQ(report.edges_size(), 1);
  const ComparedMetric& success = report.edges(0).metrics(0);
  EXPECT_EQ(success.metric(), "success_ratio");
  EXPECT_FALSE(success.has_before());
  EXPECT_EQ(success.after(), 1);
  EXPECT_FALSE(success.has_difference());
  EXPECT_EQ(success.verdict(), "different");
  EXPECT_EQ(report.verdict(), "different");
}

}  // namespace
}  // namespace squall::reports
