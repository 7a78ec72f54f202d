#include "scenarios/test_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace squall::scenarios {
namespace {

const std::string kHead = "apiVersion: squall.dev/v1\nkind: Test\nmetadata: {name: payment}\n";

TestFile parsed(const std::string& spec) {
  const auto read = read_test_file(kHead + spec, "tests/payment_test.yaml");
  EXPECT_TRUE(read.has_value()) << (read ? "" : to_string(read.error().all().front()));
  return read ? *read : TestFile{};
}

std::string mistake(const std::string& text) {
  const auto read = read_test_file(text, "payment_test.yaml");
  return read ? "none" : to_string(read.error().sorted().front());
}
std::string mistake_in(const std::string& spec) { return mistake(kHead + spec); }

TEST(TestFile, ATestRunsTheScenarioAsItIs) {
  const TestFile file =
      parsed("spec: {scenario: ../slow.yaml, runs: 20, tests: [{name: holds as shipped}]}");
  EXPECT_EQ(file.name, "payment");
  EXPECT_EQ(file.scenario, "tests/../slow.yaml");
  ASSERT_EQ(file.tests.size(), 1U);
  EXPECT_EQ(file.tests[0].name, "holds as shipped");
  EXPECT_EQ(file.tests[0].runs, 20);
  EXPECT_EQ(file.tests[0].place.line, 4);
  EXPECT_TRUE(file.tests[0].read.overrides.empty());
}

TEST(TestFile, WithoutANameItIsTheFiles) {
  const auto read = read_test_file(
      "apiVersion: squall.dev/v1\nkind: Test\nspec: {scenario: /a.yaml, tests: [{name: x}]}",
      "tests/payment_test.yaml");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "payment_test");
  EXPECT_EQ(read->scenario, "/a.yaml");
}

TEST(TestFile, ATestSaysWhatIsDifferent) {
  const TestFile file = parsed(
      "spec:\n  scenario: a.yaml\n  tests:\n"
      "    - name: x\n      runs: 3\n      override: {workloads: {app: {replicas: 2}}}\n"
      "      patch: [{kind: DestinationRule, metadata: {name: app}, spec: null}]\n"
      "      expect: ['success > 99%']\n");
  const scenarios::Test& test = file.tests.at(0);
  EXPECT_EQ(test.runs, 3);
  ASSERT_EQ(test.read.overrides.size(), 2U);
  EXPECT_NE(test.read.overrides[0].find("workloads"), nullptr);
  ASSERT_NE(test.read.overrides[1].find("expect"), nullptr);
  EXPECT_EQ(test.read.overrides[1].find("expect")->items.at(0).text, "success > 99%");
  ASSERT_EQ(test.read.patches.size(), 1U);
}

TEST(TestFile, EachMakesATestOfEveryCombination) {
  const TestFile file = parsed(
      "spec: {scenario: a.yaml, tests: [{name: x, each: {q: [35, 150], spec.seed: [1, 2]}}, {name: "
      "y}]}");
  std::vector<std::string> names;
  for (const scenarios::Test& test : file.tests) names.push_back(test.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"x [q=35, spec.seed=1]", "x [q=35, spec.seed=2]",
                                      "x [q=150, spec.seed=1]", "x [q=150, spec.seed=2]", "y"}));
  ASSERT_EQ(file.tests[2].read.each.size(), 2U);
  EXPECT_EQ(file.tests[2].read.each[0].name, "q");
  EXPECT_EQ(file.tests[2].read.each[0].value, "150");
  EXPECT_EQ(file.tests[2].read.each[0].place.column, 59);
  EXPECT_EQ(file.tests[2].read.each[1].name, "spec.seed");
}

TEST(TestFile, RunsAreOfARun) {
  EXPECT_EQ(mistake_in("spec: {scenario: a.yaml, tests: [{name: x, runs: 2, routes: [{request: GET "
                       "http://a/, from: web, to: {host: a}}]}]}"),
            "payment_test.yaml:4:50: error: spec.tests[0].runs: is of a run, and routes are looked "
            "up without one; leave it out");
  const TestFile file = parsed(
      "spec: {scenario: a.yaml, runs: 20, tests: [{name: x, routes: [{request: GET http://a/, "
      "from: web, to: {host: a}}]}]}");
  EXPECT_EQ(file.tests.size(), 1U);  // the file's are of its other tests
}

