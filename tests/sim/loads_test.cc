// Rules of the model for loads: when requests arrive, from where, until when.
#include <cmath>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;

RunText app_under(const std::string& load, const std::string& app = "latency: 1ms",
                  const std::string& duration = "20s") {
  return RunText("spec:\n  duration: " + duration +
                 "\n  workloads: {client: {replicas: 3}, app: {" + app +
                 "}}\n  load: [{name: load, to: http://app/, " + load + "}]\n");
}

std::vector<std::uint64_t> by_second(const RunText& run) {
  const auto& list = run.report.series().loads().at("load").requests();
  return {list.begin(), list.end()};
}

TEST(Loads, ConstantArrivalsAreEven) {
  const auto seconds = by_second(app_under("from: outside, arrivals: constant, rate: 40/s"));
  EXPECT_EQ(seconds.front(), 39U);  // the first after 25 ms, the 40th at 1 s
  for (std::size_t i = 1; i < seconds.size(); ++i) EXPECT_EQ(seconds[i], 40U) << i;
}

TEST(Loads, PoissonArrivalsHaveTheVarianceOfTheirMean) {
  const auto seconds = by_second(app_under("from: outside, rate: 100/s", "latency: 1ms", "400s"));
  double sum = 0, squares = 0;
  for (const std::uint64_t n : seconds) {
    sum += static_cast<double>(n);
    squares += static_cast<double>(n) * static_cast<double>(n);
  }
  const double count = 400, mean = sum / count, variance = squares / count - mean * mean;
  EXPECT_NEAR(mean, 100, 4 * std::sqrt(100 / count));
  EXPECT_NEAR(variance / mean, 1, 4 * std::sqrt(2 / count));
}

TEST(Loads, ARampGoesInAStraightLineFromTheRateBefore) {
  // From 10/s at 5 s to 30/s at 15 s: the area under second k of the ramp is 11 + 2 k.
  const auto seconds = by_second(
      app_under("from: outside, arrivals: constant, steps: [{at: 0s, rate: 10/s}, {at: 5s, rate: "
                "30/s, ramp: 10s}]"));
  for (std::size_t k = 0; k < 10; ++k)
    EXPECT_NEAR(static_cast<double>(seconds[5 + k]), 11 + 2 * static_cast<double>(k), 1) << k;
  EXPECT_EQ(seconds[17], 30U);
  std::uint64_t total = 0;
  for (const std::uint64_t n : seconds) total += n;
  EXPECT_NEAR(static_cast<double>(total), 50 + 200 + 150, 1);
}

TEST(Loads, ARateOfZeroPauses) {
  const auto seconds = by_second(app_under(
      "from: outside, arrivals: constant, steps: [{at: 1s, rate: 10/s}, {at: 3s, rate: 0/s}, {at: "
      "6s, rate: 10/s}, {at: 7s, rate: 0/s}]"));
  EXPECT_EQ(seconds[0], 0U);
  EXPECT_NEAR(static_cast<double>(seconds[1] + seconds[2]), 20, 1);
  EXPECT_EQ(seconds[4] + seconds[5], 0U);
  EXPECT_NEAR(static_cast<double>(seconds[6]), 10, 1);
}

TEST(Loads, ASurgeMultipliesARateAndMovesNoOtherLoad) {
  const auto text = [](const std::string& faults) {
    return "spec:\n  duration: 40s\n  workloads: {app: {}}\n  load:\n"
           "    - {name: x, from: outside, to: http://app/, rate: 10/s, arrivals: constant}\n"
           "    - {name: y, from: outside, to: http://app/, rate: 10/s}\n" +
           faults;
  };
  const RunText calm(text(""));
  const RunText wild(
      text("  faults: [{at: 10s, for: 10s, load: x, surge: {factor: 3}}, {at: 30s, "
           "for: 5s, load: x, surge: {factor: 0}}]\n"));
  EXPECT_NEAR(static_cast<double>(calm.load("x").requests()), 400, 1);
  EXPECT_NEAR(static_cast<double>(wild.load("x").requests()), 400 + 200 - 50, 2);
  EXPECT_EQ(wild.load("y").SerializeAsString(), calm.load("y").SerializeAsString());
  EXPECT_EQ(
      wild.timeline(),
      "10.000 fault load x\n20.000 fault_end load x\n30.000 fault load x\n35.000 fault_end load "
      "x\n");
}

