#include "config/resources.h"

#include "tests/config/mesh_text.h"

namespace squall::config {
namespace {

using Lines = std::vector<std::string>;

TEST(Resources, TheSameKindNamespaceAndNameReplaces) {
  const Resources mesh = good_mesh(R"y(
apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {ports: [{port: 81}]}
)y");
  ASSERT_EQ(mesh.services.items().size(), 1U);
  EXPECT_EQ(mesh.services.items()[0].ports[0].port, 81);
}

TEST(Resources, AListHoldsObjectsOfAnyKind) {
  const Resources mesh = good_mesh(R"y(
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
- {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}
)y");
  EXPECT_NE(mesh.namespaces.find("/shop"), nullptr);
  EXPECT_NE(mesh.service_accounts.find("shop/api"), nullptr);
}

TEST(Resources, KindsWithoutAUseAreNamedOnceWithTheirNumber) {
  Diagnostics diagnostics;
  const Resources mesh = read_mesh(R"y(
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {x: y}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: j}}
)y",
                                   diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  mesh.note_skipped(diagnostics);
  EXPECT_EQ(lines_of(diagnostics),
            (Lines{"2:1: note: ConfigMap is not read by squall, skipped (2 objects)",
                   "6:1: note: Job of batch is not read by squall, skipped"}));
}

TEST(Resources, TheGroupsOfAKindMatter) {
  Diagnostics diagnostics;
  const Resources mesh = read_mesh(
      "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}}", diagnostics);
  EXPECT_TRUE(mesh.services.empty());
  EXPECT_EQ(mesh.skipped.count("Service of serving.knative.dev"), 1U);
}

TEST(Resources, WhatIstioHasAndIsNotReadIsSkippedAsAreTheKindsOfOthers) {
  for (const auto& [version, kind] : std::vector<std::pair<std::string, std::string>>{
           {"networking.istio.io/v1alpha3", "EnvoyFilter"},
           {"networking.istio.io/v1", "WorkloadEntry"},
           {"networking.istio.io/v1", "WorkloadGroup"},
           {"security.istio.io/v1", "AuthorizationPolicy"},
           {"security.istio.io/v1", "RequestAuthentication"},
           {"telemetry.istio.io/v1", "Telemetry"},
           {"gateway.networking.k8s.io/v1", "HTTPRoute"},
           {"example.com/v1", "VirtualServce"}}) {
    const Resources mesh =
        good_mesh("{apiVersion: " + version + ", kind: " + kind + ", metadata: {name: a}}");
    EXPECT_EQ(mesh.skipped.size(), 1U) << kind;
  }
}

TEST(Resources, AListOfOneKindSaysItForItsItems) {
  for (const char* type : {"", "apiVersion: apps/v1, kind: Deployment, "}) {
    const Resources mesh = good_mesh(
        "{apiVersion: apps/v1, kind: DeploymentList, metadata: {resourceVersion: '7'}, items: [{" +
        std::string(type) +
        "metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: "
        "{labels: {app: a}}}}}]}");
    EXPECT_NE(mesh.deployments.find("default/a"), nullptr) << type;
  }
  const Resources others = good_mesh("{apiVersion: v1, kind: SecretList, items: [{data: {}}]}");
  EXPECT_EQ(others.skipped.count("Secret"), 1U);
}

TEST(Resources, AVersionThatAListsKindNeverHadIsAnErrorOfEachItem) {
  EXPECT_EQ(complaints("{apiVersion: apps/v7, kind: DeploymentList, items: [{metadata: {}}]}"),
            (Lines{"1:53: error: apiVersion: Deployment has no version v7; write apps/v1"}));
}

TEST(Resources, AVersionThatAKindNeverHadIsAnError) {
  EXPECT_EQ(complaints("{apiVersion: networking.istio.io/v2, kind: Sidecar, metadata: {name: a}}"),
            (Lines{"1:14: error: apiVersion: Sidecar has no version v2; write "
                   "networking.istio.io/v1"}));
}

TEST(Resources, AllThreeVersionsOfIstiosKindsAreTheSame) {
  for (const char* version : {"v1", "v1beta1", "v1alpha3"}) {
    const Resources mesh = good_mesh("{apiVersion: networking.istio.io/" + std::string(version) +
                                     ", kind: DestinationRule, metadata: {name: a}, "
                                     "spec: {host: a}}");
    EXPECT_EQ(mesh.destination_rules.items().size(), 1U);
  }
}

