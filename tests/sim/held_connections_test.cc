// Connections that users from outside hold: what they cost, how they are lost and made again.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// `load`: of that with users from outside; `server`: of the workload that they ask.
RunText held(const std::string& load, const std::string& server, const std::string& more = "") {
  return RunText("spec:\n  duration: 20s\n  workloads: {server: {" + server + "}}\n" + more +
                 "  load: [{name: load, from: outside, to: http://server/, " + load + "}]\n");
}

std::uint64_t in_second(const RunText& run, int second) {
  return run.report.series().loads().at("load").requests(second);
}

TEST(HeldConnections, AUserMakesThemForItsFirstRequest) {
  // Four users at once, each with a handshake of 100 ms, one after the other; then they think.
  const RunText run = held("users: 4, think: {constant: 3s}, connections: {}",
                           "latency: 10ms, handshake: {cpu: 100ms}");
  const reports::Load& load = run.load("load");
  EXPECT_EQ(load.connections().opened(), 4U);
  EXPECT_EQ(load.connections().failed(), 0U);
  EXPECT_NEAR(load.latency_s().max(), 0.41, 0.41 * 0.01);
  EXPECT_NEAR(load.latency_s().p50(), 0.01, 0.01 * 0.01);
  EXPECT_EQ(load.status().size(), 1U);
}

TEST(HeldConnections, EachUserHasAsManyAsItIsSaid) {
  const RunText run = held("users: 4, think: {constant: 3s}, connections: {per_user: 3}",
                           "handshake: {cpu: 100ms}");
  EXPECT_EQ(run.load("load").connections().opened(), 12U);
  // The first of its three is enough for a request: that of the last user is the tenth.
  EXPECT_NEAR(run.load("load").latency_s().max(), 1.0, 0.01);
}

TEST(HeldConnections, WithoutHandshakesTheyTakeNoTime) {
  const RunText run = held("users: 4, think: {constant: 3s}, connections: {}", "latency: 10ms");
  EXPECT_EQ(run.load("load").connections().opened(), 4U);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.01);
}

TEST(HeldConnections, RoundTripsAreThoseOfTheNetwork) {
  const RunText run = held("users: 1, think: {constant: 3s}, connections: {}", "latency: 10ms",
                           "  network: {latency: 20ms, connect: {round_trips: 2}}\n");
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.08 + 0.04 + 0.01, 0.002);
  EXPECT_NEAR(run.load("load").latency_s().p50(), 0.04 + 0.01, 0.001);
}

TEST(HeldConnections, ALostOneTakesItsRequestAlongAndIsMadeForTheNext) {
  const RunText run =
      held("users: 1, think: {constant: 3s}, connections: {}", "latency: 4s, handshake: {cpu: 1s}",
           "  faults: [{at: 12s, workload: server, drop_connections: {}}]\n");
  // 3 s: handshake to 4 s, answer at 8 s; 11 s: lost at 12 s; 15 s: handshake to 16 s, answer 20 s.
  const reports::Load& load = run.load("load");
  EXPECT_EQ(load.requests(), 3U);
  EXPECT_EQ(load.status().at("0"), 1U);
  EXPECT_EQ(load.status().at("200"), 2U);
  EXPECT_EQ(load.connections().opened(), 2U);
  EXPECT_EQ(load.connections().lost(), 1U);
  EXPECT_EQ(in_second(run, 15), 1U);
  EXPECT_DOUBLE_EQ(load.latency_s().max(), 5);
}

TEST(HeldConnections, AKilledSidecarTakesThemAlong) {
  // 30 connections of `web` from 10 s on are too many for the server's sidecar.
  const RunText run = RunText(
      "spec:\n  duration: 20s\n  mesh: {sidecar: {memory: {connection: 1Mi, limit: 15Mi}}}\n"
      "  workloads: {server: {latency: 100ms}, web: {calls: [{parallel: [{to: http://server/, "
      "times: "
      "30}]}]}}\n  load:\n"
      "    - {name: load, from: outside, to: http://server/, users: 2, think: {constant: 3s}, "
      "connections: {}}\n"
      "    - {name: crowd, from: outside, to: http://web/, arrivals: constant, steps: [{at: 0s, "
      "rate: "
      "0/s}, {at: 10s, rate: 1/s}]}\n");
  EXPECT_NE(run.timeline().find("killed server"), std::string::npos) << run.timeline();
  EXPECT_GE(run.load("load").connections().lost(), 2U);
}

TEST(HeldConnections, WhoRetriesMakesALostOneAtOnce) {
  const RunText run =
      held("users: 1, think: {constant: 3s}, connections: {retry: {backoff: {base: 1s}}}",
           "latency: 4s, handshake: {cpu: 1s}",
           "  faults: [{at: 12s, workload: server, drop_connections: {}}]\n");
  // Lost at 12 s, made by 13 s: the request of 15 s waits for nothing.
  EXPECT_EQ(run.load("load").connections().opened(), 2U);
  EXPECT_EQ(run.load("load").status().at("200"), 2U);
  EXPECT_NEAR(run.load("load").latency_s().p50(), 4, 0.04);
}

