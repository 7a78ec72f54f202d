// Rules of the model for faults: what they do to work, connections and sidecars, and for how long.
#include <fmt/format.h>

#include <cmath>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// One request each second from 1 s on, for `app`.
RunText each_second(const std::string& app, const std::string& faults,
                    const std::string& from = "outside", const std::string& manifests = "") {
  return RunText("spec:\n  duration: 10500ms\n  workloads: {client: {}, app: {" + app +
                 "}}\n  load: [{name: load, from: " + from +
                 ", to: http://app/, arrivals: constant, rate: 1/s}]\n  faults:\n" + faults +
                 manifests);
}

/// The mean time of those that arrived in second `s`, as the series has it (within 4 %).
double at(const RunText& run, int s) { return run.report.series().loads().at("load").p50_s(s); }

TEST(Faults, SlowActsOnWorkThatBeginsWhileItLasts) {
  const RunText run = each_second(
      "latency: 100ms", "    - {at: 3500ms, for: 3s, workload: app, slow: {factor: 5}}\n");
  EXPECT_NEAR(at(run, 3), 0.1, 0.004);
  EXPECT_NEAR(at(run, 4), 0.5, 0.02);
  EXPECT_NEAR(at(run, 6), 0.5, 0.02);
  EXPECT_NEAR(at(run, 7), 0.1, 0.004);
  // Begun before the fault, so not slowed by it.
  EXPECT_NEAR(
      at(each_second("latency: 600ms", "    - {at: 3500ms, workload: app, slow: {factor: 5}}\n"),
         3),
      0.6, 0.03);
}

TEST(Faults, SlowLatencyReplacesTheWorkAndWithoutForItLastsToTheEnd) {
  const RunText run =
      each_second("latency: 1ms", "    - {at: 4500ms, workload: app, slow: {latency: 2s}}\n");
  EXPECT_NEAR(at(run, 4), 0.001, 0.0001);
  for (const int s : {5, 10}) EXPECT_NEAR(at(run, s), 2, 0.07);
}

TEST(Faults, OfTwoSlowFaultsTheLastToStartWins) {
  const RunText run =
      each_second("latency: 100ms",
                  "    - {at: 2500ms, for: 6s, workload: app, slow: {factor: 2}}\n"
                  "    - {at: 4500ms, for: 2s, workload: app, slow: {latency: 1s}}\n");
  EXPECT_NEAR(at(run, 3), 0.2, 0.01);
  EXPECT_NEAR(at(run, 5), 1, 0.04);
  EXPECT_NEAR(at(run, 7), 0.2, 0.01);  // the first goes on
  EXPECT_NEAR(at(run, 9), 0.1, 0.004);
}

TEST(Faults, ARampCountsFromItsBeginning) {
  const RunText run =
      each_second("latency: 100ms", "    - {at: 2s, ramp: 8s, workload: app, slow: {factor: 5}}\n");
  EXPECT_NEAR(at(run, 4), 0.2, 0.01);  // a quarter of the way from 1 to 5
  EXPECT_NEAR(at(run, 6), 0.3, 0.012);
  EXPECT_NEAR(at(run, 10), 0.5, 0.02);
}

TEST(Faults, CpuSlowsWorkThatBeginsWhileItLasts) {
  const RunText run = each_second(
      "latency: 100ms", "    - {at: 3500ms, for: 3s, workload: app, cpu: {factor: 0.2}}\n");
  for (const int s : {3, 7}) EXPECT_NEAR(at(run, s), 0.1, 0.004);
  for (const int s : {4, 5, 6}) EXPECT_NEAR(at(run, s), 0.5, 0.02);
  EXPECT_EQ(run.report.timeline(0).why(), "cpu slowed");
}

/// How long the one request takes that comes at 1 s.
double takes(const std::string& workloads, const std::string& faults,
             const std::string& more = "") {
  const RunText run("spec:\n  duration: 3s\n" + more + "  workloads: {" + workloads + "}\n" +
                    testing::once("http://app/", workloads.starts_with("web") ? "web" : "outside") +
                    "  faults:\n" + faults);
  return run.load("load").latency_s().mean();
}

