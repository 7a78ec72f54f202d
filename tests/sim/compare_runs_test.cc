#include "sim/compare_runs.h"

#include "reports/write_json.h"
#include "tests/sim/two_sides.h"

namespace squall::sim {
namespace {

const std::string kRetries =
    testing::virtual_service("server", "retries: {attempts: 2, retryOn: 5xx}");

reports::DiffReport compared(const std::string& before, const std::string& after,
                             const CompareControl& control = {}) {
  const auto found = compare_runs(testing::read_text(before), testing::read_text(after), control);
  EXPECT_TRUE(found) << (found ? "" : testing::all_of(found.error()));
  return found ? found->report : reports::DiffReport();
}

std::string refused(const std::string& before, const std::string& after) {
  const auto found = compare_runs(testing::read_text(before), testing::read_text(after), {});
  EXPECT_FALSE(found);
  return found ? "" : testing::all_of(found.error());
}

TEST(CompareRuns, NothingChangedIsExactlyZeroEverywhere) {
  const auto report = compared(testing::half_fails(), testing::half_fails(), {.runs = 2});
  EXPECT_EQ(report.verdict(), "same");
  EXPECT_EQ(report.runs(), 2U);
  EXPECT_TRUE(report.resources().empty());
  EXPECT_TRUE(report.changed_requests().empty());
  EXPECT_GT(report.edges_size(), 0);
  const auto all_identical = [](const auto& rows) {
    for (const auto& row : rows) {
      for (const auto& metric : row.metrics()) EXPECT_TRUE(metric.identical()) << metric.metric();
    }
  };
  all_identical(report.loads());
  all_identical(report.edges());
  all_identical(report.workloads());
}

TEST(CompareRuns, TheSameBytesAtAnyNumberOfJobs) {
  const std::string before = testing::half_fails(kRetries), after = testing::half_fails();
  EXPECT_EQ(reports::to_json(compared(before, after, {.runs = 6, .jobs = 1})),
            reports::to_json(compared(before, after, {.runs = 6, .jobs = 3})));
}

TEST(CompareRuns, RetriesTakenAwayAreWorse) {
  const auto report =
      compared(testing::half_fails(kRetries), testing::half_fails(), {.runs = 5, .jobs = 2});
  EXPECT_EQ(report.verdict(), "worse");
  EXPECT_EQ(report.intervals_of(), "seeds");
  const auto& success = report.loads(0).metrics(0);
  EXPECT_EQ(success.metric(), "success_ratio");
  // 1 - 1/8 with two retries, 1/2 without.
  EXPECT_NEAR(success.difference(), -0.375, 0.05);
  EXPECT_LT(success.interval(1), 0);
  EXPECT_EQ(success.verdict(), "worse");
}

TEST(CompareRuns, SidesOfOtherLengthsAreRefused) {
  std::string longer = testing::half_fails();
  longer.replace(longer.find("12s"), 3, "13s");
  EXPECT_EQ(refused(testing::half_fails(), longer),
            "s.yaml: error: the duration is 12s before and 13s after; --set gives both sides the "
            "same\n");
}

TEST(CompareRuns, MistakesAreSaidOnceOrWithTheirSide) {
  const std::string bad = testing::virtual_service("server", "retries: {attempts: -1}");
  const std::string of_one = refused(testing::half_fails(), testing::half_fails(bad));
  EXPECT_NE(of_one.find("error: after: "), std::string::npos) << of_one;
  const std::string of_both = refused(testing::half_fails(bad), testing::half_fails(bad));
  EXPECT_EQ(of_both.find("after: "), std::string::npos) << of_both;
  EXPECT_FALSE(of_both.empty());
}

TEST(CompareRuns, SidesOfOtherSeedsAreRemarkedAndTheirRequestsNotMatched) {
  std::string other = testing::half_fails();
  other.replace(other.find("  duration"), 0, "  seed: 7\n");
  const auto found = compare_runs(testing::read_text(testing::half_fails()),
                                  testing::read_text(other), {.runs = 5});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->report.requests().empty());
  EXPECT_NE(testing::all_of(found->warnings).find("the seed is 1 before and 7 after"),
            std::string::npos);
  EXPECT_FALSE(found->report.loads(0).metrics(0).identical());
}

TEST(CompareRuns, StoppedBeforeItBeganItHasNoFigures) {
  const std::atomic<bool> stop = true;
  const auto report =
      compared(testing::half_fails(), testing::half_fails(), {.runs = 3, .stop = &stop});
  EXPECT_EQ(report.verdict(), "interrupted");
  EXPECT_EQ(report.runs(), 0U);
  EXPECT_TRUE(report.loads().empty());
}

}  // namespace
}  // namespace squall::sim
