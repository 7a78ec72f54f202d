#include "sim/run_tests.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace squall::sim {
namespace {

/// A folder with a scenario of which half of the requests fail.
class RunTests : public ::testing::Test {
 protected:
  RunTests()
      : folder_(std::filesystem::temp_directory_path() /
                ("squall_run_tests_" +
                 std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::create_directories(folder_);
    write("s.yaml",
          "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 10s\n"
          "  parameters: {ratio: 50%}\n"
          "  workloads: {a: {errors: {ratio: '${ratio}', status: 503}}}\n"
          "  load: [{name: x, from: outside, to: http://a/, rate: 20/s}]\n"
          "  expect: ['success{load=\"x\"} > 99%']\n");
  }
  ~RunTests() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  scenarios::TestFile file(const std::string& tests) const {
    auto read = scenarios::read_test_file(
        "apiVersion: squall.dev/v1\nkind: Test\nmetadata: {name: t}\nspec: {scenario: s.yaml, "
        "tests: " +
            tests + "}",
        (folder_ / "s_test.yaml").string());
    EXPECT_TRUE(read.has_value());
    return read ? *std::move(read) : scenarios::TestFile{};
  }
  static std::vector<reports::TestResult> results(const scenarios::TestFile& file, int jobs = 1) {
    const auto cases = select_tests({&file, 1}, "");
    EXPECT_TRUE(cases.has_value());
    Diagnostics warnings;
    return run_tests(*cases, {.jobs = jobs}, warnings);
  }

  std::filesystem::path folder_;
};

TEST_F(RunTests, EachTestHasItsOwnChanges) {
  const auto found =
      results(file("[{name: a}, {name: b, override: {workloads: {a: {errors: null}}}}, "
                   "{name: c, each: {ratio: [0%, 100%]}}, {name: d, runs: 3, expect: "
                   "['success{load=\"x\"} < 60%']}]"));
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].verdict(), "fail");
  EXPECT_EQ(found[0].expectations(0).why().substr(0, 3), "is ");
  EXPECT_TRUE(found[0].expectations(0).has_wrong_from_s());
  EXPECT_GT(found[0].findings_size(), 0);
  EXPECT_EQ(found[1].verdict(), "pass");
  EXPECT_EQ(found[2].verdict(), "pass");
  EXPECT_EQ(found[2].name(), "c [ratio=0%]");
  EXPECT_EQ(found[3].verdict(), "fail");
  EXPECT_EQ(found[4].verdict(), "pass");
  EXPECT_EQ(found[4].runs_size(), 3);
}

TEST_F(RunTests, PatchesChangeManifests) {
  write("s.yaml",
        "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  duration: 10s\n"
        "  workloads: {web: {}, a: {}}\n"
        "  load: [{name: x, from: web, to: http://a/, rate: 20/s}]\n"
        "  expect: ['success{load=\"x\"} > 99%']\n---\n"
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n"
        "spec: {hosts: [a], http: [{fault: {abort: {percentage: {value: 100}, httpStatus: 503}}, "
        "route: [{destination: {host: a}}]}]}\n");
  const auto found =
      results(file("[{name: a}, {name: b, patch: [{kind: VirtualService, metadata: {name: a}, "
                   "spec: {http: [{route: [{destination: {host: a}}]}]}}]}, "
                   "{name: c, patch: [{kind: VirtualService, metadata: {name: b}, spec: null}]}]"));
  EXPECT_EQ(found.at(0).verdict(), "fail");
  EXPECT_EQ(found.at(1).verdict(), "pass");
  EXPECT_EQ(found.at(2).verdict(), "error");
  EXPECT_NE(found.at(2).problems(0).message().find("there is no VirtualService b"),
            std::string::npos);
}

