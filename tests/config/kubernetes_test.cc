#include "config/kubernetes.h"

#include "tests/config/mesh_text.h"

namespace squall::config {
namespace {

using Lines = std::vector<std::string>;

TEST(Kubernetes, AServiceAsWritten) {
  const Resources mesh = good_mesh(R"y(
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop, creationTimestamp: "2025-01-01T00:00:00Z"}
spec:
  selector: {app: api}
  clusterIP: 10.0.0.1
  ports: [{name: http, port: 80, targetPort: web}, {name: grpc, port: 81, targetPort: 8081}, {name: admin, port: 82}]
)y");
  const Service* service = mesh.services.find("shop/api");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->meta.created, "2025-01-01T00:00:00Z");
  EXPECT_EQ(service->cluster_ips, Lines{"10.0.0.1"});
  ASSERT_EQ(service->ports.size(), 3U);
  EXPECT_EQ(service->ports[0].target.name, "web");
  EXPECT_EQ(service->ports[1].target.number, 8081);
  EXPECT_EQ(service->ports[2].target.number, 0);
  EXPECT_FALSE(service->headless());
}

TEST(Kubernetes, AMisspeltFieldOfAServiceIsAnErrorWithTheNearestName) {
  EXPECT_EQ(
      complaints(R"y(
apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selectr: {app: api}
  ports: [{name: http, port: 80, targetport: 8080}]
)y"),
      (Lines{
          R"(6:3: error: spec.selectr: unknown field; did you mean "selector"?)",
          R"(7:34: error: spec.ports[0].targetport: unknown field; did you mean "targetPort"?)"}));
}

TEST(Kubernetes, FieldsOfAPodThatDecideNothingHereAreNotLookedAt) {
  const Resources mesh = good_mesh(R"y(
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, managedFields: [{}]}
spec:
  replicas: 3
  selector: {matchLabels: {app: api}, matchExpressions: [{key: tier, operator: NotIn, values: [x]}]}
  template:
    metadata: {labels: {app: api}}
    spec:
      serviceAccountName: runner
      tolerations: [{operator: Exists}]
      containers:
      - {name: app, image: "x:1", resources: {limits: {cpu: 1}}, ports: [{name: web, containerPort: 8080}]}
)y");
  const Workload* workload = mesh.deployments.find("default/api");
  ASSERT_NE(workload, nullptr);
  EXPECT_EQ(workload->replicas, 3);
  EXPECT_EQ(workload->spec.service_account, "runner");
  ASSERT_EQ(workload->spec.ports.size(), 1U);
  EXPECT_EQ(workload->spec.ports[0].number, 8080);
  EXPECT_TRUE(workload->selector.matches({{"app", "api"}}));
  EXPECT_FALSE(workload->selector.matches({{"app", "api"}, {"tier", "x"}}));
}

TEST(Kubernetes, ReadinessIsTheConditionOfAPod) {
  const Resources mesh = good_mesh(R"y(
apiVersion: v1
kind: Pod
metadata: {name: a}
status: {podIP: 10.1.0.1, conditions: [{type: Ready, status: "False"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
status: {phase: Succeeded}
---
apiVersion: v1
kind: Pod
metadata: {name: c}
)y");
  EXPECT_FALSE(mesh.pods.find("default/a")->ready);
  EXPECT_TRUE(mesh.pods.find("default/b")->ended);
  EXPECT_TRUE(mesh.pods.find("default/c")->ready);
}

TEST(Kubernetes, LabelsThatLookLikeNumbersMustBeQuoted) {
  EXPECT_EQ(
      complaints("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: 1}}\n"),
      (Lines{R"(3:33: error: metadata.labels.v: expected a text, got 1; put it in quotes: "1")"}));
}

TEST(Kubernetes, ANameIsNeeded) {
  EXPECT_EQ(complaints("apiVersion: v1\nkind: Namespace\n"),
            (Lines{"1:1: error: metadata.name is missing"}));
}

TEST(Kubernetes, OlderObjectsComeFirstThenNamesDecide) {
  Meta a;
  Meta b;
  a.name = "b";
  b.name = "a";
  EXPECT_TRUE(older(b, a));
  a.created = "2020-01-01T00:00:00Z";
  EXPECT_TRUE(older(a, b));
}

}  // namespace
}  // namespace squall::config
