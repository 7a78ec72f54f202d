#include "sim/collector.h"

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// Arrivals at 0.1 s, 0.2 s, ... up to `until_ms`, then none.
std::string arrivals(int until_ms, const std::string& from = "client") {
  return "  load:\n    - {name: load, from: " + from +
         ", to: http://server/, arrivals: constant, steps: [{at: 0s, rate: 10/s}, {at: " +
         std::to_string(until_ms) + "ms, rate: 0/s}]}\n";
}

std::string rule(const std::string& policy) { return testing::destination_rule("server", policy); }

std::string retries(const std::string& policy) {
  return testing::virtual_service("server", "retries: {" + policy + "}");
}

TEST(Collector, ARequestThatFindsNoConnectionUnderTheLimitOverflowsConnections) {
  // The first takes the only connection to 1.1 s. Another is refused to the second (0.2 s) and the
  // third (0.3 s), and again to the third when the second gets the free one (1.1 s), as Envoy
  // counts.
  const std::string text = "  duration: 4s\n  workloads: {client: {}, server: {latency: 1s}}\n" +
                           arrivals(350) + rule("connectionPool: {tcp: {maxConnections: 1}}");
  const RunText run("spec:\n" + text);
  EXPECT_EQ(run.edge("client", "server").overflows().connections(), 3U);
  EXPECT_EQ(run.edge("client", "server").connections_opened(), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 2.8);  // 0.3 s to 3.1 s
  // The one at 0.2 s is not among them when that belongs to the warm-up.
  EXPECT_EQ(
      RunText("spec:\n  warmup: 250ms\n" + text).edge("client", "server").overflows().connections(),
      2U);
}

TEST(Collector, ARequestBeyondThePendingLimitOverflowsPending) {
  const RunText run(
      "spec:\n  duration: 4s\n  workloads: {client: {}, server: {latency: 1s}}\n" + arrivals(450) +
      rule("connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}}"));
  const reports::Edge& edge = run.edge("client", "server");
  EXPECT_EQ(edge.overflows().pending(), 2U);      // at 0.3 s and 0.4 s
  EXPECT_EQ(edge.overflows().connections(), 1U);  // at 0.2 s
  EXPECT_EQ(edge.overflows().requests(), 0U);
  EXPECT_EQ(edge.flags().at("UO"), 2U);
  EXPECT_EQ(edge.status().at("503"), 2U);
  EXPECT_EQ(edge.attempts(), 2U);  // what a limit stops is not sent
}

TEST(Collector, ARequestBeyondTheRequestLimitOverflowsRequests) {
  const RunText run("spec:\n  duration: 4s\n  workloads: {client: {}, server: {latency: 1s}}\n" +
                    arrivals(350) + rule("connectionPool: {http: {http2MaxRequests: 1}}"));
  const reports::Edge& edge = run.edge("client", "server");
  EXPECT_EQ(edge.overflows().requests(), 2U);
  EXPECT_EQ(edge.overflows().pending(), 0U);
  EXPECT_EQ(edge.connections_opened(), 2U);  // the second is found free by the third
}

TEST(Collector, ARetryBeyondTheRetryLimitOverflowsRetries) {
  // The first request's retries go on from 0.2 s to past 0.5 s; the second fails at 0.3 s and may
  // not.
  const RunText run(
      "spec:\n  duration: 4s\n  workloads: {client: {}, server: {latency: 100ms, "
      "errors: {ratio: 100%, status: 503}}}\n" +
      arrivals(250) + rule("connectionPool: {http: {maxRetries: 1}}") +
      retries("attempts: 3, retryOn: 5xx"));
  const reports::Edge& edge = run.edge("client", "server");
  EXPECT_EQ(edge.overflows().retries(), 1U);
  EXPECT_EQ(edge.overflows().requests(), 0U);
  EXPECT_EQ(edge.requests(), 2U);
  EXPECT_EQ(edge.attempts(), 5U);
  EXPECT_EQ(edge.retries(), 3U);
  EXPECT_EQ(edge.flags().at("UO"), 1U);
  EXPECT_EQ(edge.flags().at("URX"), 1U);
}

TEST(Collector, WorkForClientsThatLeftIsWastedAndWorkDoneTwiceIsADuplicate) {
  // Each of 3 requests is tried 3 times for 100 ms; the server works 300 ms on each.
  const RunText run("spec:\n  duration: 4s\n  workloads: {client: {}, server: {latency: 300ms}}\n" +
                    arrivals(350) + retries("attempts: 2, perTryTimeout: 100ms, retryOn: 5xx"));
  const reports::Edge& edge = run.edge("client", "server");
  EXPECT_EQ(edge.requests(), 3U);
  EXPECT_EQ(edge.attempts(), 9U);
  EXPECT_EQ(edge.retries(), 6U);
  EXPECT_EQ(edge.duplicates(), 3U);
  EXPECT_EQ(edge.success_ratio(), 0);
  EXPECT_EQ(edge.status().at("504"), 3U);
  EXPECT_EQ(run.workload("server").requests(), 9U);
  EXPECT_NEAR(run.workload("server").wasted_s(), 9 * 0.3, 1e-9);
  EXPECT_EQ(run.load("load").attempts(), 9U);
}

