// Gateways: the parts that a real istiod's views (tests/golden) do not speak of.
#include "config/bootstrap.h"
#include "tests/config/compiled.h"

namespace squall::config {
namespace {

std::string gateway(const std::string& name, const std::string& servers,
                    const std::string& selector = "istio: edge") {
  return "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: " + name +
         ", namespace: shop}\nspec: {selector: {" + selector + "}, servers: [" + servers + "]}\n";
}

std::string server(const std::string& hosts, const std::string& port = "80",
                   const std::string& more = "protocol: HTTP}") {
  return "{port: {number: " + port + ", name: p" + port + ", " + more + ", hosts: [" + hosts + "]}";
}

std::string rule(const std::string& name, const std::string& host, const std::string& gateways,
                 const std::string& http = "{route: [{destination: {host: app}}]}") {
  return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + name +
         ", namespace: shop}\nspec: {hosts: [\"" + host + "\"], gateways: [" + gateways +
         "], http: [" + http + "]}\n";
}

const std::string kPods =
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: edge-1, namespace: istio-system, labels: "
    "{istio: edge}}\nspec: {containers: [{name: istio-proxy, image: auto}]}\n"
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: app-1, namespace: shop, labels: {app: app}}\n"
    "spec: {containers: [{name: app, image: app}]}\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: shop}\n"
    "spec: {selector: {app: app}, ports: [{name: http, port: 8080}]}\n";

/// "HOST: CLUSTER CLUSTER", a line each, of a gateway's table.
std::string table(Compiled& of, const std::string& name) {
  std::string out;
  for (const Json& host : of.view("edge-1").routes[name]["virtualHosts"]) {
    out += host["domains"].front().get<std::string>() + ":";
    for (const Json& route : host["routes"])
      out += " " + route["route"].value("cluster", std::string("?"));
    out += "\n";
  }
  return out;
}

TEST(Gateway, TheNarrowerNameIsTaken) {
  Compiled c(kPods + gateway("public", server("\"*.shop.com\"")) +
             rule("exact", "a.shop.com", "public") + rule("wide", "*", "public") +
             rule("other", "b.other.com", "public") + rule("mesh", "c.shop.com", "mesh"));
  EXPECT_EQ(table(c, "http.80"),
            "*.shop.com: outbound|8080||app.shop.svc.cluster.local\n"
            "a.shop.com: outbound|8080||app.shop.svc.cluster.local\n");
}

TEST(Gateway, ANamespaceBeforeAHostIsTheRules) {
  Compiled c(kPods + gateway("public", server("other/a.shop.com, shop/b.shop.com")) +
             rule("a", "a.shop.com", "public") + rule("b", "b.shop.com", "public"));
  EXPECT_EQ(table(c, "http.80"), "b.shop.com: outbound|8080||app.shop.svc.cluster.local\n");
}

TEST(Gateway, WithoutARuleNothingIsTaken) {
  Compiled c(kPods + gateway("public", server("a.shop.com")));
  EXPECT_EQ(table(c, "http.80"), "*:\n");
}

TEST(Gateway, TheOldestHasAHost) {
  Compiled c(kPods + gateway("a", server("x.com")) + gateway("b", server("x.com, y.com")) +
             rule("of-a", "x.com", "a", "{route: [{destination: {host: app, subset: a}}]}") +
             rule("of-b", "x.com", "b", "{route: [{destination: {host: app, subset: b}}]}") +
             rule("y", "y.com", "b"));
  EXPECT_EQ(table(c, "http.80"),
            "x.com: outbound|8080|a|app.shop.svc.cluster.local\n"
            "y.com: outbound|8080||app.shop.svc.cluster.local\n");
}

TEST(Gateway, MatchesNameTheGatewayThatTheyAreFor) {
  Compiled c(kPods + gateway("a", server("x.com")) +
             rule("r", "x.com", "a, mesh",
                  "{match: [{gateways: [mesh]}], route: [{destination: {host: app, subset: m}}]}, "
                  "{match: [{gateways: [a]}], route: [{destination: {host: app, subset: a}}]}"));
  EXPECT_EQ(table(c, "http.80"), "x.com: outbound|8080|a|app.shop.svc.cluster.local\n");
}

TEST(Gateway, ServersThatDoNotCarryHttpHaveNoTable) {
  Compiled c(kPods + gateway("public",
                             server("a.com", "443", "protocol: HTTPS}, tls: {mode: PASSTHROUGH}") +
                                 ", " + server("a.com", "9000", "protocol: TCP}")));
  EXPECT_TRUE(c.view("edge-1").routes.empty());
}

TEST(Gateway, ABootstrapHasAListenerForEachPort) {
  Compiled c(
      kPods +
      gateway("public", server("a.com") + ", " +
                            server("a.com", "443",
                                   "protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}")) +
      rule("a", "a.com", "public"));
  const View& view = c.view("edge-1");
  EXPECT_EQ(view.gateway_ports,
            (std::map<std::string, int>{{"http.80", 80}, {"https.443.p443.public.shop", 443}}));
  const Json json = to_bootstrap_outbound(view, BootstrapFor::kProxy);
  ASSERT_EQ(json["static_resources"]["listeners"].size(), 2U);
  EXPECT_TRUE(read_bootstrap(to_node(json)));
}

TEST(Gateway, PodsThatNoSelectorNamesAreNone) {
  Compiled c(kPods + gateway("public", server("a.com"), ""));
  for (const MeshPod& pod : c.mesh.pods()) EXPECT_FALSE(pod.gateway) << pod.name;
}

}  // namespace
}  // namespace squall::config
