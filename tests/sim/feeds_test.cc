#include "sim/feeds.h"

#include <optional>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

/// A run with one term to answer; `text`: from `spec:` on, manifests after `---`.
struct Asked {
  Asked(std::string text, const std::string& term) {
    const std::string expect = "  expect: ['" + term + " >= 0']\n";
    text.insert(std::min(text.find("---\n"), text.size()), expect);
    auto read = scenarios::read_scenario(
        "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n" + text, "s.yaml", {});
    EXPECT_TRUE(read.has_value()) << (read ? "" : testing::all_of(read.error()));
    if (!read) return;
    query = read->expectations.at(0).figures.at(0).query;
    Diagnostics warnings;
    auto data = sim::run(*read, warnings);
    if (data) answer = data->answers.at(0).at(0);
    if (!data) refusal = testing::all_of(data.error());
  }

  reports::Query query;
  std::optional<reports::Accumulator> answer;
  std::string refusal;
};

/// None: a figure of nothing.
std::optional<double> figure(const std::string& text, const std::string& term) {
  const Asked asked(text, term);
  EXPECT_TRUE(asked.answer) << term << ": " << asked.refusal;
  if (!asked.answer) return std::nullopt;
  return asked.answer->value(asked.query.metric, asked.query.to - asked.query.from);
}

std::string refusal(const std::string& text, const std::string& term) {
  return Asked(text, term).refusal;
}

/// Requests at 0.1 s, 0.2 s, ... up to `until_ms`, then none.
std::string arrivals(int until_ms, const std::string& from = "client", const std::string& path = "",
                     const std::string& name = "load") {
  return "    - {name: " + name + ", from: " + from + ", to: http://server/" + path +
         ", arrivals: constant, steps: [{at: 0s, rate: 10/s}, {at: " + std::to_string(until_ms) +
         "ms, rate: 0/s}]}\n";
}

std::string spec(const std::string& server, const std::string& load) {
  return "spec:\n  duration: 4s\n  workloads: {client: {}, server: {" + server + "}}\n  load:\n" +
         load;
}

TEST(Feeds, AZoneOrARegionIsItsReplicas) {
  const std::string text =
      spec("zones: {east/1: 1, east/2: 1, west/1: 2}, latency: 1ms", arrivals(3950)) +
      testing::destination_rule("server", "loadBalancer: {simple: ROUND_ROBIN}");
  EXPECT_EQ(figure(text, "ready{zone=\"east\"}"), 2);
  EXPECT_EQ(figure(text, "ready{zone=\"west/1\",workload=\"server\"}"), 2);
  EXPECT_NEAR(*figure(text, "attempts{zone=\"west\"}"), 19.5, 0.6);
  EXPECT_EQ(*figure(text, "requests{zone=\"east/1\"}") + *figure(text, "requests{zone=\"east/2\"}"),
            *figure(text, "requests{workload=\"server\",zone=\"east\"}"));
  EXPECT_EQ(
      refusal(text, "ready{workload=\"server\",zone=\"north\"}"),
      "s.yaml:9:12: error: spec.expect[0]: no replica asked for is in zone=\"north\"; they are "
      "in east/1, east/2 and west/1\n");
}

TEST(Feeds, ShedIsWhatAFullQueueTurnsAway) {
  // At 0.1 s one begins (to 1.1 s), at 0.2 s one waits, at 0.3 s and 0.4 s one is turned away.
  const std::string text =
      spec("concurrency: 1, queue: {limit: 1}, latency: 1s", arrivals(450, "outside"));
  EXPECT_EQ(figure(text, "shed"), 2);
  EXPECT_EQ(figure(text, R"(shed{workload="server"})"), 2);
  EXPECT_EQ(figure(text, R"(shed{pod="server-0"})"), 2);
  EXPECT_EQ(figure(text, R"(shed{workload="client"})"), 0);
  EXPECT_EQ(figure(text, R"(shed{workload="server"}[0s:350ms])"), 1);
}