TEST(Collector, TheQueueAndWhatIsShed) {
  // At 0.1 s one begins (to 1.1 s), at 0.2 s one waits (served to 2.1 s), at 0.3 s one is turned
  // away.
  const RunText run(
      "spec:\n  duration: 4s\n  workloads: {server: {concurrency: 1, queue: {limit: 1}, latency: "
      "1s}}\n" +
      arrivals(350, "outside"));
  const reports::Workload& server = run.workload("server");
  EXPECT_EQ(server.requests(), 2U);
  EXPECT_EQ(server.shed(), 1U);
  EXPECT_EQ(run.load("load").status().at("503"), 1U);
  EXPECT_EQ(server.queue().max(), 1U);
  EXPECT_NEAR(server.queue().mean(), 0.9 / 4, 1e-9);
  EXPECT_NEAR(server.in_service_mean(), 2.0 / 4, 1e-9);
  EXPECT_NEAR(server.in_system_mean(), 2.9 / 4, 1e-9);
  EXPECT_NEAR(server.utilization(), 2.0 / 4, 1e-9);
  EXPECT_NEAR(server.latency_s().mean(), (1.0 + 1.9) / 2, 1e-9);
  EXPECT_DOUBLE_EQ(server.latency_s().max(), 1.9);
  EXPECT_NEAR(run.load("load").rate_per_s(), 3.0 / 4, 1e-9);
  EXPECT_NEAR(run.load("load").goodput_per_s(), 2.0 / 4, 1e-9);
}

TEST(Collector, TheQueuesLongestOfTheWarmUpIsForgotten) {
  const std::string text =
      "  duration: 8s\n  workloads: {server: {concurrency: 1, latency: 1s}}\n" +
      arrivals(350, "outside");
  EXPECT_EQ(RunText("spec:\n" + text).workload("server").queue().max(), 2U);
  EXPECT_EQ(RunText("spec:\n  warmup: 1500ms\n" + text).workload("server").queue().max(), 1U);
  EXPECT_EQ(RunText("spec:\n  warmup: 3s\n" + text).workload("server").queue().max(), 0U);
}

TEST(Collector, CrashesAndRestarts) {
  const std::string text =
      "  duration: 10s\n  workloads: {server: {replicas: 3}}\n" + arrivals(350, "outside") +
      "  faults:\n    - {at: 1s, pod: server-1, crash: {of: pod, restart_after: 2s}}\n";
  const RunText run("spec:\n" + text);
  EXPECT_EQ(run.workload("server").replicas(), 3U);
  EXPECT_EQ(run.workload("server").ready_min(), 2U);
  EXPECT_EQ(run.workload("server").restarts(), 1U);
  EXPECT_EQ(run.timeline(),
            "1.000 fault server-1\n1.000 crashed server-1.default\n3.000 restarted "
            "server-1.default\n");
  const RunText still_down("spec:\n  warmup: 2s\n" + text);
  EXPECT_EQ(still_down.workload("server").ready_min(), 2U);
  EXPECT_EQ(still_down.workload("server").restarts(), 1U);
  const RunText over("spec:\n  warmup: 4s\n" + text);
  EXPECT_EQ(over.workload("server").ready_min(), 3U);
  EXPECT_EQ(over.workload("server").restarts(), 0U);
}

TEST(Collector, AnEjectionHasItsProxyItsInstantItsLengthAndItsCause) {
  // Errors at 0.1 s, 0.2 s and 0.3 s; sweeps each second; 2 s are over at the sweep of 3 s.
  const RunText run(
      "spec:\n  duration: 5s\n  workloads: {client: {}, server: {errors: {ratio: 100%, status: "
      "500}}}\n" +
      arrivals(450) +
      rule("outlierDetection: {consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 2s, "
           "maxEjectionPercent: 100}"));
  EXPECT_EQ(run.edge("client", "server").ejections(), 1U);
  const reports::Endpoint& server = run.endpoint("server-0");
  EXPECT_EQ(server.requests(), 3U);
  ASSERT_EQ(server.ejections_size(), 1);
  EXPECT_EQ(server.ejections(0).by(), "client-0.default");
  EXPECT_NEAR(server.ejections(0).at_s(), 0.3, 1e-6);
  EXPECT_NEAR(server.ejections(0).for_s(), 2.7, 1e-6);
  EXPECT_EQ(server.ejections(0).cause(), "consecutive_5xx");
  EXPECT_EQ(run.timeline(), "0.300 ejected server-0.default\n3.000 returned server-0.default\n");
  EXPECT_EQ(run.edge("client", "server").flags().at("UH"), 1U);  // the fourth request
}

