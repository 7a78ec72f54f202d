// Autoscalers of a run: whose CPU they see, and what comes of their decisions.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

std::string hpa(const std::string& spec, const std::string& name = "app") {
  return "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: " +
         name + "}\nspec: {scaleTargetRef: {kind: Deployment, name: app}, " + spec + "}\n";
}
/// A Deployment whose replicas request a core, and have one.
std::string deployment(const std::string& more = "",
                       const std::string& resources = "{requests: {cpu: 1}}") {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n  " + more +
         "\n  selector: {matchLabels: {app: app}}\n  template:\n"
         "    metadata: {labels: {app: app}}\n    spec: {containers: [{name: app, image: app, "
         "ports: [{containerPort: 80}], resources: " +
         resources +
         "}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\n"
         "spec: {selector: {app: app}, ports: [{name: http, port: 80}]}\n";
}
/// Requests of 100 ms of a core each, at a rate.
std::string scenario(const std::string& load, const std::string& app = "",
                     const std::string& more = "") {
  return "spec:\n  duration: 15m\n  workloads: {app: {cpu: {cores: 1}, latency: 100ms" + app +
         "}}\n  load: [{name: load, from: outside, to: http://app/, arrivals: constant, " + load +
         "}]\n" + more;
}
const std::string kHalf =
    "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, "
    "averageUtilization: 50}}}]";

int times(const RunText& run, const std::string& what) {
  int n = 0;
  for (const reports::Happening& one : run.report.timeline()) n += one.what() == what ? 1 : 0;
  return n;
}
std::string warnings(const std::string& text) { return testing::all_of(RunText(text).warnings); }

void expect_in(const std::string& part, const std::string& text) {
  EXPECT_TRUE(text.contains(part)) << text;
}

