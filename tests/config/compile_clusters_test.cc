// What becomes of a DestinationRule in a client's clusters. Source: istio/istio
// pilot/pkg/networking/core cluster_traffic_policy.go, pilot/pkg/networking/util/util.go
// (release 1.31): blocks are taken whole.
#include "tests/config/compiled.h"

namespace squall::config {
namespace {

constexpr std::string_view kApi = R"y(
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, clusterIP: 10.96.0.1, ports: [{name: http, port: 80}, {name: http-admin, port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api, version: v1}}}
---
)y";

std::string with_rule(std::string_view spec, std::string_view name = "api") {
  return std::string(kApi) +
         "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " +
         std::string(name) + ", namespace: shop}\nspec: {host: api, " + std::string(spec) + "}\n";
}

Json clusters_of(const std::string& mesh) {
  Compiled compiled(mesh);
  return compiled.view("api").golden()["clusters"];
}

constexpr const char* kMain = "outbound|80||api.shop.svc.cluster.local";
constexpr const char* kAdmin = "outbound|8080||api.shop.svc.cluster.local";
constexpr const char* kSubset = "outbound|80|v1|api.shop.svc.cluster.local";

const Json& limits(const Json& clusters, const char* name) {
  return clusters[name]["circuitBreakers"]["thresholds"][0];
}

TEST(CompileClusters, WhatIsNotSaidIsWithoutLimit) {
  const Json clusters = clusters_of(std::string(kApi));
  constexpr std::uint32_t kNone = ~std::uint32_t{0};
  for (const char* name : {"maxConnections", "maxPendingRequests", "maxRequests", "maxRetries"}) {
    EXPECT_EQ(limits(clusters, kMain)[name], kNone) << name;
  }
  EXPECT_EQ(clusters[kMain]["connectTimeout"], "10s");
  EXPECT_EQ(clusters[kMain]["lbPolicy"], "LEAST_REQUEST");
  EXPECT_FALSE(clusters[kMain].contains("outlierDetection"));
}

TEST(CompileClusters, LimitsHaveEnvoysNames) {
  const Json clusters = clusters_of(
      with_rule("trafficPolicy: {connectionPool: {tcp: {maxConnections: 7, connectTimeout: 250ms}, "
                "http: {http1MaxPendingRequests: 3, http2MaxRequests: 9, maxRetries: 2}}}"));
  const Json& threshold = limits(clusters, kMain);
  EXPECT_EQ(threshold["maxConnections"], 7);
  EXPECT_EQ(threshold["maxPendingRequests"], 3);
  EXPECT_EQ(threshold["maxRequests"], 9);
  EXPECT_EQ(threshold["maxRetries"], 2);
  EXPECT_EQ(clusters[kMain]["connectTimeout"], "0.250s");
}

TEST(CompileClusters, ALimitOfZeroMeansUnset) {
  const Json clusters = clusters_of(with_rule(
      "trafficPolicy: {connectionPool: {tcp: {maxConnections: 0}, http: {maxRetries: 0}}}"));
  EXPECT_EQ(limits(clusters, kMain)["maxConnections"], ~std::uint32_t{0});
  EXPECT_EQ(limits(clusters, kMain)["maxRetries"], ~std::uint32_t{0});
}

TEST(CompileClusters, OutlierDetectionSwitchesPanicOff) {
  const Json clusters = clusters_of(
      with_rule("trafficPolicy: {outlierDetection: {consecutive5xxErrors: 4, interval: 5s}}"));
  const Json& detection = clusters[kMain]["outlierDetection"];
  EXPECT_EQ(detection["consecutive5xx"], 4);
  EXPECT_EQ(detection["interval"], "5s");
  EXPECT_FALSE(detection.contains("maxEjectionPercent")) << "Envoy's 10 % then counts";
  const Json& panic = clusters[kMain]["commonLbConfig"]["healthyPanicThreshold"];
  EXPECT_TRUE(panic.is_object() && (!panic.contains("value") || panic["value"] == 0));
}

TEST(CompileClusters, GatewayErrorsAreEnforcedWhereTheyAreCounted) {
  const Json clusters =
      clusters_of(with_rule("trafficPolicy: {outlierDetection: {consecutiveGatewayErrors: 3}}"));
  EXPECT_EQ(clusters[kMain]["outlierDetection"]["consecutiveGatewayFailure"], 3);
  EXPECT_EQ(clusters[kMain]["outlierDetection"]["enforcingConsecutiveGatewayFailure"], 100);
}

