// Waypoints in a run: their rules act on what ztunnels bring them.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::all_of;
using testing::destination_rule;
using testing::once;
using testing::RunText;
using testing::virtual_service;

const std::string kGateway =
    "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint}\n"
    "spec: {gatewayClassName: istio-waypoint}\n";

std::string name_space(const std::string& more) {
  return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: "
         "{istio.io/dataplane-mode: ambient" +
         more + "}}\n";
}
const std::string kWaypoint = kGateway + name_space(", istio.io/use-waypoint: waypoint");

/// 50/s for 20 s from web to app. `app`: of that workload; `more`: of the scenario.
std::string shop(const std::string& app, const std::string& more = "") {
  return "spec:\n  duration: 20s\n  workloads: {web: {}, app: {" + app + "}}\n" + more +
         "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 50/s}]\n";
}
const std::string kRetries = virtual_service("app", "retries: {attempts: 2, retryOn: 5xx}");

TEST(Waypoint, RetriesAreThere) {
  const std::string failing = "errors: {ratio: 100%, status: 503}";
  const RunText by(shop(failing) + kWaypoint + kRetries);
  const std::uint64_t requests = by.load("load").requests();
  EXPECT_EQ(by.edge("waypoint", "app").requests(), requests);
  EXPECT_EQ(by.edge("waypoint", "app").attempts(), 3 * requests);
  EXPECT_GE(by.workload("app").requests(), 3 * requests - 5);  // but for what comes after the end
  EXPECT_EQ(by.load("load").attempts(), 3 * requests);
  EXPECT_EQ(by.workload("waypoint").replicas(), 1U);
  EXPECT_EQ(all_of(by.warnings), "");
  const RunText past(shop(failing) + name_space("") + kRetries);
  EXPECT_EQ(past.workload("app").requests(), past.load("load").requests());
  EXPECT_EQ(past.report.edges_size(), 0);
}

TEST(Waypoint, ADefaultRouteRetriesWhatCouldNotBeReached) {
  const std::string crash = "  faults: [{at: 10s, pod: app-0, crash: {of: pod}}]\n";
  // Service discovery learns of it a minute later; until then half of the first tries are lost.
  const std::string slow = "  mesh: {push: {delay: 1m}}\n" + crash;
  const RunText by(shop("replicas: 2", slow) + kWaypoint);
  EXPECT_GT(by.edge("waypoint", "app").retries(), 100U);
  EXPECT_EQ(by.load("load").status().at("200"), by.load("load").requests());
}

TEST(Waypoint, TimeoutsAreThere) {
  const RunText run(shop("latency: 10ms") + kWaypoint + virtual_service("app", "timeout: 5ms"));
  EXPECT_EQ(run.load("load").status().at("504"), run.load("load").requests());
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.005);
}

TEST(Waypoint, ALimitIsOfEachReplicaForAllClients) {
  // 50/s, each for 1 s, from ten clients to ten servers: at each waypoint ten of them at once.
  const std::string limit =
      destination_rule("app", "connectionPool: {http: {http2MaxRequests: 10}}");
  const auto served = [&](const std::string& replicas, const std::string& manifests) {
    const RunText run(
        "spec:\n  duration: 20s\n  workloads: {web: {replicas: 10}, app: {replicas: 10, latency: "
        "1s}" +
        replicas +
        "}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, "
        "rate: 50/s}]\n" +
        manifests + limit);
    return run.load("load").status().at("200");
  };
  EXPECT_GT(served("", ""), 900U);  // sidecars: ten for each client and each server
  const std::uint64_t one = served("", kWaypoint);
  EXPECT_GT(one, 180U);
  EXPECT_LE(one, 200U);
  const std::uint64_t two = served(", waypoint: {replicas: 2}", kWaypoint);
  EXPECT_GT(two, 350U);
  EXPECT_LE(two, 400U);
}

