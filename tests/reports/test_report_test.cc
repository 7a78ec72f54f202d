#include "reports/test_report.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

RunReport run(bool ok) {
  RunReport report;
  report.set_verdict(ok ? "pass" : "fail");
  Expectation& expectation = *report.add_expectations();
  expectation.set_text("success >= 99%");
  expectation.set_ok(ok);
  if (!ok) {
    expectation.set_why("is 98.3%, wanted >= 99%");
    expectation.set_wrong_from_s(61);
  }
  Load& load = *report.add_loads();
  load.set_name("x");
  load.set_requests(100);
  load.set_failed(ok ? 0 : 2);
  load.set_success_ratio(ok ? 1 : 0.98);
  (*load.mutable_status())["503"] = 2;
  Happening& happening = *report.add_timeline();
  happening.set_at_s(60);
  happening.set_what("fault");
  happening.set_who("app.default");
  happening.set_why("error: 50% answer 503");
  for (int i = 0; i < 3; ++i) report.add_runs()->set_verdict("pass");
  return report;
}

TestReport report() {
  TestReport report;
  TestResult& good = *report.add_tests();
  good.set_suite("payment");
  good.set_name("holds as shipped");
  put_run(run(true), good);
  TestResult& bad = *report.add_tests();
  bad.set_file("tests/payment_test.yaml");
  bad.set_line(9);
  bad.set_suite("payment");
  bad.set_name("without retries");
  bad.set_scenario("tests/../slow.yaml");
  put_run(run(false), bad);
  TestResult& broken = *report.add_tests();
  broken.set_file("b_test.yaml");
  broken.set_suite("b");
  broken.set_name("x");
  broken.set_scenario("b.yaml");
  broken.set_verdict("error");
  Problem& problem = *broken.add_problems();
  problem.set_severity("error");
  problem.set_file("b.yaml");
  problem.set_line(3);
  problem.set_column(7);
  problem.set_message("no load");
  broken.add_problems()->set_severity("warning");
  finish(report);
  return report;
}

TEST(TestReport, SaysWhatWasGotAndWantedAndSinceWhen) {
  EXPECT_EQ(test_summary(report(), Color::kNever),
            "✓ payment: holds as shipped  (3 runs)\n"
            "✗ payment: without retries  (3 runs)\n"
            "    tests/payment_test.yaml:9  tests/../slow.yaml\n"
            "    ✗ success >= 99%\n"
            "        is 98.3%, wanted >= 99%, since 61 s\n"
            "    - load x: 2 of 100 requests failed (2.00%): 2 answered with an error\n"
            "        60.000 s  fault begins app.default: error: 50% answer 503\n"
            "✗ b: x\n"
            "    b_test.yaml  b.yaml\n"
            "    b.yaml:3:7: error: no load\n"
            "3 tests: 1 passed, 1 failed, 1 could not be run\n");
}

TEST(TestReport, AThresholdIsPrintedOfATestThatPassedToo) {
  TestReport report;
  TestResult& test = *report.add_tests();
  test.set_suite("queue");
  test.set_name("sticks");
  test.set_verdict("pass");
  Threshold& found = *test.mutable_threshold();
  found.set_parameter("wait");
  found.set_value("61.48ms");
  found.set_of("success >= 99%");
  found.set_holds("below");
  found.set_below("60ms");
  found.set_above("63ms");
  found.set_lower("52.26ms");
  found.set_upper("70.7ms");
  found.set_runs(20);
  test.add_expectations()->set_ok(true);
  finish(report);
  EXPECT_EQ(test_summary(report, Color::kNever),
            "✓ queue: sticks\n"
            "    threshold of wait: 61.48ms (success >= 99% holds below it: at 60ms, not at 63ms; "
            "52.26ms and 70.7ms checked in 20 runs each)\n"
            "1 test: 1 passed, 0 failed\n");
}

TEST(TestReport, WhatPassedTellsNoStory) {
  TestResult result;
  put_run(run(true), result);
  EXPECT_EQ(result.expectations_size(), 1);
  EXPECT_EQ(result.findings_size(), 0);
  EXPECT_EQ(result.timeline_size(), 0);
}

TEST(TestReport, OfWhatPassedRequestsWithoutARouteAreTold) {
  RunReport passed = run(true);
  passed.add_causes("no route of VirtualService shop/db takes GET db/: 404 NR");
  (*passed.mutable_loads(0)->mutable_flags())["NR"] = 100;
  TestReport report;
  TestResult& test = *report.add_tests();
  test.set_suite("shop");
  test.set_name("holds");
  put_run(passed, test);
  finish(report);
  EXPECT_EQ(test_summary(report, Color::kNever),
            "✓ shop: holds  (3 runs)\n"
            "    - load x: 100 of 100 requests matched no route (NR), answered 404\n"
            "    - no route of VirtualService shop/db takes GET db/: 404 NR\n"
            "1 test: 1 passed, 0 failed\n");
}

TEST(TestReport, AnErrorIsWorseThanAFailure) {
  EXPECT_EQ(report().verdict(), "error");
  TestReport some = report();
  some.mutable_tests()->RemoveLast();
  some.clear_passed(), some.clear_failed(), some.clear_errors();
  finish(some);
  EXPECT_EQ(some.verdict(), "fail");
  EXPECT_EQ(some.failed(), 1U);
  some.mutable_tests()->RemoveLast();
  some.clear_passed(), some.clear_failed();
  finish(some);
  EXPECT_EQ(some.verdict(), "pass");
  some.add_tests()->set_verdict("interrupted");
  finish(some);
  EXPECT_EQ(some.verdict(), "interrupted");
}

}  // namespace
}  // namespace squall::reports
