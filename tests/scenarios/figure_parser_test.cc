#include "scenarios/figure_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "scenarios/expectations.h"

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;

// A fault from 60 s to 70 s.
const Window kRun{Instant(20s), Instant(180s), Instant(60s), Instant(70s)};
const Window kCalm{Instant(20s), Instant(180s)};

Figure figure(const std::string& term, const Window& run = kRun) {
  const auto read = parse_expectation(term + " == 0", run);
  EXPECT_TRUE(read.has_value()) << term << ": "
                                << (read ? "" : to_string(read.error().all().at(0)));
  return read ? read->figures.at(0) : Figure{};
}

std::string mistake(const std::string& term, const Window& run = kRun) {
  const auto read = parse_expectation(term + " >= 0", run);
  if (read) return "none";
  const Diagnostic& one = read.error().all().at(0);
  return std::to_string(one.column) + ": " + one.what + "; " + one.advice;
}

TEST(FigureParser, PeaksAndLowsHaveSteps) {
  const Figure peak = figure(R"(peak(rate{to="db"}[60s:90s], 5s))");
  EXPECT_EQ(peak.function, Function::kPeak);
  EXPECT_EQ(peak.query.step, 5s);
  EXPECT_EQ(peak.query.from, Instant(60s));
  EXPECT_EQ(peak.query.to, Instant(90s));
  EXPECT_EQ(peak.text, R"(peak(rate{to="db"}[60s:90s], 5s))");
  const Figure low = figure("low(success)");
  EXPECT_EQ(low.function, Function::kLow);
  EXPECT_EQ(low.query.step, 1s);
  EXPECT_EQ(low.query.from, Instant(20s));
}

TEST(FigureParser, BaseEndsWhereTheFirstFaultBegins) {
  const Figure base = figure("base(p99)");
  EXPECT_EQ(base.function, Function::kBase);
  EXPECT_EQ(base.query.from, Instant(20s));
  EXPECT_EQ(base.query.to, Instant(60s));
  EXPECT_EQ(base.query.step, 0s);
  EXPECT_EQ(figure("base(p99, before=40s)").query.to, Instant(40s));
  EXPECT_EQ(figure("base(p99, before=40s)", kCalm).query.to, Instant(40s));
}

TEST(FigureParser, RecoveryIsAfterTheLastFault) {
  const Figure recovery = figure("recovery_time(goodput)");
  EXPECT_EQ(recovery.query.from, Instant(70s));
  EXPECT_EQ(recovery.query.to, Instant(180s));
  EXPECT_EQ(recovery.query.step, 1s);
  ASSERT_TRUE(recovery.base);
  EXPECT_EQ(recovery.base->from, Instant(20s));
  EXPECT_EQ(recovery.base->to, Instant(60s));
  EXPECT_EQ(recovery.base->step, 0s);
  EXPECT_EQ(recovery.level, 0.95);
  EXPECT_EQ(recovery.over, 10s);
  const Figure written =
      figure("recovery_time( success , after=120s, to=80%, before=50s, over=30s )", kCalm);
  EXPECT_EQ(written.query.from, Instant(120s));
  EXPECT_EQ(written.base->to, Instant(50s));
  EXPECT_EQ(written.level, 0.8);
  EXPECT_EQ(written.over, 30s);
  EXPECT_EQ(figure("stuck(goodput)").level, 0.5);
  EXPECT_EQ(figure("stuck(goodput, below=20%)").level, 0.2);
}

TEST(FigureParser, AShareAmongTheArgumentsIsNotTheFigures) {
  const auto read = parse_expectation("recovery_time(goodput, to=90%) < 60s", kRun);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->percent);
  EXPECT_EQ(read->dimension, 1);
  EXPECT_EQ(parse_expectation("stuck(goodput, below=9%) == 0", kRun)->dimension, 0);
  EXPECT_EQ(parse_expectation("peak(rate, 5s) < 100/s", kRun)->dimension, -1);
}