TEST(Waypoint, EjectionsAreThere) {
  const std::string fault =
      "  faults: [{at: 0s, pod: app-0, error: {ratio: 100%, status: 500}}]\n"
      "  expect: ['ejections{to=\"app\"} == 1', 'attempts{pod=\"waypoint-0\"} > 900']\n";
  const RunText run(shop("replicas: 3", fault) + kWaypoint +
                    destination_rule("app",
                                     "outlierDetection: {consecutive5xxErrors: 5, "
                                     "baseEjectionTime: 1h, maxEjectionPercent: 50}"));
  EXPECT_EQ(run.load("load").status().at("500"), 5U);
  for (const auto& one : run.expectations) EXPECT_TRUE(one.ok) << one.text << " " << one.why;
}

TEST(Waypoint, ACrashedOneLosesWhatComes) {
  const auto run = [](const std::string& replicas, const std::string& crash) {
    return RunText(
        "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}, waypoint: {replicas: " + replicas +
        "}}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, "
        "rate: 50/s}]\n  faults: [{at: 10s, pod: waypoint-0, crash: {restart_after: 4s" +
        crash + "}}]\n" + kWaypoint);
  };
  for (const std::string of : {"", ", of: pod", ", of: container"})
    EXPECT_EQ(run("1", of).load("load").status().at("0"), 4U * 50U) << of;
  const RunText two = run("2", "");
  EXPECT_EQ(two.load("load").status().at("200"), two.load("load").requests());
}

TEST(Waypoint, WhatItWasCarryingIsLostWithIt) {
  // And so is the copy of it that nobody waits for.
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web: {}, app: {latency: 2s}, copy: {latency: 2s}}\n" +
      once("http://app/", "web") +
      "  faults: [{at: 1500ms, workload: waypoint, crash: {restart_after: 1s}}]\n" + kWaypoint +
      virtual_service("app", "mirror: {host: copy}"));
  EXPECT_EQ(run.load("load").status().at("0"), 1U);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.5);
  EXPECT_EQ(run.workload("copy").requests(), 1U);
}

TEST(Waypoint, CopiesAreMadeThere) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}, copy: {latency: 1s}}\n" +
      once("http://app/", "web") + kWaypoint + virtual_service("app", "mirror: {host: copy}"));
  EXPECT_EQ(run.workload("copy").requests(), 1U);
  EXPECT_EQ(run.edge("waypoint", "copy").mirrored(), 1U);
  EXPECT_EQ(run.load("load").latency_s().max(), 0);
}

TEST(Waypoint, WithoutAReplicaNothingGetsThrough) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}, waypoint: {replicas: "
      "0}}\n" +
      once("http://app/", "web") + kWaypoint);
  EXPECT_EQ(run.load("load").status().at("0"), 1U);
  EXPECT_EQ(run.workload("app").requests(), 0U);
}

TEST(Waypoint, ItsWorkTakesTime) {
  const auto latency = [](const std::string& waypoint, const std::string& rate) {
    return RunText(
               "spec:\n  duration: 20s\n  mesh: {sidecar: {workers: 1, cpu: 20ms}}\n"
               "  workloads: {web: {}, app: {latency: 10ms}, waypoint: {" +
               waypoint +
               "}}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, "
               "rate: " +
               rate + "}]\n" + kWaypoint)
        .load("load")
        .latency_s()
        .max();
  };
  EXPECT_NEAR(latency("", "10/s"), 0.03, 1e-9);
  // 100/s where 50/s can be: the last of them wait for as long again as the load lasted.
  EXPECT_NEAR(latency("", "100/s"), 20, 0.5);
  EXPECT_NEAR(latency("sidecar: {workers: 2}", "100/s"), 0.03, 1e-9);
}

TEST(Waypoint, EachHopTakesItsTime) {
  const auto latency = [](const std::string& manifests) {
    return RunText(shop("latency: 10ms", "  network: {latency: 1ms}\n") + manifests)
        .load("load")
        .latency_s()
        .p50();
  };
  EXPECT_NEAR(latency(name_space("")), 0.012, 0.0002);
  EXPECT_NEAR(latency(kWaypoint), 0.014, 0.0002);
}

