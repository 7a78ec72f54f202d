// Views of a mesh: the parts that a real istiod's views (tests/golden) do not speak of.
#include "config/compile.h"

#include "config/bootstrap.h"
#include "tests/config/compiled.h"
#include "tests/support/shared.h"

namespace squall::config {
namespace {

constexpr std::string_view kMesh = R"y(
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, clusterIP: 10.96.0.1, ports: [{name: http, port: 80, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: app, ports: [{name: web, containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db, sidecar.istio.io/inject: "false"}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: shop}
spec:
  hosts: [api]
  http:
  - match: [{uri: {prefix: /a}}]
    route: [{destination: {host: api}}]
  - route: [{destination: {host: api}}]
    timeout: 3s
)y";

TEST(Compile, ReplicasWithoutPodsAreMadeUp) {
  Compiled c(kMesh);
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
  Compiled c(kMesh, {.replicas = {{"api.shop", 5}}});
  EXPECT_EQ(c.mesh.pods().size(), 6U);
}

TEST(Compile, WithoutInjectionNobodyHasASidecar) {
  Compiled c(kMesh, {.replicas = {}, .injection = false});
  for (const MeshPod& pod : c.mesh.pods()) EXPECT_FALSE(pod.sidecar);
}

TEST(Compile, PodsThatASelectorMatchesStandForTheReplicas) {
  Compiled c(std::string(kMesh) + R"y(
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
  Compiled c(std::string(kMesh) + R"y(
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
  Compiled c(kMesh);
  const Json& list =
      c.view("api").endpoints["outbound|80||api.shop.svc.cluster.local"]["endpoints"];
  EXPECT_EQ(list[0]["lbEndpoints"][0]["address"]["portValue"], 8080);
}

TEST(Compile, ARouteKnowsTheRuleThatItComesFrom) {
  Compiled c(kMesh);
  const Json& route = c.view("api").routes["80"]["virtualHosts"][0]["routes"][1];
  const Json& istio = route["metadata"]["filterMetadata"]["istio"];
  EXPECT_EQ(istio["config"], "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/api");
  EXPECT_EQ(istio["file"], "mesh.yaml");
  EXPECT_EQ(istio["line"], 37);
  EXPECT_EQ(istio["rule"], 1);
  EXPECT_EQ(c.view("api").golden().dump().find("metadata"), std::string::npos);
}

TEST(Compile, ClientsThatDifferInNothingShareAView) {
  Compiled c(kMesh);
  const auto first = c.mesh.view_of(c.mesh.pods()[0]);
  EXPECT_EQ(first, c.mesh.view_of(c.mesh.pods()[1]));
  EXPECT_NE(first, c.mesh.view_of(c.mesh.pods()[2]));
}

TEST(Compile, AClientIsAPodOrAWorkloadWithItsNamespaceWhereThereAreTwo) {
  Compiled c(std::string(kMesh) + R"y(
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
  Compiled c(kMesh);
  const std::string host = "api.shop.svc.cluster.local";
  EXPECT_EQ(c.mesh.resolve("api", "shop"), host);
  EXPECT_EQ(c.mesh.resolve("api", "bank"), "");
  EXPECT_EQ(c.mesh.resolve("api.shop", "bank"), host);
  EXPECT_EQ(c.mesh.resolve("api.shop.svc", "bank"), host);
  EXPECT_EQ(c.mesh.resolve(host, "bank"), host);
  EXPECT_EQ(c.mesh.resolve("10.96.0.1", "bank"), host);
}

TEST(Compile, TheOldestPeerAuthenticationOfTheNarrowestLevelSays) {
  Compiled c(std::string(kMesh) + R"y(
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

TEST(Compile, ABootstrapHasAListenerAPort) {
  Compiled c(kMesh);
  const Json out = to_bootstrap_outbound(c.view("api"), BootstrapFor::kSimulator);
  const auto read = read_bootstrap(to_node(out));
  ASSERT_TRUE(read) << lines_of(read.error())[0];
  ASSERT_EQ(read->listeners.size(), 1U);
  EXPECT_EQ(read->listeners[0].address.port, 80);
  const policies::VirtualHost& host = read->epoch.listeners[0].routes.hosts[0];
  EXPECT_EQ(host.name, "api.shop.svc.cluster.local:80");
  EXPECT_EQ(host.routes.size(), 2U);
}

TEST(Compile, TheInboundSideLeadsToTheApplicationWithItsOwnRetries) {
  Compiled c(kMesh);
  const Json out = to_bootstrap_inbound(c.view("api"), c.mesh.pods()[0], BootstrapFor::kSimulator);
  const auto read = read_bootstrap(to_node(out));
  ASSERT_TRUE(read) << lines_of(read.error())[0];
  ASSERT_EQ(read->listeners.size(), 1U);
  EXPECT_EQ(read->listeners[0].address.port, 8080);
  ASSERT_EQ(read->epoch.clusters.size(), 1U);
  EXPECT_EQ(read->epoch.clusters[0].hosts[0].address, "127.0.0.1");
}

TEST(Compile, TheMeshSaysHowPathsAreNormalized) {
  const auto target = [](PathNormalization normalization) {
    const Resources resources = good_mesh(kMesh);
    MeshConfig config;
    config.path_normalization = normalization;
    Mesh mesh(resources, config);
    const auto view = mesh.view_of(**mesh.find_client("api"));
    const auto read =
        read_bootstrap(to_node(to_bootstrap_outbound(*view, BootstrapFor::kSimulator)));
    return read->epoch.listeners[0].target;
  };
  using policies::EscapedSlashes;
  EXPECT_FALSE(target(PathNormalization::kNone).normalize_path);
  EXPECT_TRUE(target(MeshConfig().path_normalization).normalize_path);
  EXPECT_FALSE(target(PathNormalization::kBase).merge_slashes);
  EXPECT_TRUE(target(PathNormalization::kMergeSlashes).merge_slashes);
  EXPECT_EQ(target(PathNormalization::kMergeSlashes).escaped_slashes, EscapedSlashes::kKeep);
  const policies::TargetRules all = target(PathNormalization::kDecodeAndMergeSlashes);
  EXPECT_TRUE(all.normalize_path && all.merge_slashes);
  EXPECT_EQ(all.escaped_slashes, EscapedSlashes::kForward);
}

TEST(Compile, EveryGoldenMeshMakesABootstrapThatTheReaderTakes) {
  const auto root = testing::shared_path("data/istiod-goldens");
  if (!root) GTEST_SKIP() << testing::kNoShared;
  int views = 0;
  for (const auto& folder : std::filesystem::directory_iterator(*root)) {
    if (!folder.is_directory()) continue;
    Diagnostics diagnostics;
    Resources resources;
    resources.load({folder.path().string()}, diagnostics);
    Mesh mesh(resources, {});
    for (const MeshPod& pod : mesh.pods()) {
      const auto view = mesh.view_of(pod);
      for (const bool inbound : {false, true}) {
        const Json json = inbound ? to_bootstrap_inbound(*view, pod, BootstrapFor::kSimulator)
                                  : to_bootstrap_outbound(*view, BootstrapFor::kSimulator);
        const auto read = read_bootstrap(to_node(json));
        ++views;
        if (!read) ADD_FAILURE() << folder.path() << pod.name << lines_of(read.error())[0];
      }
    }
  }
  EXPECT_GT(views, 200);
}

}  // namespace
}  // namespace squall::config