TEST_F(RunTests, RoutesAreLookedUpWithoutARun) {
  write("s.yaml",
        "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  workloads: {web: {}, a: {}}\n");
  const auto found = results(
      file("[{name: a, routes: [{request: GET http://a/, from: web, to: {host: a}, attempts: 3}]}, "
           "{name: b, routes: [{request: GET http://a/, from: web, to: {host: b}}, "
           "{request: GET http://a/, from: web, to: {host: a}}]}]"));
  EXPECT_EQ(found.at(0).verdict(), "pass");
  EXPECT_EQ(found.at(1).verdict(), "fail");
  ASSERT_EQ(found[1].expectations_size(), 2);
  EXPECT_EQ(found[1].expectations(0).text(), "GET http://a/ from web: to b");
  EXPECT_EQ(found[1].expectations(0).why(),
            "web has no such destination; it goes to a.default; no timeout, 3 attempts");
  EXPECT_TRUE(found[1].expectations(1).ok());
  EXPECT_EQ(found[1].runs_size(), 0);
}

TEST_F(RunTests, WhatCannotBeRunIsAnErrorOfItsOwn) {
  const auto found = results(
      file("[{name: a, override: {load: [{name: x, rate: fast}]}}, {name: b, expect: []}]"));
  EXPECT_EQ(found.at(0).verdict(), "error");
  ASSERT_GT(found[0].problems_size(), 0);
  EXPECT_EQ(found[0].problems(0).severity(), "error");
  EXPECT_NE(found[0].problems(0).file().find("s_test.yaml"), std::string::npos);
  EXPECT_EQ(found.at(1).verdict(), "pass");
}

TEST_F(RunTests, MistakesInEachStandInTheTestFile) {
  const auto found = results(file(
      "[{name: a, each: {ratoi: [5%]}}, {name: b, each: {spec.duration: [soon]}}, {name: c, each: "
      "{load.y.rate: [1/s]}}]"));
  const auto problem = [&](std::size_t i) {
    const reports::Problem& one = found.at(i).problems(0);
    EXPECT_NE(one.file().find("s_test.yaml"), std::string::npos) << one.file();
    EXPECT_EQ(one.line(), 4U);
    return one.message();
  };
  EXPECT_EQ(problem(0),
            "each ratoi=5%: \"ratoi\" is neither a parameter nor a field of spec; did you mean "
            "\"ratio\"?");
  EXPECT_EQ(problem(1).substr(0, 14), "spec.duration:");
  EXPECT_EQ(problem(2).substr(0, 50), "each load.y.rate=1/s: the scenario has no load.y.r");
}

TEST_F(RunTests, HowManyRunAtATimeChangesNothing) {
  const scenarios::TestFile tests =
      file("[{name: a, runs: 4}, {name: b, each: {ratio: [0%, 20%, 100%]}}]");
  const auto one = results(tests, 1);
  const auto many = results(tests, 8);
  ASSERT_EQ(one.size(), many.size());
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_EQ(one[i].SerializeAsString(), many[i].SerializeAsString());
}

TEST_F(RunTests, NamesAreFoundByARegularExpression) {
  const scenarios::TestFile tests = file("[{name: a}, {name: b, each: {ratio: [0%, 20%]}}]");
  const auto chosen = [&](const std::string& regex) {
    const auto cases = select_tests({&tests, 1}, regex);
    std::string names;
    if (!cases) return cases.error().all().front().what;
    for (const TestCase& one : *cases) names += one.test->name + "; ";
    return names;
  };
  EXPECT_EQ(chosen("t: b"), "b [ratio=0%]; b [ratio=20%]; ");
  EXPECT_EQ(chosen("^t: a$"), "a; ");
  EXPECT_EQ(chosen("20%"), "b [ratio=20%]; ");
  EXPECT_EQ(chosen("nobody"), "no test's name has \"nobody\" in it");
  EXPECT_EQ(chosen("(").substr(0, 30), "\"(\" is no regular expression: ");
}

TEST_F(RunTests, StoppedTestsAreInterrupted) {
  const scenarios::TestFile tests = file("[{name: a}, {name: b}]");
  const auto cases = select_tests({&tests, 1}, "");
  ASSERT_TRUE(cases);
  const std::atomic<bool> stop = true;
  Diagnostics warnings;
  for (const auto& one : run_tests(*cases, {.jobs = 2, .stop = &stop}, warnings))
    EXPECT_EQ(one.verdict(), "interrupted");
}

}  // namespace
}  // namespace squall::sim
