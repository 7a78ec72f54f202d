// What sidecars with an Envoy configuration of their own ask hosts, and what comes of the answers.
#include "sim/health_checks.h"

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

struct Parts {
  std::string check = "http_health_check: {path: /health}";
  std::string times =
      "interval: 1s, timeout: 0.5s, no_traffic_interval: 1s, unhealthy_threshold: 3, "
      "healthy_threshold: 2";
  std::string cluster = "";  // fields more, each on a line of its own
  std::string db = "latency: 1ms";
  std::string faults = "";
  std::string load = "rate: 10/s";
  std::string more = "";  // of spec
};

/// `web` sends what comes to port 80 to both replicas of `db`, which it checks.
std::string scenario(const Parts& p) {
  const auto host = [](int n) {
    return "{endpoint: {address: {socket_address: {address: 10.0.0." + std::to_string(n) +
           ", port_value: 80}}}}";
  };
  return "spec:\n  duration: 30s\n" + p.more +
         "  workloads:\n    web:\n      sidecar:\n        envoy:\n          static_resources:\n"
         "            listeners:\n            - name: out\n"
         "              address: {socket_address: {address: 127.0.0.1, port_value: 80}}\n"
         "              filter_chains:\n              - filters:\n                - name: hcm\n"
         "                  typed_config:\n"
         "                    '@type': t/envoy.extensions.filters.network.http_connection_manager."
         "v3.HttpConnectionManager\n"
         "                    stat_prefix: out\n"
         "                    route_config: {virtual_hosts: [{name: all, domains: ['*'], routes: "
         "[{match: {prefix: /}, route: {cluster: backend}}]}]}\n"
         "                    http_filters: [{name: router, typed_config: {'@type': "
         "t/envoy.extensions.filters.http.router.v3.Router}}]\n"
         "            clusters:\n            - name: backend\n              connect_timeout: 1s\n" +
         p.cluster + "              health_checks: [{" + p.times + ", " + p.check +
         "}]\n              load_assignment: {cluster_name: backend, endpoints: [{lb_endpoints: [" +
         host(1) + ", " + host(2) +
         "]}]}\n    db: {replicas: 2, addresses: ['10.0.0.1:80', '10.0.0.2:80'], " + p.db +
         "}\n  load: [{name: load, from: web, to: \"http://db/\", arrivals: constant, " + p.load +
         "}]\n  faults:\n" + (p.faults.empty() ? "    []\n" : p.faults);
}

const std::string kCrash = "    - {at: 5500ms, pod: db-0, crash: {of: pod, restart_after: 10s}}\n";

/// Of a timeline the lines about health.
std::string health(const RunText& run) {
  std::string out;
  for (const reports::Happening& one : run.report.timeline()) {
    if (one.what() != "healthy" && one.what() != "unhealthy") continue;
    std::string at = std::to_string(one.at_s());
    at.resize(at.find('.') + 4);
    out += at + " " + one.what() + " " + one.who() + "\n";
  }
  return out;
}

TEST(HealthChecks, ACrashedReplicaIsAvoidedAfterTheThresholdAndAskedAgainAfterTheOther) {
  const RunText run(scenario({.faults = kCrash,
                              .more = "  expect: ['healthy{workload=\"db\"}[9s:15s] == 1',"
                                      " 'healthy{workload=\"db\"}[18s:30s] == 2',"
                                      " 'success{load=\"load\"}[8050ms:30s] == 1',"
                                      " 'success{load=\"load\"}[6s:8s] < 0.6']\n"}));
  // Checks come at each full second: the third one fails at 8 s, the second passes at 17 s.
  EXPECT_EQ(health(run), "8.000 unhealthy db-0.default\n17.000 healthy db-0.default\n");
  for (const auto& one : run.expectations) EXPECT_TRUE(one.ok) << one.text;
  EXPECT_EQ(run.report.timeline(2).why(), "health check by web-0.default");
}

TEST(HealthChecks, AreInNoFigureOfRequests) {
  const RunText run(scenario({.db = "latency: 1ms, concurrency: 1"}));
  EXPECT_EQ(run.load("load").requests(), 299U);
  EXPECT_EQ(run.workload("db").requests(), 299U);
  EXPECT_EQ(run.edge("web", "backend").attempts(), 299U);
  EXPECT_EQ(run.endpoint("db-0.default").requests() + run.endpoint("db-1.default").requests(),
            299U);
  EXPECT_TRUE(run.report.timeline().empty());
}