TEST(Feeds, AnOperationOfALoadNarrowsItsFigures) {
  // Ten a second, half of them failing: at 0.1 s, 0.2 s, ... which is which is drawn.
  const std::string text =
      "spec:\n  duration: 20s\n  workloads: {client: {}, server: {operations: [{match: {path: "
      "/bad}, errors: {ratio: 100%, status: 503}}]}}\n  load:\n    - {name: x, from: client, "
      "arrivals: constant, rate: 10/s, to: http://server/, mix: [{name: good, weight: 1}, {name: "
      "bad, weight: 1, to: http://server/bad}]}\n    - {name: y, from: outside, to: "
      "http://server/, rate: 10/s}\n" +
      testing::virtual_service("server", "retries: {attempts: 2, retryOn: 5xx}");
  const double good = *figure(text, R"(requests{load="x",operation="good"})");
  const double bad = *figure(text, R"(requests{operation="bad"})");
  EXPECT_EQ(good + bad, 199);
  EXPECT_GT(bad, 60);
  EXPECT_EQ(figure(text, R"(success{operation="good"})"), 1);
  EXPECT_EQ(figure(text, R"(success{load="x",operation="bad"})"), 0);
  EXPECT_EQ(figure(text, R"(requests{operation="bad",code="503"})"), bad);
  EXPECT_EQ(figure(text, R"(attempts{load="x",operation="bad"})"), 3 * bad);
  EXPECT_EQ(figure(text, R"(retries{load="x",operation="good"})"), 0);
  EXPECT_NE(refusal(text, R"(requests{load="x",operation="goof"})").find("did you mean \"good\"?"),
            std::string::npos);
  EXPECT_NE(refusal(text, R"(requests{load="y",operation="good"})").find("it has no mix"),
            std::string::npos);
}

TEST(Feeds, OverflowsAreOfAllLimitsTogether) {
  // One connection (busy to 1.1 s) and one that waits: at 0.2 s the limit of connections is met, at
  // 0.3 s and 0.4 s that of waiting requests.
  const std::string text =
      spec("latency: 1s", arrivals(450)) +
      testing::destination_rule("server",
                                "connectionPool: {tcp: {maxConnections: 1}, http: "
                                "{http1MaxPendingRequests: 1}}");
  EXPECT_EQ(figure(text, "overflows"), 3);
  EXPECT_EQ(figure(text, R"(overflows{from="client",to="server"})"), 3);
  EXPECT_EQ(figure(text, R"(overflows{to="server"}[0s:250ms])"), 1);
  EXPECT_EQ(figure(text, R"(overflows{to="server"}[250ms:350ms])"), 1);
  EXPECT_EQ(figure(text, R"(requests{load="load",flag="UO"})"), 2);
  EXPECT_EQ(figure(text, R"(requests{to="server",flag="UO",code="503"})"), 2);
  EXPECT_EQ(figure(text, R"(requests{to="server",flag="UO",code="200"})"), 0);
}

TEST(Feeds, ConnectionsOpenedAreThoseThatWereMade) {
  // 1 s of work each: three at once, so three connections.
  const std::string text = spec("latency: 1s", arrivals(350));
  EXPECT_EQ(figure(text, "connections_opened"), 3);
  EXPECT_EQ(figure(text, R"(connections_opened{to="server"})"), 3);
  EXPECT_EQ(figure(text, R"(connections_opened{to="server"}[0s:250ms])"), 2);
}

TEST(Feeds, RestartsAreOfPods) {
  const std::string text =
      spec("replicas: 3", arrivals(350, "outside") +
                              "  faults:\n    - {at: 1s, pod: server-1, crash: {of: pod, "
                              "restart_after: 1s}}\n");
  EXPECT_EQ(figure(text, "restarts"), 1);
  EXPECT_EQ(figure(text, R"(restarts{workload="server"})"), 1);
  EXPECT_EQ(figure(text, R"(restarts{pod="server-1"})"), 1);
  EXPECT_EQ(figure(text, R"(restarts{pod="server-0"})"), 0);
  EXPECT_EQ(figure(text, R"(restarts[0s:2s])"), 0);  // it is back at 2 s
}

