#include "sim/run.h"

#include <gtest/gtest.h>

#include "scenarios/reader.h"
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

scenarios::Scenario scenario_of(const std::string& spec) {
  auto scenario = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n" + spec, "s.yaml");
  if (scenario) return *std::move(scenario);
  for (const Diagnostic& one : scenario.error().sorted()) ADD_FAILURE() << to_string(one);
  return {};
}

std::string complaint_of(const std::string& spec, const RunControl& control) {
  Diagnostics warnings;
  const auto data = run(scenario_of(spec), warnings, control);
  return data ? "none" : data.error().sorted().front().what;
}

constexpr const char* kSlow = R"(
  warmup: 2s
  duration: 10s
  workloads: {app: {latency: 1ms}}
  load: [{name: x, from: outside, to: http://app/, rate: 10/s, arrivals: constant}]
)";

TEST(Run, UsersThatNothingSlowsDownAreAnErrorAndNoHang) {
  EXPECT_EQ(complaint_of("  workloads: {app: {}}\n"
                         "  load: [{name: x, from: outside, to: http://app/, users: 3}]\n",
                         {.most_at_once = 10'000}),
            "time stands still at 0s");
}

TEST(Run, ManyUsersAtTheFirstInstantAreNoMistake) {
  EXPECT_EQ(
      complaint_of("  duration: 1s\n"
                   "  workloads: {app: {}}\n"
                   "  load: [{name: x, from: app, to: http://app/, users: 5000, think: 10s}]\n",
                   {.most_at_once = 10'000}),
      "none");
}

TEST(Run, CallsWithoutEndAreAnErrorBeforeMemoryIsGone) {
  EXPECT_EQ(complaint_of("  workloads: {app: {latency: 1ms, calls: [{parallel: [{to: http://app/, "
                         "times: 2}]}]}}\n"
                         "  load: [{name: x, from: outside, to: http://app/, rate: 1/s}]\n",
                         {.most_under_way = 10'000})
                .substr(0, 43),
            "more than 10000 requests are under way at 1");
}

TEST(Run, AWorkloadOfTheManifestsMayHaveDotsInItsName) {
  const std::string deployment = R"(---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app.v2}
spec:
  selector: {matchLabels: {app: app}}
  template: {metadata: {labels: {app: app}}, spec: {containers: [{name: app, image: app}]}}
)";
  const testing::RunText run(
      "spec:\n  duration: 2s\n  workloads: {app.v2.default: {latency: 5ms}, app: {replicas: 0}}\n" +
      testing::once("http://app/") + deployment);
  EXPECT_EQ(run.load("load").latency_s().mean(), 0.005);
  EXPECT_EQ(run.workload("app.v2.default").requests(), 1U);
}

TEST(Run, StoppedWithinTheLoadTheFiguresAreOfTheTimeThatPassed) {
  std::atomic<bool> stop = false;
  const RunControl control{.stop = &stop,
                           .progress = [&](Instant at) { stop = at >= Instant(6s); }};
  Diagnostics warnings;
  const auto data = run(scenario_of(kSlow), warnings, control);
  ASSERT_TRUE(data);
  EXPECT_TRUE(data->interrupted);
  EXPECT_EQ(data->measured, 4s);
  EXPECT_NEAR(static_cast<double>(data->loads[0].outcomes.requests), 40, 1);
}

TEST(Run, StoppedInTheWarmUpThereAreNoFigures) {
  std::atomic<bool> stop = true;
  Diagnostics warnings;
  const auto data = run(scenario_of(kSlow), warnings, {.stop = &stop});
  ASSERT_TRUE(data);
  EXPECT_TRUE(data->interrupted);
  EXPECT_EQ(data->measured, Duration(0));
  EXPECT_EQ(data->loads[0].outcomes.requests, 0U);
}

TEST(Run, StoppedWhileTheLastAnswersAreAwaitedItIsInterruptedToo) {
  std::atomic<bool> stop = false;
  const RunControl control{.stop = &stop,
                           .progress = [&](Instant at) { stop = at >= Instant(12s); }};
  Diagnostics warnings;
  const auto data =
      run(scenario_of("  duration: 10s\n"
                      "  workloads: {app: {latency: 1m}}\n"
                      "  load: [{name: x, from: outside, to: http://app/, rate: 1/s}]\n"),
          warnings, control);
  ASSERT_TRUE(data);
  EXPECT_TRUE(data->interrupted);
  EXPECT_EQ(data->measured, 10s);
}

TEST(Run, ProgressIsToldEverySecondUpToTheEnd) {
  std::vector<Instant> told;
  Diagnostics warnings;
  ASSERT_TRUE(
      run(scenario_of(kSlow), warnings, {.progress = [&](Instant at) { told.push_back(at); }}));
  ASSERT_GE(told.size(), 10U);
  EXPECT_EQ(told[0], Instant(1s));
  EXPECT_EQ(told[9], Instant(10s));
}

/// Localities weigh as istiod sends them, that of pods without one included.
TEST(Run, PodsWithoutALocalityTakePartWhereLocalitiesAreWeighted) {
  for (const std::string balancer :
       {"consistentHash: {httpHeaderName: x-user}", "simple: LEAST_REQUEST"}) {
    const testing::RunText run(
        "spec:\n  duration: 20s\n  workloads: {web: {}, app: {replicas: 2}}\n"
        "  load: [{name: load, from: web, to: http://app/, rate: 50/s}]\n" +
        testing::destination_rule("app", "loadBalancer: {" + balancer +
                                             ", localityLbSetting: {enabled: true, distribute: "
                                             "[{from: eu/*, to: {\"eu/*\": 100}}]}}"));
    EXPECT_EQ(run.load("load").success_ratio(), 1) << balancer;
    EXPECT_EQ(run.endpoint("app-0").requests() + run.endpoint("app-1").requests(),
              run.load("load").requests())
        << balancer;
  }
}

}  // namespace
}  // namespace squall::sim
