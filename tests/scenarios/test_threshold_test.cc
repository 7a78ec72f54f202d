#include "scenarios/test_threshold.h"

#include <gtest/gtest.h>

#include <string>

#include "scenarios/test_file.h"

namespace squall::scenarios {
namespace {

Result<TestFile> read(const std::string& threshold, const std::string& besides = "") {
  return read_test_file(
      "apiVersion: squall.dev/v1\nkind: Test\nspec:\n  scenario: a.yaml\n  tests:\n    - name: "
      "x\n" +
          besides + "      threshold: " + threshold + "\n",
      "a_test.yaml");
}
ThresholdSearch search(const std::string& threshold) {
  const auto file = read(threshold);
  EXPECT_TRUE(file) << (file ? "" : to_string(file.error().all().front()));
  return file && file->tests[0].threshold ? *file->tests[0].threshold : ThresholdSearch{};
}
std::string mistake(const std::string& threshold, const std::string& besides = "") {
  const auto file = read(threshold, besides);
  return file ? "none" : to_string(file.error().sorted().front());
}

TEST(TestThreshold, SaysWhatToSearchFor) {
  const ThresholdSearch found = search("{parameter: q, between: [20, 200], of: 'success > 9%'}");
  EXPECT_EQ(found.parameter, "q");
  EXPECT_EQ(found.place.line, 7);
  EXPECT_EQ(found.least, 20);
  EXPECT_EQ(found.most, 200);
  EXPECT_EQ(found.unit, "");
  EXPECT_TRUE(found.whole);
  EXPECT_EQ(found.of, "success > 9%");
  EXPECT_EQ(found.runs, 3);
  EXPECT_EQ(found.precision, 0.05);
}

TEST(TestThreshold, EndsHaveOneUnitOrNone) {
  const auto of = [](const std::string& ends) {
    return search("{parameter: q, between: " + ends +
                  ", of: 'success > 9%', runs: 1, precision: 2%}");
  };
  EXPECT_EQ(of("[50ms, 2000ms]").unit, "ms");
  EXPECT_EQ(of("[0.5/s, 80/s]").unit, "/s");
  EXPECT_EQ(of("[1%, 80%]").unit, "%");
  EXPECT_FALSE(of("[1%, 80%]").whole);
  EXPECT_FALSE(of("[1.0, 3]").whole);
  EXPECT_EQ(of("[1.0, 3]").precision, 0.02);
  EXPECT_EQ(of("[1.0, 3]").runs, 1);
}

TEST(TestThreshold, ItsExpectationIsOfEachRun) {
  const auto file = read("{parameter: q, between: [1, 2], of: 'success > 9%'}");
  const auto other = read("{parameter: q, between: [1, 2], of: 'success > 9%', in: '== 100%'}");
  ASSERT_TRUE(file && other);
  const auto share = [](const TestFile& one) {
    const config::Node& expect = *one.tests[0].read.overrides.at(0).find("expect");
    EXPECT_EQ(expect.items.at(0).find("expr")->text, "success > 9%");
    EXPECT_EQ(expect.items[0].find("expr")->place.line, 7);
    return expect.items[0].find("in")->text;
  };
  EXPECT_EQ(share(*file), ">= 95%");
  EXPECT_EQ(share(*other), "== 100%");
}

TEST(TestThreshold, MistakesSayWhereAndWhatWouldBeRight) {
  const std::string at = "a_test.yaml:7:";
  const std::string path = ": error: spec.tests[0].threshold";
  EXPECT_EQ(
      mistake("{between: [1, 2], of: 'success > 9%'}"),
      at + "18" + path + ": parameter is missing; name the parameter whose value is searched for");
  EXPECT_EQ(
      mistake("{parameter: q, of: 'success > 9%'}"),
      at + "18" + path + ": between is missing; write the least and the most, as in [20, 200]");
  EXPECT_EQ(mistake("{parameter: q, between: [1, 2]}"),
            at + "18" + path +
                ": of is missing; write an expectation that holds on one side of it alone");
  const auto ends = [&](const std::string& text) {
    return mistake("{parameter: q, of: 'success > 9%', between: " + text + "}");
  };
  EXPECT_EQ(ends("[1, 2, 3]"), at + "62" + path + ".between: has not two values; write [20, 200]");
  EXPECT_EQ(ends("[1s, 200ms]"),
            at + "62" + path + ".between: has two units; write both in one, as in [50ms, 2000ms]");
  EXPECT_EQ(
      ends("[3, 3]"),
      at + "62" + path +
          ".between: begins where it ends or above; write the least and the most, as in [20, 200]");
  for (const std::string wrong : {"0", "-1", "x", "1m30s", "1e300", "nan", "{}", "null"}) {
    const std::string text = ends("[" + wrong + ", 3]");
    EXPECT_NE(
        text.find(".between[0]: expected a number of 0.001 to 1000000000, with a unit or without"),
        std::string::npos)
        << text;
  }
  EXPECT_NE(mistake("{parameter: q, of: 'success > 9%', between: [1, 2], precision: 20%}")
                .find("precision"),
            std::string::npos);
}

TEST(TestThreshold, StandsBesideWhatItGoesWith) {
  const std::string whole = "{parameter: q, between: [1, 2], of: 'success > 9%'}";
  EXPECT_EQ(
      mistake(whole, "      expect: ['success > 9%']\n"),
      "a_test.yaml:7:15: error: spec.tests[0].expect: is of one value, and a threshold of many; "
      "write two tests");
  EXPECT_EQ(mistake(whole, "      each: {q: [1, 2]}\n"),
            "a_test.yaml:7:17: error: spec.tests[0].each: the threshold is one of q; leave it out");
  EXPECT_EQ(mistake(whole, "      routes: [{request: GET http://a/, from: web, status: 301}]\n"),
            "a_test.yaml:7:15: error: spec.tests[0].routes: are looked up without a run, and a "
            "threshold asks for some; write two tests");
  EXPECT_EQ(mistake(whole, "      each: {n: [1, 2]}\n      runs: 4\n"), "none");
}

}  // namespace
}  // namespace squall::scenarios
