// Which calls of a Model go by a waypoint, and what cannot be asked of one.
#include "sim/build.h"
#include "tests/sim/two_sides.h"

namespace squall::sim {
namespace {

using testing::all_of;
using testing::once;
using testing::read_text;

const std::string kGateway =
    "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint}\n"
    "spec: {gatewayClassName: istio-waypoint}\n";
const std::string kNamespace =
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: "
    "{istio.io/dataplane-mode: ambient, istio.io/use-waypoint: waypoint}}\n";

std::string with(const std::string& workloads, const std::string& load = once("http://app/", "web"),
                 const std::string& more = "") {
  return "spec:\n  duration: 20s\n  workloads: {" + workloads + "}\n" + more + load + kGateway +
         kNamespace;
}

/// Why there is no model.
std::string refusal(const std::string& text) {
  const scenarios::Scenario scenario = read_text(text);
  const auto model = build(scenario);
  return model ? "" : all_of(model.error());
}

std::uint32_t workload(const Model& model, std::string_view name) {
  std::uint32_t i = 0;
  while (model.workloads[i].name != name) ++i;
  return i;
}

TEST(BuildWaypoints, ItsReplicasHaveOneProxyThatServesAndSendsOn) {
  const scenarios::Scenario scenario = read_text(with("web: {}, app: {}, waypoint: {replicas: 2}"));
  const auto model = *build(scenario);
  const WorkloadModel& waypoint = model->workloads[workload(*model, "waypoint.default")];
  ASSERT_EQ(waypoint.pods, 2U);
  ASSERT_EQ(model->proxies.size(), 2U);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const PodModel& pod = model->pods[waypoint.first_pod + i];
    EXPECT_TRUE(pod.waypoint);
    EXPECT_FALSE(pod.ambient);
    EXPECT_EQ(pod.outbound, kNone);
    ASSERT_NE(pod.inbound, kNone);
    EXPECT_TRUE(model->proxies[pod.inbound].serves);
    EXPECT_FALSE(model->proxies[pod.inbound].inbound);
  }
  EXPECT_EQ(model->load_operations[0].site.waypoint, workload(*model, "waypoint.default"));
}

TEST(BuildWaypoints, OneThatNobodyUsesHasNoProxy) {
  const scenarios::Scenario scenario = read_text(
      "spec:\n  duration: 20s\n  mesh: {mode: ambient}\n  workloads: {web: {}, app: {}}\n" +
      once("http://app/", "web") + kGateway);
  const auto model = *build(scenario);
  EXPECT_EQ(model->proxies.size(), 0U);
  EXPECT_EQ(model->load_operations[0].site.waypoint, kNone);
  EXPECT_EQ(model->workloads[workload(*model, "waypoint.default")].pods, 1U);
}

TEST(BuildWaypoints, CallsOfApplicationsAndOfStartsGoByIt) {
  const scenarios::Scenario scenario =
      read_text(with("web: {start: {calls: [{to: http://app/}]}, calls: [{to: http://app/}, {to: "
                     "http://db/}]}, app: {}, db: {}",
                     once("http://web/")));
  const auto model = *build(scenario);
  ASSERT_EQ(model->calls.size(), 3U);
  for (const CallModel& call : model->calls)
    EXPECT_EQ(call.site.waypoint, workload(*model, "waypoint.default"));
  EXPECT_EQ(model->load_operations[0].site.waypoint, kNone);  // from outside
}

TEST(BuildWaypoints, PortsThatAreNotHttpGoPast) {
  const scenarios::Scenario scenario = read_text(
      with("web: {}, app: {}", once("http://app:90/", "web")) +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: default}\nspec: "
      "{selector: {app: app}, ports: [{name: http, port: 80}, {name: tcp-db, port: 90}]}\n");
  const auto model = *build(scenario);
  EXPECT_EQ(model->load_operations[0].site.waypoint, kNone);
}

TEST(BuildWaypoints, LibrariesThatChooseTheReplicaGoPast) {
  const scenarios::Scenario scenario = read_text(
      with("web: {}, app: {}", once("http://app/", "web", ", client: {balance: {choices: 2}}")));
  const auto model = *build(scenario);
  EXPECT_EQ(model->load_operations[0].site.waypoint, kNone);
}

TEST(BuildWaypoints, ADeploymentOfTheManifestsServesIt) {
  const scenarios::Scenario scenario = read_text(
      with("web: {}, app: {}") +
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: waypoint, namespace: default}\n"
      "spec:\n  replicas: 3\n  selector: {matchLabels: {a: b}}\n  template:\n"
      "    metadata: {labels: {a: b}}\n"
      "    spec: {containers: [{name: istio-proxy, image: auto}]}\n");
  const auto model = *build(scenario);
  EXPECT_EQ(model->workloads[workload(*model, "waypoint.default")].pods, 3U);
  EXPECT_EQ(model->proxies.size(), 3U);
}

TEST(BuildWaypoints, ItHasNoApplicationAndAsksNothing) {
  EXPECT_EQ(refusal(with("web: {}, app: {}, waypoint: {latency: 1s}")),
            "s.yaml:6:33: error: waypoint is a waypoint: it has no application; it may have "
            "replicas, zones and sidecar; write what servers do under theirs\n");
  EXPECT_EQ(refusal(with("web: {}, app: {}", once("http://app/", "waypoint"))),
            "s.yaml:7:29: error: waypoint is a waypoint: it asks nothing of its own; name one of "
            "its clients\n");
  EXPECT_EQ(refusal(with("web: {}, app: {}", once("http://app/", "web"),
                         "  faults: [{at: 1s, workload: waypoint, slow: {factor: 2}}]\n")),
            "s.yaml:7:12: error: waypoint is a waypoint: it has no application; crash and unready "
            "act on it, and what concerns sidecars and the network\n");
}

}  // namespace
}  // namespace squall::sim
