// Calls that no sidecar sees: what ztunnels carry meets no rule but that of the mesh's identity.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::all_of;
using testing::destination_rule;
using testing::once;
using testing::RunText;
using testing::virtual_service;

std::string peer_authentication(const std::string& mode) {
  return "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
         "metadata: {name: app, namespace: default}\nspec: {mtls: {mode: " +
         mode + "}}\n";
}
std::string name_space(const std::string& labels) {
  return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {" + labels +
         "}}\n";
}
const std::string kAmbient = "  mesh: {mode: ambient}\n";
const std::string kPair = "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}}\n";

/// The only request's status by the client.
std::string status(const RunText& run) { return run.load("load").status().begin()->first; }

TEST(UnseenCalls, AZtunnelNeitherRetriesNorTimesOut) {
  const std::string flaky =
      "spec:\n  duration: 200s\n  workloads:\n    web: {}\n"
      "    app: {latency: 10ms, errors: [{ratio: 50%, status: 503}]}\n"
      "  load: [{name: load, from: web, to: http://app/, rate: 50/s}]\n";
  const std::string rules =
      virtual_service("app", "timeout: 5ms, retries: {attempts: 9, retryOn: 5xx}") +
      destination_rule("app", "outlierDetection: {consecutive5xxErrors: 1}");
  const RunText sidecars(flaky + rules), ztunnels(flaky + kAmbient + rules);
  EXPECT_EQ(sidecars.load("load").success_ratio(), 0);  // 10 ms of 5
  EXPECT_NEAR(ztunnels.load("load").success_ratio(), 0.5, 0.02);
  EXPECT_EQ(ztunnels.workload("app").requests(), ztunnels.load("load").requests());
  EXPECT_EQ(ztunnels.report.edges_size(), 0);
}

TEST(UnseenCalls, RulesThatDoNotActAreNamed) {
  const RunText run(kPair + kAmbient + once("http://app/", "web") +
                    virtual_service("app", "timeout: 5ms") +
                    destination_rule("app", "outlierDetection: {consecutive5xxErrors: 1}") +
                    virtual_service("web", "timeout: 5ms"));
  EXPECT_EQ(all_of(run.warnings),
            "s.yaml:10:1: note: VirtualService default/app does not act on web.default -> "
            "app.default: a ztunnel carries it; routes, retries, timeouts and limits are a "
            "sidecar's or a waypoint's\n"
            "s.yaml:15:1: note: DestinationRule default/app does not act on web.default -> "
            "app.default: a ztunnel carries it; routes, retries, timeouts and limits are a "
            "sidecar's or a waypoint's\n");
}

TEST(UnseenCalls, WhatAStartAsksIsAmongThem) {
  const RunText run(
      "spec:\n  duration: 20s\n  mesh: {mode: ambient}\n"
      "  workloads: {store: {}, app: {start: {calls: [{to: http://store/}]}}}\n" +
      once("http://app/") + virtual_service("store", "timeout: 1s"));
  EXPECT_NE(all_of(run.warnings).find("does not act on app.default -> store.default"),
            std::string::npos)
      << all_of(run.warnings);
}

TEST(UnseenCalls, OnlyStrictMeansSomething) {
  for (const std::string mode : {"PERMISSIVE", "DISABLE"}) {
    EXPECT_EQ(status(RunText(kPair + kAmbient + once("http://app/") + peer_authentication(mode))),
              "200");
  }
  const RunText strict(kPair + kAmbient + once("http://app/") + peer_authentication("STRICT"));
  EXPECT_EQ(status(strict), "0");
  EXPECT_EQ(strict.report.causes_size(), 1);
}

TEST(UnseenCalls, WhoIsInTheMeshIsTakenByStrictServers) {
  const std::string strict = peer_authentication("STRICT");
  EXPECT_EQ(status(RunText(kPair + kAmbient + once("http://app/", "web") + strict)), "200");
  // Of both data planes: by HBONE.
  const std::string app_by_sidecar =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, namespace: default}\n"
      "spec:\n  selector: {matchLabels: {app: app}}\n  template:\n    metadata: {labels: {app: "
      "app, sidecar.istio.io/inject: \"true\"}}\n    spec: {containers: [{name: a, image: a, "
      "ports: [{containerPort: 80}]}]}\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: default}\n"
      "spec: {selector: {app: app}, ports: [{name: http, port: 80}]}\n";
  EXPECT_EQ(
      status(RunText(kPair + kAmbient + once("http://app/", "web") + strict + app_by_sidecar)),
      "200");
  const std::string web_by_sidecar =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\n"
      "spec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: "
      "web, sidecar.istio.io/inject: \"true\"}}\n    spec: {containers: [{name: a, image: a, "
      "ports: [{containerPort: 80}]}]}\n";
  const RunText mixed(kPair + kAmbient + once("http://app/", "web") + strict + web_by_sidecar);
  EXPECT_EQ(status(mixed), "200");
  EXPECT_EQ(mixed.edge("web", "app").requests(), 1U);
}

TEST(UnseenCalls, LabelsSayWhoIsCaptured) {
  const std::string load = once("http://app/", "web");
  const std::string strict = peer_authentication("STRICT");
  EXPECT_EQ(status(RunText(kPair + load + strict + name_space("istio.io/dataplane-mode: ambient"))),
            "200");
  EXPECT_EQ(RunText(kPair + load + strict + name_space("istio.io/dataplane-mode: ambient"))
                .report.edges_size(),
            0);
  // Neither data plane: nobody enforces anything.
  EXPECT_EQ(status(RunText(kPair + kAmbient + load + strict + name_space("a: b"))), "200");
  // A caller that has opted out has no identity.
  const std::string opted_out =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\n"
      "spec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: "
      "web, istio.io/dataplane-mode: none}}\n    spec: {containers: [{name: a, image: a, "
      "ports: [{containerPort: 80}]}]}\n";
  EXPECT_EQ(status(RunText(kPair + kAmbient + load + strict + opted_out)), "0");
}

}  // namespace
}  // namespace squall::sim
