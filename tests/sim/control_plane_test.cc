// Rules that change while requests pass.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::RunText;
using testing::virtual_service;

std::string deployment(const std::string& version) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app-" + version +
         ", namespace: default}\nspec:\n  selector: {matchLabels: {app: app, version: " + version +
         "}}\n  template:\n    metadata: {labels: {app: app, version: " + version +
         "}}\n    spec: {containers: [{name: app, image: app, ports: [{containerPort: 80}]}]}\n";
}

const std::string kTwoVersions =
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: default}\n"
    "spec: {selector: {app: app}, ports: [{name: http, port: 80}]}\n" +
    deployment("v1") + deployment("v2") +
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {istio-injection: "
    "enabled}}\n";

/// To the two subsets, in per cent; as YAML in one line.
std::string split(int v1, int v2) {
  const auto entry = [](const std::string& subset, int weight) {
    return "{destination: {host: app, subset: " + subset + "}, weight: " + std::to_string(weight) +
           "}";
  };
  return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: app, "
         "namespace: default}, spec: {hosts: [app], http: [{route: [" +
         entry("v1", v1) + ", " + entry("v2", v2) + "]}]}}";
}

/// A DestinationRule with some subsets.
std::string subsets(const std::string& names, const std::string& policy = "") {
  std::string list;
  for (const std::string name : {"v1", "v2"}) {
    if (names.contains(name)) list += "{name: " + name + ", labels: {version: " + name + "}}, ";
  }
  return "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: app, "
         "namespace: default}, spec: {host: app, subsets: [" +
         list + "]" + (policy.empty() ? "" : ", trafficPolicy: {" + policy + "}") + "}}";
}

/// Ten requests a second for a minute by `client` to one of two versions; `changes`: a list's
/// items.
RunText two_versions(const std::string& changes, const std::string& more = "",
                     const std::string& manifests = "",
                     const std::string& v2 = "    app-v2: {latency: 1ms}\n") {
  return RunText(
      "spec:\n  duration: 60s\n  workloads:\n    client: {}\n    app-v1: {latency: 1ms}\n" + v2 +
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 10/s}]\n" +
      more + "  changes:\n" + changes + kTwoVersions + manifests);
}

std::uint64_t served(const RunText& run, std::string_view workload) {
  return run.workload(workload).requests();
}

std::string why(const RunText& run, const std::string& what) {
  for (const reports::Happening& one : run.report.timeline()) {
    if (one.what() == what) return one.who() + ": " + one.why();
  }
  return "";
}

TEST(ControlPlane, ACanarysWeightsMove) {
  const RunText run =
      two_versions("    - {at: 20s, apply: [" + split(50, 50) + "]}\n    - {at: 40s, apply: [" +
                       split(0, 100) + "]}\n",
                   "", "---\n" + split(100, 0) + "\n---\n" + subsets("v1 v2") + "\n");
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_NEAR(static_cast<double>(served(run, "app-v1")), 300, 30);
  EXPECT_NEAR(static_cast<double>(served(run, "app-v2")), 300, 30);
  EXPECT_EQ(why(run, "applied"), "VirtualService default/app: sent to 1 sidecar");
}

TEST(ControlPlane, AVirtualServiceBeforeItsDestinationRuleFindsNoCluster) {
  const RunText run = two_versions("    - {at: 20s, apply: [" + split(0, 100) +
                                   "]}\n    - {at: 30s, apply: [" + subsets("v1 v2") + "]}\n");
  EXPECT_NEAR(static_cast<double>(run.load("load").flags().at("NC")), 100, 1);
  EXPECT_EQ(run.load("load").failed(), run.load("load").flags().at("NC"));
}

TEST(ControlPlane, ASubsetThatGoesIsFoundNoMore) {
  const RunText run = two_versions("    - {at: 20s, apply: [" + subsets("v1") + "]}\n", "",
                                   "---\n" + split(0, 100) + "\n---\n" + subsets("v1 v2") + "\n");
  EXPECT_NEAR(static_cast<double>(run.load("load").flags().at("NC")), 400, 1);
}

TEST(ControlPlane, WhatIsDeletedHoldsNoMore) {
  const RunText run = two_versions("    - {at: 30s, delete: [VirtualService/app]}\n", "",
                                   "---\n" + split(100, 0) + "\n---\n" + subsets("v1 v2") + "\n");
  EXPECT_NEAR(static_cast<double>(served(run, "app-v2")), 150, 30);
  EXPECT_EQ(why(run, "deleted"), "VirtualService default/app: sent to 1 sidecar");
}

TEST(ControlPlane, NewSettingsOfOutlierDetectionStart) {
  const RunText run(
      "spec:\n  duration: 60s\n  workloads: {client: {}, app: {replicas: 2, latency: 1ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 100/s}]\n"
      "  faults: [{at: 0s, pod: app-0, error: {status: 500}}]\n"
      "  changes:\n    - {at: 30s, apply: [{apiVersion: networking.istio.io/v1, kind: "
      "DestinationRule, metadata: {name: app, namespace: default}, spec: {host: app, "
      "trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5, baseEjectionTime: 5m, "
      "maxEjectionPercent: 100}}}}]}\n");
  EXPECT_NEAR(static_cast<double>(run.load("load").failed()), 1505, 100);
  ASSERT_EQ(run.endpoint("app-0").ejections_size(), 1);
  EXPECT_NEAR(run.endpoint("app-0").ejections(0).at_s(), 30.1, 0.1);
}

