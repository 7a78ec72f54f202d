// What each side of a connection makes of the other's TLS.
#include "config/transport.h"

#include "config/names.h"
#include "tests/config/compiled.h"

namespace squall::config {
namespace {

constexpr auto kFits = TransportFit::kFits;
constexpr auto kClosed = TransportFit::kClosed;
constexpr auto kFails = TransportFit::kHandshakeFails;

// Servers in the order of Istio's table: PERMISSIVE, STRICT, DISABLE, no sidecar.
std::vector<TransportFit> row(Transport client, bool declared_http) {
  std::vector<TransportFit> out;
  for (const MtlsMode mode : {MtlsMode::kPermissive, MtlsMode::kStrict, MtlsMode::kDisable})
    out.push_back(fit_of(client, {.sidecar = true, .mode = mode, .declared_http = declared_http}));
  out.push_back(fit_of(client, {.mode = MtlsMode::kStrict, .declared_http = declared_http}));
  return out;
}

TEST(Transport, PlaintextIsClosedByStrictServersOnly) {
  const std::vector<TransportFit> wanted = {kFits, kClosed, kFits, kFits};
  EXPECT_EQ(row(Transport::kPlaintext, true), wanted);
  EXPECT_EQ(row(Transport::kPlaintext, false), wanted);
}

TEST(Transport, MutualTlsNeedsASidecarThatTakesIt) {
  const std::vector<TransportFit> wanted = {kFits, kFits, kFails, kFails};
  EXPECT_EQ(row(Transport::kMutual, true), wanted);
  EXPECT_EQ(row(Transport::kMutual, false), wanted);
}

TEST(Transport, OtherTlsComesToTheApplicationUnlessStrict) {
  EXPECT_EQ(row(Transport::kTls, false), (std::vector<TransportFit>{kFits, kFails, kFits, kFits}));
  EXPECT_EQ(row(Transport::kTls, true), (std::vector<TransportFit>{kFails, kFails, kFails, kFails}))
      << "an application that speaks plain HTTP does not understand it";
}

// Ports 80 (http) and 443 (https); one pod with a sidecar, 10.0.0.1, and one without, 10.0.0.2.
constexpr std::string_view kTwo = R"y(
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: http, port: 80}, {name: https, port: 443}]}
---
apiVersion: v1
kind: Pod
metadata: {name: in, namespace: shop, labels: {app: api, side: in, security.istio.io/tlsMode: istio}}
spec: {containers: [{name: a, image: a}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: out, namespace: shop, labels: {app: api}}
spec: {containers: [{name: a, image: a}]}
status: {podIP: 10.0.0.2}
)y";
std::string rule(const std::string& spec) {
  return "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
         "metadata: {name: r, namespace: shop}\nspec: {host: api, " +
         spec + "}\n";
}
std::string peer_authentication(const std::string& spec) {
  return "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
         "metadata: {name: p, namespace: shop}\nspec: {" +
         spec + "}\n";
}
ClusterTransport transport(const std::string& more, int port = 80, const std::string& subset = "") {
  Compiled compiled(std::string(kTwo) + more);
  ClusterTransport out = compiled.view("in").transports.at(
      outbound_cluster(port, subset, "api.shop.svc.cluster.local"));
  out.rule = nullptr;  // gone with the mesh
  return out;
}
std::pair<Transport, Transport> both(const ClusterTransport& of) {
  return {of.to("10.0.0.1"), of.to("10.0.0.2")};
}

constexpr auto kPlain = Transport::kPlaintext;
constexpr auto kMutual = Transport::kMutual;
constexpr auto kTls = Transport::kTls;

TEST(Transport, AutomaticMtlsIsMutualWhereTheEndpointHasASidecar) {
  EXPECT_EQ(both(transport("")), std::pair(kMutual, kPlain));
  EXPECT_EQ(both(transport(peer_authentication("mtls: {mode: STRICT}"))),
            std::pair(kMutual, kPlain));
  EXPECT_EQ(both(transport(peer_authentication("mtls: {mode: DISABLE}"))),
            std::pair(kPlain, kPlain));
  const std::string one_port = peer_authentication(
      "selector: {matchLabels: {side: in}}, portLevelMtls: {80: {mode: DISABLE}}");
  EXPECT_EQ(both(transport(one_port)), std::pair(kPlain, kPlain));
  EXPECT_EQ(both(transport(one_port, 443)), std::pair(kMutual, kPlain));
}

TEST(Transport, ARulesModeHoldsForEveryEndpoint) {
  const auto with = [](const std::string& tls) {
    return transport(rule("trafficPolicy: {tls: {" + tls + "}}"));
  };
  EXPECT_EQ(both(with("mode: DISABLE")), std::pair(kPlain, kPlain));
  EXPECT_EQ(both(with("mode: ISTIO_MUTUAL")), std::pair(kMutual, kMutual));
  EXPECT_EQ(both(with("mode: SIMPLE")), std::pair(kTls, kTls));
  EXPECT_EQ(with("mode: SIMPLE").mode, "SIMPLE");
  EXPECT_EQ(both(with("mode: MUTUAL, clientCertificate: /c, privateKey: /k")),
            std::pair(kTls, kTls));
  EXPECT_EQ(both(with("mode: SIMPLE, credentialName: c")), std::pair(kPlain, kPlain))
      << "a sidecar has credentials by name only where the rule selects workloads";
}

TEST(Transport, ARuleWithoutTlsLeavesAutomaticMtlsAlone) {
  EXPECT_EQ(both(transport(rule("trafficPolicy: {loadBalancer: {simple: RANDOM}}"))),
            std::pair(kMutual, kPlain));
}

TEST(Transport, APortsEntryWithoutTlsIsAutomaticButLabelledByTheRulesOwn) {
  const std::string policy =
      "trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: "
      "{number: 80}, loadBalancer: {simple: RANDOM}}]}";
  const ClusterTransport of = transport(rule(policy));
  EXPECT_EQ(both(of), std::pair(kPlain, kPlain));
  EXPECT_EQ(of.usual, kMutual);
  EXPECT_EQ(of.mode, "DISABLE");
}

TEST(Transport, ASubsetsModeCountsForItAlone) {
  const std::string subset =
      rule("subsets: [{name: s, labels: {side: in}, trafficPolicy: {tls: {mode: DISABLE}}}]");
  EXPECT_EQ(transport(subset, 80, "s").to("10.0.0.1"), kPlain);
  EXPECT_EQ(transport(subset).to("10.0.0.1"), kMutual);
}

TEST(Transport, TheServicesPortSaysWhetherItsApplicationSpeaksTls) {
  EXPECT_TRUE(transport("").declared_http);
  EXPECT_FALSE(transport("", 443).declared_http);
}

}  // namespace
}  // namespace squall::config
