#include "config/waypoints.h"

#include <algorithm>

#include "tests/config/compiled.h"

namespace squall::config {
namespace {

using Lines = std::vector<std::string>;

/// With labels, all in the namespace shop.
std::string gateway(const std::string& name = "waypoint", const std::string& labels = "",
                    const std::string& gateway_class = "istio-waypoint") {
  return "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: " + name +
         ", namespace: shop, labels: {" + labels + "}}\nspec: {gatewayClassName: " + gateway_class +
         ", listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
}
std::string name_space(const std::string& labels) {
  return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {" + labels + "}}\n";
}
std::string service(const std::string& labels = "") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop, labels: {" +
         labels + "}}\nspec: {selector: {app: api}, ports: [{name: http, port: 80}]}\n";
}
const std::string kUse = "istio.io/use-waypoint: waypoint";

/// Which waypoint calls to the Service go by; empty: none.
std::string used(const std::string& text) {
  const Resources mesh = good_mesh(text);
  const Waypoint* const found = waypoint_of(mesh, *mesh.services.find("shop/api"));
  return found == nullptr ? "" : found->meta.full_name();
}

Lines warnings(const std::string& text) {
  Diagnostics diagnostics;
  warn_of_waypoints(good_mesh(text), diagnostics);
  return lines_of(diagnostics);
}

TEST(Waypoints, AServicesLabelGoesBeforeItsNamespaces) {
  EXPECT_EQ(used(gateway() + service()), "");
  EXPECT_EQ(used(gateway() + service(kUse)), "shop/waypoint");
  EXPECT_EQ(used(gateway() + name_space(kUse) + service()), "shop/waypoint");
  EXPECT_EQ(used(gateway() + gateway("other") + name_space(kUse) +
                 service("istio.io/use-waypoint: other")),
            "shop/other");
  EXPECT_EQ(used(gateway() + name_space(kUse) + service("istio.io/use-waypoint: none")), "");
}

TEST(Waypoints, TheyAreForServicesUnlessTheySayOtherwise) {
  for (const auto& [purpose, uses] : {std::pair("service", true), std::pair("all", true),
                                      std::pair("workload", false), std::pair("none", false)}) {
    EXPECT_EQ(
        used(gateway("waypoint", std::string("istio.io/waypoint-for: ") + purpose) + service(kUse)),
        uses ? "shop/waypoint" : "")
        << purpose;
  }
}

TEST(Waypoints, GatewaysOfOtherClassesAreNone) {
  Diagnostics diagnostics;
  const Resources mesh = read_mesh(gateway("edge", "", "istio"), diagnostics);
  EXPECT_TRUE(mesh.waypoints.empty());
  mesh.note_skipped(diagnostics);
  EXPECT_EQ(lines_of(diagnostics).size(), 1U);  // a kind that is not read
}

TEST(Waypoints, WhatLeadsNowhereIsTold) {
  EXPECT_EQ(warnings(gateway() + service(kUse)), Lines());
  EXPECT_EQ(warnings(service("istio.io/use-waypoint: none")), Lines());
  EXPECT_EQ(warnings(service(kUse)),
            (Lines{"2:1: warning: istio.io/use-waypoint: namespace shop has no waypoint "
                   "\"waypoint\": calls go past; it is a Gateway of gateway.networking.k8s.io with "
                   "gatewayClassName: istio-waypoint"}));
  EXPECT_EQ(warnings(name_space("istio.io/use-waypoint: waypiont") + gateway()),
            (Lines{"2:1: warning: istio.io/use-waypoint: namespace shop has no waypoint "
                   "\"waypiont\": calls go past; did you mean \"waypoint\"?"}));
  EXPECT_EQ(warnings(gateway("waypoint", "istio.io/waypoint-for: workload") + service(kUse)),
            (Lines{"7:1: warning: istio.io/use-waypoint: waypoint \"waypoint\" is for "
                   "\"workload\": calls to Services go past; label the Gateway "
                   "istio.io/waypoint-for: service"}));
  EXPECT_EQ(warnings(gateway() + service(kUse + ", istio.io/use-waypoint-namespace: infra")),
            (Lines{"7:1: warning: istio.io/use-waypoint: waypoints of other namespaces are not "
                   "simulated: calls go past \"waypoint\" of infra; let it stand in the Service's "
                   "own"}));
}

TEST(Waypoints, WhatIsNotSimulatedIsToldOnce) {
  const std::string pod =
      "\nspec: {containers: [{name: a, image: a}]}\n---\napiVersion: v1\nkind: Pod\n";
  EXPECT_EQ(warnings("---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {" + kUse + "}}" +
                     pod + "metadata: {name: b, labels: {" + kUse +
                     "}}\nspec: {containers: [{name: a, image: a}]}\n"),
            (Lines{"2:1: warning: istio.io/use-waypoint: waypoints of pods are not simulated: "
                   "calls to Services do not meet them (2 objects)"}));
  EXPECT_EQ(warnings(gateway() + service(kUse + ", istio.io/ingress-use-waypoint: \"true\"")),
            (Lines{"7:1: warning: istio.io/ingress-use-waypoint: not simulated: gateways go "
                   "around waypoints"}));
  EXPECT_EQ(
      warnings("---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a, "
               "labels: {" +
               kUse + "}}\nspec: {hosts: [a.com], ports: [{number: 80, name: h, protocol: HTTP}]}"),
      (Lines{"2:1: warning: istio.io/use-waypoint: waypoints of ServiceEntries are not simulated: "
             "calls go past"}));
}

// ---- what a waypoint's pods are told ----

const std::string kMesh =
    gateway() +
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: waypoint, namespace: shop}\n"
    "spec:\n  selector: {matchLabels: {a: w}}\n  template:\n    metadata: {labels: {a: w}}\n"
    "    spec: {containers: [{name: istio-proxy, image: auto}]}\n"
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: client, namespace: shop, labels: {a: c}}\n"
    "spec: {containers: [{name: c, image: c}]}\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: other, namespace: shop}\n"
    "spec: {selector: {app: other}, ports: [{name: http, port: 8080}]}\n" +
    service(kUse);