TEST(HealthChecks, SilenceCostsTheTimeoutEachTime) {
  const RunText run(scenario(
      {.faults = "    - {at: 5500ms, pod: db-0, crash: {of: node, restart_after: 10s}}\n"}));
  // Given up at 6.5, 8 and 9.5 s; it is back when the check of 15 s is under way, until 15.5 s.
  EXPECT_EQ(health(run), "9.500 unhealthy db-0.default\n17.500 healthy db-0.default\n");
}

TEST(HealthChecks, AWrongAnswerCountsAtOnce) {
  // The pod's sidecar answers for the application that is gone, after it has tried again.
  const RunText crashed(scenario(
      {.faults = "    - {at: 5500ms, pod: db-0, crash: {of: container, restart_after: 10s}}\n"}));
  EXPECT_TRUE(health(crashed).starts_with("6.0")) << health(crashed);
  const RunText errors(scenario(
      {.faults = "    - {at: 5500ms, for: 10s, pod: db-0, error: {ratio: 100%, status: 500}}\n"}));
  EXPECT_EQ(health(errors), "6.000 unhealthy db-0.default\n17.000 healthy db-0.default\n");
  const RunText retriable(scenario(
      {.check = "http_health_check: {path: /health, retriable_statuses: [{start: 500, end: 501}]}",
       .faults = "    - {at: 5500ms, for: 10s, pod: db-0, error: {ratio: 100%, status: 500}}\n"}));
  EXPECT_EQ(health(retriable), "8.000 unhealthy db-0.default\n17.000 healthy db-0.default\n");
}

TEST(HealthChecks, WithTooFewHealthyHostsThereIsPanic) {
  const std::string both =
      "    - {at: 5500ms, workload: db, crash: {of: pod, restart_after: 30s}}\n";
  const RunText panics(scenario({.faults = both}));
  EXPECT_FALSE(panics.edge("web", "backend").flags().contains("UH"));
  const RunText fails(scenario(
      {.cluster = "              common_lb_config: {healthy_panic_threshold: {value: 0}}\n",
       .faults = both}));
  // Refused from 5.5 s on. Both fail at 8 s; balancing learns of the second when the window is over
  // in which changes are merged, at 9 s.
  EXPECT_EQ(fails.edge("web", "backend").flags().at("-"), 54U);
  EXPECT_EQ(fails.edge("web", "backend").flags().at("UF"), 36U);
}

TEST(HealthChecks, AHostIsUnhealthyUntilItPasses) {
  const RunText run(scenario(
      {.times = "interval: 1s, timeout: 5s, unhealthy_threshold: 3, healthy_threshold: 2",
       .cluster = "              common_lb_config: {healthy_panic_threshold: {value: 0}}\n",
       .load = "rate: 1/s",
       .more = "  network: {latency: 600ms}\n"}));
  // There and back take 1.2 s; then a single pass is enough for the next request, at 2 s.
  EXPECT_EQ(run.edge("web", "backend").flags().at("UH"), 1U);
  EXPECT_EQ(run.edge("web", "backend").flags().at("-"), run.load("load").requests() - 1);
  EXPECT_EQ(health(run), "");
}

TEST(HealthChecks, WithoutTrafficTheyAreRare) {
  const RunText run(scenario(
      {.times = "interval: 1s, timeout: 0.5s, no_traffic_interval: 8s, unhealthy_threshold: 1, "
                "healthy_threshold: 1",
       .faults = "    - {at: 2s, for: 10s, pod: db-0, error: {ratio: 100%, status: 500}}\n",
       .load = "steps: [{at: 0s, rate: 0/s}, {at: 20s, rate: 10/s}]"}));
  EXPECT_EQ(health(run), "8.000 unhealthy db-0.default\n16.000 healthy db-0.default\n");
}

TEST(HealthChecks, WaitAtTheApplicationAsRequestsDo) {
  // Four seconds of work come each second for both: whoever asks waits for ever longer.
  const RunText run(scenario({.db = "latency: 800ms, concurrency: 2", .load = "rate: 6/s"}));
  EXPECT_NE(health(run).find("unhealthy db-0.default"), std::string::npos);
  EXPECT_NE(health(run).find("unhealthy db-1.default"), std::string::npos);
}