TEST(Faults, CpuMultipliesWhateverTheWorkIs) {
  const std::string cpu = "    - {at: 0s, workload: app, cpu: {factor: 0.25}}\n";
  for (const std::string cores :
       {"", ", cpu: {cores: 1}", ", cpu: {cores: 1, sharing: processor}"}) {
    EXPECT_EQ(takes("app: {latency: 10ms" + cores + "}", cpu), 0.04) << cores;
    EXPECT_EQ(takes("app: {latency: 10ms, calls: [{work: 5ms}]" + cores + "}", cpu), 0.06);
  }
  // Another fault is multiplied, and so is one of the same kind.
  const std::string app = "app: {latency: 10ms}";
  EXPECT_EQ(takes(app, cpu + "    - {at: 0s, workload: app, slow: {latency: 3ms}}\n"), 0.012);
  EXPECT_EQ(takes(app, cpu + "    - {at: 500ms, pod: app-0, cpu: {factor: 0.5}}\n"), 0.08);
  EXPECT_EQ(takes("app: {latency: 10ms, contention: {in_flight: [0], add: [2ms]}}", cpu), 0.048);
  EXPECT_EQ(takes(app, "    - {at: 0s, for: 999ms, workload: app, cpu: {factor: 0.25}}\n"), 0.01);
  EXPECT_NEAR(takes(app, "    - {at: 0s, ramp: 2s, workload: app, cpu: {factor: 0.5}}\n"),
              0.010 / 0.75, 1e-9);
}

TEST(Faults, CpuSlowsHandshakesAtBothEnds) {
  const std::string workloads = "web: {}, app: {handshake: {cpu: 1ms}}";
  const std::string tls = "  network: {tls: {cpu: 2ms}}\n";
  const auto slowed = [&](const std::string& pod) {
    return takes(workloads, "    - {at: 0s, workload: " + pod + ", cpu: {factor: 0.5}}\n", tls);
  };
  EXPECT_EQ(takes(workloads, "    - {at: 2s, workload: app, hang: {}}\n", tls), 0.005);
  EXPECT_EQ(slowed("app"), 0.008);  // 1 and 2 ms of its own take twice as long
  EXPECT_EQ(slowed("web"), 0.007);
}

// Half of the speed at a fifth of the capacity is a load of 0.4: M/D/1 waits for d rho / 2(1 -
// rho), M/M/1 with processor sharing takes d / (1 - rho).
TEST(Faults, CpuSlowedAllAlongIsAQueueOfThatService) {
  const auto mean = [](const std::string& app) {
    const RunText run("spec:\n  duration: 2010s\n  warmup: 10s\n  workloads: {app: {" + app +
                      "}}\n  load: [{name: load, from: outside, to: http://app/, rate: 20/s}]\n"
                      "  faults: [{at: 0s, workload: app, cpu: {factor: 0.5}}]\n");
    return run.load("load").latency_s().mean();
  };
  EXPECT_NEAR(mean("latency: 10ms, cpu: {cores: 1}"), 0.02 + 0.02 * 0.4 / (2 * 0.6), 0.0005);
  EXPECT_NEAR(mean("latency: {exponential: {mean: 10ms}}, cpu: {cores: 1, sharing: processor}"),
              0.02 / 0.6, 0.0012);
}

TEST(Faults, ACrashTakesWhatThePodHadAndNothingElse) {
  for (const std::string of : {"pod", "container"}) {
    for (const std::string from : {"client", "outside"}) {
      const RunText run(
          "spec:\n  duration: 20s\n  workloads: {client: {}, app: {replicas: 2, latency: 20ms}, "
          "other: {replicas: 2, latency: 200ms}}\n  load:\n    - {name: hit, from: " +
          from + ", to: http://app/, rate: 100/s}\n    - {name: spared, from: " + from +
          ", to: http://other/, rate: 100/s}\n  faults: [{at: 10s, for: 1s, pod: app-1, crash: "
          "{of: " +
          of + "}}]\n");
      const reports::Load& spared = run.load("spared");
      EXPECT_EQ(spared.status().at("200"), spared.requests()) << of << ' ' << from;
      EXPECT_EQ(run.workload("other").wasted_s(), 0);
      EXPECT_NEAR(run.workload("app").in_system_mean(), 2, 0.3);  // 100/s for 20 ms each
      EXPECT_GT(run.load("hit").status().at("200"), run.load("hit").requests() / 2);
    }
  }
}

