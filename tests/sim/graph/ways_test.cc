// Where a caller's own routes lead its requests.
#include "tests/sim/graph/solved_text.h"

namespace squall::sim {
namespace {

using squall::testing::virtual_service;
using testing::SolvedText;

std::string mesh(const std::string& app, const std::string& more = "",
                 const std::string& url = "/") {
  return "spec:\n  workloads: {web: {}, app: {" + app + "}" + more +
         "}\n  load: [{name: x, from: web, to: \"http://app" + url + "\", rate: 100/s}]\n";
}

TEST(Ways, IstiosDefaultTriesNoAnswerAgainThatIsNotGrpc) {
  EXPECT_NEAR(SolvedText(mesh("errors: {ratio: 20%, status: 503}")).rate("app"), 100, 1e-9);
  EXPECT_NEAR(SolvedText(mesh("errors: {ratio: 20%, grpc: 14}")).rate("app"), 124, 1e-9);
  EXPECT_NEAR(SolvedText(mesh("errors: {ratio: 20%, grpc: 14, in: trailers}")).rate("app"), 100,
              1e-9);
}

TEST(Ways, ARoutesRetriesAreItsOwn) {
  const SolvedText solved(mesh("errors: {ratio: 50%, status: 500}") +
                          virtual_service("app", "retries: {attempts: 1, retryOn: 5xx}"));
  EXPECT_NEAR(solved.rate("app"), 150, 1e-9);
  EXPECT_NEAR(solved.edge("web", "app").failed, 0.25, 1e-12);
}

TEST(Ways, WhoHasNoSidecarTriesOnce) {
  const SolvedText solved(
      "spec:\n  workloads: {app: {errors: {ratio: 20%, status: 503}}}\n"
      "  load: [{name: x, from: outside, to: http://app/, rate: 100/s}]\n");
  EXPECT_NEAR(solved.rate("app"), 100, 1e-9);
  EXPECT_NEAR(solved.edge("outside", "app").failed, 0.2, 1e-12);
}

TEST(Ways, WeightsSplitRequestsAndRewritesChooseTheOperation) {
  const SolvedText solved(
      mesh("", ", other: {operations: [{match: {path: {prefix: /new}}, latency: 7ms}]}", "/old") +
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: app}\n"
      "spec:\n  hosts: [app]\n  http:\n    - rewrite: {uri: /new}\n      route:\n"
      "        - {destination: {host: app}, weight: 70}\n"
      "        - {destination: {host: other}, weight: 30}\n");
  EXPECT_NEAR(solved.rate("app"), 70, 1e-9);
  EXPECT_NEAR(solved.rate("other"), 30, 1e-9);
  EXPECT_NEAR(solved.workload("other").work_s, 0.007, 1e-12);
}

TEST(Ways, FaultsOfAVirtualServiceActBeforeTheCall) {
  const SolvedText solved(
      mesh("latency: 10ms") +
      virtual_service("app",
                      "fault: {abort: {httpStatus: 503, percentage: {value: 25}}, delay: "
                      "{fixedDelay: 2s, percentage: {value: 10}}}"));
  EXPECT_NEAR(solved.rate("app"), 75, 1e-9);
  EXPECT_NEAR(solved.solution.loads[0].failed, 0.25, 1e-12);
  EXPECT_NEAR(solved.solution.loads[0].latency_s, 0.2 + 0.75 * 0.010, 1e-12);
}

TEST(Ways, MirrorsAreCopies) {
  const SolvedText solved(
      mesh("", ", copy: {errors: {ratio: 100%, status: 500}}") +
      virtual_service("app", "mirror: {host: copy}, mirrorPercentage: {value: 40}"));
  EXPECT_NEAR(solved.rate("copy"), 40, 1e-9);
  EXPECT_NEAR(solved.edge("web", "copy").copies_per_s, 40, 1e-9);
  EXPECT_EQ(solved.solution.loads[0].failed, 0);
}

TEST(Ways, RedirectsAndWhatIsNotThereAskNobody) {
  const SolvedText redirect(mesh("") +
                            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                            "metadata: {name: app}\nspec: {hosts: [app], http: "
                            "[{redirect: {uri: /x}}]}\n");
  EXPECT_EQ(redirect.rate("app"), 0);
  EXPECT_EQ(redirect.solution.loads[0].failed, 0);
  const SolvedText nothing(
      mesh("") +
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: app}\nspec: {hosts: [app], http: [{route: [{destination: "
      "{host: app, subset: v9}}]}]}\n");
  EXPECT_EQ(nothing.rate("app"), 0);
  EXPECT_NEAR(nothing.solution.loads[0].failed, 1, 1e-12);
  EXPECT_TRUE(nothing.assumes("where nothing is"));
}

TEST(Ways, AServiceOfTwoWorkloadsIsSpreadOverTheirReplicas) {
  const SolvedText solved(
      "spec:\n  workloads: {web: {}, v1: {replicas: 3}, v2: {replicas: 1}}\n"
      "  load: [{name: x, from: web, to: http://app/, rate: 100/s}]\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\n"
      "spec: {selector: {of: app}, ports: [{name: http, port: 80}]}\n"
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: v1}\n"
      "spec: {selector: {matchLabels: {v: v1}}, template: {metadata: {labels: {of: app, v: v1}}, "
      "spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}}}\n"
      "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: v2}\n"
      "spec: {selector: {matchLabels: {v: v2}}, template: {metadata: {labels: {of: app, v: v2}}, "
      "spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}}}\n");
  EXPECT_NEAR(solved.rate("v1"), 75, 1e-9);
  EXPECT_NEAR(solved.rate("v2"), 25, 1e-9);
  EXPECT_TRUE(solved.assumes("spread over its replicas by their weights"));
}

TEST(Ways, TlsThatDoesNotFitReachesNobody) {
  const SolvedText solved(
      mesh("") + squall::testing::destination_rule("app", "tls: {mode: DISABLE}") +
      "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: "
      "{name: app, namespace: default}\nspec: {mtls: {mode: STRICT}}\n");
  EXPECT_EQ(solved.rate("app"), 0);
  EXPECT_NEAR(solved.solution.loads[0].failed, 1, 1e-12);
  EXPECT_TRUE(solved.assumes("TLS does not fit"));
}

TEST(Ways, LimitsAndEjectionsAreSaid) {
  const SolvedText solved(
      mesh("") +
      squall::testing::destination_rule(
          "app",
          "connectionPool: {http: {http1MaxPendingRequests: 5}}, outlierDetection: "
          "{consecutive5xxErrors: 5}, loadBalancer: {consistentHash: {useSourceIp: true}}"));
  EXPECT_TRUE(solved.assumes("no limit of circuit breakers of app.default is met"));
  EXPECT_TRUE(solved.assumes("nothing is ejected by outlier detection of app.default"));
  EXPECT_TRUE(solved.assumes("hashing spreads requests to app.default evenly"));
}

}  // namespace
}  // namespace squall::sim