TEST(TestFile, AFolderMayHaveSomethingElseUnderATestsName) {
  const auto path = std::filesystem::temp_directory_path() / "squall_other_kinds_test.yaml";
  const auto found = [&](const std::string& text) -> std::string {
    std::ofstream(path) << text;
    const auto read = load_if_test_file(path.string());
    if (!read) return "error";
    return *read ? "test" : "other";
  };
  EXPECT_EQ(found(kHead + "spec: {scenario: a.yaml, tests: [{name: x}]}"), "test");
  EXPECT_EQ(found("apiVersion: v1\nkind: Service\nmetadata: {name: a}"), "other");
  EXPECT_EQ(found("apiVersion: squall.dev/v1\nkind: Scenario\n---\napiVersion: v1\nkind: Pod"),
            "other");
  EXPECT_EQ(found("apiVersion: squall.dev/v1\nkind: Tset\nspec: {}"), "error");
  EXPECT_EQ(found("apiVersion: v1\nspec: {}"), "error");
  EXPECT_EQ(found("a: 1"), "error");
  EXPECT_EQ(found(""), "error");
  EXPECT_EQ(found(kHead + "---\napiVersion: v1\nkind: Pod"), "error");
  EXPECT_EQ(found("a: ["), "error");
  std::filesystem::remove(path);
}

TEST(TestFile, MistakesSayWhereAndWhatWouldBeRight) {
  EXPECT_EQ(mistake(""),
            "payment_test.yaml: error: the file is empty; begin with apiVersion: squall.dev/v1 and "
            "kind: Test");
  EXPECT_EQ(mistake("a: 1\n---\nb: 2"),
            "payment_test.yaml: error: more than one document; write one Test a file");
  EXPECT_EQ(
      mistake("apiVersion: squall.dev/v1\nkind: Scenario\nspec: {scenario: a, tests: []}"),
      "payment_test.yaml:2:7: error: kind: expected Test, got \"Scenario\"; `squall run` takes a "
      "scenario, and a test's `scenario` names it");
  EXPECT_EQ(mistake_in("spec: {tests: [{name: x}]}"),
            "payment_test.yaml:4:7: error: spec: scenario is missing; name the scenario's file, as "
            "seen from this one");
  EXPECT_EQ(
      mistake_in("spec: {scenario: a.yaml}"),
      "payment_test.yaml:4:7: error: spec: tests is missing; list at least one, as in - {name: "
      "holds as shipped}");
  EXPECT_EQ(mistake_in("spec: {scenario: a.yaml, tests: [{runs: 0}]}").substr(0, 32),
            "payment_test.yaml:4:34: error: s");
  EXPECT_EQ(mistake_in("spec: {scenario: a.yaml, tests: [{name: x}, {name: x}]}"),
            "payment_test.yaml:4:52: error: spec.tests[1].name: \"x\" is the name of another test; "
            "give each test its own name");
  EXPECT_EQ(mistake_in("spec: {scenario: a.yaml, tests: [{name: x, overide: {}}]}"),
            "payment_test.yaml:4:44: error: spec.tests[0].overide: unknown field; did you mean "
            "\"override\"?");
  EXPECT_EQ(mistake_in("spec: {scenario: a.yaml, tests: [{name: x, findings: {none: warning}}]}"),
            "payment_test.yaml:4:54: error: spec.tests[0].findings: cannot be checked by this "
            "version of squall; leave the test out");
  EXPECT_EQ(
      mistake_in("spec: {scenario: a.yaml, tests: [{name: x, each: {q: []}}]}"),
      "payment_test.yaml:4:54: error: spec.tests[0].each.q: lists no value; write for example "
      "[35, 150]");
  EXPECT_EQ(
      mistake_in("spec: {scenario: a.yaml, tests: [{name: x, each: {q: [{}]}}]}").substr(0, 84),
      "payment_test.yaml:4:55: error: spec.tests[0].each.q[0]: expected a value of the para");
}

TEST(TestFile, SoManyTestsAreAMistake) {
  std::string values = "[0";
  for (int i = 1; i < 40; ++i) values += ", " + std::to_string(i);
  values += "]";
  EXPECT_EQ(mistake_in("spec: {scenario: a.yaml, tests: [{name: x, each: {a: " + values +
                       ", b: " + values + "}}]}")
                    .find("makes more than 1000 tests of one") == std::string::npos,
            false);
}

}  // namespace
}  // namespace squall::scenarios