TEST(Loads, ARateIsTheTotalOfItsReplicasEachWithASidecarOfItsOwn) {
  const RunText run = app_under("from: client, rate: 10/s", "latency: 1ns");
  EXPECT_NEAR(static_cast<double>(run.load("load").requests()), 200, 4 * std::sqrt(200));
  // Requests never meet: one connection for each of three sidecars.
  EXPECT_EQ(run.edge("client", "app").connections_opened(), 3U);
}

TEST(Loads, UsersAskOneAfterTheOtherAndAreDealtEvenly) {
  const RunText run = app_under("from: client, users: 6", "latency: 1s", "10s");
  EXPECT_EQ(run.load("load").kind(), "closed");
  EXPECT_EQ(run.load("load").requests(), 60U);                    // at 0 s, 1 s, ... 9 s
  EXPECT_EQ(run.edge("client", "app").connections_opened(), 6U);  // two at once in each sidecar
}

TEST(Loads, UsersThinkBeforeEachRequest) {
  const RunText run = app_under("from: client, users: 2, think: 1s", "latency: 1s", "10s");
  EXPECT_EQ(run.load("load").requests(), 10U);  // each at 1 s, 3 s, 5 s, 7 s, 9 s
  EXPECT_EQ(by_second(run), (std::vector<std::uint64_t>{0, 2, 0, 2, 0, 2, 0, 2, 0, 2}));
}

TEST(Loads, WhatIsUnderWayAtTheEndIsWaitedFor) {
  const RunText run =
      app_under("from: outside, arrivals: constant, rate: 1/s", "latency: 30s", "5s");
  EXPECT_EQ(run.load("load").requests(), 4U);
  EXPECT_EQ(run.load("load").unfinished(), 0U);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 30);
  EXPECT_EQ(run.load("load").goodput_per_s(), 0);  // counts where it was answered
  EXPECT_TRUE(run.warnings.empty());
}

TEST(Loads, DrainingEndsAfterTenMinutes) {
  const RunText run =
      app_under("from: outside, arrivals: constant, rate: 1/s", "latency: 601500ms", "3s");
  EXPECT_EQ(run.load("load").requests(), 2U);  // at 1 s and 2 s; the end is at 603 s
  EXPECT_EQ(run.load("load").unfinished(), 1U);
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 0.5);
  EXPECT_NE(testing::all_of(run.warnings).find("1 request had no answer"), std::string::npos)
      << testing::all_of(run.warnings);
}

TEST(Loads, OutsideMeetsReadyPodsOnlyAndNoSidecarOfItsOwn) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {app: {replicas: 3}}\n"
      "  load: [{name: load, from: outside, to: http://app/, rate: 50/s}]\n"
      "  faults: [{at: 0s, pod: app-1, crash: {of: pod}}]\n");
  EXPECT_EQ(run.endpoint("app-1").requests(), 0U);
  const auto half = static_cast<double>(run.load("load").requests()) / 2;
  EXPECT_NEAR(static_cast<double>(run.endpoint("app-0").requests()), half, 4 * std::sqrt(half / 2));
  EXPECT_EQ(run.load("load").success_ratio(), 1);
}

TEST(Loads, OutsideIsResetWhereOnlyMutualTlsIsTaken) {
  const RunText run("spec:\n  duration: 20s\n  workloads: {app: {}}\n" + once("http://app/") +
                    "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
                    "metadata: {name: strict, namespace: default}\nspec: {mtls: {mode: STRICT}}\n");
  EXPECT_EQ(run.load("load").status().at("0"), 1U);
  EXPECT_EQ(run.load("load").flags().at("UC"), 1U);
  ASSERT_EQ(run.report.causes_size(), 1);
  EXPECT_NE(run.report.causes(0).find("default/strict"), std::string::npos) << run.report.causes(0);
}

}  // namespace
}  // namespace squall::sim
