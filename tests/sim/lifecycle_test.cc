// Replicas that start, serve, leave and come back.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// One request each 100 ms to `app`, by a client with a sidecar.
RunText with(const std::string& app, const std::string& rest, const std::string& more = "") {
  return RunText("spec:\n  duration: 60s\n  workloads:\n    client: {}\n    app: {" + app + "}\n" +
                 more +
                 "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: "
                 "10/s}]\n" +
                 rest);
}

std::uint64_t served_by(const RunText& run, int pod) {
  return run.report.endpoints(pod).requests();
}
/// When what happened for the first time; -1: never.
double first(const RunText& run, const std::string& what, const std::string& who) {
  for (const reports::Happening& one : run.report.timeline()) {
    if (one.what() == what && one.who() == who) return one.at_s();
  }
  return -1;
}

TEST(Lifecycle, AReplicaThatIsAddedServesAsSoonAsItIsStarted) {
  const RunText run = with("replicas: 1, latency: 1ms, start: {delay: 10s}",
                           "  changes: [{at: 20s, scale: {app: 2}}]\n");
  EXPECT_EQ(run.report.loads(0).success_ratio(), 1);
  EXPECT_NEAR(static_cast<double>(served_by(run, 0)), 450, 40);  // all of 30 s, half of 30 s
  EXPECT_NEAR(static_cast<double>(served_by(run, 1)), 150, 40);
  EXPECT_EQ(run.report.workloads(0).replicas(), 1U);
}

TEST(Lifecycle, AReplicaThatLeavesFinishesWhatItHas) {
  const RunText run = with("replicas: 2, latency: 2s", "  changes: [{at: 20s, scale: {app: 1}}]\n");
  EXPECT_EQ(run.report.loads(0).success_ratio(), 1);
  EXPECT_NEAR(static_cast<double>(served_by(run, 1)), 100, 30);
}

TEST(Lifecycle, WhatLastsBeyondTheGracePeriodIsLost) {
  const RunText run =
      with("replicas: 2, latency: 40s", "  changes: [{at: 20s, scale: {app: 1}}]\n");
  // Those of the second replica that arrived from 10 s to 20 s.
  EXPECT_NEAR(static_cast<double>(run.report.loads(0).failed()), 50, 3);
}

TEST(Lifecycle, ARollingRestartTakesOneReplicaAfterTheOther) {
  const RunText run = with("replicas: 3, latency: 1ms, start: {delay: 2s}",
                           "  changes: [{at: 10s, restart: {workload: app, pace: 6/m}}]\n");
  EXPECT_EQ(run.report.loads(0).success_ratio(), 1);
  EXPECT_EQ(run.report.workloads(0).ready_min(), 2U);
  EXPECT_EQ(run.report.workloads(0).restarts(), 3U);
  EXPECT_NEAR(first(run, "restarted", "app-0.default"), 15, 0.01);
  EXPECT_NEAR(first(run, "restarted", "app-2.default"), 35, 0.01);
}

TEST(Lifecycle, AStartThatFailsIsTriedAgainAfterItsBackoff) {
  const RunText run = with(
      "replicas: 1, latency: 1ms, start: {calls: [{to: http://store/}], backoff: {base: 4s, "
      "factor: "
      "2}}",
      "  changes: [{at: 10s, restart: {workload: app}}]\n"
      "  faults: [{at: 0s, for: 20s, workload: store, error: {status: 500}}]\n",
      "    store: {latency: 100ms}\n");
  // Down from 15 s, failed at 15.1, 19.2; then at 27.3 the store answers.
  EXPECT_NEAR(first(run, "start_failed", "app-0.default"), 15.1, 0.01);
  EXPECT_EQ(run.report.workloads(0).restarts(), 3U);
  EXPECT_NEAR(static_cast<double>(run.report.loads(0).failed()), (27.4 - 10) * 10, 2);
}

TEST(Lifecycle, AStartThatTakesTooLongIsEnded) {
  const RunText run = with(
      "replicas: 1, latency: 1ms, start: {calls: [{to: http://store/}], fail_after: 1s, backoff: "
      "{base: 3s, factor: 1, max: 3s}}",
      "  changes: [{at: 10s, restart: {workload: app}}]\n"
      "  faults: [{at: 0s, for: 20s, workload: store, slow: {latency: 5s}}]\n",
      "    store: {latency: 100ms}\n");
  EXPECT_NEAR(first(run, "start_failed", "app-0.default"), 16, 0.01);
  EXPECT_EQ(run.report.workloads(0).restarts(), 3U);  // at 15, 19 and 23 s
}

TEST(Lifecycle, ACrashedReplicaStartsBeforeItServes) {
  const RunText run = with("replicas: 2, latency: 1ms, start: {delay: 5s}",
                           "  faults: [{at: 10s, pod: app-0, crash: {restart_after: 5s}}]\n");
  // Its workload says how it starts, so discovery leaves it out meanwhile.
  EXPECT_EQ(run.report.loads(0).success_ratio(), 1);
  EXPECT_NEAR(static_cast<double>(served_by(run, 0)), 250, 40);
}

TEST(Lifecycle, ANewReplicaIsSlowAtFirst) {
  const RunText run = with("replicas: 1, latency: 10ms, start: {warm: {for: 10s, factor: 11}}",
                           "  changes: [{at: 20s, restart: {workload: app}}]\n");
  const auto& p50 = run.report.series().loads().at("load").p50_s();
  EXPECT_NEAR(p50[19], 0.01, 0.001);
  EXPECT_NEAR(p50[30], 0.0575, 0.006);  // up at 25 s; half way from 110 to 10 ms
  EXPECT_NEAR(p50[40], 0.01, 0.001);
}

TEST(Lifecycle, AnUnreadyReplicaGetsNoRequestsFromSidecarsNorFromOutside) {
  for (const std::string from : {"client", "outside"}) {
    const RunText run(
        "spec:\n  duration: 60s\n  workloads: {client: {}, app: {replicas: 2, "
        "latency: 1ms}}\n  load: [{name: load, from: " +
        from +
        ", to: http://app/, rate: 10/s}]\n  faults: [{at: 20s, for: 20s, pod: app-0, "
        "unready: {}}]\n");
    EXPECT_EQ(run.report.loads(0).success_ratio(), 1);
    EXPECT_NEAR(static_cast<double>(served_by(run, 0)), 200, 45);
    EXPECT_EQ(run.report.workloads(0).ready_min(), 1U);
  }
}

TEST(Lifecycle, UtilizationIsOfTheReplicasThatAreThere) {
  const RunText run = with("replicas: 1, concurrency: 1, latency: 50ms",
                           "  changes: [{at: 30s, scale: {app: 2}}]\n");
  EXPECT_NEAR(run.report.workloads(0).utilization(), 30 / 90.0, 0.01);
}

}  // namespace
}  // namespace squall::sim
