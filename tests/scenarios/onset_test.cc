#include "scenarios/onset.h"

#include <gtest/gtest.h>

#include <string>

#include "scenarios/reader.h"

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;

Scenario scenario(const std::string& expect, const std::string& duration = "60s") {
  auto read = read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\nspec:\n  duration: " +
          duration +
          "\n  workloads: {a: {}}\n"
          "  load: [{name: x, from: outside, to: http://a/, rate: 1/s}]\n  expect: ['" +
          expect + "']\n",
      "s.yaml", {});
  EXPECT_TRUE(read.has_value()) << (read ? "" : to_string(read.error().all().front()));
  return read ? *std::move(read) : Scenario{};
}

/// With `good` of ten requests a second up to `until`, then `bad` of ten.
std::optional<Instant> onset(const std::string& expect, int good, std::size_t until, int bad) {
  const Scenario asked = scenario(expect);
  std::vector<reports::Answer> answers;
  for (const reports::Query& query : onset_queries(asked)) {
    reports::Answer& answer = answers.emplace_back(query.steps());
    for (std::size_t i = 0; i < answer.size(); ++i) {
      for (int k = 0; k < 10; ++k) answer[i].observe(k < (i < until ? good : bad));
    }
  }
  return onsets_of(asked, answers).at(0);
}

TEST(Onset, IsWhereTheFigureBecomesWrongToStaySo) {
  EXPECT_EQ(onset("success >= 99%", 10, 30, 0), Instant(30s));
  // 10 of 10 for 30 s outweigh the 9 of 10 until 3.3 s later.
  EXPECT_EQ(onset("success >= 99%", 10, 30, 9), Instant(33s));
  EXPECT_EQ(onset("success >= 99%", 0, 30, 10), Instant(0s));
  EXPECT_EQ(onset("success >= 99%", 10, 30, 10), std::nullopt);
  EXPECT_EQ(onset("requests < 200", 10, 30, 10), Instant(20s - 1s));
}

TEST(Onset, StepsAreWholeSecondsAndAboutAHundred) {
  EXPECT_EQ(onset_queries(scenario("success >= 99%")).at(0).step, 1s);
  EXPECT_EQ(onset_queries(scenario("success >= 99%", "100s")).at(0).step, 1s);
  EXPECT_EQ(onset_queries(scenario("success >= 99%", "101s")).at(0).step, 2s);
  EXPECT_EQ(onset_queries(scenario("success >= 99%", "1h")).at(0).step, 36s);
}

TEST(Onset, FiguresThatLookAtOtherTimesHaveNone) {
  EXPECT_TRUE(onset_queries(scenario("p99[0s:20s] / p99[20s:60s] < 2")).empty());
  EXPECT_TRUE(onset_queries(scenario("peak(rate) < 2")).empty());
  EXPECT_TRUE(onset_queries(scenario("success[0s:1s] > 50%")).empty());
  EXPECT_EQ(onset_queries(scenario("attempts / requests < 2")).size(), 2U);
  EXPECT_EQ(onsets_of(scenario("peak(rate) < 2"), {}).at(0), std::nullopt);
}

}  // namespace
}  // namespace squall::scenarios
