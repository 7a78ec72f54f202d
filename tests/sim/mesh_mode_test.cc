#include "sim/mesh_mode.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

/// What is warned of where a pod stands in a Namespace of these labels.
std::string warned(const std::string& labels, const std::string& mode = "ambient") {
  const testing::RunText run(
      "spec:\n  duration: 1s\n  mesh: {mode: " + mode +
      "}\n  workloads: {app.shop: {}}\n"
      "  load: [{name: x, from: outside, to: http://app.shop/, rate: 10/s}]\n"
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop" +
      labels +
      "}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: app, namespace: shop, labels: {app: "
      "app}}\n"
      "spec: {containers: [{name: app}]}\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: shop}\n"
      "spec: {selector: {app: app}, ports: [{port: 80, name: http}]}\n");
  for (const Diagnostic& one : run.warnings.all()) {
    if (one.what.starts_with("mesh.mode")) return to_string(one);
  }
  return {};
}

TEST(MeshMode, LabelsForSidecarsWin) {
  EXPECT_EQ(warned(", labels: {istio-injection: enabled}"),
            "s.yaml:10:1: warning: mesh.mode: ambient does nothing in namespace shop: its label "
            "istio-injection: enabled gives its pods sidecars; label it istio.io/dataplane-mode: "
            "ambient instead");
  EXPECT_TRUE(warned(", labels: {istio.io/rev: stable}").contains("istio.io/rev: stable"));
  EXPECT_NE(warned(", labels: {istio-injection: enabled, istio.io/dataplane-mode: ambient}"), "");
}

TEST(MeshMode, ANamespaceThatIsDeclaredHasTheModeThatItSays) {
  EXPECT_TRUE(warned("").contains("it is declared without a label of a mesh"));
  EXPECT_EQ(warned(", labels: {istio.io/dataplane-mode: ambient}"), "");
  EXPECT_EQ(warned(", labels: {istio.io/dataplane-mode: none}"), "");
  EXPECT_EQ(warned(", labels: {istio-injection: enabled}", "sidecar"), "");
}

}  // namespace
}  // namespace squall::sim
