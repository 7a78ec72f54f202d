// Applications that choose the replica of a call themselves.
#include "sim/client_balance.h"

#include <array>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

TEST(ClientBalance, TheLeastBusyOfThoseThatAreDrawn) {
  constexpr std::array<std::uint32_t, 4> kCandidates = {5, 6, 7, 8};
  std::array<int, 9> picked{};
  for (std::uint64_t random = 0; random < 40'000; ++random) {
    // 5 is idle, the others are alike.
    ++picked[balanced(kCandidates, 2, mix(1, random), [](std::uint32_t c) { return c > 5; })];
  }
  // In 1 - (3/4)^2 of the picks the idle one is among the two.
  EXPECT_NEAR(picked[5], 40'000 * 7 / 16, 400);
  for (const std::uint32_t c : {6U, 7U, 8U}) EXPECT_NEAR(picked[c], 40'000 * 3 / 16, 400);
  EXPECT_EQ(picked[0], 0);
}

std::string spec(const std::string& balance, const std::string& load, const std::string& app = "") {
  return "spec:\n  warmup: 5s\n  duration: 25s\n  workloads:\n    web: {}\n"
         "    app: {replicas: 10, cpu: {cores: 1}, latency: {exponential: 10ms}" +
         app + "}\n  load: [{name: load, from: " + load +
         ", to: http://app/, rate: 900/s, client: {balance: {" + balance + "}}}]\n";
}

double mean(const RunText& run) { return run.load("load").latency_s().mean(); }

TEST(ClientBalance, TwoChoicesAreBetterThanOneAndStaleOnesWorse) {
  // Known: 100 ms with one choice (M/M/1), 31 ms with two of ten.
  const double random = mean(RunText(spec("choices: 1", "outside")));
  const double two = mean(RunText(spec("", "outside")));
  const double all = mean(RunText(spec("choices: 100, by: queue", "web")));
  const double stale = mean(RunText(spec("refresh: 10s", "outside")));
  EXPECT_NEAR(two, 0.031, 0.003);
  EXPECT_LT(two, random / 2);
  EXPECT_LT(all, two);
  EXPECT_GT(stale, random);  // a herd
}

TEST(ClientBalance, ItPassesTheSidecarByAndUsesReadyReplicasOnly) {
  const std::string fault = "  faults: [{at: 0s, for: 60s, pod: app-3, unready: {}}]\n";
  const RunText run(spec("refresh: 1s", "web") + fault);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_EQ(run.endpoint("app-3.default").requests(), 0U);
  EXPECT_GT(run.endpoint("app-4.default").requests(), 100U);
  for (const auto& edge : run.report.edges()) EXPECT_EQ(edge.requests(), 0U);
  const RunText none(spec("refresh: 1s", "web") +
                     "  faults: [{at: 0s, for: 60s, workload: app, unready: {}}]\n");
  EXPECT_EQ(none.load("load").success_ratio(), 0);
}

TEST(ClientBalance, ToASidecarItIsAStrangerWithoutTls) {
  const RunText run(spec("", "web") +
                    "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: "
                    "{name: strict, namespace: default}\nspec: {mtls: {mode: STRICT}}\n");
  EXPECT_EQ(run.load("load").success_ratio(), 0);
}

TEST(ClientBalance, ARetryChoosesAnew) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads:\n    web: {calls: [{to: http://app/, client: {balance: "
      "{choices: 1}, retries: {max: 9}}}]}\n    app: {replicas: 2}\n"
      "  load: [{name: load, from: outside, to: http://web/, rate: 50/s}]\n"
      "  faults: [{at: 0s, pod: app-0, error: {status: 503}}]\n");
  EXPECT_GT(run.load("load").success_ratio(), 0.99);
  const auto failed = static_cast<double>(run.endpoint("app-0.default").requests());
  EXPECT_NEAR(failed / static_cast<double>(run.load("load").requests()), 1, 0.15);
}

TEST(ClientBalance, ACrashForgetsWhatWasKnown) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads:\n    web: {calls: [{to: http://app/, client: {balance: "
      "{refresh: 60s}}}]}\n    app: {replicas: 2, latency: 30s}\n"
      "  load: [{name: load, from: outside, to: http://web/, arrivals: constant, rate: 10/s}]\n"
      "  faults: [{at: 10s, workload: web, crash: {restart_after: 100ms}}]\n");
  EXPECT_EQ(run.load("load").unfinished(), 0U);
}

}  // namespace
}  // namespace squall::sim
