// Rules of the model for faults of the network: what is lost and sent again, what hangs, what is
// closed, and what connecting costs who is connected to.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::once;
using testing::RunText;
using testing::virtual_service;

const std::string kNoRetries = virtual_service("app", "retries: {attempts: 0}");

/// What one request at 1 s waits.
double waits_s(const std::string& faults, const std::string& from = "outside",
               const std::string& spec = "") {
  const RunText run("spec:\n  workloads: {client: {}, app: {}}\n" + spec +
                    once("http://app/", from) + "  faults:\n" + faults + kNoRetries);
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  return run.load("load").latency_s().max();
}

TEST(NetworkFaults, WhatAPartitionHoldsUpIsSentAgain) {
  // At 1 s, 1.2, 1.6, 2.4 and 4.
  EXPECT_NEAR(waits_s("    - {at: 0s, for: 3s, workload: app, partition: {}}\n"), 3, 1e-9);
  EXPECT_NEAR(waits_s("    - {at: 0s, for: 3s, workload: app, partition: {direction: to}}\n"), 3,
              1e-9);
  EXPECT_NEAR(waits_s("    - {at: 0s, for: 3s, workload: app, partition: {direction: from}}\n"), 3,
              1e-9);
  EXPECT_EQ(waits_s("    - {at: 2s, for: 3s, workload: app, partition: {}}\n"), 0);
}

TEST(NetworkFaults, APartitionIsSilentToWhoConnects) {
  // Connecting is tried at 1 s, 2 and 4.
  EXPECT_NEAR(waits_s("    - {at: 0s, for: 3s, workload: app, partition: {}}\n", "client"), 3,
              1e-9);
  const RunText run("spec:\n  workloads: {client: {}, app: {}}\n" + once("http://app/", "client") +
                    "  faults: [{at: 0s, workload: app, partition: {}}]\n" + kNoRetries +
                    destination_rule("app", "connectionPool: {tcp: {connectTimeout: 2s}}"));
  EXPECT_EQ(run.load("load").flags().at("UF"), 1U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 2, 1e-9);
}

TEST(NetworkFaults, ThoseOfSidecarsAreOfWhatPassesThroughThem) {
  EXPECT_NEAR(waits_s("    - {at: 0s, for: 3s, proxies: app, partition: {}}\n"), 3, 1e-9);
  const std::string delay = ", delay: {latency: 5ms}}\n";
  EXPECT_NEAR(waits_s("    - {at: 0s, proxies: app" + delay), 0.01, 1e-9);
  EXPECT_NEAR(waits_s("    - {at: 0s, proxies: client" + delay, "client"), 0.01, 1e-9);
  EXPECT_EQ(waits_s("    - {at: 0s, proxies: client" + delay), 0);
}

TEST(NetworkFaults, AnEdgeIsBetweenTwoWorkloadsOnly) {
  const std::string fault =
      "    - {at: 0s, for: 3s, edge: {from: client, to: app}, partition: {}}\n";
  EXPECT_NEAR(waits_s(fault, "client"), 3, 1e-9);
  EXPECT_EQ(waits_s(fault, "outside"), 0);
}

TEST(NetworkFaults, WhoHasGivenUpIsNotServedLater) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {client: {}, app: {}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, "
      "rate: 10/s}]\n"
      "  faults: [{at: 5s, for: 5s, workload: app, partition: {}}]\n" +
      virtual_service("app", "timeout: 1s, retries: {attempts: 0}"));
  // Those of four seconds and more: connections that were lost in the making come later still.
  EXPECT_GT(run.load("load").flags().at("UT"), 40U);
  EXPECT_EQ(run.load("load").status().at("200") + run.load("load").flags().at("UT"),
            run.load("load").requests());
  EXPECT_EQ(run.workload("app").wasted_s(), 0);
  EXPECT_EQ(run.workload("app").requests(), run.load("load").status().at("200"));
}