TEST(Feeds, ReadyIsHowManyReplicasAreOnAverage) {
  const std::string text =
      spec("replicas: 2", arrivals(350, "outside") +
                              "  faults:\n    - {at: 1s, pod: server-1, crash: {of: pod, "
                              "restart_after: 1s}}\n  changes: [{at: 3s, scale: {server: 1}}]\n");
  EXPECT_EQ(figure(text, R"(ready{workload="server"}[0s:1s])"), 2);
  EXPECT_EQ(figure(text, R"(ready{workload="server"}[0s:2s])"), 1.5);
  EXPECT_EQ(figure(text, R"(ready{workload="server"})"), 1.5);
  EXPECT_EQ(figure(text, R"(ready{pod="server-0"})"), 1);
  EXPECT_EQ(figure(text, R"(ready{pod="server-1"})"), 0.5);
  EXPECT_EQ(figure(text, R"(ready{workload="client"})"), 1);
}

TEST(Feeds, ScaleInsAreReplicasThatAreTakenAway) {
  const std::string text =
      spec("replicas: 4", arrivals(350, "outside") +
                              "  changes: [{at: 1s, scale: {server: 2}}, {at: 2s, scale: {server: "
                              "3}}]\n");
  EXPECT_EQ(figure(text, "scale_ins"), 2);
  EXPECT_EQ(figure(text, R"(scale_ins{workload="server"}[0s:1s])"), 0);
  EXPECT_EQ(figure(text, R"(scale_ins{pod="server-3"})"), 1);
  EXPECT_EQ(figure(text, R"(scale_ins{workload="client"})"), 0);
}

TEST(Feeds, DuplicatesOfALoadAreOfItsOwnRequests) {
  // Each of 3 requests is tried 3 times for 100 ms; the server works 300 ms on each.
  const std::string text =
      spec("latency: 300ms", arrivals(350)) +
      testing::virtual_service("server",
                               "retries: {attempts: 2, perTryTimeout: 100ms, retryOn: 5xx}");
  EXPECT_EQ(figure(text, R"(duplicates{load="load"})"), 3);
  EXPECT_EQ(figure(text, R"(duplicates{load="load"}[0s:150ms])"), 1);
  EXPECT_EQ(figure(text, R"(duplicates{to="server"})"), 3);
  EXPECT_EQ(figure(text, "duplicates"), 3);
  EXPECT_EQ(figure(text, R"(attempts{load="load"})"), 9);
  EXPECT_EQ(figure(text, R"(attempts{to="server"})"), 9);
  EXPECT_EQ(figure(text, R"(attempts{pod="server-0"})"), 9);
  EXPECT_EQ(figure(text, R"(attempts{workload="server"})"), 9);
  EXPECT_EQ(figure(text, R"(retries{load="load"})"), 6);
}

TEST(Feeds, EjectionsAreToldByTheirCause) {
  // Errors at 0.1 s, 0.2 s and 0.3 s.
  const std::string text =
      spec("errors: {ratio: 100%, status: 500}", arrivals(350)) +
      testing::destination_rule("server",
                                "outlierDetection: {consecutive5xxErrors: 3, interval: 1s, "
                                "baseEjectionTime: 30s, maxEjectionPercent: 100}");
  for (const std::string by :
       {"", R"(to="server",)", R"(workload="server",)", R"(pod="server-0",)"}) {
    EXPECT_EQ(figure(text, "ejections{" + by + R"(cause="consecutive_5xx"})"), 1) << by;
    EXPECT_EQ(figure(text, "ejections{" + by + R"(cause="success_rate"})"), 0) << by;
  }
  EXPECT_EQ(figure(text, R"(ejections{workload="server"})"), 1);
  EXPECT_EQ(figure(text, R"(ejections{workload="client"})"), 0);
}

