// What sidecars' work and memory do, where a scenario says that they cost.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::once;
using testing::RunText;

TEST(SidecarCosts, EachSidecarOnTheWayTakesItsTime) {
  const auto latency = [](const std::string& from) {
    return RunText(
               "spec:\n  duration: 9s\n  mesh: {sidecar: {cpu: 1ms}}\n"
               "  workloads: {web: {}, app: {latency: 10ms, calls: [{to: http://db/}]}, db: {}}\n" +
               once("http://app/", from))
        .load("load")
        .latency_s()
        .max();
  };
  EXPECT_DOUBLE_EQ(latency("outside"), 0.013);  // at app, from app, at db
  EXPECT_DOUBLE_EQ(latency("web"), 0.014);
}

TEST(SidecarCosts, WhatALibraryBalancesTakesItToo) {
  const std::string spec =
      "spec:\n  duration: 2500ms\n  mesh: {sidecar: {cpu: 1ms}}\n"
      "  workloads: {web: {}, app: {latency: 10ms}}\n  load: [{name: load, from: web, to: "
      "http://app/, arrivals: constant, rate: 1/s, client: {balance: {}}}]\n";
  EXPECT_DOUBLE_EQ(RunText(spec).load("load").latency_s().max(), 0.012);
  // Its turn comes 0.5 ms after the replica that was chosen has gone.
  const RunText gone(spec + "  faults: [{at: 1000500us, for: 500ms, workload: app, crash: {}}]\n");
  EXPECT_EQ(gone.load("load").status().at("200"), 1U);
  EXPECT_EQ(gone.load("load").requests(), 2U);
}

/// M/D/c in front of an application that takes no time.
double wait_of(const std::string& mesh, const std::string& app, int rate) {
  const RunText run("spec:\n  warmup: 10s\n  duration: 210s\n  mesh: {sidecar: {" + mesh +
                    "}}\n  workloads: {app: {" + app +
                    "}}\n  load: [{name: load, from: outside, to: http://app/, rate: " +
                    std::to_string(rate) + "/s}]\n");
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  return run.load("load").latency_s().mean();
}

TEST(SidecarCosts, WorkersAreAQueueOfMDc) {
  // M/D/1 at 0.8: D (1 + rho / 2 (1 - rho)) = 3 D.
  EXPECT_NEAR(wait_of("workers: 1, cpu: 10ms", "", 80), 0.030, 0.0015);
  // A workload's own workers.
  EXPECT_NEAR(wait_of("workers: 7, cpu: 10ms", "sidecar: {workers: 1}", 80), 0.030, 0.0015);
  // M/D/2 at 0.8: a wait of 0.900 D on average.
  EXPECT_NEAR(wait_of("cpu: 10ms", "", 160), 0.0190, 0.0008);
}

TEST(SidecarCosts, NobodyTakesMoreThanTheWorkersCan) {
  const RunText run(
      "spec:\n  duration: 20s\n  mesh: {sidecar: {workers: 2, cpu: 10ms}}\n"
      "  workloads: {app: {}}\n  load: [{name: load, from: outside, to: http://app/, arrivals: "
      "constant, rate: 400/s}]\n");
  // 200 a second of 400: the last of 8000 is served at 40 s.
  EXPECT_NEAR(run.load("load").latency_s().max(), 20, 0.3);
}

TEST(SidecarCosts, WhoLeavesMeanwhileIsNotServed) {
  // Ten at once, 100 ms each, by one worker: after 350 ms the client gives the other seven up.
  const RunText run(
      "spec:\n  duration: 9s\n  mesh: {sidecar: {workers: 1, cpu: 100ms}}\n"
      "  workloads: {app: {}, web: {calls: [{parallel: [{to: http://app/, times: 10, client: "
      "{timeout: 350ms}}]}]}}\n" +
      once("http://web/"));
  EXPECT_EQ(run.load("load").success_ratio(), 0);
  EXPECT_EQ(run.load("load").unfinished(), 0U);
  EXPECT_LE(run.workload("app").requests(), 3U);
}

TEST(SidecarCosts, ACrashOfThePodLosesWhatWaits) {
  for (const std::string from : {"outside", "web"}) {
    const RunText run(
        "spec:\n  duration: 9s\n  mesh: {sidecar: {workers: 1, cpu: 500ms}}\n"
        "  workloads: {web: {}, app: {}}\n  load: [{name: load, from: " +
        from +
        ", to: http://app/, arrivals: constant, steps: [{at: 1s, rate: 10/s}, {at: 2s, rate: "
        "0/s}]}]\n  faults: [{at: 2200ms, workload: app, crash: {of: pod, restart_after: 1ms}}]\n");
    EXPECT_EQ(run.load("load").unfinished(), 0U) << from;
    EXPECT_LT(run.load("load").success_ratio(), 1) << from;
  }
}

/// `clients` replicas that each have one connection to the one replica of `app`, and it one to its
/// application.
RunText crowd(int clients, const std::string& memory, const std::string& more = "") {
  return RunText(
      "spec:\n  duration: 60s\n  mesh: {sidecar: {memory: {" + memory +
      "}}}\n  workloads: {app: {latency: 5ms}, web: {replicas: " + std::to_string(clients) +
      "}}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, steps: [{at: 1s, "
      "rate: 100/s}]}]\n" +
      more + destination_rule("app", "connectionPool: {tcp: {maxConnections: 1}}"));
}