TEST(Resources, WhatAnApiServerRefusesIsReportedAndLeftOut) {
  Diagnostics diagnostics;
  const Resources mesh = read_mesh(R"y(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: slow}
spec:
  hosts: [api]
  http:
  - {timeout: 0s, route: [{destination: {host: api}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: good}
spec: {hosts: [api], http: [{route: [{destination: {host: api}}]}]}
)y",
                                   diagnostics);
  EXPECT_EQ(
      lines_of(diagnostics),
      (Lines{
          R"(8:15: error: spec.http[0].timeout: expected a duration of at least 1ms, got "0s"; leave it out for no timeout)"}));
  EXPECT_EQ(mesh.virtual_services.find("default/slow"), nullptr);
  EXPECT_NE(mesh.virtual_services.find("default/good"), nullptr);
}

TEST(Resources, WhatIsNoObjectIsAnError) {
  EXPECT_EQ(complaints("[1]"), (Lines{"1:1: error: expected a Kubernetes object; it begins with "
                                      "apiVersion and kind"}));
  EXPECT_EQ(complaints("{kind: Pod}"), (Lines{"1:1: error: apiVersion is missing; a Kubernetes "
                                              "object begins with apiVersion and kind"}));
}

TEST(Resources, WhatVirtualTimeCannotActOnIsAWarning) {
  Diagnostics diagnostics;
  const Resources mesh = read_mesh(R"y(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  hosts: [api]
  http:
  - fault: {abort: {httpStatus: 500, percentage: {value: 10}}}
    corsPolicy: {allowOrigins: [{exact: a.test}]}
    route: [{destination: {host: api}}]
)y",
                                   diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  mesh.warn_not_simulated(diagnostics);
  EXPECT_EQ(lines_of(diagnostics),
            (Lines{"8:5: warning: spec.http[0].corsPolicy has no effect in virtual time"}));
}

TEST(Resources, WhatPodsAskForAndARunDoesNotDoIsToldOnce) {
  const auto deployment = [](const std::string& name, const std::string& annotations) {
    return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
           "}\nspec:\n  selector: {matchLabels: {app: " + name +
           "}}\n  template:\n    metadata: {labels: {app: " + name + "}" + annotations +
           "}\n    spec:\n      containers:\n      - name: main\n"
           "        readinessProbe: {httpGet: {path: /}}\n        livenessProbe: {tcpSocket: "
           "{port: 1}}\n"
           "        resources: {requests: {cpu: 1}, limits: {cpu: 2}}\n";
  };
  const Resources mesh = good_mesh(
      deployment("a", ", annotations: {proxy.istio.io/config: '{concurrency: 4, tracing: {}}'}") +
      deployment("b", ""));
  Diagnostics diagnostics;
  mesh.warn_not_simulated(diagnostics);
  EXPECT_EQ(
      lines_of(diagnostics),
      (Lines{
          "8:71: note: of the annotation proxy.istio.io/config only `concurrency` has an effect",
          "14:49: note: limits of CPU hold for workloads with `cpu: {}` in the scenario; those of "
          "an application's memory are not simulated (2 objects)"}));
}

/// What is said about a ServiceEntry for bank.example.com with this beside its hosts and ports.
Lines of_bank(const std::string& rest, const std::string& more = {}) {
  const Resources mesh = good_mesh(
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: bank}\nspec:\n"
      "  hosts: [bank.example.com]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n" +
      rest + "\n" + more);
  Diagnostics diagnostics;
  mesh.warn_not_simulated(diagnostics);
  return lines_of(diagnostics);
}

TEST(Resources, AHostThatOnlyDnsKnowsIsAWarning) {
  const Lines said = {
      "5:10: warning: spec.hosts: nothing answers for \"bank.example.com\", as there is no DNS in "
      "virtual time: what goes there gets 503; write workloadSelector: {labels: {app: NAME}} "
      "instead of endpoints, and "
      "NAME under workloads"};
  EXPECT_EQ(of_bank("  resolution: DNS"), said);
  EXPECT_EQ(of_bank("  resolution: NONE"), said);
  EXPECT_EQ(of_bank("  resolution: DNS_ROUND_ROBIN"), said);
  EXPECT_EQ(of_bank("  resolution: DNS\n  endpoints: [{address: bank-1.example.com}]"), said);
}

TEST(Resources, AHostWithPodsOrAnAddressIsNoWarning) {
  EXPECT_EQ(of_bank("  resolution: STATIC\n  workloadSelector: {labels: {app: bank}}"), Lines());
  EXPECT_EQ(of_bank("  resolution: DNS\n  workloadSelector: {labels: {app: bank}}"), Lines());
  EXPECT_EQ(of_bank("  resolution: STATIC\n  endpoints: [{address: 10.0.0.9}]"), Lines());
  EXPECT_EQ(of_bank("  resolution: DNS\n  endpoints: [{address: fd00::9}]"), Lines());
}

TEST(Resources, AnotherEntryOrAServiceMayAnswerForTheHost) {
  EXPECT_EQ(of_bank("  resolution: DNS",
                    "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: "
                    "more}\nspec: {hosts: [bank.example.com], endpoints: [{address: 10.0.0.9}]}\n"),
            Lines());
  EXPECT_EQ(
      of_bank("  resolution: DNS",
              "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: "
              "more, namespace: other}\nspec: {hosts: [bank.example.com], endpoints: [{address: "
              "10.0.0.9}]}\n")
          .size(),
      1U)
      << "endpoints are shared within a namespace";
  const Resources mesh = good_mesh(R"y(
{apiVersion: v1, kind: Service, metadata: {name: bank, namespace: shop}, spec: {ports: [{port: 80}]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: bank}
spec: {hosts: [bank.shop.svc.cluster.local]}
)y");
  Diagnostics diagnostics;
  mesh.warn_not_simulated(diagnostics);
  EXPECT_TRUE(diagnostics.empty());
}

}  // namespace
}  // namespace squall::config