TEST(CompileClusters, AnEntryForAPortDropsAllThatStandsBesideIt) {
  const Json clusters = clusters_of(with_rule(
      "trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}, loadBalancer: {simple: RANDOM}, "
      "portLevelSettings: [{port: {number: 8080}, connectionPool: {http: {maxRetries: 1}}}]}"));
  EXPECT_EQ(limits(clusters, kMain)["maxConnections"], 7);
  EXPECT_EQ(clusters[kMain]["lbPolicy"], "RANDOM");
  EXPECT_EQ(limits(clusters, kAdmin)["maxRetries"], 1);
  EXPECT_EQ(limits(clusters, kAdmin)["maxConnections"], ~std::uint32_t{0});
  EXPECT_EQ(clusters[kAdmin]["lbPolicy"], "LEAST_REQUEST");
}

TEST(CompileClusters, ABlockOfASubsetReplacesTheWholeBlockAndLeavesTheOthers) {
  const Json clusters = clusters_of(with_rule(
      "trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}, http: {maxRetries: 2}}, "
      "loadBalancer: {simple: RANDOM}}, "
      "subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {connectionPool: {tcp: "
      "{maxConnections: 1}}}}]"));
  EXPECT_EQ(limits(clusters, kSubset)["maxConnections"], 1);
  EXPECT_EQ(limits(clusters, kSubset)["maxRetries"], ~std::uint32_t{0});
  EXPECT_EQ(clusters[kSubset]["lbPolicy"], "RANDOM");
  EXPECT_EQ(limits(clusters, kMain)["maxConnections"], 7) << "the subset's policy is its own";
}

TEST(CompileClusters, OfTwoRulesForAHostTheFirstPolicyCountsAndSubsetsAddUp) {
  const std::string second = R"y(---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: b, namespace: shop}
spec:
  host: api
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 2}}}
  subsets: [{name: v2, labels: {version: v2}}]
)y";
  const Json clusters = clusters_of(
      with_rule(
          "trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}, subsets: [{name: v1}]",
          "a") +
      second);
  EXPECT_EQ(limits(clusters, kMain)["maxConnections"], 7);
  EXPECT_TRUE(clusters.contains(kSubset));
  EXPECT_TRUE(clusters.contains("outbound|80|v2|api.shop.svc.cluster.local"));
}

TEST(CompileClusters, ARuleInTheClientsNamespaceHidesTheOneOfTheService) {
  const std::string mesh =
      with_rule("trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}}") + R"y(---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: front}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: front}
spec: {host: api.shop.svc.cluster.local, trafficPolicy: {loadBalancer: {simple: RANDOM}}}
)y";
  Compiled compiled(mesh);
  const Json hidden = compiled.view("web").golden()["clusters"];
  EXPECT_EQ(hidden[kMain]["lbPolicy"], "RANDOM");
  EXPECT_EQ(limits(hidden, kMain)["maxConnections"], ~std::uint32_t{0});
  EXPECT_EQ(limits(compiled.view("api").golden()["clusters"], kMain)["maxConnections"], 7);
}

TEST(CompileClusters, TlsOfARuleTakesThePlaceOfTheMeshsOwn) {
  const Json by_itself = clusters_of(std::string(kApi));
  EXPECT_TRUE(by_itself[kMain].contains("transportSocketMatches")) << "mTLS where the host has it";
  const Json off = clusters_of(with_rule("trafficPolicy: {tls: {mode: DISABLE}}"));
  EXPECT_FALSE(off[kMain].contains("transportSocketMatches"));
  EXPECT_FALSE(off[kMain].contains("transportSocket"));
}

TEST(CompileClusters, EndpointsOfASubsetAreThoseWithItsLabels) {
  Compiled compiled(with_rule(
      "subsets: [{name: v1, labels: {version: v1}}, {name: none, labels: {version: v9}}]"));
  const Json endpoints = compiled.view("api").golden()["endpoints"];
  const auto count = [&](const std::string& cluster) {
    std::size_t n = 0;
    if (!endpoints.contains(cluster)) return n;
    for (const Json& group : endpoints[cluster]["endpoints"]) n += group["lbEndpoints"].size();
    return n;
  };
  EXPECT_EQ(count(kSubset), 3U);
  EXPECT_EQ(count("outbound|80|none|api.shop.svc.cluster.local"), 0U);
}

}  // namespace
}  // namespace squall::config
