// DestinationRules that hash: where a run's requests go.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::RunText;

/// Two callers, of which each sends the same header all the time; so many of app's pods serve them.
int pods_that_serve(const std::string& hash, const std::string& from_two = "{a: {}, b: {}") {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: " + from_two + ", app: {replicas: 10}}\n" +
      "  load:\n"
      "  - {name: a, from: a, to: http://app/, rate: 20/s, headers: {x-user: anna}}\n"
      "  - {name: b, from: b, to: http://app/, rate: 20/s, headers: {x-user: bert}}\n" +
      destination_rule("app", "loadBalancer: {" + hash + "}"));
  EXPECT_TRUE(run.warnings.empty()) << testing::all_of(run.warnings);
  int pods = 0;
  std::uint64_t requests = 0;
  for (const reports::Endpoint& one : run.report.endpoints()) {
    if (!one.pod().starts_with("app-")) continue;
    pods += one.requests() > 0 ? 1 : 0;
    requests += one.requests();
  }
  EXPECT_GT(requests, 500U);
  return pods;
}

TEST(ConsistentHash, WithoutItAllPodsServe) {
  EXPECT_EQ(pods_that_serve("simple: ROUND_ROBIN"), 10);
}

TEST(ConsistentHash, ByHeaderSendsAUserToOnePod) {
  EXPECT_EQ(pods_that_serve("consistentHash: {httpHeaderName: x-user}"), 2);
  EXPECT_EQ(pods_that_serve("consistentHash: {httpHeaderName: x-user, maglev: {tableSize: 1021}}"),
            2);
}

TEST(ConsistentHash, ByAddressSendsAPodOfTheCallersToOnePod) {
  EXPECT_EQ(pods_that_serve("consistentHash: {useSourceIp: true}"), 2);
  EXPECT_GT(pods_that_serve("consistentHash: {useSourceIp: true}", "{a: {replicas: 20}, b: {}"), 4);
}

TEST(ConsistentHash, ByACookieThatNobodyHasSendsAPodOfTheCallersToOnePod) {
  EXPECT_EQ(pods_that_serve("consistentHash: {httpCookie: {name: session, ttl: 60s}}"), 2);
}

/// Two pods each, of zone a and of zone b.
std::string deployment(const std::string& name, const std::string& app, const std::string& zone) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         "}\nspec: {replicas: 2, selector: {matchLabels: {app: " + app + ", zone: " + zone +
         "}}, template: {metadata: {labels: {app: " + app + ", zone: " + zone +
         ", istio-locality: r." + zone + "}}}}\n";
}

TEST(Distribute, SendsTheSharesThatItNames) {
  const RunText run(
      "spec:\n  duration: 100s\n  load:\n  - {name: a, from: web, to: http://app/, rate: 100/s}\n" +
      deployment("web", "web", "a") + deployment("app-a", "app", "a") +
      deployment("app-b", "app", "b") +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\n"
      "spec: {selector: {app: app}, ports: [{name: http, port: 80}]}\n" +
      destination_rule(
          "app",
          "outlierDetection: {consecutive5xxErrors: 5}, loadBalancer: {localityLbSetting: "
          "{enabled: true, distribute: [{from: r/a, to: {r/a: 80, r/b: 20}}]}}"));
  EXPECT_TRUE(run.warnings.empty()) << testing::all_of(run.warnings);
  double in_zone = 0, all = 0;
  for (const reports::Endpoint& one : run.report.endpoints()) {
    all += static_cast<double>(one.requests());
    if (one.pod().starts_with("app-a-")) in_zone += static_cast<double>(one.requests());
  }
  EXPECT_GT(all, 9000);
  EXPECT_NEAR(in_zone / all, 0.8, 0.02);
}

}  // namespace
}  // namespace squall::sim
