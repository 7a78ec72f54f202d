#include "reports/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

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

/// A run in which `unrouted` of a call's thousand requests matched no route.
ComparedRun call_run(double success, std::uint64_t unrouted, std::uint64_t served) {
  ComparedRun run = run_of(success, 0.5, 100);
  Edge& edge = *run.report.add_edges();
  edge.set_source("web");
  edge.set_service("db");
  edge.set_requests(1000);
  if (unrouted > 0) (*edge.mutable_flags())["NR"] = unrouted;
  Workload& workload = *run.report.add_workloads();
  workload.set_name("db");
  workload.set_requests(served);
  return run;
}

DiffReport of_calls(const ComparedRun& before, const ComparedRun& after) {
  Comparison comparison;
  for (int i = 0; i < 6; ++i) {
    ComparedRun one = before;
    one.report.mutable_loads(0)->set_success_ratio(0.5 + 0.001 * i);
    comparison.add(one, after);
  }
  return report_of(comparison);
}

TEST(Comparison, WhereRequestsMatchNoRouteNothingIsBetter) {
  ComparedRun after = call_run(1, 1000, 0);
  after.report.add_causes("no route of VirtualService shop/db takes GET db/: 404 NR");
  const DiffReport report = of_calls(call_run(0.5, 0, 1000), after);
  EXPECT_EQ(report.verdict(), "worse");
  EXPECT_EQ(metric(report, "success_ratio").verdict(), "different");
  ASSERT_EQ(report.astray_size(), 3);
  EXPECT_EQ(report.astray(0),
            "web -> db: 6000 of 6000 requests match no route (NR, answered 404), before 0 of 6000");
  EXPECT_EQ(report.astray(1), "no route of VirtualService shop/db takes GET db/: 404 NR");
  EXPECT_EQ(report.astray(2), "db: no request comes to it, before 6000 requests");
}

TEST(Comparison, AWorkloadThatGetsNoRequestAnyMoreIsDifferentAtBest) {
  const DiffReport report = of_calls(call_run(0.5, 0, 1000), call_run(1, 0, 0));
  EXPECT_EQ(report.verdict(), "different");
  EXPECT_EQ(metric(report, "success_ratio").verdict(), "different");
}

TEST(Comparison, WhatMatchedNoRouteBeforeGoesNoMoreAstray) {
  for (const auto& [before, after] : {std::pair(1000U, 1000U), std::pair(1000U, 0U),
                                      std::pair(0U, 9U)}) {  // less than a hundredth
    const DiffReport report = of_calls(call_run(0.5, before, 500), call_run(1, after, 500));
    EXPECT_EQ(report.verdict(), "better") << before << ' ' << after;
    EXPECT_EQ(report.astray_size(), 0);
  }
}

}  // namespace
}  // namespace squall::reports
