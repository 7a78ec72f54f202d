#include "scenarios/expectations.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scenarios/judge.h"

#include <limits>
#include <string>
#include <vector>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;
using Values = std::vector<std::optional<double>>;

const Window kRun{Instant(20s), Instant(180s)};

Expectation parsed(std::string_view text) {
  Result<Expectation> result = parse_expectation(text, kRun);
  EXPECT_TRUE(result.has_value()) << text << ": "
                                  << (result ? "" : to_string(result.error().all().at(0)));
  return result ? *result : Expectation{};
}

std::string mistake(std::string_view text) {
  const Result<Expectation> result = parse_expectation(text, kRun);
  if (result) return "none";
  const Diagnostic& one = result.error().all().at(0);
  EXPECT_EQ(one.line, 1);
  return std::to_string(one.column) + ": " + one.what +
         (one.advice.empty() ? "" : "; " + one.advice);
}

bool holds(std::string_view text, const Values& values) { return judge(parsed(text), values).ok; }

TEST(Expectations, ATermHasMetricLabelsAndWindow) {
  const Expectation e = parsed(R"(p99{load="shoppers", code='503'}[60s:2m] < 3.2s)");
  ASSERT_EQ(e.figures.size(), 1U);
  const reports::Query& query = e.figures[0].query;
  EXPECT_EQ(query.metric, reports::Metric::kP99);
  using Labels = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(query.labels, (Labels{{"load", "shoppers"}, {"code", "503"}}));
  EXPECT_EQ(query.from, Instant(60s));
  EXPECT_EQ(query.to, Instant(120s));
  EXPECT_EQ(e.figures[0].text, R"(p99{load="shoppers", code='503'}[60s:2m])");
}

TEST(Expectations, ATermIsNamedWithoutTheBlanksAfterIt) {
  EXPECT_EQ(parsed(R"(p99{load="x"} < 3s)").figures[0].text, R"(p99{load="x"})");
  EXPECT_EQ(parsed("p99 / mean < 3").figures[0].text, "p99");
}

TEST(Expectations, WithoutAWindowTheRunAfterItsWarmUpCounts) {
  EXPECT_EQ(parsed("requests > 0").figures[0].query.from, Instant(20s));
  EXPECT_EQ(parsed("requests > 0").figures[0].query.to, Instant(180s));
  EXPECT_EQ(parsed("requests[:60s] > 0").figures[0].query.from, Instant(20s));
  EXPECT_EQ(parsed("requests[60s:] > 0").figures[0].query.to, Instant(180s));
  EXPECT_EQ(parsed("requests[0s:10s] > 0").figures[0].query.from, Instant{});
}

TEST(Expectations, EveryComparisonDecides) {
  EXPECT_TRUE(holds("requests < 3", {2.0}));
  EXPECT_FALSE(holds("requests < 3", {3.0}));
  EXPECT_TRUE(holds("requests <= 3", {3.0}));
  EXPECT_TRUE(holds("requests == 3", {3.0}));
  EXPECT_TRUE(holds("requests != 3", {4.0}));
  EXPECT_TRUE(holds("requests >= 3", {3.0}));
  EXPECT_FALSE(holds("requests > 3", {3.0}));
  EXPECT_TRUE(holds("requests in 3..5", {5.0}));
  EXPECT_FALSE(holds("requests in 3 .. 5", {5.1}));
  EXPECT_TRUE(holds("p99 in 1.5s..2s", {1.7}));
}

TEST(Expectations, ArithmeticHasItsUsualOrder) {
  EXPECT_TRUE(holds("requests + 2 * 3 == 10", {4.0}));
  EXPECT_TRUE(holds("(requests + 2) * 3 == 18", {4.0}));
  EXPECT_TRUE(holds("requests - 1 - 1 == 2", {4.0}));
  EXPECT_TRUE(holds("requests / 2 / 2 == 1", {4.0}));
  EXPECT_TRUE(holds("-requests == -4", {4.0}));
  EXPECT_TRUE(holds(R"(attempts{to="a"} / requests{to="a"} < 1.5)", {7.0, 5.0}));
  EXPECT_TRUE(holds("p99[60s:120s] / p99[20s:60s] < 3", {0.2, 0.1}));
}

TEST(Expectations, NumbersHaveUnits) {
  EXPECT_TRUE(holds("success >= 99%", {0.99}));
  EXPECT_TRUE(holds("p50 == 250ms", {0.25}));
  EXPECT_TRUE(holds("p50 == 1m30s", {90.0}));
  EXPECT_TRUE(holds("rate == 120/m", {2.0}));
  EXPECT_TRUE(holds("rate == 2", {2.0}));
  EXPECT_TRUE(holds("rate * 10s == 20", {2.0}));
  EXPECT_TRUE(holds("requests == 1e3", {1000.0}));
  EXPECT_TRUE(holds("p99 > 0", {0.1}));
}

