// What a kubelet asks a replica, and what it does then.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// A Deployment `app` of two replicas with these probes; a request each 100 ms.
RunText probed(const std::string& app, const std::string& faults, const std::string& probes) {
  return RunText(
      "spec:\n  duration: 60s\n  workloads: {client: {}, app: {" + app +
      "}}\n  load: [{name: load, from: client, to: http://app/, arrivals: constant, "
      "rate: 10/s}]\n  faults:\n" +
      faults +
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n"
      "  replicas: 2\n  selector: {matchLabels: {app: app}}\n  template:\n"
      "    metadata: {labels: {app: app}}\n    spec:\n      containers:\n"
      "        - name: app\n          image: app\n          ports: [{containerPort: 80}]\n" +
      probes +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\n"
      "spec: {selector: {app: app}, ports: [{name: http, port: 80}]}\n");
}

int times(const RunText& run, const std::string& what) {
  int n = 0;
  for (const reports::Happening& one : run.report.timeline()) n += one.what() == what ? 1 : 0;
  return n;
}

const std::string kReady =
    "          readinessProbe: {httpGet: {path: /ready, port: 80}, periodSeconds: 2}\n";
const std::string kLive =
    "          livenessProbe: {httpGet: {path: /live, port: 80}, periodSeconds: 2}\n";
const std::string kHang = "    - {at: 10500ms, for: 20s, pod: app-0, hang: {}}\n";

TEST(Probes, AreInNoFigureOfRequests) {
  const RunText run = probed("latency: 1ms", "    []\n", kReady + kLive);
  EXPECT_EQ(run.report.workloads(0).requests(), run.report.loads(0).requests());
  EXPECT_TRUE(run.report.timeline().empty());
}

TEST(Probes, AHangingReplicaIsUnreadyAfterThreeFailures) {
  const RunText run = probed("latency: 1ms", kHang, kReady);
  ASSERT_EQ(times(run, "unready"), 1);
  ASSERT_EQ(times(run, "ready"), 1);
  // Three probes, each given up after a second: from 5 to 7 s after it hung.
  EXPECT_NEAR(run.report.timeline(1).at_s(), 16.5, 1.01);
  EXPECT_NEAR(run.report.timeline(3).at_s(), 31.5, 1.01);
  EXPECT_EQ(run.report.workloads(0).ready_min(), 1U);
  EXPECT_NEAR(static_cast<double>(run.report.loads(0).failed()), 0,
              0.1);  // those that wait are served
}

TEST(Probes, ALivenessProbeEndsTheContainer) {
  const RunText run = probed("latency: 1ms", kHang, kLive);
  // At once; it still hangs, and is ended again, and then waits for ten seconds.
  EXPECT_EQ(times(run, "killed"), 2);
  EXPECT_EQ(run.report.workloads(0).restarts(), 2U);
  EXPECT_GT(run.report.loads(0).failed(), 10U);
}

TEST(Probes, WaitInTheQueueAsRequestsDo) {
  // Five times what it can do: the queue is longer than a probe waits.
  const RunText run =
      probed("concurrency: 1, queue: {limit: 100}, latency: 1s", "    []\n", kReady);
  EXPECT_GE(times(run, "unready"), 2);
}

TEST(Probes, AnOperationSaysWhatTheyCost) {
  const std::string operation =
      "latency: 1ms, operations: [{match: {path: /ready}, latency: 3s, calls: []}]";
  EXPECT_EQ(times(probed(operation, "    []\n", kReady), "unready"), 2);
  EXPECT_EQ(times(probed("latency: 3s", "    []\n", kReady), "unready"), 0);
}

TEST(Probes, AStartupProbeComesBeforeTheOthers) {
  const RunText run = probed(
      "latency: 1ms, operations: [{match: {path: /started}, errors: {ratio: 100%, status: 503}, "
      "calls: []}]",
      "    - {at: 10s, pod: app-0, crash: {of: container, restart_after: 1s}}\n",
      kReady +
          "          startupProbe: {httpGet: {path: /started, port: 80}, periodSeconds: 2, "
          "failureThreshold: 4}\n");
  // It never starts: ended after 6 s, again and again.
  EXPECT_GE(times(run, "killed"), 2);
  EXPECT_EQ(times(run, "ready"), 0);
}

TEST(Probes, AConnectionIsMadeAsSoonAsTheProcessRuns) {
  const RunText run =
      probed("latency: 1ms", kHang,
             "          readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 2}\n");
  EXPECT_EQ(times(run, "unready"), 0);
}

}  // namespace
}  // namespace squall::sim