TEST(Feeds, RequestsOfAWorkloadAreToldByTheirOperation) {
  const std::string text =
      spec("latency: 10ms, operations: [{name: read, match: {path: {prefix: /r}}, latency: 250ms}]",
           arrivals(350) + arrivals(250, "client", "r", "readers"));
  EXPECT_EQ(figure(text, R"(requests{workload="server"})"), 5);
  EXPECT_EQ(figure(text, R"(requests{workload="server",operation="read"})"), 2);
  EXPECT_EQ(figure(text, R"(requests{pod="server-0",operation="read"})"), 2);
  EXPECT_EQ(figure(text, R"(rate{workload="server",operation="read"})"), 0.5);
  EXPECT_NEAR(figure(text, R"(mean{workload="server",operation="read"})").value_or(0), 0.25, 1e-9);
  EXPECT_NEAR(figure(text, R"(max{workload="server"}[0s:150ms])").value_or(0), 0.25, 1e-9);
}

TEST(Feeds, AttemptsOfAPodAreThoseSentToItAlsoWithoutASidecar) {
  EXPECT_EQ(figure(spec("", arrivals(350, "outside")), R"(attempts{pod="server-0"})"), 3);
}

TEST(Feeds, AttemptsOfACallAreThoseBegunOnAHostThoseOfAPodThoseSent) {
  // From 0.15 s on nobody listens on the pod: of three begun, one is sent.
  const std::string text =
      spec("", arrivals(350) + "  faults:\n    - {at: 150ms, pod: server-0, crash: {of: pod}}\n") +
      testing::virtual_service("server", "retries: {attempts: 0}");
  EXPECT_EQ(figure(text, R"(attempts{to="server"})"), 3);
  EXPECT_EQ(figure(text, R"(attempts{pod="server-0"})"), 1);
  EXPECT_EQ(figure(text, R"(requests{to="server",flag="UF"})"), 2);
}

TEST(Feeds, LabelsThatNothingHasAtOnceAreRefused) {
  const std::string text = spec("replicas: 2", arrivals(350));
  const std::string at = "s.yaml:9:12: error: spec.expect[0]: ";
  EXPECT_EQ(refusal(text, R"(p99{from="server",to="client"})"),
            at + "no sidecar sees a call with from=\"server\",to=\"client\"; sidecars see "
                 "client.default to server.default\n");
  EXPECT_EQ(refusal(text, R"(p99{load="load",subset="v1"})"),
            at + "subset=\"v1\" is no subset that these calls are routed to; they are routed to "
                 "none; leave it out\n");
  EXPECT_EQ(refusal(text, R"(max{workload="client",pod="server-0"})"),
            at + "pod=\"server-0\" is none of workload=\"client\"; leave one of them out\n");
  EXPECT_EQ(refusal(text, R"(max{workload="client",operation="read"})"),
            at + "operation=\"read\" is none of the workload's; it has no operations\n");
  EXPECT_EQ(refusal(spec("", arrivals(350, "outside")), R"(p99{load="load",flag="UO"})"),
            at + "flag=\"UO\" is of requests that a sidecar sends; these go without; "
                 "leave it out\n");
  EXPECT_EQ(refusal(spec("", arrivals(350, "outside")), R"(p99{to="server"})"),
            at + "no sidecar sees a call with to=\"server\"; no caller here has a sidecar; load=, "
                 "workload= and pod= need none\n");
}

TEST(Feeds, AWorkloadWithoutPodsHasNothingToCountAndIsNoMistake) {
  const std::string text = spec("replicas: 0", arrivals(350));
  EXPECT_EQ(figure(text, R"(attempts{workload="server"})"), 0);
  EXPECT_EQ(figure(text, R"(requests{to="server",flag="UH"})"), 3);
}

