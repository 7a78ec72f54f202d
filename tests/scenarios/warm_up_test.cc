#include "scenarios/warm_up.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace squall::scenarios {
namespace {

using namespace std::chrono_literals;
using Remarks = std::vector<std::string>;

Scenario scenario(Duration warmup, Duration duration) {
  Scenario out;
  out.warmup = warmup;
  out.duration = duration;
  Load& load = out.loads.emplace_back();
  load.name = "x";
  load.steps = {{.at = 0s, .per_s = 10, .ramp = 0s}};
  return out;
}

/// Ten requests a second, whose latency is that of their second, give or take a tenth of it.
template <class LatencyOf>
Remarks remarks(const Scenario& scenario, const LatencyOf& latency_of) {
  reports::RunData data;
  reports::LoadData& load = data.loads.emplace_back();
  load.name = "x";
  load.series = reports::Series(scenario.duration);
  std::uint64_t seed = 1;
  for (Duration at{}; at < scenario.duration; at += 100ms) {
    const double chance = static_cast<double>((seed >> 33) % 1000) / 1000;
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const double ms = latency_of(to_seconds(at)) * (0.9 + 0.2 * chance);
    load.series.record(Instant(at), Duration(static_cast<std::int64_t>(ms * 1e6)), true);
  }
  return remarks_on_warm_up(scenario, data);
}

double settles_at_30(double second) { return second < 30 ? 5 + second : 35; }

TEST(WarmUp, TooShortAOneIsSaidToBe) {
  EXPECT_EQ(
      remarks(scenario(10s, 200s), settles_at_30),
      Remarks{"load x: its latencies settle at about 30.0 s, and the warm-up of 10.0 s leaves "
              "the start in its figures"});
  EXPECT_EQ(remarks(scenario(0s, 200s), settles_at_30).size(), 1U);
}

TEST(WarmUp, OneThatIsLongEnoughIsNot) {
  EXPECT_EQ(remarks(scenario(30s, 200s), settles_at_30), Remarks());
  EXPECT_EQ(remarks(scenario(60s, 200s), settles_at_30), Remarks());
  EXPECT_EQ(remarks(scenario(0s, 200s), [](double) { return 20.0; }), Remarks());
}

TEST(WarmUp, WhatGoesOnGrowingHasNotSettled) {
  EXPECT_EQ(remarks(scenario(10s, 200s), [](double second) { return 1 + second; }),
            Remarks{"load x: its latencies have not settled by 200 s, so its figures are of that "
                    "time alone"});
}

TEST(WarmUp, FaultsAndChangesAreNotTheStart) {
  const auto late = [](double second) { return second < 150 ? 20.0 : 200.0; };
  Scenario one = scenario(0s, 300s);
  EXPECT_EQ(remarks(one, late).size(), 1U);
  one.faults.emplace_back().at = 150s;
  EXPECT_EQ(remarks(one, late), Remarks());
  one.faults.clear();
  one.changes.emplace_back().at = 150s;
  EXPECT_EQ(remarks(one, late), Remarks());
}

TEST(WarmUp, NothingIsSaidOfWhatTellsTooLittle) {
  EXPECT_EQ(remarks(scenario(0s, 99s), settles_at_30), Remarks());
  EXPECT_EQ(remarks(scenario(0s, 100s), settles_at_30).size(), 1U);
  Scenario one = scenario(0s, 200s);
  one.loads[0].name = "y";
  EXPECT_EQ(remarks(one, settles_at_30), Remarks());
}

TEST(WarmUp, ARateThatChangesNeverSettles) {
  Scenario one = scenario(0s, 200s);
  one.loads[0].steps.push_back({.at = 100s, .per_s = 20, .ramp = 0s});
  EXPECT_EQ(remarks(one, settles_at_30), Remarks());
  one.loads[0].steps = {{.at = 0s, .per_s = 20, .ramp = 50s}};
  EXPECT_EQ(remarks(one, settles_at_30), Remarks());
  one.loads[0].kind = Load::Kind::kClosed;
  one.loads[0].steps.clear();
  EXPECT_EQ(remarks(one, settles_at_30).size(), 1U);
  one.loads[0].once = true;
  EXPECT_EQ(remarks(one, settles_at_30), Remarks());
}

}  // namespace
}  // namespace squall::scenarios