// From some four thousand waiting events on, what they are about is fetched ahead: also of pods and
// sidecars that crash meanwhile. That this reads nothing that is gone, the sanitizers' builds say.
TEST(Faults, ACrashAmongEightThousandUnderWayLosesWhatItHad) {
  const RunText run(
      "spec:\n  duration: 12s\n  workloads: {client: {}, front: {replicas: 20, latency: 4s, calls: "
      "[{to: http://app/}]}, app: {replicas: 20, cpu: {cores: 1}, latency: {exponential: {mean: "
      "8ms}}}}\n  load: [{name: load, from: client, to: http://front/, rate: 2000/s}]\n  faults:\n"
      "    - {at: 5s, for: 1s, workload: front, share: 20%, crash: {of: pod}}\n"
      "    - {at: 10500ms, for: 1s, workload: front, share: 20%, crash: {of: container}}\n"
      "    - {at: 7s, for: 1s, workload: app, share: 50%, crash: {of: pod}}\n");
  const reports::Load& load = run.load("load");
  std::uint64_t ended = 0;
  for (const auto& [code, count] : load.status()) ended += count;
  EXPECT_EQ(ended, load.requests());
  EXPECT_NEAR(static_cast<double>(load.requests()), 24'000, 4 * std::sqrt(24'000.0));
  EXPECT_EQ(load.requests(), run.edge("client", "front").requests());
  // A fifth of front's 8,000 goes with its pods; as many are answered by the sidecars of those
  // whose containers crash, and so are those that come until they are up again.
  EXPECT_NEAR(static_cast<double>(load.flags().at("UC")), 8'000 * 0.2, 4 * std::sqrt(1'600.0));
  EXPECT_GT(load.status().at("503"), 2 * load.flags().at("UC"));
}

TEST(Faults, AnErrorComesAfterTheWorkAndForItsShareOfRequests) {
  const RunText run(
      "spec:\n  duration: 100s\n  workloads: {app: {latency: 30ms}}\n"
      "  load: [{name: load, from: outside, to: http://app/, rate: 100/s}]\n"
      "  faults: [{at: 0s, workload: app, error: {ratio: 20%, status: 500}}]\n");
  const auto n = static_cast<double>(run.load("load").requests());
  EXPECT_NEAR(static_cast<double>(run.load("load").status().at("500")), 0.2 * n,
              4 * std::sqrt(n * 0.16));
  EXPECT_NEAR(run.load("load").latency_s().mean(), 0.03, 1e-9);
}

TEST(Faults, AShareMeansTheSameReplicasRoundedUp) {
  const RunText run(
      "spec:\n  duration: 100s\n  workloads: {app: {replicas: 4}}\n"
      "  load: [{name: load, from: outside, to: http://app/, rate: 100/s}]\n"
      "  faults: [{at: 0s, workload: app, share: 30%, error: {ratio: 100%, status: 500}}]\n");
  const auto n = static_cast<double>(run.load("load").requests());
  EXPECT_NEAR(static_cast<double>(run.load("load").status().at("500")), 0.5 * n,
              4 * std::sqrt(n / 4));
  EXPECT_EQ(run.report.timeline(0).why(), "errors, 2 of 4 replicas");
}