/// 39 requests, of which the 20 from 2 s on never end.
TEST(Feeds, UnansweredRequestsAreAskedForAndFail) {
  const std::string text = spec("latency: 1ms", arrivals(4000)) +
                           "  faults: [{at: 1950ms, for: 1h, workload: server, hang: {}}]\n";
  for (const std::string subject : {"{load=\"load\"}", "{from=\"client\"}"}) {
    EXPECT_EQ(figure(text, "requests" + subject), 39) << subject;
    EXPECT_EQ(figure(text, "attempts" + subject), 39) << subject;
    EXPECT_EQ(figure(text, "unfinished" + subject), 20) << subject;
    EXPECT_DOUBLE_EQ(figure(text, "success" + subject).value_or(-1), 19.0 / 39) << subject;
    EXPECT_EQ(figure(text, "success" + subject + "[2s:4s]"), 0) << subject;
    EXPECT_EQ(figure(text, "goodput" + subject), 19.0 / 4) << subject;
    EXPECT_EQ(figure(text, "throughput" + subject), 19.0 / 4) << subject;
    EXPECT_EQ(figure(text, "max" + subject + "[2s:4s]"), std::nullopt) << subject;
  }
  EXPECT_EQ(figure(text, "requests{load=\"load\",code=\"200\"}"), 19);
  EXPECT_EQ(figure(text, "unfinished{load=\"load\",to=\"server\"}"), 20);
  EXPECT_EQ(figure(text, "requests{workload=\"server\"}"), 39);
  EXPECT_EQ(figure(text, "unfinished{workload=\"server\"}"), 20);
  EXPECT_EQ(figure(text, "max{workload=\"server\"}[2s:4s]"), std::nullopt);
}

/// One slot, 100 ms of work for each of 20 requests a second: a queue grows by ten a second.
TEST(Feeds, LevelsAreAveragesOverTheirWindowAndThePeakIsTheHighest) {
  const std::string text =
      "spec:\n  duration: 4s\n  workloads: {server: {replicas: 2, concurrency: 1, latency: "
      "100ms}}\n"
      "  load: [{name: load, from: outside, to: http://server/, arrivals: constant, rate: 40/s}]\n";
  const auto of = [&](const std::string& metric, const std::string& window) {
    return figure(text, metric + "{workload=\"server\"}" + window).value_or(-1);
  };
  EXPECT_DOUBLE_EQ(of("in_service_mean", "[1s:2s]"), 2);
  EXPECT_NEAR(of("queue_mean", "[1s:2s]"), 30, 2);
  EXPECT_NEAR(of("in_system_mean", "[1s:2s]"), of("queue_mean", "[1s:2s]") + 2, 1e-9);
  EXPECT_GT(of("queue_max", "[0s:2s]"), 15);
  EXPECT_LT(of("queue_max", "[0s:1s]"), of("queue_max", "[1s:2s]"));
  EXPECT_DOUBLE_EQ(of("wasted_s", ""), 0);
}

/// Each of ten requests that are under way at once has a connection of its own; they stay.
TEST(Feeds, ConnectionsAreThoseThatAreOpen) {
  const std::string text =
      "spec:\n  duration: 4s\n  workloads: {client: {}, server: {latency: 100ms}}\n"
      "  load: [{name: load, from: client, to: http://server/, arrivals: constant, rate: 100/s}]\n"
      "  faults: [{at: 3s, workload: server, crash: {of: pod}}]\n";
  const auto of = [&](const std::string& window) {
    return figure(text, "connections{to=\"server\"}" + window).value_or(-1);
  };
  EXPECT_DOUBLE_EQ(of("[1s:2s]"), 10);
  EXPECT_DOUBLE_EQ(of("[3500ms:4s]"), 0);
  EXPECT_LT(of("[0s:1s]"), 10);
}

TEST(Feeds, WorkForClientsThatHaveLeftIsASumOfSeconds) {
  const std::string text =
      "spec:\n  duration: 4s\n  workloads: {client: {}, server: {latency: 300ms}}\n"
      "  load: [{name: load, from: client, to: http://server/, arrivals: constant, rate: 10/s}]\n" +
      testing::virtual_service("server", "timeout: 100ms, retries: {attempts: 0}");
  EXPECT_NEAR(figure(text, "wasted_s{workload=\"server\"}[1s:2s]").value_or(-1), 3, 1e-9);
}

}  // namespace
}  // namespace squall::sim
