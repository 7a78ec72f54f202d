// Certificates that have expired, and clocks that are off: which connections do not come about.
#include "sim/certificates.h"

#include <cmath>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::destination_rule;
using testing::RunText;
using testing::virtual_service;

/// One request each second from 1 s on, to the tenth.
RunText each_second(const std::string& faults, const std::string& manifests = "",
                    const std::string& workloads = "web: {}, app: {}",
                    const std::string& from = "web") {
  return RunText("spec:\n  duration: 10500ms\n  workloads: {" + workloads +
                 "}\n  load: [{name: load, from: " + from +
                 ", to: http://app/, arrivals: constant, rate: 1/s}]\n  faults:\n" + faults +
                 manifests);
}
const std::string kExpired = "    - {at: 0s, workload: app, certificate: {expire: {}}}\n";

/// "FLAGS n, ..." of the calls, and their attempts.
std::string outcome(const RunText& run) {
  const reports::Edge& edge = run.edge("web", "app");
  std::string out;
  for (const auto& [flags, count] : std::map(edge.flags().begin(), edge.flags().end()))
    out += flags + " " + std::to_string(count) + ", ";
  return out + "attempts " + std::to_string(edge.attempts());
}

TEST(Certificates, AnExpiredOneOfTheServerFailsTheConnection) {
  const RunText run = each_second(kExpired);
  EXPECT_EQ(outcome(run), "URX,UF 10, attempts 30");  // connect-failure, tried again twice
  EXPECT_EQ(run.workload("app").requests(), 0U);
  EXPECT_EQ(run.edge("web", "app").connections_opened(), 0U);
  ASSERT_EQ(run.report.causes_size(), 1);
  EXPECT_EQ(run.report.causes(0),
            "the certificates of app.default have expired at 0s: new connections with mutual TLS "
            "to it fail (UF), those that it makes are closed (UC)");
  EXPECT_EQ(run.report.timeline(0).why(), "certificates expired");
}

TEST(Certificates, AnExpiredOneOfTheClientIsRefusedAfterItHasSent) {
  const RunText run = each_second("    - {at: 0s, proxies: web, certificate: {expire: {}}}\n");
  EXPECT_EQ(outcome(run), "UC 10, attempts 10");
  EXPECT_EQ(run.workload("app").requests(), 0U);
  EXPECT_EQ(run.edge("web", "app").connections_opened(), 10U);
  EXPECT_EQ(run.report.timeline(0).who(), "sidecars of web.default");
}

// 10 ms each way: a round trip to connect and one for TLS; the server's refusal takes one more.
TEST(Certificates, OverANetworkARefusalTakesItsTime) {
  const auto mean = [](const std::string& workload) {
    const RunText run(
        "spec:\n  duration: 10500ms\n  workloads: {web: {}, app: {}}\n"
        "  network: {latency: 10ms, connect: {round_trips: 1}, tls: {round_trips: 1}}\n"
        "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 1/s}]\n"
        "  faults: [{at: 0s, workload: " +
        workload + ", certificate: {expire: {}}}]\n" +
        virtual_service("app", "retries: {attempts: 0}"));
    EXPECT_EQ(run.load("load").status().at("503"), 10U);
    EXPECT_EQ(run.workload("app").requests(), 0U);
    return run.load("load").latency_s().mean();
  };
  EXPECT_NEAR(mean("app"), 0.04, 1e-9);
  EXPECT_NEAR(mean("web"), 0.06, 1e-9);
}

TEST(Certificates, ConnectionsThatAreThereGoOn) {
  const std::string expired =
      "    - {at: 2500ms, for: 6s, workload: app, certificate: {expire: {}}}\n";
  EXPECT_EQ(outcome(each_second(expired)), "- 10, attempts 10");
  // At 5 s there are none: 5, 6, 7 and 8 s fail.
  EXPECT_EQ(
      outcome(each_second(expired + "    - {at: 4500ms, workload: app, drop_connections: {}}\n",
                          virtual_service("app", "retries: {attempts: 0}"))),
      "- 6, UF 4, attempts 10");
}

std::string strict(const std::string& mode) {
  return "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
         "metadata: {name: app, namespace: default}\nspec: {mtls: {mode: " +
         mode + "}}\n";
}

// The second fault begins and ends between two requests.
TEST(Certificates, WhoIsToBlameIsAFaultThatActs) {
  for (const std::string what : {"expire: {}", "skew: -25h"}) {
    const std::string fault = ", workload: app, certificate: {" + what + "}}\n";
    const RunText run =
        each_second("    - {at: 0s" + fault + "    - {at: 1500ms, for: 200ms" + fault);
    EXPECT_EQ(run.load("load").success_ratio(), 0);
    ASSERT_EQ(run.report.causes_size(), 1);
    EXPECT_NE(run.report.causes(0).find(" 0s: "), std::string::npos) << run.report.causes(0);
  }
}

TEST(Certificates, OnlyMutualTlsAsksForThem) {
  for (const std::string mode : {"STRICT", "PERMISSIVE"})
    EXPECT_EQ(outcome(each_second(kExpired, strict(mode))), "URX,UF 10, attempts 30") << mode;
  const std::string mutual = destination_rule("app", "tls: {mode: ISTIO_MUTUAL}");
  EXPECT_EQ(outcome(each_second(kExpired, mutual)), "URX,UF 10, attempts 30");
  const std::string plain = destination_rule("app", "tls: {mode: DISABLE}");
  for (const std::string& manifests : {plain, strict("DISABLE")})
    EXPECT_EQ(outcome(each_second(kExpired, manifests)), "- 10, attempts 10");
  const RunText outside = each_second(kExpired, "", "app: {}", "outside");
  EXPECT_EQ(outside.load("load").success_ratio(), 1);
  EXPECT_EQ(outside.report.causes_size(), 0);
}

