#include "scenarios/remarks.h"

#include <gtest/gtest.h>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;
using Remarks = std::vector<std::string>;

/// A load of a request a second for 10 s, of which those of the seconds 4 to 6 fail, and of the
/// second 9 has no answer.
Remarks remarks(std::string_view text) {
  reports::RunData data;
  reports::LoadData& load = data.loads.emplace_back();
  load.name = "x";
  load.series = reports::Series(10s);
  for (int s = 0; s < 9; ++s)
    load.series.record(Instant(std::chrono::seconds(s) + 500ms), 1ms, s < 4 || s > 6);
  load.series.record_unanswered(Instant(9500ms));
  const auto expectation = parse_expectation(text, {Instant(0s), Instant(10s)});
  EXPECT_TRUE(expectation);
  return remarks_on(*expectation, data);
}

TEST(Remarks, ALatencyOfFailuresOnlyIsSaidToBeOne) {
  EXPECT_EQ(
      remarks(R"(p99{load="x"}[4s:7s] < 3s)"),
      Remarks{R"(p99{load="x"}[4s:7s] is the latency of failures: no request of it succeeded)"});
}

TEST(Remarks, OneSuccessIsEnough) {
  EXPECT_EQ(remarks(R"(p99{load="x"}[3s:7s] < 3s)"), Remarks());
  EXPECT_EQ(remarks(R"(p99{load="x"}[4s:8s] < 3s)"), Remarks());
  EXPECT_EQ(remarks(R"(p99{load="x"}[0s:9s] < 3s)"), Remarks());
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

TEST(Remarks, WithoutRequestsThereIsNothingToSay) {
  EXPECT_EQ(remarks(R"(p99{load="x"}[20s:30s] < 3s)"), Remarks());
  EXPECT_EQ(remarks(R"(p99{load="y"} < 3s)"), Remarks());
}

}  // namespace
}  // namespace squall::scenarios