TEST(HealthChecks, APathOfAnOperationDoesWhatThatDoes) {
  const std::string slow = "latency: 1ms, operations: [{match: {path: /health}, latency: 600ms}]";
  const RunText run(scenario(
      {.cluster = "              common_lb_config: {healthy_panic_threshold: {value: 0}}\n",
       .db = slow}));
  EXPECT_EQ(run.edge("web", "backend").flags().at("UH"), run.load("load").requests());
}

TEST(HealthChecks, TcpAsksForAConnectionAndGrpcForACall) {
  const RunText tcp(scenario({.check = "tcp_health_check: {}", .faults = kCrash}));
  EXPECT_EQ(health(tcp), "8.000 unhealthy db-0.default\n17.000 healthy db-0.default\n");
  const std::string http2 = "              http2_protocol_options: {}\n";
  const RunText grpc(
      scenario({.check = "grpc_health_check: {}", .cluster = http2, .faults = kCrash}));
  EXPECT_EQ(health(grpc), "8.000 unhealthy db-0.default\n17.000 healthy db-0.default\n");
  // A gRPC server that fails says so by its status.
  const RunText wrong(scenario(
      {.check = "grpc_health_check: {}",
       .cluster = http2,
       .faults = "    - {at: 5500ms, for: 10s, pod: db-0, error: {ratio: 100%, grpc: 14}}\n"}));
  EXPECT_EQ(health(wrong), "6.000 unhealthy db-0.default\n17.000 healthy db-0.default\n");
}

TEST(HealthChecks, AProxyThatIsBackBeginsAnew) {
  const RunText run(
      scenario({.faults = "    - {at: 2500ms, pod: db-0, crash: {of: pod, restart_after: 30s}}\n"
                          "    - {at: 5200ms, pod: web-0, crash: {of: pod, restart_after: 3s}}\n",
                .more = "  expect: ['success{load=\"load\"}[9s:30s] == 1',"
                        " 'healthy{workload=\"db\"}[5300ms:8s] == 1']\n"}));
  // What is unhealthy from the start has not become so.
  EXPECT_EQ(health(run), "5.000 unhealthy db-0.default\n");
  for (const auto& one : run.expectations) EXPECT_TRUE(one.ok) << one.text;
}

TEST(HealthChecks, ADroppedConnectionFailsTheCheckThatWaitsOnIt) {
  const std::string slow = "latency: 1ms, operations: [{match: {path: /health}, latency: 400ms}]";
  const RunText run(scenario(
      {.times = "interval: 1s, timeout: 0.5s, no_traffic_interval: 1s, unhealthy_threshold: 1, "
                "healthy_threshold: 1",
       .db = slow,
       .faults = "    - {at: 4500ms, workload: db, drop_connections: {}}\n"}));
  // Each takes 400 ms and the next comes a second after it: from 4.2 to 4.6 s one is under way.
  EXPECT_EQ(health(run),
            "4.500 unhealthy db-0.default\n4.500 unhealthy db-1.default\n"
            "5.900 healthy db-0.default\n5.900 healthy db-1.default\n");
}

TEST(HealthChecks, TheSameRunComesToTheSame) {
  const Parts parts{
      .times =
          "interval: 1s, timeout: 0.5s, interval_jitter: 0.4s, no_traffic_interval: 1s, "
          "unhealthy_threshold: 1, healthy_threshold: 1",
      .faults = kCrash,
      .more = "  network: {latency: {uniform: {min: 1ms, max: 9ms}}, loss: 20%}\n"};
  const RunText one(scenario(parts)), other(scenario(parts));
  EXPECT_EQ(one.timeline(), other.timeline());
  EXPECT_EQ(one.report.events(), other.report.events());
  EXPECT_NE(health(one), "");
}

TEST(HealthChecks, ADiscoveryIsNotItsConfigurations) {
  const RunText run(scenario({.faults = "    - {at: 5s, pod: db-0, unready: {}}\n"}));
  const std::uint64_t both =
      run.endpoint("db-0.default").requests() + run.endpoint("db-1.default").requests();
  EXPECT_NEAR(static_cast<double>(run.endpoint("db-0.default").requests()),
              static_cast<double>(both) / 2, 1);
}

}  // namespace
}  // namespace squall::sim