TEST(Autoscalers, AddReplicasUntilTheTargetIsMet) {
  const RunText run(scenario("rate: 9/s") + deployment("replicas: 1") +
                    hpa("maxReplicas: 5, " + kHalf));
  // 0.9 of a core; half of one each.
  ASSERT_EQ(times(run, "scaled"), 1);
  EXPECT_EQ(run.report.timeline(0).why(), "from 1 to 2 replicas, by its autoscaler");
  EXPECT_GE(run.report.timeline(0).at_s(), 15);
  EXPECT_LT(run.report.timeline(0).at_s(), 30);
  EXPECT_EQ(run.workload("app").replicas(), 1U);
  EXPECT_EQ(run.workload("app").scaling().replicas_min(), 1U);
  EXPECT_EQ(run.workload("app").scaling().replicas_max(), 2U);
  EXPECT_EQ(run.workload("app").scaling().scale_outs(), 1U);
  EXPECT_EQ(run.workload("app").scaling().scale_ins(), 0U);
  EXPECT_GT(run.endpoint("app-1").requests(), 3'000U);
  EXPECT_EQ(run.endpoint("app-2").requests(), 0U);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
}

TEST(Autoscalers, TakeReplicasAwayAfterFiveMinutes) {
  const RunText run(scenario("steps: [{at: 0s, rate: 19/s}, {at: 5m, rate: 4/s}]") +
                    deployment("replicas: 4") + hpa("maxReplicas: 5, " + kHalf));
  ASSERT_GE(times(run, "scaled"), 1);
  EXPECT_GE(run.report.timeline(0).at_s(), 600);
  EXPECT_LT(run.report.timeline().rbegin()->at_s(), 646);
  EXPECT_EQ(run.workload("app").scaling().scale_ins(), 3U);
  EXPECT_EQ(run.workload("app").scaling().replicas_min(), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 1);  // they finish what they have
}

TEST(Autoscalers, WindowsAreThoseOfTheManifest) {
  const RunText run(scenario("rate: 4/s") + deployment("replicas: 4") +
                    hpa("maxReplicas: 5, minReplicas: 2, behavior: {scaleDown: "
                        "{stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 1, "
                        "periodSeconds: 60}]}}, " +
                        kHalf));
  ASSERT_EQ(times(run, "scaled"), 2);
  EXPECT_NEAR(run.report.timeline(1).at_s() - run.report.timeline(0).at_s(), 60, 1e-6);
  EXPECT_EQ(run.workload("app").scaling().replicas_min(), 2U);
}

TEST(Autoscalers, ReplicasThatStartAreNotCountedAsBusy) {
  // 2.4 cores: 5 replicas; those that come take two minutes, and no more are asked for meanwhile.
  const RunText run(scenario("rate: 24/s", ", queue: {limit: 10}, start: {delay: 2m}") +
                    deployment("replicas: 3") + hpa("maxReplicas: 20, " + kHalf));
  ASSERT_EQ(times(run, "scaled"), 1);
  EXPECT_EQ(run.workload("app").scaling().replicas_max(), 5U);
  EXPECT_EQ(run.endpoint("app-5").requests(), 0U);
  EXPECT_GT(run.endpoint("app-4").requests(), 1'000U);
}

TEST(Autoscalers, ACrashedReplicaIsMissing) {
  // The one that is left would do for 0.4 of a core; with all that the other requests it would not.
  const std::string text = scenario("rate: 4/s", ", start: {delay: 1s}",
                                    "  faults: [{at: 10s, pod: app-1, crash: {of: container, "
                                    "restart_after: 14m}}]\n") +
                           deployment("replicas: 2");
  EXPECT_EQ(times(RunText(text + hpa("maxReplicas: 5, " + kHalf)), "scaled"), 0);
}

TEST(Autoscalers, ATargetOfCoresNeedsNoRequest) {
  const std::string cores =
      "metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, "
      "averageValue: 320m}}}]";
  const RunText run(scenario("rate: 9/s") + hpa("maxReplicas: 5, " + cores));
  EXPECT_EQ(run.workload("app").scaling().replicas_max(), 3U);  // the Deployment is made up
  EXPECT_TRUE(run.warnings.empty()) << testing::all_of(run.warnings);
}

TEST(Autoscalers, BeginWithinTheirBounds) {
  const std::string bounds = hpa("minReplicas: 3, maxReplicas: 5, " + kHalf);
  EXPECT_EQ(RunText(scenario("rate: 1/s") + deployment("replicas: 1") + bounds)
                .workload("app")
                .replicas(),
            3U);
  const RunText said(scenario("rate: 1/s", ", replicas: 1") + deployment() + bounds);
  EXPECT_EQ(said.workload("app").replicas(), 1U);  // what the scenario says is so
  EXPECT_EQ(said.workload("app").scaling().replicas_max(), 3U);
}

TEST(Autoscalers, ActOnWhatChangesLeaveThem) {
  const RunText run(scenario("rate: 9/s", "", "  changes: [{at: 100s, scale: {app: 9}}]\n") +
                    deployment("replicas: 2") + hpa("maxReplicas: 5, " + kHalf));
  ASSERT_GE(times(run, "scaled"), 2);
  EXPECT_EQ(run.report.timeline(0).why(), "from 2 to 9 replicas");
  EXPECT_EQ(run.report.timeline(1).why(), "from 9 to 5 replicas, by its autoscaler");
  EXPECT_LT(run.report.timeline(1).at_s(), 116);
}

TEST(Autoscalers, WhatARunCannotFollowIsAWarning) {
  const std::string usual = scenario("rate: 1/s") + deployment();
  const std::string good = hpa("maxReplicas: 5, " + kHalf);
  EXPECT_EQ(warnings(usual + good), "");
  expect_in(
      "the autoscaler app does nothing in a run; another autoscaler has "
      "the same target: neither acts",
      warnings(usual + good + hpa("maxReplicas: 9", "other")));
  expect_in(
      "a container of app.default requests no CPU: write "
      "resources.requests.cpu",
      warnings(scenario("rate: 1/s") + deployment("", "{}") + good));
  expect_in(
      "the CPU that app.default uses is not known: give it `cpu` in the "
      "scenario",
      warnings("spec: {workloads: {app: {}}, load: [{name: l, from: outside, to: "
               "\"http://app/\", rate: 1/s}]}\n" +
               deployment() + good));
  expect_in("a run knows the resource cpu only, which it does not go by",
            warnings(usual + hpa("maxReplicas: 5, metrics: [{type: Pods}]")));
  expect_in(
      "spec.metrics: a run does not know this metric; the autoscaler "
      "goes by the resource cpu alone",
      warnings(usual + hpa("maxReplicas: 5, metrics: [{type: Pods}, {type: Resource, "
                           "resource: {name: cpu, target: {averageUtilization: 50}}}]")));
}

TEST(Autoscalers, TheirTargetMayBeMisspelt) {
  const auto of = [](const std::string& target) {
    return warnings(scenario("rate: 1/s") +
                    "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: "
                    "{name: app}\nspec: {maxReplicas: 2, scaleTargetRef: " +
                    target + "}\n");
  };
  EXPECT_EQ(of("{kind: Deployment, name: apq}"),
            "s.yaml:12:40: warning: spec.scaleTargetRef: no Deployment of namespace default is "
            "called \"apq\"; did you mean \"app\"?\n");
  expect_in("is called \"app\"; the autoscaler does nothing", of("{kind: StatefulSet, name: app}"));
  expect_in(
      "a Rollout is not scaled in a run; a Deployment or a StatefulSet "
      "is",
      of("{kind: Rollout, name: app}"));
}

TEST(Autoscalers, MustNotMakeTooManyReplicas) {
  Diagnostics warnings;
  auto text = scenario("rate: 1/s") + deployment("replicas: 2") +
              hpa("maxReplicas: 100000, " + kHalf) +
              "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: "
              "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}\n";
  const auto read = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\n" + text, "s.yaml", {});
  ASSERT_TRUE(read.has_value());
  const auto data = sim::run(*read, warnings);
  ASSERT_FALSE(data.has_value());
  EXPECT_EQ(testing::all_of(data.error()),
            "s.yaml: error: more than 100000 replicas in all, with those that changes and "
            "autoscalers may add; lower maxReplicas, or leave out what has no part in the "
            "question\n");
}

}  // namespace
}  // namespace squall::sim
