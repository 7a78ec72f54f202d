// Rules of the model for loads: when requests arrive, from where, until when.
#include <cmath>
#include <fstream>

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

TEST(Loads, UsersWhoComeOnceLeaveWhateverTheirRequestCameTo) {
  const RunText run = app_under("from: client, users: 6, think: 1s, once: true",
                                "latency: 2s, concurrency: 2, queue: {limit: 2}", "10s");
  // Two begin at 1 s, two wait until 3 s, and two are turned away.
  EXPECT_EQ(run.load("load").kind(), "closed");
  EXPECT_EQ(run.load("load").requests(), 6U);
  EXPECT_EQ(run.load("load").status().at("200"), 4U);
  EXPECT_EQ(run.load("load").status().at("503"), 2U);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 4);
}

TEST(Loads, UsersWhoComeOnceWaitForAReplica) {
  const RunText run(
      "spec:\n  duration: 10s\n  workloads: {client: {}, app: {}}\n  load: [{name: load, from: "
      "client, to: http://app/, users: 3, think: 2s, once: true}]\n  faults: [{at: 1s, workload: "
      "client, crash: {of: pod, restart_after: 3s}}]\n");
  EXPECT_EQ(run.load("load").requests(), 3U);
  EXPECT_EQ(run.load("load").status().at("200"), 3U);
  EXPECT_EQ(run.report.series().loads().at("load").requests(4), 3U);
}

TEST(Loads, AMixIsDrawnByItsWeights) {
  const auto text = [](const std::string& mix, const std::string& rate) {
    return "spec:\n  duration: 100s\n  workloads: {app: {latency: 1ms, operations: [{name: pay, "
           "match: {path: /pay, method: POST}, latency: 5ms}]}}\n  load: [{name: load, from: "
           "outside, to: http://app/, rate: " +
           rate + mix + "}]\n";
  };
  const RunText run(text(
      ", mix: [{name: look, weight: 7}, {name: buy, weight: 3, to: http://app/pay, method: POST}]",
      "100/s"));
  const reports::Load& load = run.load("load");
  ASSERT_EQ(load.mix().operations_size(), 2);
  const reports::LoadOperation &look = load.mix().operations(0), &buy = load.mix().operations(1);
  EXPECT_EQ(look.name(), "look");
  EXPECT_EQ(look.requests() + buy.requests(), load.requests());
  const auto n = static_cast<double>(load.requests());
  EXPECT_NEAR(static_cast<double>(buy.requests()) / n, 0.3, 4 * std::sqrt(0.3 * 0.7 / n));
  EXPECT_DOUBLE_EQ(look.latency_s().max(), 0.001);
  EXPECT_DOUBLE_EQ(buy.latency_s().mean(), 0.005);
  EXPECT_DOUBLE_EQ(look.goodput_per_s() + buy.goodput_per_s(), load.goodput_per_s());
  // What there is to draw moves no arrival.
  const RunText plain(text("", "100/s"));
  EXPECT_FALSE(plain.load("load").has_mix());
  EXPECT_EQ(by_second(plain), by_second(run));
}

/// A run with a trace of this text, and `more` of its load.
RunText traced(const std::string& text, const std::string& more) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/loads_test.csv") << text;
  return RunText(
      "spec:\n  duration: 10s\n  workloads: {client: {replicas: 2}, app: {latency: 1ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, trace: {file: \"" +
      folder + "/loads_test.csv\"}" + more + "}]\n");
}

