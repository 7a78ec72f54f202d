#include "scenarios/judge.h"

#include <gtest/gtest.h>

#include "scenarios/reader.h"

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;

Scenario scenario(const std::string& expect) {
  auto read = read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n"
      "spec:\n  duration: 60s\n  workloads: {a: {}}\n"
      "  load: [{name: x, from: outside, to: http://a/, rate: 1/s}]\n"
      "  faults: [{at: 10s, for: 10s, workload: a, hang: {}}]\n  expect: " +
          expect + "\n",
      "s.yaml", {});
  EXPECT_TRUE(read.has_value());
  return read ? *std::move(read) : Scenario{};
}

TEST(Judge, AnswersStandInTheOrderOfTheQueries) {
  const Scenario asked = scenario(R"(['stuck(goodput{load="x"})', 'requests{load="x"} >= 2'])");
  const std::vector<reports::Query> queries = queries_of(asked);
  ASSERT_EQ(queries.size(), 3U);
  EXPECT_EQ(queries[0].step, 1s);
  EXPECT_EQ(queries[1].to, Instant(10s));
  EXPECT_EQ(queries[2].metric, reports::Metric::kRequests);
  std::vector<reports::Answer> answers;
  for (const reports::Query& query : queries) answers.emplace_back(query.steps());
  answers[1][0].add(10);
  answers[2][0].add(1);
  const auto results = judge(asked, answers);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0].ok);
  EXPECT_EQ(results[0].figure, "stuck");
  EXPECT_FALSE(results[1].ok);
  EXPECT_EQ(results[1].why, "is 1, wanted >= 2");
  EXPECT_EQ(results[1].figure, "1");
}

TEST(Judge, FiguresForPeopleHaveTheUnitOfTheExpectation) {
  const auto figure = [](const std::string& expect, std::uint64_t n) {
    const Scenario asked = scenario("['" + expect + "']");
    std::vector<reports::Answer> answers;
    for (const reports::Query& query : queries_of(asked)) answers.emplace_back(query.steps());
    for (std::uint64_t i = 0; i < n; ++i) {
      answers[0][0].observe(i > 0);
      answers[0][0].record(1500ms);
    }
    return judge(asked, answers).at(0).figure;
  };
  EXPECT_EQ(figure("success > 0.5", 4), "0.75");
  EXPECT_EQ(figure("success > 50%", 4), "75.00%");
  EXPECT_EQ(figure("rate > 50/s", 61), "1/s");
  EXPECT_EQ(figure("rate > 50", 61), "1/s");
  EXPECT_EQ(figure("p99 < 3s", 1), "1.50 s");
  EXPECT_EQ(figure("p99 < 3s", 0), "no figure");
  EXPECT_EQ(figure("recovery_time(goodput) < 3s", 0), "no figure");  // of nothing
}

TEST(Judge, AnExpectationWithAShareIsLeftToTheNumberOfRuns) {
  const Scenario asked = scenario(R"([{expr: 'requests{load="x"} >= 2', in: ">= 90%"}])");
  std::vector<reports::Answer> answers(1, reports::Answer(1));
  auto results = judge(asked, answers);
  EXPECT_TRUE(results.at(0).ok);
  EXPECT_EQ(results[0].share.runs, 1U);
  EXPECT_EQ(results[0].share.held, 0U);
  answers[0][0].add(2);
  EXPECT_EQ(judge(asked, answers).at(0).share.held, 1U);
  const auto enough = judge_share(asked.expectations[0], 18, 20);
  EXPECT_TRUE(enough.ok);
  EXPECT_EQ(enough.value, 0.9);
  EXPECT_EQ(enough.figure, "18 of 20 runs, 69.9% to 97.2%");
  const auto few = judge_share(asked.expectations[0], 17, 20);
  EXPECT_FALSE(few.ok);
  EXPECT_EQ(few.why, "held in 17 of 20 runs (95% interval 64% to 94.8%), wanted in >= 90%");
}

// Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
TEST(Judge, IntervalsOfSharesAreWilsons) {
  const auto [low, high] = share_interval(81, 263);
  EXPECT_NEAR(low, 0.2553, 5e-5);
  EXPECT_NEAR(high, 0.3662, 5e-5);
  const auto [low_15, high_15] = share_interval(15, 148);
  EXPECT_NEAR(low_15, 0.0624, 5e-5);
  EXPECT_NEAR(high_15, 0.1605, 5e-5);
  const auto [none, some] = share_interval(0, 20);
  EXPECT_NEAR(none, 0, 1e-12);
  EXPECT_NEAR(some, 0.1611, 5e-5);
  const auto [most, all] = share_interval(29, 29);
  EXPECT_NEAR(most, 0.8830, 5e-5);
  EXPECT_NEAR(all, 1, 1e-12);
}

}  // namespace
}  // namespace squall::scenarios