TEST(Expectations, AFigureOfNothingFailsWithItsReason) {
  const Judgement judgement = judge(parsed(R"(p99{load="x"}[60s:61s] < 3s)"), Values{std::nullopt});
  EXPECT_FALSE(judgement.ok);
  EXPECT_FALSE(judgement.value.has_value());
  EXPECT_EQ(judgement.text, R"(there is no p99{load="x"}[60s:61s]: nothing was counted there)");
  EXPECT_EQ(judge(parsed("attempts / requests < 2"), Values{1.0, 0.0}).text, "it divides by zero");
}

TEST(Expectations, AFailureSaysWhatWasFoundAndWanted) {
  EXPECT_EQ(judge(parsed("success >= 99%"), Values{0.983}).text, "is 98.3%, wanted >= 99%");
  EXPECT_EQ(judge(parsed("p99 < 3.2s"), Values{3.21}).text, "is 3.21s, wanted < 3.2s");
  EXPECT_EQ(judge(parsed("goodput > 200/s"), Values{199.5}).text, "is 199.5/s, wanted > 200/s");
  EXPECT_EQ(judge(parsed("ejections in 1..2"), Values{3.0}).text, "is 3, wanted in 1..2");
  EXPECT_EQ(judge(parsed("success >= 99%"), Values{0.983}).value, 0.983);
}

TEST(Expectations, UnitsDoNotMix) {
  EXPECT_EQ(mistake("p99 < 3"),
            "5: cannot compare a duration and a plain number; write durations with a unit, such as "
            "250ms or 3s");
  EXPECT_EQ(
      mistake("p99 + rate < 3s"),
      "5: cannot add a duration and a rate; write durations with a unit, such as 250ms or 3s");
}

TEST(Expectations, MistakesSayWhereAndWhatWouldBeRight) {
  EXPECT_EQ(mistake("sucess >= 99%"), "1: \"sucess\" is no metric; did you mean \"success\"?");
  EXPECT_EQ(mistake("success{lod=\"x\"} >= 99%"), "9: \"lod\" is no label; did you mean \"load\"?");
  EXPECT_EQ(mistake("success{load=x} >= 99%"),
            "14: expected a text in quotes, got \"x\"; write a label as load=\"x\"");
  EXPECT_EQ(mistake("success = 1"), "9: expected a comparison, got \"=\"; write == for equal");
  EXPECT_EQ(mistake("success"),
            "8: expected a comparison, got the end; write one of <, <=, ==, !=, >=, > or in A..B");
  EXPECT_EQ(mistake("p99[60:120s] < 1s"),
            "5: expected a duration, got \"60\"; a window is written [60s:120s]");
  EXPECT_EQ(
      mistake("p99[120s:60s] < 1s"),
      "4: the window from 2m to 1m is empty; a window is written [60s:120s], on the run's clock");
  EXPECT_EQ(
      mistake("requests < 5 apples"),
      "14: expected the end, got \"apples\"; write each condition as an expectation of its own");
  EXPECT_EQ(mistake("requests < 5apples"),
            "12: \"5apples\" has no unit that is known here; units are %, ns, us, ms, s, m, h, /s, "
            "/m and /h");
  EXPECT_EQ(
      mistake("(requests < 5"),
      "11: expected \")\", got \"<\"; parentheses stand around a sum, not around a comparison");
  EXPECT_EQ(mistake(""), "1: expected a number, a name or \"(\", got the end");
  EXPECT_EQ(mistake("requests in 3"),
            "14: expected \"..\" and the upper end, got the end; write in A..B, as in 1s..2s");
  EXPECT_NE(mistake("1 < 2").find("names no metric"), std::string::npos);
}

TEST(Expectations, WhatOthersCallAMetricIsTranslated) {
  EXPECT_EQ(mistake("error_rate < 1%"),
            "1: \"error_rate\" is no metric; write for example success >= 99%");
  EXPECT_EQ(mistake("latency < 1s"), "1: \"latency\" is no metric; write for example p99 < 250ms");
}

TEST(Expectations, AShareIsComparedWithNoMoreThanAll) {
  EXPECT_EQ(mistake("success >= 99"), "12: success is at most 1, which is 100%; write 99%");
  EXPECT_EQ(mistake("success > 100%"), "11: success is at most 1, which is 100%; write >= 100%");
  EXPECT_EQ(mistake("1 < success"), "1: success is at most 1, which is 100%; write 100% <=");
  EXPECT_EQ(mistake("utilization{workload=\"db\"} < 80"),
            "30: utilization is at most 1, which is 100%; write 80%");
  EXPECT_EQ(mistake("success < 101%"), "11: success is at most 1, which is 100%");
  EXPECT_EQ(mistake("99 <= success"), "1: success is at most 1, which is 100%; write 99%");
  EXPECT_EQ(mistake("success in 0.9..99"), "17: success is at most 1, which is 100%; write 99%");
  EXPECT_EQ(mistake("success in 99..100"), "12: success is at most 1, which is 100%; write 99%");
  EXPECT_EQ(mistake("success in 90%..100%"), "none");
  EXPECT_EQ(mistake("success == 1"), "none");
  EXPECT_EQ(mistake("success == 100%"), "none");
  EXPECT_EQ(mistake("success{load=\"a\"} / success{load=\"b\"} > 2"), "none");
}

