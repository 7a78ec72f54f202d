#include "sim/healthy_replicas.h"

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// `app` has two replicas of which the second fails; each of two callers ejects it for 30 s after
/// its fifth failure. `expect`: of the run.
RunText ejecting(const std::string& expect, const std::string& more = "") {
  return RunText(
      "spec:\n  duration: 60s\n  workloads: {web: {replicas: 2}, app: {replicas: 2}}\n"
      "  load: [{name: load, from: web, to: http://app/, rate: 100/s}]\n"
      "  faults: [{at: 20s, for: 5s, pod: app-1, error: {status: 500}}" +
      more + "]\n  expect: [" + expect + "]\n" +
      testing::destination_rule("app",
                                "outlierDetection: {maxEjectionPercent: 100, interval: 1s, "
                                "baseEjectionTime: 10s}"));
}

void all_hold(const RunText& run) {
  EXPECT_FALSE(run.expectations.empty());
  for (const auto& one : run.expectations) EXPECT_TRUE(one.ok) << one.text << ": " << one.why;
}

TEST(HealthyReplicas, WhoIsEjectedByAllCallersIsNone) {
  const RunText run = ejecting(
      "'healthy{workload=\"app\"}[0s:20s] == 2', 'healthy{workload=\"app\"}[22s:29s] == 1', "
      "'healthy{pod=\"app-1\"}[22s:29s] == 0', 'healthy{workload=\"app\"}[40s:60s] == 2', "
      "'ready{workload=\"app\"}[22s:29s] == 2', 'healthy{workload=\"web\"} == 2'");
  ASSERT_EQ(run.expectations.size(), 6U);
  all_hold(run);
}

TEST(HealthyReplicas, WhoIsDownIsNoneTwice) {
  const RunText run = ejecting("'healthy{workload=\"app\"}[26s:29s] == 1'",
                               ", {at: 25s, for: 20s, pod: app-1, crash: {of: pod}}");
  all_hold(run);
}

TEST(HealthyReplicas, EachCallerHasAnOpinion) {
  Model model;
  model.pods.resize(3);
  model.configurations.resize(1);
  model.configurations[0].targets = {{.pod = 2, .edge = 0}};
  model.proxies = std::vector<ProxyModel>(2);
  for (ProxyModel& one : model.proxies) one.configuration = 0;
  HealthyReplicas healthy(model);
  healthy.set_ready(2, true, {});
  healthy.on_ejected(2, Instant(1s));
  healthy.on_ejected(2, Instant(2s));
  healthy.on_returned(2, Instant(3s));
  EXPECT_DOUBLE_EQ(healthy.read(2, Instant(4s)), (1 + 0.5 + 0 + 0.5) * 1e9);
  healthy.set_ready(2, false, Instant(4s));
  EXPECT_DOUBLE_EQ(healthy.read(2, Instant(5s)), 0);
}

}  // namespace
}  // namespace squall::sim
