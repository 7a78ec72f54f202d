// Rules of the model for the network: which messages take time, how long connecting does, and what
// is lost when a pod goes meanwhile.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::once;
using testing::RunText;
using testing::virtual_service;

/// What a client with a sidecar waits for `app`, which takes no time itself.
double first_request_s(const std::string& network, const std::string& manifests = "",
                       const std::string& app = "") {
  const RunText run("spec:\n  network: {" + network + "}\n  workloads: {client: {}, app: {" + app +
                    "}}\n" + once("http://app/", "client") + manifests);
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  return run.load("load").latency_s().max();
}

TEST(Network, ARequestAndItsAnswerTakeTheLatencyOnceEach) {
  EXPECT_NEAR(first_request_s("latency: 30ms"), 0.06, 1e-9);
  EXPECT_EQ(first_request_s("connect: {round_trips: 1}, tls: {round_trips: 1}"), 0);
}

TEST(Network, AConnectionIsMadeByRoundTripsAndTlsByItsOwn) {
  EXPECT_NEAR(first_request_s("latency: 30ms, connect: {round_trips: 1}"), 0.12, 1e-9);
  EXPECT_NEAR(first_request_s("latency: 30ms, connect: {round_trips: 1}, tls: {round_trips: 2}"),
              0.24, 1e-9);
  EXPECT_NEAR(first_request_s("latency: 30ms, tls: {round_trips: 2}",
                              destination_rule("app", "tls: {mode: DISABLE}")),
              0.06, 1e-9);
}

TEST(Network, TlsIsWorkOfBothEnds) {
  EXPECT_NEAR(first_request_s("tls: {cpu: 2ms}"), 0.004, 1e-9);
  EXPECT_EQ(first_request_s("tls: {cpu: 2ms}", destination_rule("app", "tls: {mode: DISABLE}")), 0);
}

TEST(Network, AServerDoesOneHandshakeAfterAnother) {
  const RunText run(
      "spec:\n  duration: 1s\n  network: {tls: {cpu: 10ms}}\n"
      "  workloads: {client: {replicas: 5}, app: {}}\n"
      "  load: [{name: load, from: client, to: http://app/, users: 5, think: {constant: "
      "400ms}}]\n" +
      destination_rule("app", "connectionPool: {http: {h2UpgradePolicy: UPGRADE}}"));
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.06, 1e-3);  // the last of five, and its own end
  EXPECT_EQ(run.load("load").requests(), 10U);
}

TEST(Network, AConnectTimeoutCutsWhatTakesLonger) {
  const RunText run(
      "spec:\n  network: {latency: 30ms, connect: {round_trips: 1}}\n  workloads: {client: {}, "
      "app: {}}\n" +
      once("http://app/", "client") +
      destination_rule("app", "connectionPool: {tcp: {connectTimeout: 50ms}}") +
      virtual_service("app", "retries: {attempts: 0}"));
  EXPECT_EQ(run.load("load").flags().at("UF"), 1U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.05, 1e-9);
}

TEST(Network, APodThatAsksItselfSendsNothing) {
  const RunText run("spec:\n  network: {latency: 30ms}\n  workloads: {app: {latency: 5ms}}\n" +
                    once("http://app/", "app"));
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.005, 1e-9);
}

TEST(Network, FromOutsideItIsTheSameButThatConnectionsAreThere) {
  const RunText run(
      "spec:\n  network: {latency: 30ms, connect: {round_trips: 3}}\n  workloads: {app: "
      "{latency: 5ms}}\n" +
      once("http://app/"));
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.065, 1e-9);
}

TEST(Network, AttemptsAndDirectionsDrawEachForItself) {
  const RunText run(
      "spec:\n  duration: 200s\n  network: {latency: {exponential: {mean: 10ms}}}\n"
      "  workloads: {client: {}, app: {}}\n"
      "  load: [{name: load, from: client, to: http://app/, rate: 100/s}]\n");
  EXPECT_NEAR(run.load("load").latency_s().mean(), 0.02, 0.0005);
  // A sum of two exponentials, not twice one: its median is 1.678 means.
  EXPECT_NEAR(run.load("load").latency_s().p50(), 0.01678, 0.0005);
}

TEST(Network, ATimeoutIsHeardOfByTheServerLater) {
  const RunText run(
      "spec:\n  network: {latency: 100ms}\n  workloads: {client: {}, app: {latency: 1s}}\n" +
      once("http://app/", "client") +
      virtual_service("app", "timeout: 50ms, retries: {attempts: 0}"));
  EXPECT_EQ(run.load("load").flags().at("UT"), 1U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.05, 1e-9);
  EXPECT_EQ(run.workload("app").requests(), 1U);  // it came there when nobody waited any more
  EXPECT_NEAR(run.workload("app").wasted_s(), 1, 1e-9);
}

