// Clients and servers whose TLS does not fit: what a run makes of them.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::once;
using testing::RunText;

std::string peer_authentication(const std::string& spec) {
  return "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
         "metadata: {name: app, namespace: default}\nspec: {" +
         spec + "}\n";
}
const std::string kStrict = peer_authentication("mtls: {mode: STRICT}");

std::string app_service(const std::string& port) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: app, namespace: default}\n"
         "spec: {selector: {app: app}, ports: [" +
         port + "]}\n";
}
/// Pods behind the Service `app`.
std::string deployment(const std::string& name, const std::string& labels) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
         ", namespace: default}\nspec:\n  selector: {matchLabels: {app: app}}\n"
         "  template:\n    metadata: {labels: {app: app" +
         labels +
         "}}\n    spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}\n";
}
std::string without_sidecar(const std::string& name) {
  return deployment(name, ", sidecar.istio.io/inject: \"false\"");
}
RunText one_request(const std::string& manifests) {
  return RunText("spec:\n  duration: 20s\n  workloads: {web: {}, app: {}}\n" +
                 once("http://app/", "web") + manifests);
}
std::string tls(const std::string& mode) {
  return destination_rule("app", "tls: {mode: " + mode + "}");
}

/// "STATUS FLAGS attempts tasks", and how often the reasons were told.
std::string outcome(const RunText& run) {
  const reports::Edge& edge = run.edge("web", "app");
  std::string out = edge.status().begin()->first + " " + edge.flags().begin()->first;
  return out + " attempts " + std::to_string(edge.attempts()) + " tasks " +
         std::to_string(run.workload("app").requests()) + " causes " +
         std::to_string(run.report.causes_size());
}

TEST(BuildTls, PlaintextToAStrictServerIsClosedAndNotRetried) {
  const RunText run = one_request(tls("DISABLE") + kStrict);
  EXPECT_EQ(outcome(run), "503 UC attempts 1 tasks 0 causes 1");
  const std::string& note = run.report.causes(0);
  EXPECT_NE(note.find("DestinationRule default/app"), std::string::npos) << note;
  EXPECT_NE(note.find("PeerAuthentication default/app"), std::string::npos) << note;
}

TEST(BuildTls, MutualTlsToAPodWithoutASidecarFailsBeforeTheConnectionIsMade) {
  const RunText run = one_request(tls("ISTIO_MUTUAL") + without_sidecar("app") +
                                  app_service("{name: http, port: 80}"));
  // A connection that cannot be made is in the default retry policy: two retries.
  EXPECT_EQ(outcome(run), "503 URX,UF attempts 3 tasks 0 causes 1");
  EXPECT_EQ(run.edge("web", "app").connections_opened(), 0U);
  EXPECT_NE(run.report.causes(0).find("DestinationRule default/app"), std::string::npos);
}

TEST(BuildTls, MutualTlsToAServerThatTakesNoneFails) {
  const RunText run =
      one_request(tls("ISTIO_MUTUAL") + peer_authentication("mtls: {mode: DISABLE}"));
  EXPECT_EQ(outcome(run), "503 URX,UF attempts 3 tasks 0 causes 1");
}

TEST(BuildTls, OtherTlsToAStrictServerFails) {
  EXPECT_EQ(outcome(one_request(tls("SIMPLE") + kStrict)),
            "503 URX,UF attempts 3 tasks 0 causes 1");
}

TEST(BuildTls, OtherTlsToPlainHttpFails) {
  EXPECT_EQ(outcome(one_request(tls("SIMPLE") + without_sidecar("app") +
                                app_service("{name: http, port: 80}"))),
            "503 URX,UF attempts 3 tasks 0 causes 1");
  // Nothing is said of what the application speaks; so it is what the rule says.
  EXPECT_EQ(
      outcome(one_request(tls("SIMPLE") + without_sidecar("app") + app_service("{port: 80}"))),
      "200 - attempts 1 tasks 1 causes 0");
}

TEST(BuildTls, WhatFitsIsServed) {
  const std::string fine = "200 - attempts 1 tasks 1 causes 0";
  const std::string off = peer_authentication("mtls: {mode: DISABLE}");
  const std::string permissive = peer_authentication("mtls: {mode: PERMISSIVE}");
  EXPECT_EQ(outcome(one_request(kStrict)), fine);
  EXPECT_EQ(outcome(one_request(off)), fine);
  EXPECT_EQ(outcome(one_request(tls("ISTIO_MUTUAL") + kStrict)), fine);
  EXPECT_EQ(outcome(one_request(tls("ISTIO_MUTUAL") + permissive)), fine);
  EXPECT_EQ(outcome(one_request(tls("DISABLE") + permissive)), fine);
  EXPECT_EQ(outcome(one_request(tls("DISABLE") + off)), fine);
}