TEST(Waypoint, WhoHasASidecarOrIsOutsideGoesAroundIt) {
  const RunText outside("spec:\n  duration: 20s\n  workloads: {app: {}}\n" + once("http://app/") +
                        kWaypoint);
  EXPECT_EQ(outside.load("load").status().at("200"), 1U);
  EXPECT_EQ(outside.report.edges_size(), 0);
  const std::string web =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\n"
      "spec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: "
      "web, istio.io/dataplane-mode: none, istio.io/rev: default}}\n"
      "    spec: {containers: [{name: a, image: a}]}\n";
  const RunText sidecar(shop("") + kWaypoint + web);
  EXPECT_EQ(sidecar.edge("web", "app").requests(), sidecar.load("load").requests());
  EXPECT_EQ(sidecar.report.edges_size(), 1);
}

TEST(Waypoint, ServicesOfTheirOwnGoPast) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}, db: {}}\n"
      "  load:\n    - {name: a, from: web, to: http://app/, rate: 10/s}\n"
      "    - {name: b, from: web, to: http://db/, rate: 10/s}\n" +
      kGateway + name_space("") +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: default, labels: "
      "{istio.io/use-waypoint: waypoint}}\n"
      "spec: {selector: {app: app}, ports: [{name: http, port: 80}]}\n" +
      virtual_service("db", "timeout: 1s") + virtual_service("app", "timeout: 1s"));
  EXPECT_EQ(run.report.edges_size(), 1);
  EXPECT_EQ(run.edge("waypoint", "app").requests(), run.load("a").requests());
  const std::string said = all_of(run.warnings);
  EXPECT_NE(said.find("VirtualService default/db does not act on web.default -> db.default: a "
                      "ztunnel carries it"),
            std::string::npos)
      << said;
  EXPECT_EQ(said.find("default/app"), std::string::npos) << said;
}

TEST(Waypoint, RulesOfACallersNamespaceAreNamed) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web.team: {}, app: {latency: 10ms}}\n" +
      once("http://app.default/", "web.team") + kWaypoint +
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: team, labels: "
      "{istio.io/dataplane-mode: ambient}}\n"
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: app, "
      "namespace: team}\nspec: {hosts: [app.default.svc.cluster.local], http: [{timeout: 5ms, "
      "route: [{destination: {host: app.default.svc.cluster.local}}]}]}\n");
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  EXPECT_EQ(run.edge("waypoint", "app").requests(), 1U);
  const std::string said = all_of(run.warnings);
  EXPECT_NE(said.find("VirtualService team/app does not act on web.team -> app.default: a waypoint "
                      "reads the rules of its own namespace; put it into default"),
            std::string::npos)
      << said;
}

TEST(Waypoint, NewRulesComeToItWhileARunLasts) {
  const std::string change =
      "  changes: [{at: 10s, apply: [{apiVersion: networking.istio.io/v1, kind: VirtualService, "
      "metadata: {name: app}, spec: {hosts: [app], http: [{timeout: 5ms, route: [{destination: "
      "{host: app}}]}]}}]}]\n";
  const RunText run(shop("latency: 10ms", change) + kWaypoint);
  EXPECT_NEAR(static_cast<double>(run.load("load").status().at("504")), 500, 2);
}

TEST(Waypoint, WhoGivesUpIsNotWaitedFor) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads:\n    web: {calls: [{to: http://app/, client: {timeout: "
      "100ms}}]}\n    app: {latency: 1s, concurrency: 1, cancelled: stop}\n" +
      once("http://web/") + kWaypoint);
  EXPECT_EQ(run.load("load").status().at("500"), 1U);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.1);
  EXPECT_EQ(run.edge("waypoint", "app").flags().at("DC"), 1U);
}

TEST(Waypoint, WhatNeverHadAnAnswerCounts) {
  const RunText run(shop("", "  faults: [{at: 10s, for: 1h, workload: app, hang: {}}]\n") +
                    kWaypoint);
  EXPECT_EQ(run.load("load").unfinished(), 500U);
  EXPECT_EQ(run.edge("waypoint", "app").unfinished(), 500U);
  EXPECT_EQ(run.edge("waypoint", "app").requests(), run.load("load").requests());
}

}  // namespace
}  // namespace squall::sim
