#include "scenarios/remarks.h"

#include <gtest/gtest.h>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;
using Remarks = std::vector<std::string>;

/// A load of a request a second for 10 s, of which those of the seconds 4 to 6 fail, and of the
/// second 9 has no answer.
Remarks remarks(std::string_view text, int latencies = 100'000, int runs = 1,
                std::string_view share = {}) {
  reports::RunData data;
  data.runs.resize(static_cast<std::size_t>(runs));
  reports::LoadData& load = data.loads.emplace_back();
  load.name = "x";
  load.series = reports::Series(10s);
  for (int s = 0; s < 9; ++s)
    load.series.record(Instant(std::chrono::seconds(s) + 500ms), 1ms, s < 4 || s > 6);
  load.series.record_unanswered(Instant(9500ms));
  auto expectation = parse_expectation(text, {Instant(0s), Instant(10s)});
  EXPECT_TRUE(expectation);
  if (!share.empty()) expectation->share = *parse_run_share(share);
  std::vector<reports::Answer> answers;
  for (const Figure& figure : expectation->figures) {
    reports::Accumulator one;
    for (int i = 0; i < latencies; ++i) one.record(1ms);
    answers.resize(answers.size() + figure.queries(), {one});
  }
  return remarks_on(*expectation, data, answers);
}

TEST(Remarks, ALatencyOfFailuresOnlyIsSaidToBeOne) {
  EXPECT_EQ(
      remarks(R"(p99{load="x"}[4s:7s] < 3s)"),
      Remarks{R"(p99{load="x"}[4s:7s] is the latency of failures: no request of it succeeded)"});
}

TEST(Remarks, SoIsALatencyOfFailuresAndSuccesses) {
  EXPECT_EQ(remarks(R"(p99{load="x"}[3s:7s] < 3s)"),
            Remarks{R"(p99{load="x"}[3s:7s] is the latency of failures, too, which may come soon: )"
                    "3 of 4 requests failed"});
  EXPECT_EQ(remarks(R"(p99{load="x"}[0s:9s] < 3s)").size(), 1U);
  EXPECT_EQ(remarks(R"(p99{load="x"}[0s:4s] < 3s)"), Remarks());
}

TEST(Remarks, FewFailuresAreNoRemark) {
  reports::RunData data;
  reports::LoadData& load = data.loads.emplace_back();
  load.name = "x";
  load.series = reports::Series(10s);
  for (int i = 0; i < 21; ++i) load.series.record(Instant(500ms), 1ms, i > 1);  // 2 of 21
  const auto expectation = parse_expectation(R"(mean{load="x"} < 3s)", {Instant(0s), Instant(10s)});
  const std::vector<reports::Answer> answers(1, {reports::Accumulator()});
  EXPECT_EQ(remarks_on(*expectation, data, answers), Remarks());
  load.series.record(Instant(500ms), 1ms, false);
  EXPECT_EQ(remarks_on(*expectation, data, answers).size(), 1U);  // 3 of 22
}

TEST(Remarks, ALatencyOfThoseThatWereAnsweredIsSaidToBeOne) {
  EXPECT_EQ(remarks(R"(p99{load="x"} < 3s)"),
            Remarks{R"(p99{load="x"} is the latency of those that were answered: )"
                    "1 of 10 requests never were"});
  EXPECT_EQ(remarks(R"(success{load="x"} > 50%)"), Remarks());
}

TEST(Remarks, FiguresThatSayWhatFailedAreNotRemarkedOn) {
  EXPECT_EQ(remarks(R"(success{load="x"}[4s:7s] < 3%)"), Remarks());
  EXPECT_EQ(remarks(R"(p99{load="x",code="503"}[4s:7s] < 3s)"), Remarks());
}

TEST(Remarks, APercentileOfTooFewIsSaidToBeOne) {
  EXPECT_EQ(remarks(R"(p999{workload="a"} < 3s)", 9999),
            Remarks{R"(p999{workload="a"} is told from 9999 requests, of which 10 lie beyond it: )"
                    "measure longer or run more seeds, until 10 do"});
  EXPECT_EQ(remarks(R"(p99{workload="a"} < 3s)", 250),
            Remarks{R"(p99{workload="a"} is told from 250 requests, of which 2.5 lie beyond it: )"
                    "measure longer or run more seeds, until 10 do"});
  EXPECT_EQ(remarks(R"(p90{workload="a"} + p50{workload="a"} < 3s)", 99).size(), 1U);
  EXPECT_EQ(remarks(R"(p90{workload="a"} + p50{workload="a"} < 3s)", 19).size(), 2U);
  for (const auto& [text, enough] :
       {std::pair("p999 < 3s", 10'000), {"p99 < 3s", 1000}, {"p95 < 3s", 200}, {"p90 < 3s", 100}}) {
    EXPECT_EQ(remarks(text, enough), Remarks()) << text;
    EXPECT_EQ(remarks(text, enough - 1).size(), 1U) << text;
  }
}

TEST(Remarks, OtherLatenciesAndNoneAreNotOfTooFew) {
  EXPECT_EQ(remarks("mean < 3s", 1), Remarks());
  EXPECT_EQ(remarks("max < 3s", 1), Remarks());
  EXPECT_EQ(remarks("success > 3%", 1), Remarks());
  EXPECT_EQ(remarks("p99 < 3s", 0), Remarks());
  EXPECT_EQ(remarks("peak(p99) < 3s", 1), Remarks());
}

TEST(Remarks, WithAShareEachRunIsToHaveEnough) {
  EXPECT_EQ(remarks("p99 < 3s", 2000, 4), Remarks());
  EXPECT_EQ(remarks("p99 < 3s", 4000, 4, ">= 95%"), Remarks());
  EXPECT_EQ(remarks("p99 < 3s", 2000, 4, ">= 95%").size(), 1U);
}

TEST(Remarks, WithoutRequestsThereIsNothingToSay) {
  EXPECT_EQ(remarks(R"(p99{load="x"}[20s:30s] < 3s)"), Remarks());
  EXPECT_EQ(remarks(R"(p99{load="y"} < 3s)"), Remarks());
}

}  // namespace
}  // namespace squall::scenarios