TEST(BuildTls, AutomaticMtlsServesASidecarAndAPlainPodOfOneService) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}}\n"
      "  load: [{name: load, from: web, to: http://app/, rate: 50/s}]\n" +
      kStrict + deployment("app", "") + without_sidecar("old") +
      app_service("{name: http, port: 80}"));
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_GT(run.workload("app").requests(), 0U);
  EXPECT_GT(run.workload("old").requests(), 0U);
  EXPECT_EQ(run.report.causes_size(), 0);
}

TEST(BuildTls, AStrictPortLeavesTheOthersAlone) {
  const std::string manifests =
      app_service(
          "{name: http, port: 80, targetPort: 8080}, {name: http-b, port: 81, targetPort: "
          "8081}") +
      peer_authentication(
          "selector: {matchLabels: {app: app}}, mtls: {mode: PERMISSIVE}, "
          "portLevelMtls: {8080: {mode: STRICT}}");
  const auto from_outside = [&](const std::string& url) {
    return RunText("spec:\n  duration: 20s\n  workloads: {app: {}}\n" + once(url) + manifests);
  };
  EXPECT_EQ(from_outside("http://app:81/").load("load").status().at("200"), 1U);
  const RunText strict = from_outside("http://app/");
  EXPECT_EQ(strict.load("load").flags().at("UC"), 1U);
  ASSERT_EQ(strict.report.causes_size(), 1);
  EXPECT_NE(strict.report.causes(0).find("at port 8080"), std::string::npos)
      << strict.report.causes(0);
}

TEST(BuildTls, AServerThatClosesIsEjectedLikeAnyOther) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {web: {}, app: {}}\n"
      "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 10/s}]\n" +
      destination_rule("app",
                       "tls: {mode: DISABLE}, outlierDetection: {consecutive5xxErrors: 5, "
                       "baseEjectionTime: 60s, maxEjectionPercent: 100}") +
      kStrict + deployment("app", "") + without_sidecar("old") +
      app_service("{name: http, port: 80}"));
  EXPECT_EQ(run.endpoint("app-0").ejections_size(), 1);
  EXPECT_EQ(run.load("load").flags().at("UC"), 5U);
  EXPECT_EQ(run.report.causes_size(), 1);
}

TEST(BuildTls, StreamsOfOneHttp2ConnectionAreAllClosed) {
  const RunText run(
      "spec:\n  duration: 5s\n  workloads: {web: {}, app: {latency: 1ms}}\n"
      "  load: [{name: load, from: web, to: http://app/, users: 20, think: 100ms}]\n" +
      tls("DISABLE") + kStrict + app_service("{name: http2, port: 80}"));
  EXPECT_GT(run.load("load").requests(), 0U);
  EXPECT_EQ(run.load("load").flags().at("UC"), run.load("load").requests());
  EXPECT_EQ(run.workload("app").requests(), 0U);
  EXPECT_EQ(run.load("load").unfinished(), 0U);
}

/// A Service with a port for HTTP and one that is not.
constexpr const char* kTwoPorts =
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\nspec: {selector: {app: app}, "
    "ports: "
    "[{name: http, port: 80}, {name: https, port: 443, targetPort: 8443}]}\n";

TEST(OpaquePorts, SidecarsPassOnWhatComes) {
  for (const std::string from : {"web", "outside"}) {
    const RunText run(
        "spec:\n  duration: 10s\n  workloads: {web: {}, app: {latency: 1ms}}\n"
        "  load: [{name: load, from: " +
        from + ", to: http://app:443/, rate: 5/s}]\n" + kTwoPorts);
    EXPECT_EQ(run.load("load").success_ratio(), 1) << from;
    EXPECT_EQ(run.workload("app").requests(), run.load("load").requests()) << from;
    EXPECT_NE(testing::all_of(run.warnings).find("port 443 of app.default is \"https\", not HTTP"),
              std::string::npos)
        << testing::all_of(run.warnings);
  }
}

TEST(OpaquePorts, ACallerThatCrashesLosesItsCallsThere) {
  const RunText run(
      "spec:\n  duration: 10s\n  workloads: {web: {}, app: {latency: 1s}}\n"
      "  load: [{name: load, from: web, to: http://app:443/, arrivals: constant, rate: 1/s}]\n"
      "  faults: [{at: 4500ms, pod: web-0, crash: {of: container, restart_after: 100ms}}]\n" +
      std::string(kTwoPorts));
  EXPECT_EQ(run.load("load").status().at("0"), 1U);
  EXPECT_EQ(run.load("load").requests(), 9U);
}

TEST(OpaquePorts, ARouteMayLeadToOne) {
  const RunText run(
      "spec:\n  duration: 10s\n  workloads: {web: {}, app: {latency: 1ms}}\n"
      "  load: [{name: load, from: web, to: http://app/, rate: 5/s}]\n" +
      std::string(kTwoPorts) +
      "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: app}\nspec: "
      "{hosts: [app], http: [{route: [{destination: {host: app, port: {number: 443}}}]}]}\n" +
      testing::destination_rule("app",
                                "portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]"));
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_EQ(run.workload("app").requests(), run.load("load").requests());
}

}  // namespace
}  // namespace squall::sim