TEST(ControlPlane, EjectionsByAClusterThatChangesAreOver) {
  const RunText run(
      "spec:\n  duration: 60s\n  workloads: {client: {}, app: {replicas: 2, latency: 1ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 100/s}]\n"
      "  faults: [{at: 0s, for: 10s, pod: app-0, error: {status: 500}}]\n"
      "  changes: [{at: 30s, delete: [DestinationRule/default/app]}]\n" +
      destination_rule("app",
                       "outlierDetection: {consecutive5xxErrors: 5, baseEjectionTime: 5m, "
                       "maxEjectionPercent: 100}"));
  ASSERT_EQ(run.endpoint("app-0").ejections_size(), 1);
  EXPECT_NEAR(run.endpoint("app-0").ejections(0).for_s(), 29.9, 0.2);
  EXPECT_NEAR(static_cast<double>(run.endpoint("app-0").requests()), 1500, 100);
}

// The subset v1 stays as it is, with whom it has ejected.
TEST(ControlPlane, AClusterThatStaysKeepsWhatItKnows) {
  const auto ejections = [](int errors_then) {
    const auto policy = [](int errors) {
      return "outlierDetection: {consecutive5xxErrors: " + std::to_string(errors) +
             ", baseEjectionTime: 5m, maxEjectionPercent: 100}";
    };
    const RunText run =
        two_versions("    - {at: 20s, apply: [" + subsets("v1 v2", policy(errors_then)) + "]}\n",
                     "  faults: [{at: 0s, workload: app-v1, error: {status: 500}}]\n",
                     "---\n" + split(100, 0) + "\n---\n" + subsets("v1", policy(5)) + "\n");
    return run.endpoint("app-v1-0").ejections_size();
  };
  EXPECT_EQ(ejections(5), 1);
  EXPECT_EQ(ejections(4), 2);
}

TEST(ControlPlane, EachProxyHasAChangeWhenItReachesIt) {
  const std::string rules = "---\n" + split(100, 0) + "\n---\n" + subsets("v1 v2") + "\n";
  const RunText late = two_versions(
      "    - {at: 20s, apply: [" + split(0, 100) + "], reach: {delay: 10s}}\n", "", rules);
  EXPECT_NEAR(static_cast<double>(served(late, "app-v1")), 300, 1);
  EXPECT_EQ(why(late, "applied"),
            "VirtualService default/app: sent to 1 sidecar, the last has it 10s later");
  const RunText pushed = two_versions("    - {at: 20s, apply: [" + split(0, 100) + "]}\n",
                                      "  mesh: {push: {delay: 5s}}\n", rules);
  EXPECT_NEAR(static_cast<double>(served(pushed, "app-v1")), 250, 1);
}

TEST(ControlPlane, AStaleProxyKeepsWhatItHas) {
  const std::string rules = "---\n" + split(100, 0) + "\n---\n" + subsets("v1 v2") + "\n";
  const RunText run(
      "spec:\n  duration: 60s\n  workloads: {client: {replicas: 2}, app-v1: {}, app-v2: {}, "
      "other: {}, third: {}}\n"
      "  load:\n    - {name: load, from: client, to: http://app/, rate: 10/s}\n"
      "    - {name: other, from: other, to: http://third/, rate: 1/s}\n"
      "  changes: [{at: 30s, apply: [" +
      split(0, 100) + "], reach: {never: [client-1]}}]\n" + kTwoVersions + rules);
  // Half of the clients for half of the time.
  EXPECT_NEAR(static_cast<double>(served(run, "app-v2")), 150, 40);
  EXPECT_EQ(why(run, "applied"),
            "VirtualService default/app: sent to 1 sidecar, client-1.default stays STALE, 1 NOT "
            "SENT");
}

TEST(ControlPlane, AProxyThatBeginsAnewHasWhatHolds) {
  const RunText run = two_versions(
      "    - {at: 10s, apply: [" + split(0, 100) +
          "], reach: {never: [client]}}\n    - {at: 30s, restart: {workload: client}}\n",
      "", "---\n" + split(100, 0) + "\n---\n" + subsets("v1 v2") + "\n");
  EXPECT_NEAR(static_cast<double>(served(run, "app-v2")), 250, 20);
}

TEST(ControlPlane, WhatIsUnderWayKeepsItsRoute) {
  const RunText run = two_versions(
      "    - {at: 20s, apply: [" + subsets("v1", "") + ", " + split(100, 0) + "]}\n", "",
      "---\n" + split(0, 100) + "\n---\n" + subsets("v1 v2") + "\n", "    app-v2: {latency: 5s}\n");
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_NEAR(static_cast<double>(served(run, "app-v2")), 200, 1);
}

