#include "sim/threshold.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace squall::sim {
namespace {

/// A scenario of which `${ratio}` per cent of the requests fail.
class SearchedThreshold : public ::testing::Test {
 protected:
  SearchedThreshold()
      : folder_(std::filesystem::temp_directory_path() /
                ("squall_threshold_" +
                 std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "s.yaml")
        << "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 100s\n"
           "  parameters: {ratio: 50}\n"
           "  workloads: {a: {errors: {ratio: '${ratio}%', status: 503}}}\n"
           "  load: [{name: x, from: outside, to: http://a/, rate: 50/s}]\n";
  }
  ~SearchedThreshold() override { std::filesystem::remove_all(folder_); }

  reports::TestResult found(const std::string& threshold, int jobs = 1,
                            const std::atomic<bool>* stop = nullptr) const {
    const auto file = scenarios::read_test_file(
        "apiVersion: squall.dev/v1\nkind: Test\nspec:\n  scenario: s.yaml\n  runs: 8\n  tests:\n"
        "    - {name: x, threshold: " +
            threshold + "}",
        (folder_ / "s_test.yaml").string());
    EXPECT_TRUE(file.has_value());
    const auto cases = select_tests({&*file, 1}, "");
    EXPECT_TRUE(cases.has_value());
    Diagnostics warnings;
    return run_tests(*cases, {.jobs = jobs, .stop = stop}, warnings).at(0);
  }

  std::filesystem::path folder_;
};

TEST_F(SearchedThreshold, IsFoundAndBothSidesAreChecked) {
  const auto result = found("{parameter: ratio, between: [1.0, 90.0], of: 'success < 80%'}");
  EXPECT_EQ(result.verdict(), "pass");
  const reports::Threshold& one = result.threshold();
  EXPECT_EQ(one.parameter(), "ratio");
  EXPECT_EQ(one.holds(), "above");
  EXPECT_NEAR(std::atof(one.value().c_str()), 20, 1.5);
  EXPECT_LT(std::atof(one.below().c_str()), std::atof(one.above().c_str()));
  EXPECT_EQ(one.runs(), 8U);
  ASSERT_EQ(result.expectations_size(), 2);
  EXPECT_EQ(result.expectations(0).text(),
            "ratio=" + one.lower() + ": not success < 80% in >= 95% of the runs");
  EXPECT_EQ(result.expectations(1).text(),
            "ratio=" + one.upper() + ": success < 80% in >= 95% of the runs");
}

TEST_F(SearchedThreshold, MayBeOfWhatHoldsBelow) {
  const auto result = found("{parameter: ratio, between: [1, 90], of: 'success >= 80%', runs: 1}");
  EXPECT_EQ(result.verdict(), "pass");
  EXPECT_EQ(result.threshold().holds(), "below");
  EXPECT_EQ(result.expectations(0).text().find("not"), std::string::npos);
  EXPECT_NE(result.expectations(1).text().find("not"), std::string::npos);
}

TEST_F(SearchedThreshold, EndsThatAreAlikeAreAFailure) {
  const auto result = found("{parameter: ratio, between: [1, 10], of: 'success < 80%', runs: 1}");
  EXPECT_EQ(result.verdict(), "fail");
  EXPECT_FALSE(result.has_threshold());
  ASSERT_EQ(result.expectations_size(), 1);
  EXPECT_EQ(result.expectations(0).text(), "success < 80% holds on one side of a value of ratio");
  EXPECT_EQ(result.expectations(0).why(), "it does not hold at 1 and at 10");
}

TEST_F(SearchedThreshold, ASideThatIsUndecidedIsAFailure) {
  // Near 50 % of chance, one second of load is now this and now that.
  const auto result = found(
      "{parameter: ratio, between: [1.0, 90.0], of: 'success[0s:1s] < 80%', runs: 1, in: '== "
      "100%'}");
  EXPECT_EQ(result.verdict(), "fail");
  EXPECT_TRUE(result.has_threshold());
}

TEST_F(SearchedThreshold, ValuesThatCannotBeReadAreErrorsAtTheParameter) {
  const auto result = found("{parameter: ratio, between: [1, 900], of: 'success < 80%', runs: 1}");
  EXPECT_EQ(result.verdict(), "error");
  const auto unknown = found("{parameter: ratoi, between: [1, 90], of: 'success < 80%', runs: 1}");
  EXPECT_EQ(unknown.verdict(), "error");
  ASSERT_GT(unknown.problems_size(), 0);
  EXPECT_EQ(unknown.problems(0).line(), 7U);
  EXPECT_EQ(unknown.problems(0).message(),
            "threshold ratoi=1: \"ratoi\" is neither a parameter nor a field of spec; did you mean "
            "\"ratio\"?");
}

TEST_F(SearchedThreshold, HowManyRunAtATimeChangesNothing) {
  const std::string of = "{parameter: ratio, between: [1, 90], of: 'success < 80%'}";
  EXPECT_EQ(found(of, 1).SerializeAsString(), found(of, 8).SerializeAsString());
}

TEST_F(SearchedThreshold, AStoppedOneIsInterrupted) {
  const std::atomic<bool> stop = true;
  const auto result = found("{parameter: ratio, between: [1, 90], of: 'success < 80%'}", 1, &stop);
  EXPECT_EQ(result.verdict(), "interrupted");
}

}  // namespace
}  // namespace squall::sim