TEST(Loads, ATraceSaysWhenRequestsCome) {
  const RunText run = traced("at\n0\n0.999999999\n1\n1\n9.5\n10\n11\n", "");
  EXPECT_EQ(run.load("load").kind(), "open");
  EXPECT_EQ(run.load("load").requests(), 5U);  // not what comes at the load's end
  EXPECT_EQ(by_second(run), (std::vector<std::uint64_t>{2, 2, 0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(Loads, ATraceSaysWhatIsAskedWhereItDoesNotLeaveThatToTheMix) {
  std::string text = "operation,at\n";
  for (int i = 0; i < 300; ++i) text += (i < 100 ? "a,1\n" : i < 150 ? "b,2\n" : ",3\n");
  const RunText run =
      traced(text, ", mix: [{name: a, weight: 1}, {name: b, weight: 2}, {name: c, weight: 3}]");
  const auto& all = run.load("load").mix().operations();
  // Of 150 that are drawn: 25, 50, 75.
  EXPECT_NEAR(static_cast<double>(all[0].requests()), 125, 4 * 4.6);
  EXPECT_NEAR(static_cast<double>(all[1].requests()), 100, 4 * 5.8);
  EXPECT_NEAR(static_cast<double>(all[2].requests()), 75, 4 * 6.2);
  EXPECT_EQ(all[0].requests() + all[1].requests() + all[2].requests(), 300U);
}

TEST(Loads, ATracesKeysAreThoseThatCachesGoBy) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/loads_test.csv") << "at,key\n1,1\n2,2\n3,1\n4,1\n5,2\n6,3\n";
  const RunText run(
      "spec:\n  duration: 10s\n  workloads: {app: {calls: [{cache: {entries: 10}, miss: [{to: "
      "http://db/}]}]}, db: {}}\n  load: [{name: load, from: outside, to: http://app/, trace: "
      "{file: \"" +
      folder + "/loads_test.csv\"}}]\n");
  EXPECT_EQ(run.load("load").requests(), 6U);
  EXPECT_EQ(run.edge("app", "db").requests(), 3U);
}

/// A load of which a header tells the key; `app`: of that workload.
RunText told(const std::string& load, const std::string& app, const std::string& manifests = "") {
  return RunText("spec:\n  duration: 20s\n  workloads: {client: {}, app: {" + app +
                 "}}\n  load: [{name: load, from: client, to: http://app/, rate: 100/s, " + load +
                 "}]\n" + manifests);
}

TEST(Loads, OperationsAndRoutesSeeAKeyThatAHeaderTells) {
  const std::string keys = "keys: {zipf: {of: 4}, header: x-key}";
  const RunText app = told(
      keys, "operations: [{match: {headers: {x-key: '3'}}, errors: {ratio: 100%, status: 503}}]");
  const auto n = static_cast<double>(app.load("load").requests());
  EXPECT_NEAR(static_cast<double>(app.load("load").status().at("503")) / n, 0.25,
              4 * std::sqrt(0.25 * 0.75 / n));
  const RunText route =
      told(keys, "latency: 1ms",
           "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: app, "
           "namespace: default}\nspec: {hosts: [app], http: [{match: [{headers: {x-key: {exact: "
           "'1'}}}], directResponse: {status: 418}}, {route: [{destination: {host: app}}]}]}\n");
  EXPECT_NEAR(static_cast<double>(route.load("load").status().at("418")) / n, 0.25,
              4 * std::sqrt(0.25 * 0.75 / n));
  // The draws are those of keys that no header tells.
  const RunText untold = told("keys: {zipf: {of: 4}}", "latency: 1ms");
  EXPECT_EQ(by_second(untold), by_second(app));
}

TEST(Loads, AConsistentHashKeepsAKeyAtItsReplica) {
  // Each replica sees some of 8 keys once in its cache, and no key is in two caches.
  const RunText run = told("keys: {zipf: {of: 8}, header: x-key}",
                           "replicas: 4, calls: [{cache: {entries: 100}, miss: [{to: "
                           "http://client/}]}]",
                           testing::destination_rule("app",
                                                     "loadBalancer: {consistentHash: "
                                                     "{httpHeaderName: x-key}}"));
  EXPECT_EQ(run.edge("app", "client").requests(), 8U);
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

TEST(Loads, UsersAreDealtEvenlyWhereReplicasComeLater) {
  // Five users at each of two replicas, and as many connections: no request waits for one.
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {client: {replicas: 2}, app: {latency: 100ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, users: 10, client: {connections: {max: "
      "5}}}]\n  changes: [{at: 19s, scale: {client: 10}}]\n");
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.1);
}

TEST(Loads, WhoIsUpSendsThoughNotReady) {
  const std::string down =
      "  faults: [{at: 5s, for: 5s, pod: client-1, unready: {}}, {at: 6s, pod: client-0, crash: "
      "{restart_after: 2s}}]\n";
  const auto under = [&](const std::string& load) {
    return RunText(
        "spec:\n  duration: 20s\n  workloads: {client: {replicas: 2}, app: {}}\n  load: "
        "[{name: load, from: client, to: http://app/, " +
        load + "}]\n" + down);
  };
  EXPECT_EQ(under("arrivals: constant, rate: 10/s").load("load").success_ratio(), 1);
  const std::uint64_t users = under("users: 4, think: {constant: 1s}").load("load").requests();
  EXPECT_GE(users, 72U);  // 76 but for the two of the replica that is down, each once
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