// To a computer 0.28 * 200 is a little more than 56.
TEST(Faults, AShareThatIsAWholeNumberOfReplicasIsNotRoundedUp) {
  for (const int percent : {28, 29, 55, 57, 58, 1, 100}) {
    const RunText run(
        fmt::format("spec:\n  duration: 1s\n  workloads: {{app: {{replicas: 200}}}}\n"
                    "  load: [{{name: load, from: outside, to: http://app/, rate: 1/s}}]\n"
                    "  faults: [{{at: 0s, workload: app, share: {}%, hang: {{}}, for: 100ms}}]\n",
                    percent));
    const std::string some = percent == 100 ? "" : fmt::format(", {} of 200 replicas", 2 * percent);
    EXPECT_EQ(run.report.timeline(0).why(), "hang" + some);
  }
}

TEST(Faults, ACrashOfTheContainerLeavesTheSidecarThatAnswers503) {
  const RunText run =
      each_second("", "    - {at: 4500ms, workload: app, crash: {restart_after: 3s}}\n", "client");
  const reports::Edge& edge = run.edge("client", "app");
  EXPECT_EQ(edge.status().at("503"), 3U);       // at 5 s, 6 s and 7 s
  EXPECT_EQ(edge.attempts(), edge.requests());  // an answer, not a failed connection: no retry
  EXPECT_EQ(edge.flags().at("-"), 10U);
}

TEST(Faults, ACrashOfThePodRefusesConnections) {
  const RunText run = each_second(
      "", "    - {at: 4500ms, workload: app, crash: {of: pod, restart_after: 3s}}\n", "client");
  const reports::Edge& edge = run.edge("client", "app");
  EXPECT_EQ(edge.status().at("503"), 3U);
  EXPECT_EQ(edge.flags().at("URX,UF"), 3U);  // tried again twice, in vain
  EXPECT_EQ(edge.attempts(), 7 + 3 * 3U);
  EXPECT_EQ(edge.connections_opened(), 2U);  // before and after
}

TEST(Faults, WorkIsLostInACrashAndItsConnectionsBreak) {
  // The request of 4 s is under way at 4.5 s.
  for (const std::string of : {"container", "pod"}) {
    const RunText run = each_second(
        "latency: 900ms",
        "    - {at: 4500ms, workload: app, crash: {of: " + of + ", restart_after: 100ms}}\n",
        "client", testing::virtual_service("app", "retries: {attempts: 0}"));
    EXPECT_EQ(run.load("load").status().at("503"), 1U) << of;
    EXPECT_EQ(run.edge("client", "app").flags().contains("UC"), of == "pod") << of;
    EXPECT_EQ(run.workload("app").requests(), 9U) << of;
  }
}

TEST(Faults, AHangHoldsWorkUpAndTakesRequestsInAllTheSame) {
  const RunText run =
      each_second("latency: 100ms", "    - {at: 3050ms, for: 4s, workload: app, hang: {}}\n");
  EXPECT_NEAR(at(run, 2), 0.1, 0.004);
  EXPECT_NEAR(at(run, 3), 4.1, 0.15);  // half done when it hung
  EXPECT_NEAR(at(run, 5), 7.05 + 0.1 - 5, 0.08);
  EXPECT_NEAR(at(run, 8), 0.1, 0.004);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
}

TEST(Faults, ASidecarThatDiesWithItsPodForgetsWhatItKnew) {
  // The client's sidecar has ejected app-0 at 2 s; the client's pod crashes, and the new sidecar
  // asks app-0 again, from 6 s on: at 5 s there is nobody to ask.
  const RunText run(
      "spec:\n  duration: 10500ms\n  workloads: {client: {}, app: {errors: {ratio: 100%, status: "
      "500}}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 1/s}]\n"
      "  faults: [{at: 4500ms, pod: client-0, crash: {of: pod, restart_after: 1s}}]\n" +
      testing::destination_rule("app",
                                "outlierDetection: {consecutive5xxErrors: 2, interval: 100s, "
                                "baseEjectionTime: 100s, maxEjectionPercent: 100}"));
  const reports::Endpoint& app = run.endpoint("app-0");
  ASSERT_EQ(app.ejections_size(), 2);
  EXPECT_NEAR(app.ejections(0).at_s(), 2, 1e-9);
  EXPECT_NEAR(app.ejections(0).for_s(), 2.5, 1e-9);
  EXPECT_NEAR(app.ejections(1).at_s(), 7, 1e-9);
  EXPECT_NEAR(app.ejections(1).for_s(), 3.5, 1e-9);
  EXPECT_EQ(run.edge("client", "app").ejections(), 2U);
  EXPECT_EQ(run.load("load").status().at("0"), 1U);
  const auto back = std::ranges::find(run.report.timeline(), "returned", &reports::Happening::what);
  ASSERT_NE(back, run.report.timeline().end());
  EXPECT_EQ(back->who(), "app-0.default");
  EXPECT_EQ(back->why(), "client-0.default, which had ejected it, has crashed");
  EXPECT_NEAR(back->at_s(), 4.5, 1e-9);
}

