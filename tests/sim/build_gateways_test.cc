// Loads of users before a gateway: whose policies act on what they ask.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::RunText;

constexpr const char* kEdge = "istio-ingressgateway.istio-system";

std::string gateway(const std::string& port = "80") {
  return "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: edge}\n"
         "spec:\n  selector: {istio: ingressgateway}\n"
         "  servers: [{port: {number: " +
         port + ", name: http, protocol: HTTP}, hosts: [shop.com]}]\n";
}

std::string rule(const std::string& route) {
  return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop}\n"
         "spec: {hosts: [shop.com], gateways: [edge], http: [{route: [{destination: {host: app}}]" +
         route + "}]}\n";
}

/// `app`: of that workload.
RunText visit(const std::string& app, const std::string& manifests, const std::string& more = "",
              const std::string& url = "http://shop.com/") {
  return RunText("spec:\n  duration: 20s\n  workloads: {app: {" + app + "}}\n" + more +
                 "  load: [{name: load, from: gateway/edge, to: \"" + url +
                 "\", arrivals: constant, rate: 50/s}]\n" + manifests);
}

TEST(Gateways, ARuleThatIsForTheGatewayActsThere) {
  const RunText run = visit("errors: {ratio: 100%, status: 503}",
                            gateway() + rule(", retries: {attempts: 2, retryOn: 5xx}"));
  EXPECT_EQ(run.edge(kEdge, "app").attempts(), 3 * run.edge(kEdge, "app").requests());
  EXPECT_EQ(run.workload(kEdge).replicas(), 1U);
}

TEST(Gateways, WhatNoServerOrRuleTakesIsNotFound) {
  const RunText run = visit("", gateway() + rule(""), "", "http://other.com/");
  EXPECT_EQ(run.load("load").status().at("404"), run.load("load").requests());
  EXPECT_EQ(run.edge(kEdge, "other.com").requests(), run.load("load").requests());
}

TEST(Gateways, ItsReplicasAreTheScenariosAndHaveLimitsOfTheirOwn) {
  // 50/s, each for 1 s: at each gateway ten of them at once; so at each server, hence four.
  const std::string limit =
      destination_rule("app", "connectionPool: {http: {http2MaxRequests: 10}}");
  const auto served = [&](const std::string& more) {
    const RunText run = visit("replicas: 4, latency: 1s" + more, gateway() + rule("") + limit);
    return run.load("load").status().at("200");
  };
  EXPECT_LE(served(""), 200U);
  const std::uint64_t two = served("}, istio-ingressgateway.istio-system: {replicas: 2");
  EXPECT_GT(two, 350U);
  EXPECT_LE(two, 400U);
}

TEST(Gateways, NewRulesComeToAMadeUpOneWhileARunLasts) {
  const RunText run = visit(
      "latency: 10ms", gateway() + rule(""),
      "  changes: [{at: 10s, apply: [{apiVersion: networking.istio.io/v1, kind: VirtualService, "
      "metadata: {name: shop}, spec: {hosts: [shop.com], gateways: [edge], http: [{timeout: 5ms, "
      "route: [{destination: {host: app}}]}]}}]}]\n");
  EXPECT_NEAR(static_cast<double>(run.load("load").status().at("504")), 500, 2);
}

TEST(Gateways, MutualTlsIsTheGateways) {
  const std::string strict =
      "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: all}\n"
      "spec: {mtls: {mode: STRICT}}\n";
  EXPECT_EQ(visit("", gateway() + rule("") + strict).load("load").success_ratio(), 1);
}

TEST(Gateways, PodsOfTheManifestsServeIt) {
  const std::string pods =
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: front, namespace: infra}\n"
      "spec:\n  replicas: 3\n  selector: {matchLabels: {istio: ingressgateway}}\n"
      "  template:\n    metadata: {labels: {istio: ingressgateway}}\n"
      "    spec: {containers: [{name: istio-proxy, image: auto}]}\n";
  const RunText run = visit("", gateway() + rule("") + pods);
  EXPECT_EQ(run.workload("front.infra").replicas(), 3U);
  EXPECT_EQ(run.edge("front.infra", "app").requests(), run.load("load").requests());
}

TEST(Gateways, ACrashedOneLosesWhatComes) {
  const RunText run =
      visit("", gateway() + rule(""),
            "  faults: [{at: 10s, workload: istio-ingressgateway.istio-system, crash: {of: pod, "
            "restart_after: 4s}}]\n");
  EXPECT_EQ(run.load("load").status().at("0"), 4U * 50U);
}

}  // namespace
}  // namespace squall::sim
