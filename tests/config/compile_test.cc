// Views of a mesh: the parts that a real istiod's views (tests/golden) do not speak of.
#include "config/compile.h"

#include "config/bootstrap.h"
#include "tests/config/compiled.h"
#include "tests/config/shop_mesh.h"
#include "tests/support/shared.h"

namespace squall::config {
namespace {

TEST(Compile, ReplicasWithoutPodsAreMadeUp) {
  Compiled c(kShopMesh);
  ASSERT_EQ(c.mesh.pods().size(), 3U);
  const MeshPod& first = c.mesh.pods()[0];
  EXPECT_EQ(first.full_name(), "api-0.shop");
  EXPECT_EQ(first.workload, "api");
  EXPECT_EQ(first.ip, "10.244.0.2");
  EXPECT_TRUE(first.sidecar);
  EXPECT_FALSE(c.mesh.pods()[2].sidecar);
  EXPECT_EQ(c.mesh.pods()[2].labels.at("statefulset.kubernetes.io/pod-name"), "db-0");
}

TEST(Compile, TheScenariosReplicasBeatTheManifests) {
  Compiled c(kShopMesh, {.replicas = {{"api.shop", 5}}, .localities = {}});
  EXPECT_EQ(c.mesh.pods().size(), 6U);
}

TEST(Compile, WithoutInjectionNobodyHasASidecar) {
  Compiled c(kShopMesh, {.replicas = {}, .localities = {}, .injection = false});
  for (const MeshPod& pod : c.mesh.pods()) EXPECT_FALSE(pod.sidecar);
}

TEST(Compile, PodsThatASelectorMatchesStandForTheReplicas) {
  Compiled c(std::string(kShopMesh) + R"y(
---
apiVersion: v1
kind: Pod
metadata: {name: api-x, namespace: shop, labels: {app: api}}
)y");
  ASSERT_EQ(c.mesh.pods().size(), 2U);
  EXPECT_EQ(c.mesh.pods()[0].workload, "api");
  EXPECT_TRUE(c.mesh.pods()[0].sidecar);
}

TEST(Compile, SlicesServeWhereThereAreNoPods) {
  Compiled c(std::string(kShopMesh) + R"y(
---
apiVersion: v1
kind: Service
metadata: {name: old, namespace: shop}
spec: {clusterIP: 10.96.0.2, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: old-1, namespace: shop, labels: {kubernetes.io/service-name: old}}
addressType: IPv4
ports: [{name: http, port: 9090}]
endpoints: [{addresses: [10.9.0.1], conditions: {ready: false}}, {addresses: [10.9.0.2]}]
)y");
  const Json& list =
      c.view("api").endpoints["outbound|80||old.shop.svc.cluster.local"]["endpoints"];
  ASSERT_EQ(list.size(), 1U);
  const Json& endpoints = list[0]["lbEndpoints"];
  ASSERT_EQ(endpoints.size(), 2U);
  EXPECT_EQ(endpoints[0]["healthStatus"], "UNHEALTHY");
  EXPECT_EQ(endpoints[1]["address"]["portValue"], 9090);
  EXPECT_EQ(endpoints[1]["tlsMode"], "disabled");
}

TEST(Compile, NamedTargetPortsAreThoseOfTheContainers) {
  Compiled c(kShopMesh);
  const Json& list =
      c.view("api").endpoints["outbound|80||api.shop.svc.cluster.local"]["endpoints"];
  EXPECT_EQ(list[0]["lbEndpoints"][0]["address"]["portValue"], 8080);
}

TEST(Compile, ARouteKnowsTheRuleThatItComesFrom) {
  Compiled c(kShopMesh);
  const Json& route = c.view("api").routes["80"]["virtualHosts"][0]["routes"][1];
  const Json& istio = route["metadata"]["filterMetadata"]["istio"];
  EXPECT_EQ(istio["config"], "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/api");
  EXPECT_EQ(istio["file"], "mesh.yaml");
  EXPECT_EQ(istio["line"], 37);
  EXPECT_EQ(istio["rule"], 1);
  EXPECT_EQ(c.view("api").golden().dump().find("metadata"), std::string::npos);
}

TEST(Compile, ClientsThatDifferInNothingShareAView) {
  Compiled c(kShopMesh);
  const auto first = c.mesh.view_of(c.mesh.pods()[0]);
  EXPECT_EQ(first, c.mesh.view_of(c.mesh.pods()[1]));
  EXPECT_NE(first, c.mesh.view_of(c.mesh.pods()[2]));
}

TEST(Compile, AClientIsAPodOrAWorkloadWithItsNamespaceWhereThereAreTwo) {
  Compiled c(std::string(kShopMesh) + R"y(
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: bank}
)y");
  EXPECT_EQ((*c.mesh.find_client("api-1"))->name, "api-1");
  EXPECT_EQ((*c.mesh.find_client("api"))->name, "api-0");
  EXPECT_EQ((*c.mesh.find_client("db.shop"))->name, "db-0");
  EXPECT_FALSE(c.mesh.find_client("nobody"));
}

TEST(Compile, HostsResolveAsInAPod) {
  Compiled c(kShopMesh);
  const std::string host = "api.shop.svc.cluster.local";
  EXPECT_EQ(c.mesh.resolve("api", "shop"), host);
  EXPECT_EQ(c.mesh.resolve("api", "bank"), "");
  EXPECT_EQ(c.mesh.resolve("api.shop", "bank"), host);
  EXPECT_EQ(c.mesh.resolve("api.shop.svc", "bank"), host);
  EXPECT_EQ(c.mesh.resolve(host, "bank"), host);
  EXPECT_EQ(c.mesh.resolve("10.96.0.1", "bank"), host);
}

TEST(Compile, TheOldestPeerAuthenticationOfTheNarrowestLevelSays) {
  Compiled c(std::string(kShopMesh) + R"y(
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: api, namespace: shop}
spec: {selector: {matchLabels: {app: api}}, portLevelMtls: {8080: {mode: DISABLE}}}
)y");
  const MeshPod& api = c.mesh.pods()[0];
  EXPECT_EQ(c.mesh.server_mode(api, 8080).mode, MtlsMode::kDisable);
  EXPECT_EQ(c.mesh.server_mode(api, 8080).by->meta.name, "api");
  EXPECT_EQ(c.mesh.server_mode(api, 8081).mode, MtlsMode::kStrict);
  EXPECT_EQ(c.mesh.server_mode(api, 8081).by->meta.name, "default");
}

}  // namespace
}  // namespace squall::config