TEST(Expectations, StuckStandsAlone) {
  const Window run{Instant(20s), Instant(180s), Instant(60s), Instant(70s)};
  const auto alone = parse_expectation("stuck(goodput)", run);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(judge(*alone, Values{1.0}).ok);
  EXPECT_EQ(judge(*alone, Values{0.0}).text, "it is not stuck");
  const auto not_stuck = parse_expectation("stuck(goodput) == 0", run);
  ASSERT_TRUE(not_stuck);
  EXPECT_TRUE(judge(*not_stuck, Values{0.0}).ok);
  EXPECT_EQ(judge(*not_stuck, Values{1.0}).text, "it is stuck");
  EXPECT_FALSE(parse_expectation("base(goodput)", run));
}

TEST(Expectations, StuckIsComparedWithWhatTellsItsTwoValuesApart) {
  const Window run{Instant(20s), Instant(180s), Instant(60s), Instant(70s)};
  const auto mistake_in = [&](const char* text) {
    const auto read = parse_expectation(text, run);
    if (read) return std::string("none");
    const Diagnostic& one = read.error().all().front();
    return fmt::format("{}: {}; {}", one.column, one.what, one.advice);
  };
  EXPECT_EQ(mistake_in("stuck(goodput) in 5..6"),
            "19: stuck is 1 or 0, so this is never true; write stuck(M) where it shall be "
            "stuck, or stuck(M) == 0");
  EXPECT_NE(mistake_in("stuck(goodput) >= 0").find("so this is always true"), std::string::npos);
  EXPECT_NE(mistake_in("stuck(goodput) in 0..1").find("always"), std::string::npos);
  EXPECT_NE(mistake_in("stuck(goodput) == 2").find("never"), std::string::npos);
  for (const char* good :
       {"stuck(goodput) == 1", "stuck(goodput) != 1", "stuck(goodput) < 50%",
        "stuck(goodput) in 1..2", "stuck(goodput) == stuck(success)", "stuck(goodput) + 1 > 5"})
    EXPECT_EQ(mistake_in(good), "none") << good;
}

TEST(Expectations, WhatNeverHappensIsMoreThanAnyTime) {
  const Window run{Instant(20s), Instant(180s), Instant(60s), Instant(70s)};
  const double never = std::numeric_limits<double>::infinity();
  const auto soon = parse_expectation("recovery_time(goodput) <= 60s", run);
  ASSERT_TRUE(soon);
  EXPECT_TRUE(judge(*soon, Values{59.0}).ok);
  EXPECT_EQ(judge(*soon, Values{61.0}).text, "is 1m1s, wanted <= 1m");
  EXPECT_EQ(judge(*soon, Values{never}).text, "is never, wanted <= 1m");
  const auto late = parse_expectation("recovery_time(goodput) - 10s > 1h", run);
  ASSERT_TRUE(late);
  EXPECT_TRUE(judge(*late, Values{never}).ok);
  const auto neither =
      parse_expectation("recovery_time(goodput) - recovery_time(goodput) < 1s", run);
  ASSERT_TRUE(neither);
  EXPECT_EQ(judge(*neither, Values{never, never}).text,
            "what never happens cannot be compared with itself");
}

TEST(Expectations, AShareOfTheRunsIsAComparisonWithOne) {
  const auto share = parse_run_share(" >= 95% ");
  ASSERT_TRUE(share);
  EXPECT_EQ(share->comparison, Comparison::kAtLeast);
  EXPECT_EQ(share->share, 0.95);
  const auto mistake_of = [](std::string_view text) {
    const auto read = parse_run_share(text);
    if (read) return std::string("none");
    const Diagnostic& one = read.error().all().at(0);
    return std::to_string(one.column) + ": " + one.what + "; " + one.advice;
  };
  EXPECT_EQ(mistake_of("95%"),
            "1: expected a comparison, got \"95\"; write a share of the runs, as in >= 95%");
  EXPECT_EQ(
      mistake_of(">= 95"),
      "4: expected a share of at most 100%, got \"95\"; write a share of the runs, as in >= 95%");
  EXPECT_EQ(
      mistake_of(">= 3s"),
      "4: expected a share of at most 100%, got \"3s\"; write a share of the runs, as in >= 95%");
  EXPECT_EQ(mistake_of(">= 95% of runs"),
            "8: expected the end, got \"of\"; write a share of the runs, as in >= 95%");
  EXPECT_EQ(mistake_of("== 100%"), "none");
}

TEST(Expectations, DepthAndLengthAreLimited) {
  EXPECT_NE(mistake(std::string(100, '(') + "requests").find("nested deeper than 32"),
            std::string::npos);
  EXPECT_NE(mistake(std::string(100, '-') + "requests").find("nested deeper than 32"),
            std::string::npos);
  EXPECT_NE(mistake(std::string(5000, ' ')).find("longer than 4096"), std::string::npos);
}

}  // namespace
}  // namespace squall::scenarios