TEST(SidecarCosts, AConnectionMoreThanItsMemoryKillsASidecar) {
  // Room for 41 connections.
  const std::string memory = "base: 60Mi, connection: 1Mi, limit: 101Mi";
  const RunText fits(crowd(40, memory));
  EXPECT_EQ(fits.timeline().find("killed"), std::string::npos) << fits.timeline();
  EXPECT_EQ(fits.load("load").success_ratio(), 1);

  const RunText run(crowd(60, memory));
  EXPECT_NE(run.timeline().find("killed app-0.default"), std::string::npos) << run.timeline();
  EXPECT_LT(run.load("load").success_ratio(), 0.9);
  EXPECT_EQ(run.load("load").unfinished(), 0U);
  EXPECT_EQ(run.workload("app").ready_min(), 0U);
  // Then as a kubelet does it: 1 s, 10 s, 20 s. Connections come back at once, so it goes on.
  std::size_t kills = 0;
  const std::string timeline = run.timeline();
  for (auto at = timeline.find("killed"); at != std::string::npos;
       at = timeline.find("killed", at + 1))
    ++kills;
  EXPECT_GE(kills, 3U);
  EXPECT_LE(kills, 5U);
}

TEST(SidecarCosts, WhatTheApplicationAskedItsSidecarIsReset) {
  // 30 calls at once by one replica, each on a connection of its own: 15 are too many.
  const RunText run(
      "spec:\n  duration: 30s\n  mesh: {sidecar: {memory: {connection: 1Mi, limit: 15Mi}}}\n"
      "  workloads: {app: {latency: 100ms}, web: {calls: [{parallel: [{to: http://app/, times: "
      "30}]}]}}\n" +
      once("http://web/"));
  EXPECT_EQ(run.load("load").success_ratio(), 0);
  EXPECT_EQ(run.load("load").unfinished(), 0U);
  EXPECT_NE(run.timeline().find("killed web-0.default"), std::string::npos) << run.timeline();
}

/// Beside 30 calls at once at 3 s by `web`, which are too many for its sidecar.
RunText beside_a_kill(const std::string& load) {
  return RunText(
      "spec:\n  duration: 20s\n  mesh: {sidecar: {memory: {connection: 1Mi, limit: 15Mi}}}\n"
      "  workloads:\n    db: {latency: 8s}\n    app: {replicas: 3, latency: 100ms}\n"
      "    web: {calls: [{parallel: [{to: http://app/, times: 30}]}]}\n"
      "  load:\n    - {name: load, from: web, arrivals: constant, " +
      load +
      "}\n    - {name: crowd, from: outside, to: http://web/, arrivals: constant, steps: [{at: 2s, "
      "rate: 1/s}, {at: 3500ms, rate: 0/s}]}\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\n"
      "spec: {selector: {app: db}, ports: [{name: tcp, port: 9000}]}\n");
}

TEST(SidecarCosts, WhatItPassesOnAsBytesIsResetToo) {
  const RunText run = beside_a_kill(
      "to: \"http://db:9000/\", steps: [{at: 0s, rate: 1/s}, {at: 1500ms, rate: 0/s}]");
  EXPECT_EQ(run.load("load").success_ratio(), 0);
  EXPECT_NEAR(run.load("load").latency_s().max(), 2, 0.02);
}

TEST(SidecarCosts, WhatALibraryBalancesIsResetWhileItIsDown) {
  const RunText run = beside_a_kill("to: http://app/, rate: 10/s, client: {balance: {choices: 2}}");
  // One second of them.
  EXPECT_EQ(run.load("load").requests() - run.load("load").status().at("200"), 10U);
}

TEST(SidecarCosts, WhoHasBeenFreedMeanwhileIsNotKilled) {
  // All 20 users at once: `app` is killed first, and what was too much for both callers is gone.
  const RunText run(
      "spec:\n  duration: 20s\n  mesh: {sidecar: {memory: {connection: 1Mi, limit: 3Mi}}}\n"
      "  workloads: {web: {replicas: 2}, app: {latency: 10ms}}\n"
      "  load: [{name: load, from: web, to: http://app/, users: 20, think: 1s}]\n");
  EXPECT_NE(run.timeline().find("killed app-0"), std::string::npos);
  EXPECT_EQ(run.timeline().find("killed web"), std::string::npos) << run.timeline();
}

TEST(SidecarCosts, MemoryThatSufficesChangesNothing) {
  const RunText costly = crowd(10, "base: 1Mi, connection: 1Ki, limit: 1Gi");
  const RunText free(
      "spec:\n  duration: 60s\n  workloads: {app: {latency: 5ms}, web: {replicas: 10}}\n"
      "  load: [{name: load, from: web, to: http://app/, arrivals: constant, steps: [{at: 1s, "
      "rate: 100/s}]}]\n" +
      destination_rule("app", "connectionPool: {tcp: {maxConnections: 1}}"));
  EXPECT_EQ(costly.load("load").latency_s().mean(), free.load("load").latency_s().mean());
  EXPECT_EQ(costly.report.events(), free.report.events());
}

}  // namespace
}  // namespace squall::sim