TEST(Certificates, OutlierDetectionSeesConnectionsThatFail) {
  const RunText run = each_second(
      "    - {at: 0s, pod: app-1, certificate: {expire: {}}}\n",
      destination_rule("app",
                       "loadBalancer: {simple: ROUND_ROBIN}, outlierDetection: "
                       "{splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2, "
                       "interval: 100s, baseEjectionTime: 100s, maxEjectionPercent: 100}"),
      "web: {}, app: {replicas: 2}");
  ASSERT_EQ(run.endpoint("app-1").ejections_size(), 1);
  EXPECT_EQ(run.endpoint("app-1").ejections(0).cause(), "consecutive_local_origin_failure");
  EXPECT_EQ(run.load("load").success_ratio(), 1);
}

// The new certificate is valid from 69 s - 2 min on, which is 549 s by a clock that is 10 min
// behind.
TEST(Certificates, AClockThatIsBehindRefusesTheNewOneOfAReplicaThatStarts) {
  const auto run = [](const std::string& skewed) {
    return RunText(
        "spec:\n  duration: 701s\n  workloads: {web: {}, app: {}}\n"
        "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 6/m}]\n"
        "  faults:\n    - {at: 1s, workload: " +
        skewed +
        ", certificate: {skew: 10m}}\n"
        "    - {at: 64s, workload: app, crash: {of: pod, restart_after: 5s}}\n" +
        virtual_service("app", "retries: {attempts: 0}"));
  };
  const RunText client = run("web");
  EXPECT_EQ(outcome(client), "- 22, UF 48, attempts 70");  // 70 s to 540 s
  EXPECT_NEAR(client.load("load").latency_s().max(), 0, 1e-9);
  EXPECT_NE(client.report.causes(0).find("the clocks of web.default are 10m behind since 1s"),
            std::string::npos);
  // The server's own clock does not matter to its own, and the client's is an old one.
  EXPECT_EQ(outcome(run("app")), "- 70, attempts 70");
}

TEST(Certificates, AClockIsOffByEnoughWarnsOtherwise) {
  const auto warnings = [](const std::string& skew) {
    return testing::all_of(
        each_second("    - {at: 0s, workload: app, certificate: {skew: " + skew + "}}\n").warnings);
  };
  EXPECT_NE(warnings("2m").find("clocks 2m behind refuse no certificate: each is valid from 2m "
                                "before it is signed"),
            std::string::npos);
  EXPECT_NE(warnings("-12h").find(
                "clocks 12h ahead refuse no certificate: each holds for 12h more at least"),
            std::string::npos);
  EXPECT_EQ(warnings("121s"), "");
  EXPECT_EQ(warnings("-12h1s"), "");
}

/// 500 replicas, each asked once within five seconds; how many refuse or are refused.
double failed_of_500(const std::string& skew, const std::string& lifetime) {
  const RunText run(
      "spec:\n  duration: 5005ms\n  mesh: {certificates: {lifetime: " + lifetime +
      "}}\n  workloads: {web: {}, app: {replicas: 500}}\n"
      "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 100/s}]\n"
      "  faults: [{at: 0s, workload: web, certificate: {skew: " +
      skew + "}}]\n" + virtual_service("app", "retries: {attempts: 0}") +
      destination_rule("app", "loadBalancer: {simple: ROUND_ROBIN}"));
  const auto& flags = run.edge("web", "app").flags();
  return flags.contains("UF") ? static_cast<double>(flags.at("UF")) : 0;
}

// Ages are uniform up to half of the lifetime.
TEST(Certificates, WhenARunBeginsTheyAreBetweenTwoRenewals) {
  const double sd = std::sqrt(500 * 0.8 * 0.2);
  EXPECT_NEAR(failed_of_500("10m", "20m"), 500 * 0.8, 4 * sd);   // younger than 8 of 10 min
  EXPECT_NEAR(failed_of_500("-18m", "20m"), 500 * 0.8, 4 * sd);  // older than 2 of 10 min
  EXPECT_EQ(failed_of_500("12m1s", "20m"), 500);
  EXPECT_EQ(failed_of_500("-9m59s", "20m"), 0);
}

// By its own clock, which is an hour behind, it renews at the age of 1.5 h, not of half an hour;
// from 1 h on nobody takes it. Before that it does not take those of others, which are never so
// old.
TEST(Certificates, AClockThatIsFarBehindRenewsTooLate) {
  const RunText run(
      "spec:\n  duration: 3h\n  mesh: {certificates: {lifetime: 1h}}\n"
      "  workloads: {web: {}, app: {}}\n"
      "  load: [{name: load, from: web, to: http://app/, arrivals: constant, rate: 1/m}]\n"
      "  faults:\n    - {at: 0s, workload: app, certificate: {skew: 1h}}\n"
      "    - {at: 59500ms, workload: app, crash: {of: pod, restart_after: 100ms}}\n" +
      virtual_service("app", "retries: {attempts: 0}"));
  // Signed at 59.6 s: those of 61 to 90 min fail, and so do those of 151 to 179.
  EXPECT_EQ(outcome(run), "UC 120, UF 59, attempts 179");
}

}  // namespace
}  // namespace squall::sim