TEST(HeldConnections, WithoutARetryARequestWithoutOneFails) {
  const RunText run = held("users: 3, think: {constant: 6s}, connections: {timeout: 1s}",
                           "handshake: {cpu: 600ms}");
  // At 6 s the first is made at 6.6 s, the others' attempts end at 7 s. The server works on until
  // 7.8 s; at 12.6 s the first asks, at 13 s two connect, of which one is made.
  const reports::Load& load = run.load("load");
  EXPECT_EQ(load.connections().failed(), 3U);
  EXPECT_EQ(load.status().at("0"), 3U);
  EXPECT_EQ(load.connections().opened(), 2U);
}

TEST(HeldConnections, ALimitOfHandshakesRefuses) {
  const RunText run = held(
      "users: 5, think: {constant: 6s}, connections: {timeout: 30s, retry: {backoff: {base: 1s, "
      "factor: 1}}}",
      "handshake: {cpu: 600ms, limit: 1}");
  // At 6 s, 7 s, ... one each: refused are 4, 3, 2, 1 of them.
  EXPECT_EQ(run.load("load").connections().opened(), 5U);
  EXPECT_EQ(run.load("load").connections().failed(), 10U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 4.6, 0.05);
}

TEST(HeldConnections, ACrashLosesThemAndTheyLeadToOthersThen) {
  const RunText run =
      held("users: 20, think: {constant: 1s}, connections: {retry: {backoff: {base: 1s}}}",
           "replicas: 2, handshake: {cpu: 1ms}",
           "  faults: [{at: 5500ms, pod: server-0, crash: {of: pod}}]\n");
  const reports::Load& load = run.load("load");
  EXPECT_GT(load.connections().lost(), 3U);
  EXPECT_EQ(load.connections().opened(), 20 + load.connections().lost());
  EXPECT_EQ(load.status().size(), 1U);  // nobody asked at that instant
  // Nobody comes back to a replica that is back.
  EXPECT_EQ(in_second(run, 10), 20U);
}

TEST(HeldConnections, WhileNobodyIsReadyAttemptsFail) {
  const RunText run = held(
      "users: 1, think: {constant: 1s}, connections: {retry: {backoff: {base: 1s, factor: 1}}}",
      "handshake: {cpu: 1ms}",
      "  faults: [{at: 500ms, pod: server-0, crash: {of: pod, restart_after: 9s}}]\n");
  // At 1 s, 2 s, ... 9 s.
  EXPECT_EQ(run.load("load").connections().failed(), 9U);
  EXPECT_EQ(run.load("load").connections().opened(), 1U);
  EXPECT_EQ(run.load("load").status().size(), 1U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 9.001, 0.09);
}

TEST(HeldConnections, SilenceIsGivenUpAfterTheTimeout) {
  const RunText run = held(
      "users: 1, think: {constant: 1s}, connections: {timeout: 2s, retry: {backoff: {base: 1s, "
      "factor: 1}}}",
      "latency: 1ms", "  faults: [{at: 500ms, for: 5s, workload: server, partition: {}}]\n");
  // From 1 s to 3 s, from 4 s to 6 s (sent again at 5 s and 7 s), and at 7 s.
  EXPECT_EQ(run.load("load").connections().failed(), 2U);
  EXPECT_EQ(run.load("load").connections().opened(), 1U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 6.001, 0.06);
}

TEST(HeldConnections, WhoComesOnceLeavesThemBehind) {
  const RunText run = held(
      "users: 3, think: {constant: 1s}, once: true, connections: {retry: {backoff: {base: 1s}}}",
      "handshake: {cpu: 1ms}", "  faults: [{at: 5s, workload: server, drop_connections: {}}]\n");
  EXPECT_EQ(run.load("load").connections().opened(), 3U);
  EXPECT_EQ(run.load("load").connections().lost(), 0U);
}

TEST(HeldConnections, AllThatALoadAsksIsAtOneService) {
  const auto scenario = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  workloads: {a: {}, b: {}}\n  load: "
      "[{name: x, from: outside, users: 1, think: 1s, connections: {}, mix: [{name: m, weight: 1, "
      "to: http://a/}, {name: n, weight: 1, to: http://b/}]}]\n",
      "s.yaml", {});
  ASSERT_TRUE(scenario.has_value());
  Diagnostics warnings;
  const auto data = sim::run(*scenario, warnings);
  ASSERT_FALSE(data.has_value());
  EXPECT_NE(testing::all_of(data.error()).find("connections of a load lead to one host and port"),
            std::string::npos);
}

}  // namespace
}  // namespace squall::sim
