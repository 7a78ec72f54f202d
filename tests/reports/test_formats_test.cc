#include "reports/test_formats.h"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

TestReport report() {
  TestReport report;
  TestResult& good = *report.add_tests();
  good.set_file("a_test.yaml");
  good.set_suite("a");
  good.set_name("good");
  good.set_verdict("pass");
  TestResult& bad = *report.add_tests();
  bad.set_file("a_test.yaml");
  bad.set_line(9);
  bad.set_suite("a");
  bad.set_name("bad [q=1, r=2]");
  bad.set_verdict("fail");
  Expectation& expectation = *bad.add_expectations();
  expectation.set_text("success{load=\"x\"} >= 99%");
  expectation.set_why("is 98.3%, wanted >= 99%");
  bad.add_findings("50% & more\x01 \xef\xbf\xbe failed");
  Happening& happening = *bad.add_timeline();
  happening.set_at_s(60);
  happening.set_what("fault begins");
  happening.set_who("app");
  happening.set_why("error");
  TestResult& broken = *report.add_tests();
  broken.set_file("b_test.yaml");
  broken.set_suite("b");
  broken.set_name("x");
  broken.set_verdict("error");
  Problem& problem = *broken.add_problems();
  problem.set_severity("error");
  problem.set_file("b.yaml");
  problem.set_line(3);
  problem.set_column(7);
  problem.set_message("no load");
  TestResult& cut = *report.add_tests();
  cut.set_file("b_test.yaml");
  cut.set_suite("b");
  cut.set_name("y");
  cut.set_verdict("interrupted");
  return report;
}

TEST(TestFormats, JUnitHasASuiteAFile) {
  EXPECT_EQ(to_junit(report()),
            R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="squall" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="a" tests="2" failures="1" errors="0" skipped="0">
    <testcase name="good" classname="a"/>
    <testcase name="bad [q=1, r=2]" classname="a">
      <failure message="success{load=&quot;x&quot;} &gt;= 99%: is 98.3%, wanted &gt;= 99%">success{load=&quot;x&quot;} &gt;= 99%: is 98.3%, wanted &gt;= 99%&#10;- 50% &amp; more� � failed&#10;60.000 s  fault begins app: error&#10;</failure>
    </testcase>
  </testsuite>
  <testsuite name="b" tests="2" failures="0" errors="1" skipped="1">
    <testcase name="x" classname="b">
      <error message="b.yaml:3:7: error: no load">b.yaml:3:7: error: no load&#10;</error>
    </testcase>
    <testcase name="y" classname="b">
      <skipped message="interrupted">interrupted&#10;</skipped>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(TestFormats, GitHubHasALineForWhatDidNotPass) {
  EXPECT_EQ(to_github(report()),
            "::error file=a_test.yaml,line=9,title=a%3A bad [q=1%2C r=2]::success{load=\"x\"} >= "
            "99%25: is 98.3%25, wanted >= 99%25%0A- 50%25 & more\x01 \xef\xbf\xbe failed%0A60.000 "
            "s  fault begins "
            "app: error%0A\n"
            "::error file=b_test.yaml,title=b%3A x::b.yaml:3:7: error: no load%0A\n"
            "::error file=b_test.yaml,title=b%3A y::interrupted%0A\n");
  EXPECT_EQ(to_github(TestReport()), "");
}

}  // namespace
}  // namespace squall::reports
