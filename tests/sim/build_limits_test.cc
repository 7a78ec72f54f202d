// What limits in manifests make of replicas and their sidecars.
#include "sim/build_limits.h"

#include "sim/build.h"
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::all_of;
using testing::RunText;

/// `app` behind a Service, with annotations, and limits of CPU.
std::string deployment(const std::string& cpu, const std::string& annotations = "") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\n"
         "spec: {selector: {app: app}, ports: [{port: 80, name: http}]}\n"
         "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n"
         "  selector: {matchLabels: {app: app}}\n  template:\n    metadata: {labels: {app: app}, "
         "annotations: {" +
         annotations + "}}\n    spec: {containers: [{name: main, resources: {limits: {" + cpu +
         "}}}]}\n";
}

/// The rate at which one replica answers what is twice too much for a core, at 10 ms each.
double answered(const std::string& cpu, const std::string& limits) {
  const RunText run(
      "spec:\n  warmup: 10s\n  duration: 60s\n  workloads:\n    app: {latency: 10ms, cpu: {" + cpu +
      "}, queue: {limit: 5}}\n"
      "  load: [{name: load, from: outside, to: http://app/, rate: 200/s}]\n" +
      deployment(limits));
  return static_cast<double>(run.load("load").status().at("200")) / 50;
}

TEST(BuildLimits, CoresAreThoseOfTheContainersLimits) {
  EXPECT_NEAR(answered("", "cpu: 1"), 100, 2);
  EXPECT_NEAR(answered("", "cpu: 500m"), 50, 1);
  EXPECT_NEAR(answered("", "cpu: 1500m"), 150, 3);
  EXPECT_NEAR(answered("cores: 1", "cpu: 500m"), 100, 2);  // the scenario says so
}

TEST(BuildLimits, WithoutALimitCoresAreNotKnown) {
  const auto scenario = scenarios::read_scenario(
      "apiVersion: squall.dev/v1\nkind: Scenario\nmetadata: {name: test}\nspec:\n  duration: 9s\n"
      "  workloads: {app: {cpu: {}}}\n"
      "  load: [{name: l, from: outside, to: http://app/, rate: 1/s}]\n" +
          deployment("memory: 1Gi"),
      "s.yaml", {});
  ASSERT_TRUE(scenario.has_value());
  const auto model = build(*scenario, {});
  ASSERT_FALSE(model.has_value());
  EXPECT_NE(all_of(model.error())
                .find("cores of app.default are not known: not every container of it has a "
                      "limits.cpu in the manifests; write cpu: {cores: 2}"),
            std::string::npos);
}

/// The mean latency at a sidecar that works 10 ms on each request: M/D/c.
double wait(const std::string& app, const std::string& manifests) {
  const RunText run(
      "spec:\n  warmup: 10s\n  duration: 210s\n  mesh: {sidecar: {cpu: 10ms, workers: 7}}\n"
      "  workloads: {app: {" +
      app + "}}\n  load: [{name: load, from: outside, to: http://app/, rate: 80/s}]\n" + manifests);
  return run.load("load").latency_s().mean();
}
std::string proxy_config(const std::string& spec) {
  return "---\napiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: "
         "workers, namespace: default}\nspec: {" +
         spec + "}\n";
}

TEST(BuildLimits, WorkersOfASidecarAreThoseOfItsProxyConfig) {
  const double one = 0.030, two = 0.0110;  // M/D/1 at 0.8, M/D/2 at 0.4
  EXPECT_LT(wait("", deployment("")), 0.0102);
  EXPECT_NEAR(wait("", deployment("") + proxy_config("concurrency: 1")), one, 0.0015);
  EXPECT_NEAR(wait("", deployment("", "proxy.istio.io/config: 'concurrency: 2'")), two, 0.0003);
  EXPECT_NEAR(wait("", deployment("", "sidecar.istio.io/proxyCPULimit: 1500m")), two, 0.0003);
  EXPECT_NEAR(wait("sidecar: {workers: 1}", deployment("") + proxy_config("concurrency: 2")), one,
              0.0015);
}

TEST(BuildLimits, MemoryOfASidecarIsThatOfItsAnnotation) {
  const auto kills = [](const std::string& annotations) {
    const RunText run(
        "spec:\n  duration: 9s\n  mesh: {sidecar: {memory: {connection: 1Mi, limit: 100Mi}}}\n"
        "  workloads: {web: {}, app: {latency: 100ms}}\n"
        "  load: [{name: load, from: web, to: http://app/, users: 20, think: 1s}]\n" +
        deployment("", annotations));
    return run.timeline().find("killed app-0") != std::string::npos;
  };
  EXPECT_FALSE(kills(""));
  EXPECT_TRUE(kills("sidecar.istio.io/proxyMemoryLimit: 3Mi"));
}

}  // namespace
}  // namespace squall::sim