TEST(Faults, WhatACrashedClientWaitsForHasFailed) {
  // The request of 4 s is under way when the client crashes.
  for (const std::string of : {"container", "pod"}) {
    for (const std::string injection : {"true", "false"}) {
      const RunText run(
          "spec:\n  duration: 10500ms\n  mesh: {injection: " + injection +
          "}\n  workloads: {client: {}, app: {latency: 900ms}}\n"
          "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 1/s}]\n"
          "  faults: [{at: 4500ms, pod: client-0, crash: {of: " +
          of + ", restart_after: 100ms}}]\n");
      EXPECT_EQ(run.load("load").status().at("0"), 1U) << of << injection;
      EXPECT_EQ(run.load("load").status().at("200"), 9U) << of << injection;
      EXPECT_EQ(run.load("load").unfinished(), 0U) << of << injection;
      EXPECT_NEAR(at(run, 4), 0.5, 0.02) << of << injection;
      EXPECT_EQ(run.workload("app").requests(), 10U) << of << injection;  // nobody told it
      EXPECT_NEAR(run.workload("app").wasted_s(), 0.9, 1e-9) << of << injection;
      if (injection == "false") continue;
      const reports::Edge& edge = run.edge("client", "app");
      EXPECT_EQ(edge.status().at("0"), 1U) << of;
      EXPECT_EQ(edge.flags().at("DC"), 1U) << of;
      EXPECT_EQ(run.load("load").attempts(), 10U) << of;
    }
  }
}

TEST(Faults, WhatACrashedCallerWaitsForIsWasted) {
  for (const std::string injection : {"true", "false"}) {
    const RunText run(
        "spec:\n  duration: 10500ms\n  mesh: {injection: " + injection +
        "}\n  workloads: {middle: {calls: [{to: http://app/}]}, app: {latency: 900ms}}\n"
        "  load: [{name: load, from: outside, to: http://middle/, arrivals: constant, rate: "
        "1/s}]\n  faults: [{at: 4500ms, pod: middle-0, crash: {restart_after: 100ms}}]\n");
    EXPECT_EQ(run.load("load").status().at("200"), 9U) << injection;
    EXPECT_NEAR(run.workload("app").wasted_s(), 0.9, 1e-9) << injection;
  }
}

std::uint64_t good_answers(const RunText& run) { return run.load("load").status().at("200"); }

/// Ten a second from 0.1 s on, 599 in all.
RunText sends_ten_a_second(const std::string& faults, const std::string& client = "") {
  return RunText(
      "spec:\n  duration: 60s\n  workloads: {client: {" + client +
      "}, app: {latency: 1ms}, other: {}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 10/s}]\n"
      "  faults:\n" +
      faults);
}

TEST(Faults, ALoadWhoseReplicasAreAllDownFailsAtOnce) {
  for (const std::string of : {"pod", "container"}) {
    const RunText run = sends_ten_a_second("    - {at: 5050ms, pod: client-0, crash: {of: " + of +
                                           ", restart_after: 10s}}\n");
    EXPECT_EQ(run.load("load").requests(), 599U) << of;
    EXPECT_EQ(good_answers(run), 499U) << of;
    EXPECT_EQ(run.workload("app").requests(), 499U) << of;
  }
}