TEST(FigureParser, FunctionsSayHowTheyAreWritten) {
  EXPECT_EQ(mistake("peak"), "1: \"peak\" is a function; write peak(M) or peak(M, 1s)");
  EXPECT_EQ(mistake("peak()"), "6: expected a metric, got \")\"; write peak(M) or peak(M, 1s)");
  EXPECT_EQ(mistake("peak(rate, 1s, 2s)"), "16: stands twice; write peak(M) or peak(M, 1s)");
  EXPECT_EQ(mistake("peak(rate 1s)"),
            "11: expected \")\", got \"1s\"; write peak(M) or peak(M, 1s)");
  EXPECT_EQ(mistake("peak(rate, 3)"),
            "12: expected a duration, got \"3\"; durations have a unit, as in 10s");
  EXPECT_EQ(mistake("base(rate, after=3s)"),
            "12: base has no such argument: \"after\"; write base(M) or base(M, before=60s)");
  EXPECT_EQ(
      mistake("stuck(goodput, to=50%)"),
      "16: stuck has no such argument: \"to\"; write stuck(M), and in it after=120s, below=50% "
      "and before=60s");
  EXPECT_EQ(mistake("stuck(goodput, below 50%)").substr(0, 25), "22: expected \"=\", got \"50");
  EXPECT_EQ(mistake("stuck(goodput, below=50%, below=60%)").substr(0, 17), "27: stands twice;");
  EXPECT_EQ(mistake("stuck(goodput, below=50)"),
            "22: expected a share above 0 and at most 100%, got \"50\"; it is one of base, as in "
            "below=80%");
  EXPECT_EQ(mistake("mean(rate)"),
            "1: \"mean\" is a metric, not a function; labels stand in braces, as in "
            "mean{load=\"x\"}");
  EXPECT_EQ(mistake("sum(rate)"),
            "1: \"sum\" is no function; functions are peak, low, base, recovery_time and stuck");
}

TEST(FigureParser, WindowsThatLeaveNothingAreMistakes) {
  EXPECT_EQ(mistake("base(rate[20s:30s])"),
            "6: base has its own window; write base(M) or base(M, before=60s)");
  EXPECT_EQ(mistake("base(rate)", kCalm),
            "6: no fault says where base, the figure before it, ends; write it, as in before=60s");
  EXPECT_EQ(mistake("recovery_time(rate, before=60s)", kCalm),
            "15: no fault says when the disturbance ends; write it, as in after=70s");
  EXPECT_EQ(mistake("base(rate, before=20s)"),
            "6: nothing is left for base between the warm-up's end at 20s and 20s; let the first "
            "fault come later, or write before=");
  EXPECT_EQ(
      mistake("recovery_time(rate, after=175s)"),
      "15: from 2m55s to the load's end at 3m there is no window of 10s; let the load go on for "
      "longer after the last fault, or write after= or over=");
  EXPECT_EQ(mistake("recovery_time(rate, over=1500ms)"),
            "15: over=1.5s is not whole seconds; write for example over=10s");
  EXPECT_EQ(
      mistake("base(rate, before=300s)"),
      "6: base would end at 5m, after the load's end at 3m; write an earlier before=, or let the "
      "first fault come before the end");
  EXPECT_EQ(mistake("recovery_time(rate, before=100s, after=90s)"),
            "15: base lasts until 1m40s, beyond after=1m30s; write an earlier before= or a later "
            "after=");
  EXPECT_EQ(mistake("peak(rate[60s:62s], 3s)"),
            "6: steps of 3s do not fit into a window of 2s; write peak(M) or peak(M, 1s)");
  EXPECT_EQ(
      mistake("peak(p99, 1ms)"),
      "6: 160000 steps are too many; 2000 is the limit of a latency; write a longer step or a "
      "shorter window");
  EXPECT_EQ(mistake("peak(rate, 1ms)").substr(0, 55),
            "6: 160000 steps are too many; 100000 is the limit; writ");
}

TEST(FigureParser, OnlyWhatShouldBeHighRecovers) {
  EXPECT_EQ(mistake("recovery_time(p99)"),
            "15: recovery_time is of a figure of which more is better, at any time; write goodput, "
            "throughput, rate or success");
  EXPECT_EQ(mistake("stuck(requests)").substr(0, 20), "7: stuck is of a fig");
  EXPECT_EQ(mistake("recovery_time(success)"), "none");
}

}  // namespace
}  // namespace squall::scenarios