std::string rule(const std::string& ns, const std::string& http) {
  return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: api, "
         "namespace: " +
         ns + "}\nspec: {hosts: [api.shop.svc.cluster.local], http: [" + http + "]}\n";
}

/// The clusters of the Service's routes, as a client of this name has them.
std::string clusters(const std::string& text, const std::string& client = "waypoint") {
  Compiled mesh(text);
  std::string out;
  for (const Json& host : mesh.view(client).routes["80"]["virtualHosts"]) {
    if (host["name"] != "api.shop.svc.cluster.local:80") continue;
    for (const Json& route : host["routes"])
      out += route["route"]["cluster"].get<std::string>() + " ";
  }
  return out;
}

TEST(Waypoints, TheirPodsAreAProxyAndNothingElse) {
  Compiled mesh(kMesh, {.replicas = {}, .localities = {}, .injection = true, .ambient = true});
  for (const MeshPod& pod : mesh.mesh.pods()) {
    EXPECT_EQ(pod.waypoint, pod.workload == "waypoint") << pod.name;
    EXPECT_EQ(pod.ambient, pod.workload != "waypoint") << pod.name;
    EXPECT_FALSE(pod.sidecar) << pod.name;
  }
  Compiled without(kMesh, {.replicas = {}, .localities = {}, .injection = false, .ambient = false});
  EXPECT_TRUE(std::ranges::none_of(without.mesh.pods(), &MeshPod::waypoint));
}

TEST(Waypoints, RulesOfOtherNamespacesDoNotAct) {
  const std::string to = "{route: [{destination: {host: api.shop.svc.cluster.local, subset: a}}]}";
  const std::string a = "outbound|80|a|api.shop.svc.cluster.local ";
  const std::string plain = "outbound|80||api.shop.svc.cluster.local ";
  EXPECT_EQ(clusters(kMesh + rule("shop", to)), a);
  EXPECT_EQ(clusters(kMesh + rule("team", to)), plain);
  EXPECT_EQ(clusters(kMesh + rule("team", to), "client"), a);  // by a sidecar
}

TEST(Waypoints, MatchesOfCallersLabelsAreLeftOut) {
  const std::string text =
      kMesh + rule("shop",
                   "{match: [{sourceLabels: {a: w}}], route: [{destination: {host: api, subset: "
                   "a}}]}, {route: [{destination: {host: api, subset: b}}]}");
  EXPECT_EQ(clusters(text), "outbound|80|b|api.shop.svc.cluster.local ");
}

TEST(Waypoints, ADestinationWithoutAPortHasItsServicesOnlyOne) {
  const std::string text = kMesh + rule("shop", "{route: [{destination: {host: other}}]}");
  EXPECT_EQ(clusters(text), "outbound|8080||other.shop.svc.cluster.local ");
  EXPECT_EQ(clusters(text, "client"), "outbound|80||other.shop.svc.cluster.local ");
}

TEST(Waypoints, SidecarObjectsHaveNoEffect) {
  EXPECT_EQ(
      clusters(kMesh + "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: "
                       "all, namespace: shop}\nspec: {egress: [{hosts: [\"./other.shop.svc.cluster."
                       "local\"]}]}\n"),
      "outbound|80||api.shop.svc.cluster.local ");
}

}  // namespace
}  // namespace squall::config