TEST(Collector, AnEjectionEndsWithItsOwnClusters) {
  // Two ports of one pod: 3 errors until 0.3 s and 5 s, which are over at the sweep of 6 s; 3 until
  // 0.6 s and 1 s, which is over at the sweep of 2 s.
  const RunText run(
      "spec:\n  duration: 8s\n  workloads: {client: {}, server: {errors: {ratio: 100%, status: "
      "500}}}\n" +
      arrivals(350) +
      "    - {name: other, from: client, to: http://server:81/, arrivals: constant, steps: [{at: "
      "0s, rate: 5/s}, {at: 650ms, rate: 0/s}]}\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: server, namespace: default}\n"
      "spec: {selector: {app: server}, ports: [{name: http, port: 80}, {name: http-b, port: "
      "81}]}\n" +
      rule("portLevelSettings: [{port: {number: 80}, outlierDetection: {consecutive5xxErrors: 3, "
           "interval: 1s, baseEjectionTime: 5s, maxEjectionPercent: 100}}, {port: {number: 81}, "
           "outlierDetection: {consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 1s, "
           "maxEjectionPercent: 100}}]"));
  const reports::Endpoint& server = run.endpoint("server-0");
  ASSERT_EQ(server.ejections_size(), 2);
  EXPECT_NEAR(server.ejections(0).at_s(), 0.3, 1e-6);
  EXPECT_NEAR(server.ejections(0).for_s(), 5.7, 1e-6);
  EXPECT_NEAR(server.ejections(1).at_s(), 0.6, 1e-6);
  EXPECT_NEAR(server.ejections(1).for_s(), 1.4, 1e-6);
}

TEST(Collector, RequestsCountWhereTheirRouteLedOrWithNoDestination) {
  const auto load = [](const std::string& name, const std::string& path) {
    return "    - {name: " + name + ", from: client, to: http://server/" + path +
           ", arrivals: constant, rate: 10/s}\n";
  };
  const RunText run(
      "spec:\n  duration: 2s\n  workloads: {client: {}, server: {}, server-v2: {}}\n  load:\n" +
      load("routed", "v2") + load("lost", "nowhere") +
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: server, namespace: default}\nspec: {hosts: [server], http: [{match: [{uri: "
      "{exact: /v2}}], route: [{destination: {host: server-v2}}]}]}\n");
  EXPECT_EQ(run.edge("client", "server-v2").requests(), 19U);
  EXPECT_EQ(run.edge("client", "server-v2").destination(), "server-v2.default");
  EXPECT_EQ(run.edge("client", "server").requests(), 19U);
  EXPECT_EQ(run.edge("client", "server").destination(), "");
  EXPECT_EQ(run.edge("client", "server").attempts(), 0U);
  EXPECT_EQ(run.edge("client", "server").flags().at("NR"), 19U);
  EXPECT_EQ(run.report.edges_size(), 2);
}

TEST(Collector, TheSeriesOfALoadCountsByTheSecondOfArrival) {
  const RunText run(
      "spec:\n  warmup: 1s\n  duration: 3s\n  workloads: {server: {latency: 1500ms}}\n" +
      arrivals(2050, "outside"));
  const reports::LoadSeries& series = run.report.series().loads().at("load");
  EXPECT_EQ(run.report.series().step_s(), 1);
  ASSERT_EQ(series.requests_size(), 3);
  EXPECT_EQ(series.requests(0), 9U);  // 0.1 s to 0.9 s; also those of the warm-up
  EXPECT_EQ(series.requests(1), 10U);
  EXPECT_EQ(series.requests(2), 1U);
  EXPECT_EQ(series.success_ratio(1), 1);
  EXPECT_NEAR(series.p50_s(1), 1.5, 1.5 * 0.04);
  EXPECT_EQ(run.load("load").requests(), 11U);
  // Those that came from 0.1 s to 1.4 s were answered from 1.6 s to 2.9 s.
  EXPECT_NEAR(run.load("load").goodput_per_s(), 14.0 / 2, 1e-9);
}

/// Of two failing replicas the first may be ejected; with it out, fewer than 60 % are healthy.
TEST(Collector, RefusedEjectionsAndPanicsAreCounted) {
  const auto run_with = [](const std::string& percent) {
    return testing::RunText(
        "spec:\n  duration: 9s\n  workloads:\n    web: {}\n"
        "    app: {replicas: 2, errors: [{ratio: 1, status: 500}]}\n"
        "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 10/s}]\n" +
        testing::destination_rule("app",
                                  "outlierDetection: {consecutive5xxErrors: 2, interval: 1h, "
                                  "maxEjectionPercent: 50, minHealthPercent: " +
                                      percent + "}"));
  };
  const testing::RunText panics = run_with("60");
  const reports::Edge& edge = panics.edge("web", "app");
  EXPECT_EQ(edge.ejections(), 1U);
  EXPECT_GT(edge.refused_ejections(), 5U);
  EXPECT_GT(edge.panics(), 50U);
  EXPECT_EQ(run_with("40").edge("web", "app").panics(), 0U);
}

}  // namespace
}  // namespace squall::sim