TEST(Network, WhatIsOnItsWayToAPodThatCrashesIsLost) {
  for (const std::string from : {"client", "outside"}) {
    const RunText run("spec:\n  network: {latency: 200ms}\n  workloads: {client: {}, app: {}}\n" +
                      once("http://app/", from) +
                      "  faults: [{at: 1100ms, workload: app, crash: {of: pod}}]\n" +
                      virtual_service("app", "retries: {attempts: 0}"));
    EXPECT_EQ(run.load("load").requests(), 1U);
    EXPECT_EQ(run.load("load").status().count("200"), 0U) << from;
    // A sidecar learns it from the connection, outside from what came back for its request.
    EXPECT_NEAR(run.load("load").latency_s().max(), from == "client" ? 0.3 : 0.2, 1e-9) << from;
  }
}

TEST(Network, APodThatGoesWhileAConnectionIsMadeRefusesIt) {
  const RunText run(
      "spec:\n  network: {latency: 100ms, connect: {round_trips: 1}}\n  workloads: {client: {}, "
      "app: {}}\n" +
      once("http://app/", "client") +
      "  faults: [{at: 1150ms, workload: app, crash: {of: pod}}]\n" +
      virtual_service("app", "retries: {attempts: 0}"));
  EXPECT_EQ(run.load("load").flags().at("UF"), 1U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.2, 1e-9);
}

TEST(Network, ZonesHaveTheirOwnLatenciesAndReplicasTheirZones) {
  const std::string spec =
      "spec:\n  network: {latency: 1ms, zones: [{between: [east/1, west], latency: 30ms}]}\n"
      "  workloads: {client: {zones: {east/1: 1}}, app: {zones: {east/1: 1, west/2: 1}}}\n"
      "  load:\n    - {name: load, from: client, to: http://app/, rate: 10/s}\n"
      "    - {name: far, from: outside, zone: west/1, to: http://client/, rate: 10/s}\n"
      "    - {name: nowhere, from: outside, to: http://client/, rate: 10/s}\n";
  const RunText run(spec);
  EXPECT_GT(run.endpoint("app-0").requests(), 100U);
  EXPECT_GT(run.endpoint("app-1").requests(), 100U);
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.06, 1e-3);
  EXPECT_NEAR(run.load("far").latency_s().mean(), 0.06, 1e-6);
  EXPECT_NEAR(run.load("nowhere").latency_s().mean(), 0.002, 1e-6);
  // Where ejection is on, Istio prefers the caller's own zone.
  const RunText near(spec + destination_rule("app", "outlierDetection: {}"));
  EXPECT_NEAR(near.load("load").latency_s().max(), 0.002, 1e-4);
}

TEST(Network, BytesTakeTheirTimeBetweenZonesWithABandwidth) {
  const auto latency = [](const std::string& body, const std::string& zones) {
    return RunText(
               "spec:\n  network: {zones: [{between: [east, west], latency: 30ms, bandwidth: "
               "1Gbps}, {between: [east, east], latency: 1ms}]}\n"
               "  workloads: {client: {zones: {east/1: 1}}, other: {zones: {west/9: 1}}, app: {" +
               zones +
               "}}\n  load: [{name: load, from: client, to: http://app/, rate: 10/s, "
               "body: " +
               body + "}]\n")
        .load("load")
        .latency_s()
        .max();
  };
  const std::string far = "zones: {west/1: 1}", near = "zones: {east/2: 1}";
  EXPECT_NEAR(latency("0", far), 0.06, 0.001);  // a message takes 30 ms each way
  // A million bits of 1000 million a second, once: answers have no size.
  EXPECT_NEAR(latency("125k", far) - latency("0", far), 0.001, 1e-5);
  EXPECT_NEAR(latency("125M", far) - latency("0", far), 1, 0.01);
  EXPECT_EQ(latency("125M", near), latency("0", near));
}

TEST(Network, ACallsBodyTakesTimeAndItsTimeoutsSeeThat) {
  const RunText run(
      "spec:\n  network: {zones: [{between: [east, west], latency: 0s, bandwidth: 8Mbps}]}\n"
      "  workloads:\n    app: {zones: {east/1: 1}, calls: [{to: http://db/, body: 1M, client: "
      "{timeout: 400ms, retries: {max: 1}}, on_error: ignore}, {to: http://db/, body: 100k}]}\n"
      "    db: {zones: {west/1: 1}}\n" +
      once("http://app/"));
  EXPECT_NEAR(run.load("load").latency_s().max(), 0.9, 1e-9);
}

TEST(Network, AZoneAndLabelsAreTargetsOfFaults) {
  for (const std::string target : {"zone: west", "labels: {app: app}, share: 50%"}) {
    const RunText run(
        "spec:\n  workloads: {app: {zones: {west/1: 1, east/1: 1}}, other: {}}\n"
        "  load:\n    - {name: load, from: outside, to: http://app/, rate: 10/s}\n"
        "    - {name: spared, from: outside, to: http://other/, rate: 10/s}\n"
        "  faults: [{at: 0s, " +
        target + ", error: {status: 503}}]\n");
    EXPECT_EQ(run.load("load").status().at("503"), run.endpoint("app-0").requests()) << target;
    EXPECT_EQ(run.load("load").status().at("200"), run.endpoint("app-1").requests()) << target;
    EXPECT_EQ(run.load("spared").success_ratio(), 1);
  }
}

}  // namespace
}  // namespace squall::sim