TEST(ControlPlane, ARetryGoesToTheClusterOfTheSameName) {
  // Each answer is a failure after 1 s, tried again for as long as it takes, in the end by a
  // cluster with other settings.
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {client: {}, app: {replicas: 2, latency: 1s}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 10/s}]\n"
      "  faults: [{at: 0s, for: 10s, workload: app, error: {status: 503}}]\n"
      "  changes: [{at: 9500ms, apply: [{apiVersion: networking.istio.io/v1, kind: "
      "DestinationRule, metadata: {name: app, namespace: default}, spec: {host: app, "
      "trafficPolicy: {loadBalancer: {simple: RANDOM}}}}]}]\n" +
      virtual_service("app", "retries: {attempts: 20, retryOn: 5xx}, timeout: 60s"));
  EXPECT_EQ(run.load("load").success_ratio(), 1);
}

TEST(ControlPlane, ANewClusterHasTheReplicasThatAreThere) {
  const RunText run(
      "spec:\n  duration: 60s\n  workloads: {client: {}, app: {replicas: 2, latency: 1ms}}\n"
      "  load: [{name: load, from: client, to: http://app/, arrivals: constant, rate: 10/s}]\n"
      "  changes:\n    - {at: 10s, scale: {app: 1}}\n    - {at: 20s, apply: [{apiVersion: "
      "networking.istio.io/v1, kind: DestinationRule, metadata: {name: app, namespace: default}, "
      "spec: {host: app, trafficPolicy: {loadBalancer: {simple: RANDOM}}}}]}\n"
      "    - {at: 40s, scale: {app: 2}}\n");
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_NEAR(static_cast<double>(run.endpoint("app-1").requests()), 50 + 100, 30);
}

TEST(ControlPlane, WhomAChangeDoesNotConcernItDoesNotTouch) {
  const auto with = [](const std::string& changes) {
    return RunText(
        "spec:\n  duration: 60s\n  workloads: {client: {}, app-v1: {latency: 1ms}, app-v2: "
        "{latency: 1ms}, other: {replicas: 2}, third: {replicas: 3, latency: {exponential: {mean: "
        "20ms}}, concurrency: 1}}\n  load:\n"
        "    - {name: load, from: client, to: http://app/, rate: 10/s}\n"
        "    - {name: other, from: other, to: http://third/, rate: 50/s}\n" +
        changes + kTwoVersions + "---\n" + split(100, 0) + "\n---\n" + subsets("v1 v2") + "\n");
  };
  const RunText before = with("");
  const RunText after =
      with("  changes: [{at: 20s, apply: [" + split(0, 100) + "]}, {at: 30s, apply: [" +
           subsets("v1 v2", "loadBalancer: {simple: RANDOM}") + "]}]\n");
  EXPECT_EQ(before.load("other").SerializeAsString(), after.load("other").SerializeAsString());
  EXPECT_NEAR(static_cast<double>(served(after, "app-v2")), 400, 80);
}

TEST(ControlPlane, ANameThatStandsForNothingInTheEndIsAWarning) {
  const std::string rule = "    - {at: 20s, apply: [" + split(0, 100) + "]}\n";
  EXPECT_NE(testing::all_of(two_versions(rule).warnings).find("v2"), std::string::npos);
  const RunText mended =
      two_versions(rule + "    - {at: 30s, apply: [" + subsets("v1 v2") + "]}\n");
  EXPECT_EQ(testing::all_of(mended.warnings), "");
}

TEST(ControlPlane, WhatIsWrongWithAChangeIsSaidAtItsPlace) {
  const auto wrong = [](const std::string& changes) {
    auto scenario = scenarios::read_scenario(
        "apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n  workloads: {client: {}, app: {}}\n"
        "  load: [{name: load, from: client, to: http://app/, rate: 10/s}]\n  changes:\n" +
            changes,
        "s.yaml", {});
    EXPECT_TRUE(scenario.has_value()) << testing::all_of(scenario.error());
    Diagnostics warnings;
    const auto data = run(*scenario, warnings);
    return data ? std::string("nothing") : testing::all_of(data.error());
  };
  EXPECT_EQ(wrong("    - {at: 1s, delete: [VirtualService/app]}\n"),
            "s.yaml:7:25: error: there is no VirtualService default/app to delete at 1s; name one "
            "of the manifests or of an earlier change\n");
  EXPECT_TRUE(
      wrong("    - {at: 1s, apply: [" + split(100, 0) +
            "]}\n    - {at: 0s, delete: [VirtualService/app]}\n")
          .contains("s.yaml:8:25: error: there is no VirtualService default/app to delete"));
  EXPECT_TRUE(wrong("    - {at: 1s, apply: [" + split(50, 50) + "], reach: {never: [nobody]}}\n")
                  .contains("error: there is no pod \"nobody\""));
  EXPECT_TRUE(wrong("    - at: 1s\n      apply:\n      - apiVersion: networking.istio.io/v1\n"
                    "        kind: VirtualService\n        metadata: {name: app}\n"
                    "        spec: {hosts: [app], http: [{timeout: soon}]}\n")
                  .contains("s.yaml:12:"));
}

}  // namespace
}  // namespace squall::sim
