// Names in manifests that stand for nothing. The codes are those of istioctl analyze, where it has
// one for the finding.
#include "config/unresolved.h"

#include "config/compile.h"
#include "tests/config/mesh_text.h"

namespace squall::config {
namespace {

using Lines = std::vector<std::string>;

// Lines 1 to 13.
constexpr std::string_view kShop = R"y(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v1, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: reviews}}
  template: {metadata: {labels: {app: reviews}}, spec: {containers: [{name: a, ports: [{name: web, containerPort: 80}]}]}}
---
)y";

Lines warnings(std::string_view more) {
  const Resources resources = good_mesh(std::string(kShop) + std::string(more));
  const Mesh mesh(resources, {});
  Diagnostics diagnostics;
  mesh.warn_unresolved(diagnostics);
  return lines_of(diagnostics);
}

/// `spec` begins in line 17.
Lines virtual_service(const std::string& spec, const std::string& ns = "shop") {
  return warnings(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r, namespace: " +
      ns + "}\nspec:\n" + spec);
}

Lines destination_rule(const std::string& spec, const std::string& ns = "shop") {
  return warnings(
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r, namespace: " +
      ns + "}\nspec: " + spec + "\n");
}

std::string route(const std::string& destination) {
  return "  hosts: [reviews]\n  http: [{route: [{destination: " + destination + "}]}]\n";
}

TEST(Unresolved, WhatIsThereIsNoWarning) {
  EXPECT_EQ(warnings(""), Lines());
  EXPECT_EQ(virtual_service(route("{host: reviews, port: {number: 9080}}")), Lines());
  EXPECT_EQ(virtual_service("  hosts: [reviews.shop.svc.cluster.local]\n  http: [{route: "
                            "[{destination: {host: reviews.shop.svc.cluster.local}}]}]\n",
                            "default"),
            Lines());
  EXPECT_EQ(destination_rule("{host: \"*.shop.svc.cluster.local\"}", "default"), Lines());
}

TEST(Unresolved, ADestinationThatNoServiceHasIs0101) {
  EXPECT_EQ(
      virtual_service(route("{host: revews}")),
      Lines{
          "19:40: warning: spec.http[0].route[0].destination.host: no Service or ServiceEntry has "
          "the host \"revews\"; did you mean \"reviews\"?"});
  EXPECT_EQ(
      virtual_service(route("{host: mail}")),
      Lines{
          "19:40: warning: spec.http[0].route[0].destination.host: no Service or ServiceEntry has "
          "the host \"mail\"; what goes there is lost: add the manifests of its "
          "Service"});
}

TEST(Unresolved, AnIstioObjectNamesAHostOfAnotherNamespaceInFull) {
  const Lines wanted = {
      "18:10: warning: spec.hosts: no Service or ServiceEntry has the host \"reviews\"; did you "
      "mean "
      "\"reviews.shop.svc.cluster.local\"?",
      "19:40: warning: spec.http[0].route[0].destination.host: no Service or ServiceEntry has the "
      "host "
      "\"reviews.shop\"; did you mean \"reviews.shop.svc.cluster.local\"?"};
  EXPECT_EQ(virtual_service(route("{host: reviews.shop}"), "default"), wanted);
}

TEST(Unresolved, AMirrorIsADestination) {
  EXPECT_EQ(
      virtual_service("  hosts: [reviews]\n  http: [{route: [{destination: {host: reviews}}], "
                      "mirror: {host: mail}}]\n"),
      Lines{"19:67: warning: spec.http[0].mirror.host: no Service or ServiceEntry has the host "
            "\"mail\"; what goes there is lost: add the manifests of its Service"});
}

TEST(Unresolved, ASubsetThatNoRuleHasIs0101) {
  const std::string rule =
      "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
      "metadata: {name: r, namespace: shop}\nspec: {host: %, subsets: [{name: v1}, {name: v2}]}\n";
  const auto with = [&](std::string host, const std::string& subset) {
    std::string text = rule;
    text.replace(text.find('%'), 1, host);
    return virtual_service(route("{host: reviews, subset: " + subset + "}") + text);
  };
  const std::string what =
      "19:57: warning: spec.http[0].route[0].destination.subset: no DestinationRule for "
      "reviews.shop has the "
      "subset ";
  EXPECT_EQ(with("reviews", "v1"), Lines());
  EXPECT_EQ(with("\"*.shop.svc.cluster.local\"", "v1"), Lines());
  EXPECT_EQ(with("reviews", "v3"), Lines{what + "\"v3\"; did you mean \"v1\"?"});
  EXPECT_EQ(with("reviews", "canary"), Lines{what + "\"canary\"; its subsets are v1, v2"});
  EXPECT_EQ(virtual_service(route("{host: reviews, subset: v1}")),
            Lines{what + "\"v1\"; add one: what goes there is lost"});
}

TEST(Unresolved, APortThatTheServiceLacksIs0101) {
  EXPECT_EQ(virtual_service(route("{host: reviews, port: {number: 9081}}")),
            Lines{"19:55: warning: spec.http[0].route[0].destination.port: reviews.shop has no "
                  "port 9081; its "
                  "ports are 9080"});
}

TEST(Unresolved, ARuleForGatewaysOnlyIsNotForTheSidecarsThatCallTheHost) {
  const std::string http = "  http: [{route: [{destination: {host: reviews}}]}]\n";
  EXPECT_EQ(
      virtual_service("  hosts: [reviews]\n  gateways: [edge]\n" + http),
      Lines{"19:13: warning: spec.gateways has no \"mesh\": sidecars that call reviews.shop do not "
            "use these rules; add mesh, or leave gateways out"});
  EXPECT_EQ(virtual_service("  hosts: [reviews]\n  gateways: [edge, mesh]\n" + http), Lines());
  EXPECT_EQ(virtual_service("  hosts: [shop.example.com]\n  gateways: [edge]\n" + http), Lines());
  EXPECT_EQ(virtual_service("  hosts: [shop.example.com]\n  gateways: [edge, mesh]\n" + http),
            Lines());
  EXPECT_EQ(virtual_service("  hosts: [\"*\"]\n  gateways: [edge]\n" + http), Lines());
}

TEST(Unresolved, AGatewayRuleBesideOneForTheMeshIsMeant) {
  const std::string http = "  http: [{route: [{destination: {host: reviews}}]}]\n";
  EXPECT_EQ(
      virtual_service("  hosts: [reviews]\n  gateways: [edge]\n" + http +
                      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: "
                      "{name: inside, namespace: shop}\nspec:\n  hosts: [reviews]\n" +
                      http),
      Lines());
}

TEST(Unresolved, ADestinationRuleOfAHostThatNobodyHasIs0174) {
  EXPECT_EQ(
      destination_rule("{host: review}"),
      Lines{
          "17:14: warning: spec.host: no Service or ServiceEntry has the host \"review\"; did you "
          "mean \"reviews\"?"});
  EXPECT_EQ(
      destination_rule("{host: \"*.bank.svc.cluster.local\"}"),
      Lines{"17:14: warning: spec.host: no Service or ServiceEntry has the host "
            "\"*.bank.svc.cluster.local\"; the rule applies to nothing: add the manifests of the "
            "Service"});
}

TEST(Unresolved, ASubsetWithoutPodsIs0173) {
  const std::string deployment =
      "\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: reviews-v2, namespace: "
      "shop}\nspec: "
      "{replicas: %, selector: {matchLabels: {version: v2}}, template: {metadata: {labels: {app: "
      "reviews, version: v2}}}}\n";
  const auto with = [&](const std::string& version, const std::string& replicas) {
    std::string more = deployment;
    more.replace(more.find('%'), 1, replicas);
    return destination_rule("{host: reviews, subsets: [{name: a, labels: {version: " + version +
                            "}}]}" + more);
  };
  EXPECT_EQ(with("v2", "1"), Lines());
  EXPECT_EQ(with("v2", "0"), Lines());
  EXPECT_EQ(with("v2, topology.kubernetes.io/zone: a", "1"), Lines());
  EXPECT_EQ(with("v3", "1"),
            Lines{"17:51: warning: spec.subsets[0].labels: no pod of reviews.shop has the labels "
                  "\"version=v3\"; they have version=v2"});
  EXPECT_EQ(destination_rule("{host: reviews, subsets: [{name: a, labels: {track: canary}}]}"),
            Lines{"17:51: warning: spec.subsets[0].labels: no pod of reviews.shop has the labels "
                  "\"track=canary\"; requests of the subset get 503"});
}

TEST(Unresolved, HostsOfServiceEntriesAndExternalNamesAreThere) {
  const std::string outside =
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: "
      "shop}\nspec: "
      "{hosts: [api.example.com, \"*.wild.example.com\"], ports: [{number: 80, name: http, "
      "protocol: "
      "HTTP}], resolution: NONE}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: alias, "
      "namespace: "
      "shop}\nspec: {type: ExternalName, externalName: elsewhere.example.com}\n---\n";
  for (const std::string host : {"api.example.com", "a.wild.example.com", "alias"}) {
    EXPECT_EQ(
        warnings(outside +
                 "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r, "
                 "namespace: shop}\nspec: {host: " +
                 host + "}\n"),
        Lines())
        << host;
  }
}

TEST(Unresolved, AServiceThatIsNotExportedToTheRulesNamespaceIsNotThere) {
  const std::string rule =
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r, namespace: "
      "shop}\nspec: "
      "{hosts: [reviews], http: [{route: [{destination: {host: api.example.com}}]}]}\n---\n";
  const std::string entry =
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: "
      "bank}\nspec: "
      "{hosts: [api.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: "
      "NONE, "
      "exportTo: [\"%\"]}\n";
  const auto to = [&](const std::string& whom) {
    std::string text = rule + entry;
    text.replace(text.find('%'), 1, whom);
    return warnings(text);
  };
  EXPECT_EQ(to("*"), Lines());
  EXPECT_EQ(to("shop"), Lines());
  const std::string own_rule_for_others =
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r, namespace: "
      "shop}\nspec: "
      "{exportTo: [bank], hosts: [reviews], http: [{route: [{destination: {host: "
      "api.example.com}}]}]}\n---\n";
  EXPECT_EQ(warnings(own_rule_for_others + std::string(entry).replace(entry.find('%'), 1, ".")),
            Lines());
  EXPECT_EQ(to("."),
            Lines{"17:63: warning: spec.http[0].route[0].destination.host: no Service or "
                  "ServiceEntry has the host \"api.example.com\"; what goes there is lost: add "
                  "the manifests of its Service"});
}

Lines service(const std::string& spec) {
  return warnings(
      "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: " + spec + "\n");
}

TEST(Unresolved, ASelectorWithoutPodsIsAWarning) {
  EXPECT_EQ(service("{selector: {app: review}, ports: [{port: 80}]}"),
            Lines{"17:18: warning: spec.selector: no Pod, Deployment or StatefulSet of namespace "
                  "shop has the "
                  "labels \"app=review\"; did you mean \"app=reviews\"?"});
  EXPECT_EQ(
      service("{selector: {app: mail, tier: x}, ports: [{port: 80}]}"),
      Lines{
          "17:18: warning: spec.selector: no Pod, Deployment or StatefulSet of namespace shop has "
          "the "
          "labels \"app=mail,tier=x\"; the Service leads nowhere: add the manifests of its pods"});
}

Lines entry_of(const std::string& app, const std::string& more = "") {
  return warnings(
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: pay, namespace: "
      "shop}\nspec: {hosts: [pay.example.com], resolution: STATIC, ports: [{number: 80, name: "
      "http, "
      "protocol: HTTP}], workloadSelector: {labels: {app: " +
      app + "}}}\n" + more);
}

TEST(Unresolved, ASelectorOfAServiceEntryThatFitsNobody) {
  const std::string nobody =
      "17:123: warning: spec.workloadSelector: no Pod, Deployment or StatefulSet of namespace shop "
      "has the labels \"app=pay\"; ";
  EXPECT_EQ(entry_of("reviews"), Lines());
  EXPECT_EQ(entry_of("pay"),
            Lines{nobody + "the ServiceEntry leads nowhere: add the manifests of its pods"});
  EXPECT_EQ(entry_of("pay",
                     "---\n{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: "
                     "{name: vm}, spec: {address: 10.0.0.1}}\n"),
            Lines{nobody + "WorkloadEntry is not read: add a Deployment with these labels"});
}

TEST(Unresolved, ADeploymentWithoutReplicasIsSelectedAllTheSame) {
  EXPECT_EQ(
      warnings(
          "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: idle, namespace: shop}\nspec: "
          "{replicas: 0, selector: {matchLabels: {app: idle}}, template: {metadata: {labels: "
          "{app: idle}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: idle, namespace: "
          "shop}\nspec: {selector: {app: idle}, ports: [{port: 80}]}\n"),
      Lines());
}

TEST(Unresolved, ATargetPortThatNoContainerHasIsAWarning) {
  const std::string what = "no container of s.shop's pods has the port ";
  EXPECT_EQ(service("{selector: {app: reviews}, ports: [{port: 80, targetPort: wbe}]}"),
            Lines{"17:65: warning: spec.ports[0].targetPort: " + what +
                  "\"wbe\"; did you mean \"web\"?"});
  EXPECT_EQ(service("{selector: {app: reviews}, ports: [{port: 80, targetPort: 8081}]}"),
            Lines{"17:65: warning: spec.ports[0].targetPort: " + what + "\"8081\"; they have 80"});
  EXPECT_EQ(service("{selector: {app: reviews}, ports: [{port: 80, targetPort: 80}]}"), Lines());
  EXPECT_EQ(service("{selector: {app: reviews}, ports: [{port: 80, targetPort: 15020}]}"), Lines());
}

}  // namespace
}  // namespace squall::config
