#include "config/kubernetes_scaling.h"

#include "tests/config/mesh_text.h"

namespace squall::config {
namespace {

using Lines = std::vector<std::string>;

std::string autoscaler(const std::string& spec) {
  return "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: "
         "api}\nspec: " +
         spec + "\n";
}
HorizontalPodAutoscaler read(const std::string& more) {
  const Resources mesh =
      good_mesh(autoscaler("{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}, "
                           "maxReplicas: 10" +
                           more + "}"));
  return mesh.autoscalers.items().at(0);
}
Lines complaints_of(const std::string& more) {
  return complaints(
      autoscaler("{scaleTargetRef: {kind: Deployment, name: api}, maxReplicas: 10, " + more + "}"));
}

TEST(KubernetesScaling, HasTheApisDefaults) {
  const HorizontalPodAutoscaler bare = read("");
  EXPECT_EQ(bare.kind, "Deployment");
  EXPECT_EQ(bare.name, "api");
  EXPECT_EQ(bare.least, 1);
  EXPECT_EQ(bare.most, 10);
  ASSERT_EQ(bare.targets.size(), 1U);
  EXPECT_TRUE(bare.targets[0].of_request);
  EXPECT_EQ(bare.targets[0].value, 80);
  EXPECT_FALSE(bare.behavior.has_value());
}

TEST(KubernetesScaling, ABehaviorHasDefaultsOfItsOwn) {
  const HorizontalPodAutoscaler one = read(", behavior: {scaleDown: {selectPolicy: Min}}");
  ASSERT_TRUE(one.behavior.has_value());
  EXPECT_EQ(one.behavior->up.stabilization, 0s);
  ASSERT_EQ(one.behavior->up.policies.size(), 2U);
  EXPECT_EQ(one.behavior->up.policies[0].value, 4);
  EXPECT_TRUE(one.behavior->up.policies[1].percent);
  EXPECT_EQ(one.behavior->down.stabilization, 300s);
  EXPECT_EQ(one.behavior->down.select, ScalingRules::Select::kMin);
  ASSERT_EQ(one.behavior->down.policies.size(), 1U);
  EXPECT_EQ(one.behavior->down.policies[0].period, 15s);
}

TEST(KubernetesScaling, RulesAsWritten) {
  const HorizontalPodAutoscaler one = read(
      ", minReplicas: 3, behavior: {scaleUp: {stabilizationWindowSeconds: 60, tolerance: 0.05, "
      "policies: [{type: Percent, value: 50, periodSeconds: 30}]}}");
  EXPECT_EQ(one.least, 3);
  EXPECT_EQ(one.behavior->up.stabilization, 60s);
  EXPECT_EQ(one.behavior->up.tolerance, 0.05);
  ASSERT_EQ(one.behavior->up.policies.size(), 1U);
  EXPECT_EQ(one.behavior->up.policies[0].value, 50);
  EXPECT_EQ(one.behavior->up.policies[0].period, 30s);
}

TEST(KubernetesScaling, MetricsOfCpuAndOthers) {
  const HorizontalPodAutoscaler one = read(
      ", metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, "
      "averageValue: 700m}}}, {type: Resource, resource: {name: memory, target: {type: "
      "Utilization, averageUtilization: 70}}}, {type: Pods, pods: {metric: {name: queue}}}]");
  ASSERT_EQ(one.targets.size(), 1U);
  EXPECT_FALSE(one.targets[0].of_request);
  EXPECT_EQ(one.targets[0].value, 700);
  EXPECT_EQ(one.others.size(), 2U);
}

TEST(KubernetesScaling, TheFirstVersionOfTheApi) {
  const Resources mesh = good_mesh(
      "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\nspec: "
      "{scaleTargetRef: {kind: StatefulSet, name: api}, maxReplicas: 4, "
      "targetCPUUtilizationPercentage: 65}\n");
  EXPECT_EQ(mesh.autoscalers.items().at(0).targets.at(0).value, 65);
}

TEST(KubernetesScaling, WhatAnApiServerRefusesIsAnError) {
  for (const char* more :
       {"minReplicas: 0", "minReplicas: 11", "metrics: [{type: Resource}]",
        "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]",
        "metrics: [{type: Cpu}]", "behavior: {scaleUp: {policies: []}}",
        "behavior: {scaleDown: {policies: [{type: Pods, value: 0, periodSeconds: 15}]}}",
        "behavior: {scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 1801}]}}",
        "behavior: {scaleDown: {policies: [{value: 1, periodSeconds: 15}]}}",
        "behavior: {scaleDown: {stabilizationWindowSeconds: 3601}}"})
    EXPECT_FALSE(complaints_of(more).empty()) << more;
}

TEST(KubernetesScaling, AmountsOfCpu) {
  const auto amount = [](const std::string& text) {
    Diagnostics diagnostics;
    const auto documents = parse_documents("cpu: " + text, "pod.yaml");
    Fields f(documents->front(), "", diagnostics, Dialect::kKubernetes);
    return read_cpu(f["cpu"]);
  };
  EXPECT_EQ(amount("500m"), 500);
  EXPECT_EQ(amount("1.5"), 1500);
  EXPECT_EQ(amount("2"), 2000);
  EXPECT_EQ(amount("\"0.1\""), 100);
  EXPECT_EQ(amount("1500u"), 2);  // rounded up
  EXPECT_EQ(amount("100n"), 1);
  for (const char* wrong : {"half", "-1", "1Gi", "m", "inf", "nan", "1e9", "[1]"})
    EXPECT_EQ(amount(wrong), std::nullopt) << wrong;
}

TEST(KubernetesScaling, WhatPodsRequestIsThatOfAllContainers) {
  const auto request = [](const std::string& containers) {
    const Resources mesh =
        good_mesh("apiVersion: v1\nkind: Pod\nmetadata: {name: api}\nspec: {containers: [" +
                  containers + "]}\n");
    return mesh.pods.items().at(0).spec.cpu_request;
  };
  const std::string app = "{name: app, resources: {requests: {cpu: 250m}, limits: {cpu: 1}}}";
  EXPECT_EQ(request(app), 250);
  EXPECT_EQ(request(app + ", {name: log, resources: {limits: {cpu: 100m, memory: 1Gi}}}"), 350);
  EXPECT_EQ(request(app + ", {name: log}"), 0);
  EXPECT_EQ(request(app + ", {name: istio-proxy, resources: {requests: {cpu: 100m}}}"), 250);
}

}  // namespace
}  // namespace squall::config