TEST(Faults, WhoIsDownSendsThroughTheOtherReplicas) {
  const RunText run = sends_ten_a_second(
      "    - {at: 5050ms, pod: client-0, crash: {of: pod, restart_after: 10s}}\n", "replicas: 2");
  EXPECT_EQ(good_answers(run), 599U);
}

TEST(Faults, UsersOfAReplicaThatIsDownWaitUntilOneIsUp) {
  const RunText run(
      "spec:\n  duration: 60s\n  workloads: {client: {}, app: {latency: 100ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, users: 1, think: 900ms}]\n"
      "  faults: [{at: 10500ms, pod: client-0, crash: {of: pod, restart_after: 10s}}]\n");
  EXPECT_EQ(good_answers(run), run.load("load").requests());
  EXPECT_NEAR(static_cast<double>(run.load("load").requests()), 51, 1);
}

TEST(Faults, OfTwoHangsTheLastToEndRevives) {
  const RunText run = sends_ten_a_second(
      "    - {at: 10s, for: 10s, pod: app-0, hang: {}}\n"
      "    - {at: 15s, for: 35s, pod: app-0, hang: {}}\n");
  EXPECT_NEAR(run.load("load").latency_s().max(), 40, 0.2);
}

TEST(Faults, AHangOutlastsTheRestartOfWhatItHolds) {
  const RunText run = sends_ten_a_second(
      "    - {at: 10s, for: 40s, pod: app-0, hang: {}}\n"
      "    - {at: 15050ms, pod: app-0, crash: {of: container, restart_after: 2s}}\n");
  EXPECT_NEAR(run.load("load").latency_s().max(), 50 - 17.05, 0.2);
}

TEST(Faults, ACrashOfThePodFollowsThatOfItsContainer) {
  const RunText run = sends_ten_a_second(
      "    - {at: 10050ms, pod: app-0, crash: {of: container, restart_after: 40s}}\n"
      "    - {at: 15050ms, pod: app-0, crash: {of: pod, restart_after: 5s}}\n");
  EXPECT_EQ(good_answers(run), 499U);
}

TEST(Faults, AnEjectedAddressThatIsNoPodIsNamed) {
  const RunText run(
      "spec:\n  duration: 30s\n  workloads: {client: {}}\n"
      "  load: [{name: load, from: client, to: http://ext.example.com/, rate: 5/s}]\n"
      "  faults: [{at: 20s, for: 1s, pod: client-0, crash: {of: pod}}]\n"
      "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: ext}\nspec:\n"
      "  hosts: [ext.example.com]\n  location: MESH_INTERNAL\n  resolution: STATIC\n"
      "  ports: [{number: 80, name: http, protocol: HTTP}]\n  endpoints: [{address: "
      "192.168.9.9}]\n" +
      testing::destination_rule("ext.example.com",
                                "connectionPool: {tcp: {connectTimeout: 1s}}, outlierDetection: "
                                "{consecutive5xxErrors: 3, maxEjectionPercent: 100}"));
  EXPECT_NE(run.timeline().find("ejected 192.168.9.9"), std::string::npos) << run.timeline();
  EXPECT_NE(run.timeline().find("20.000 returned 192.168.9.9"), std::string::npos)
      << "its only witness has crashed\n"
      << run.timeline();
}

TEST(Faults, AnInertFaultMovesNoDrawOfAnother) {
  const std::string errors =
      "    - {at: 10s, for: 30s, workload: app, error: {ratio: 50%, status: 500}}\n";
  const RunText one = sends_ten_a_second(errors);
  const RunText two =
      sends_ten_a_second("    - {at: 1s, for: 1s, workload: other, slow: {factor: 2}}\n" + errors);
  EXPECT_NE(good_answers(one), 599U);
  EXPECT_EQ(one.load("load").DebugString(), two.load("load").DebugString());
}

}  // namespace
}  // namespace squall::sim