TEST(NetworkFaults, LossCostsTheFirstPauseAtLeast) {
  const RunText run(
      "spec:\n  duration: 100s\n  network: {loss: 10%}\n  workloads: {app: {}}\n"
      "  load: [{name: load, from: outside, to: http://app/, rate: 100/s}]\n");
  const auto& latency = run.load("load").latency_s();
  // A message is lost k times with 0.1^k 0.9: 0.2 (2^k - 1) s, so 0.9 (0.1 0.2 + 0.01 0.6 + ...)
  // = 0.025 s on average, and there are two of them.
  EXPECT_NEAR(latency.mean(), 0.05, 0.006);
  EXPECT_EQ(latency.p50(), 0);
  EXPECT_NEAR(latency.p90(), 0.2, 0.003);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
}

TEST(NetworkFaults, ADelayIsOfTheMessagesOfItsDirection) {
  const std::string delay = "    - {at: 0s, workload: app, delay: {latency: 40ms";
  EXPECT_NEAR(waits_s(delay + "}}\n"), 0.08, 1e-9);
  EXPECT_NEAR(waits_s(delay + ", direction: to}}\n"), 0.04, 1e-9);
  EXPECT_NEAR(waits_s(delay + ", direction: from}}\n"), 0.04, 1e-9);
  EXPECT_NEAR(waits_s(delay + "}}\n", "outside", "  network: {latency: 1ms}\n"), 0.082, 1e-9);
}

TEST(NetworkFaults, ANodeThatCrashesIsSilentAndResetsWhatItFindsWhenItIsBack) {
  for (const std::string from : {"client", "outside"}) {
    const RunText run(
        "spec:\n  workloads: {client: {}, app: {latency: 500ms}}\n" + once("http://app/", from) +
        "  faults: [{at: 1200ms, for: 5s, workload: app, crash: {of: node}}]\n" + kNoRetries);
    EXPECT_EQ(run.load("load").status().count("200"), 0U) << from;
    EXPECT_NEAR(run.load("load").latency_s().max(), 5.2, 1e-9) << from;
  }
  const RunText connecting(
      "spec:\n  workloads: {client: {}, app: {}}\n" + once("http://app/", "client") +
      "  faults: [{at: 500ms, workload: app, crash: {of: node}}]\n" + kNoRetries);
  EXPECT_EQ(connecting.load("load").flags().at("UF"), 1U);
  EXPECT_NEAR(connecting.load("load").latency_s().max(), 10, 1e-9);  // Istio's connect timeout
}

TEST(NetworkFaults, DroppedConnectionsTakeTheirRequestsAlongAndAreMadeAnew) {
  const std::string spec =
      "spec:\n  duration: 10s\n  workloads: {client: {}, app: {latency: 900ms}, other: {latency: "
      "900ms}}\n  load:\n"
      "    - {name: load, from: client, to: http://app/, users: 4}\n"
      "    - {name: spared, from: client, to: http://other/, users: 4}\n";
  const RunText calm(spec + kNoRetries);
  const RunText run(spec + "  faults: [{at: 5s, workload: app, drop_connections: {}}]\n" +
                    kNoRetries);
  EXPECT_EQ(run.load("load").flags().at("UC"), 4U);
  EXPECT_EQ(run.edge("client", "app").connections_opened(),
            calm.edge("client", "app").connections_opened() + 4);
  EXPECT_EQ(run.load("spared").success_ratio(), 1);
}

TEST(NetworkFaults, HandshakesWaitForOneAnotherAndBeyondTheirLimitAreRefused) {
  const std::string load =
      "}}}\n  load: [{name: load, from: client, to: http://app/, users: 5, think: {constant: "
      "400ms}}]\n";
  const std::string spec =
      "spec:\n  duration: 800ms\n  workloads: {client: {replicas: 5}, app: {handshake: {cpu: 10ms";
  const RunText all(spec + load + kNoRetries);
  EXPECT_NEAR(all.load("load").latency_s().max(), 0.05, 0.001);
  EXPECT_EQ(all.load("load").success_ratio(), 1);
  const RunText some(spec + ", limit: 2" + load + kNoRetries);
  EXPECT_EQ(some.load("load").flags().at("UF"), 3U);
}

}  // namespace
}  // namespace squall::sim
