#include "config/sidecar_workers.h"

#include <gtest/gtest.h>

#include "tests/config/mesh_text.h"

namespace squall::config {
namespace {

std::string proxy_config(const std::string& name, const std::string& spec) {
  return "---\napiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: x, "
         "namespace: " +
         name + "}\nspec: {" + spec + "}\n";
}

TEST(SidecarWorkers, WhatIsCloserToThePodGoesBefore) {
  const std::string mesh = proxy_config("istio-system", "concurrency: 1"),
                    space = proxy_config("shop", "concurrency: 2"),
                    workload =
                        "---\napiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\n"
                        "metadata: {name: y, namespace: shop}\n"
                        "spec: {selector: {matchLabels: {app: web}}, concurrency: 4}\n";
  const auto workers = [](const std::string& manifests, const SidecarAnnotations& annotations) {
    return sidecar_workers(good_mesh(manifests), "istio-system", {{"app", "web"}}, "shop",
                           annotations);
  };
  SidecarAnnotations annotated, limited;
  annotated.concurrency = 3;
  limited.cpu_limit = 4100;
  EXPECT_EQ(workers(mesh + space + workload, annotated), 4);
  EXPECT_EQ(workers(mesh + space, annotated), 3);
  EXPECT_EQ(workers(mesh + space, limited), 2);
  EXPECT_EQ(workers(mesh, limited), 1);
  EXPECT_EQ(workers("", limited), 5);
  EXPECT_EQ(workers("", {}), std::nullopt);
  EXPECT_EQ(workers(proxy_config("shop", "concurrency: 0"), limited), std::nullopt);
  EXPECT_EQ(workers(proxy_config("other", "concurrency: 9"), {}), std::nullopt);
}

TEST(SidecarWorkers, AnnotationsThatCannotBeReadAreNamed) {
  const auto mistakes = [](const std::string& annotation) {
    Diagnostics diagnostics;
    const auto documents = parse_documents(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, "
        "annotations: {" +
            annotation + "}}\nspec: {containers: [{name: main}]}\n",
        "p.yaml");
    Resources resources;
    resources.add(*documents, diagnostics);
    return diagnostics.empty() ? std::string() : diagnostics.all().front().what;
  };
  EXPECT_EQ(mistakes("proxy.istio.io/config: 'concurrency: 3'"), "");
  EXPECT_NE(mistakes("proxy.istio.io/config: 'concurrency: many'").find("from 0 to 1000"),
            std::string::npos);
  EXPECT_NE(mistakes("proxy.istio.io/config: 'a'").find("expected a mapping"), std::string::npos);
  EXPECT_NE(mistakes("sidecar.istio.io/proxyCPULimit: lots").find("expected an amount of CPU"),
            std::string::npos);
  EXPECT_NE(mistakes("sidecar.istio.io/proxyMemoryLimit: lots").find("expected a size"),
            std::string::npos);
}

}  // namespace
}  // namespace squall::config
