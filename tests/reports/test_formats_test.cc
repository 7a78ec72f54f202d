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
    <testcase name="good" classname="a" file="a_test.yaml"/>
    <testcase name="bad [q=1, r=2]" classname="a" file="a_test.yaml" line="9">
      <failure message="success{load=&quot;x&quot;} &gt;= 99%: is 98.3%, wanted &gt;= 99%">success{load=&quot;x&quot;} &gt;= 99%: is 98.3%, wanted &gt;= 99%&#10;- 50% &amp; more� � failed&#10;60.000 s  fault begins app: error&#10;</failure>
    </testcase>
  </testsuite>
  <testsuite name="b" tests="2" failures="0" errors="1" skipped="1">
    <testcase name="x" classname="b" file="b_test.yaml">
      <error message="b.yaml:3:7: error: no load">b.yaml:3:7: error: no load&#10;</error>
    </testcase>
    <testcase name="y" classname="b" file="b_test.yaml">
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

TEST(TestFormats, AThresholdIsANoticeAndWhatATestcasePrints) {
  TestReport report;
  for (const char* verdict : {"pass", "fail"}) {
    TestResult& test = *report.add_tests();
    test.set_file("a_test.yaml");
    test.set_suite("a");
    test.set_name("t");
    test.set_verdict(verdict);
    test.mutable_threshold()->set_of("p99 < 1s");
  }
  report.mutable_tests(1)->add_expectations()->set_text("p50 < 1s");
  const std::string printed =
      "threshold of :  (p99 &lt; 1s holds  it: at , not at ;  and  checked in 0 runs each)";
  EXPECT_EQ(to_junit(report),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"squall\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
            "  <testsuite name=\"a\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
            "    <testcase name=\"t\" classname=\"a\" file=\"a_test.yaml\">\n"
            "      <system-out>" +
                printed +
                "</system-out>\n    </testcase>\n"
                "    <testcase name=\"t\" classname=\"a\" file=\"a_test.yaml\">\n"
                "      <failure message=\"p50 &lt; 1s: \">p50 &lt; 1s: &#10;</failure>\n"
                "      <system-out>" +
                printed + "</system-out>\n    </testcase>\n  </testsuite>\n</testsuites>\n");
  const std::string github = to_github(report);
  EXPECT_TRUE(github.starts_with("::notice file=a_test.yaml,title=a%3A t::threshold of "));
  EXPECT_NE(github.find("\n::error file=a_test.yaml"), std::string::npos);
}

}  // namespace
}  // namespace squall::reports
