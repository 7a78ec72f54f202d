// Readers of Istio's kinds: what is read, and what an API server or istiod's webhook would refuse.
#include "tests/config/mesh_text.h"
#include "tests/support/shared.h"

namespace squall::config {
namespace {

using Lines = std::vector<std::string>;

/// A VirtualService of one http rule, from line 6 on.
std::string rule(const std::string& text) {
  return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n"
         "  hosts: [api]\n  http: [{" +
         text + "}]\n";
}
/// A DestinationRule's trafficPolicy, on line 4.
std::string policy(const std::string& text) {
  return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n"
         "spec: {host: api, trafficPolicy: {" +
         text + "}}\n";
}
const std::string kRoute = "route: [{destination: {host: api}}]";

/// The one complaint's text, without its place; empty: none.
std::string complaint(const std::string& text) {
  const Lines found = complaints(text);
  EXPECT_LE(found.size(), 1U) << ::testing::PrintToString(found);
  return found.empty() ? "" : found[0].substr(found[0].find(' ') + 1);
}

TEST(Istio, DurationsAreAtLeastAMillisecondAndWhole) {
  EXPECT_EQ(
      complaint(rule("timeout: 0s, " + kRoute)),
      R"(error: spec.http[0].timeout: expected a duration of at least 1ms, got "0s"; leave it out for no timeout)");
  EXPECT_EQ(complaint(rule("timeout: 1.5ms, " + kRoute)),
            "error: spec.http[0].timeout: only whole milliseconds are possible; round it to 1ms");
  EXPECT_EQ(complaint(policy("outlierDetection: {interval: 0s}")),
            "error: spec.trafficPolicy.outlierDetection.interval: expected a duration of at least "
            "1ms, got \"0s\"");
}

TEST(Istio, RetriesThatAreOffTakeNoOtherField) {
  EXPECT_EQ(complaint(rule("retries: {attempts: 0, perTryTimeout: 1s}, " + kRoute)),
            "error: spec.http[0].retries: attempts 0 switches retries off, other fields beside it "
            "are refused; write attempts, or leave the others out");
  EXPECT_EQ(complaint(rule("retries: {attempts: 0}, " + kRoute)), "");
  EXPECT_EQ(complaint(rule("retries: {attempts: -1}, " + kRoute)),
            "error: spec.http[0].retries.attempts: attempts cannot be below 0; 0 switches retries "
            "off");
}

TEST(Istio, RetryConditionsAreChecked) {
  EXPECT_EQ(complaint(rule("retries: {attempts: 1, retryOn: \"5xx,gateway-eror\"}, " + kRoute)),
            "error: spec.http[0].retries.retryOn: \"gateway-eror\" is no condition to retry on; "
            "did you mean \"gateway-error\"?");
  EXPECT_EQ(
      complaint(rule("retries: {attempts: 1, retryOn: \"5xx, reset\"}, " + kRoute)),
      "error: spec.http[0].retries.retryOn: \" reset\" is no condition to retry on; write the "
      "list without blanks");
  EXPECT_EQ(complaint(rule("retries: {attempts: 1, retryOn: \"5xx,503\"}, " + kRoute)), "");
}

TEST(Istio, ARuleHasOneAction) {
  EXPECT_EQ(complaint(rule("match: [{uri: {prefix: /x}}]")),
            "error: spec.http[0]: one of route, redirect, directResponse is missing");
  EXPECT_EQ(complaint(rule("redirect: {uri: /x}, " + kRoute)),
            "error: spec.http[0].route: excludes redirect; keep one of route, redirect, "
            "directResponse");
  EXPECT_EQ(complaint(rule("redirect: {uri: /x}, rewrite: {uri: /y}")),
            "error: spec.http[0].rewrite: redirect excludes it; leave it out");
}

TEST(Istio, WeightsOfSeveralDestinationsAddUpToSomething) {
  EXPECT_EQ(
      complaint(rule("route: [{destination: {host: a}, weight: 0}, {destination: {host: b}}]")),
      "error: spec.http[0].route: the weights of several destinations add up to 0; give at "
      "least one of them a weight");
  EXPECT_EQ(complaint(rule("route: [{destination: {host: a}, weight: 0}]")), "");
}

TEST(Istio, RegexesAreCompiledAtOnce) {
  EXPECT_EQ(complaint(rule("match: [{uri: {regex: \"[\"}}], " + kRoute)),
            "error: spec.http[0].match[0].uri.regex: not a regular expression: missing ]: [; the "
            "syntax is RE2's: no look-around, no back-references");
}

TEST(Istio, AnEmptyPrefixIsRefusedWhereverItIsNoPath) {
  EXPECT_EQ(
      complaint(rule("match: [{headers: {x-a: {prefix: \"\"}}}], " + kRoute)),
      "error: spec.http[0].match[0].headers.x-a.prefix: an empty prefix is refused; leave the "
      "condition out or write {}");
  EXPECT_EQ(complaint(rule("match: [{uri: {prefix: \"\"}}], " + kRoute)), "");
}

TEST(Istio, TheHostOfAllIsNotForTheMesh) {
  EXPECT_EQ(
      complaints("apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                 "metadata: {name: a}\nspec:\n  hosts: [\"*\"]\n  http: [{" +
                 kRoute + "}]\n"),
      (Lines{"5:10: error: spec.hosts: the host * is refused for the mesh; name the hosts, or "
             "a gateway"}));
}

TEST(Istio, RulesAfterOneWithoutAMatchAreNeverUsed) {
  EXPECT_EQ(complaint(rule(kRoute + "}, {" + kRoute)),
            "warning: spec.http[0] has no match: the rules after it are never used; move it to the "
            "end");
}

TEST(Istio, BlocksOfAPolicyAreNotEmpty) {
  EXPECT_EQ(complaint(policy("")),
            "error: spec.trafficPolicy: an empty policy is refused; leave it out");
  EXPECT_EQ(complaint(policy("connectionPool: {}")),
            "error: spec.trafficPolicy.connectionPool: a connection pool needs tcp or http; leave "
            "it out");
  EXPECT_EQ(complaint(policy("outlierDetection: {}")), "");
}

TEST(Istio, OneBalancerAndWeightsToTheHundred) {
  EXPECT_EQ(
      complaint(policy("loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}")),
      "error: spec.trafficPolicy.loadBalancer.consistentHash: excludes simple; keep one of "
      "simple, consistentHash");
  EXPECT_EQ(complaint(policy("loadBalancer: {localityLbSetting: {distribute: [{from: a/*, to: "
                             "{a/*: 60, b/*: 30}}]}}")),
            "error: spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to: the "
            "weights add up to 90; make them 100 together");
}

TEST(Istio, WhatIsReadButHasNoEffectIsAWarning) {
  EXPECT_EQ(complaint(policy("outlierDetection: {consecutiveErrors: 3}")),
            "warning: spec.trafficPolicy.outlierDetection.consecutiveErrors: is deprecated and "
            "without effect; write consecutive5xxErrors or consecutiveGatewayErrors");
  EXPECT_EQ(complaint(policy("loadBalancer: {simple: RANDOM}, tunnel: {targetHost: a}")),
            "warning: spec.trafficPolicy.tunnel is not honoured by squall");
}

TEST(Istio, AMisspeltFieldHasANearestName) {
  EXPECT_EQ(
      complaint(policy("outlierDetection: {consecutive5xxError: 3}")),
      "error: spec.trafficPolicy.outlierDetection.consecutive5xxError: unknown field; did you "
      "mean \"consecutive5xxErrors\"?");
}

TEST(Istio, PortsOfAPeerAuthenticationNeedASelector) {
  EXPECT_EQ(complaints("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
                       "metadata: {name: a}\nspec: {portLevelMtls: {8080: {mode: STRICT}}}\n"),
            (Lines{"4:23: error: spec.portLevelMtls: needs a selector beside it; name the workload "
                   "by its labels"}));
}

TEST(Istio, HostsOfASidecarSayTheirNamespace) {
  EXPECT_EQ(
      complaints("apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\n"
                 "spec: {egress: [{hosts: [api]}]}\n"),
      (Lines{"4:25: error: spec.egress[0].hosts: api has no namespace; write NAMESPACE/HOST"}));
}

TEST(Istio, AMeshsOwnSettingsAreRead) {
  const auto documents = parse_documents(
      "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\nconnectTimeout: 3s\n"
      "defaultHttpRetryPolicy: {attempts: 1, retryOn: reset}\n"
      "pathNormalization: {normalization: MERGE_SLASHES}\n",
      "mesh.yaml");
  ASSERT_TRUE(documents);
  const auto mesh = read_mesh_config(documents->front());
  ASSERT_TRUE(mesh);
  EXPECT_EQ(mesh->outbound_policy, "REGISTRY_ONLY");
  EXPECT_EQ(mesh->connect_timeout, 3s);
  EXPECT_EQ(mesh->default_retries->retry_on, "reset");
  EXPECT_EQ(mesh->path_normalization, PathNormalization::kMergeSlashes);
}

/// The objects that istiod refused are refused here, and no others.
TEST(Istio, RefusesWhatIstiodRefuses) {
  const auto folder = testing::shared_path("data/istiod-goldens/validation-rejections");
  if (!folder) GTEST_SKIP() << testing::kNoShared;
  Diagnostics diagnostics;
  Resources mesh;
  mesh.load({(*folder / "istio.yaml").string()}, diagnostics);
  Lines kept;
  for (const VirtualService& one : mesh.virtual_services) kept.push_back(one.meta.name);
  for (const DestinationRule& one : mesh.destination_rules) kept.push_back(one.meta.name);
  for (const PeerAuthentication& one : mesh.peer_authentications) kept.push_back(one.meta.name);
  EXPECT_EQ(kept, (Lines{"redirect-code-300-passes", "unreachable-passes"}));
}

}  // namespace
}  // namespace squall::config
