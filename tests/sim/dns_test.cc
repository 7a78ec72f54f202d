// Names that are not resolved, or to who they stood for: whom sidecars go on asking.
#include "sim/dns.h"

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

std::string entry(const std::string& resolution = "DNS") {
  return "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\n"
         "metadata: {name: bank, namespace: default}\n"
         "spec: {hosts: [bank.example.com], location: MESH_EXTERNAL, resolution: " +
         resolution +
         ", ports: [{number: 80, name: http, protocol: HTTP}], workloadSelector: {labels: {app: "
         "bank}}}\n" +
         // By turns, each asked once.
         testing::destination_rule("bank.example.com", "loadBalancer: {simple: ROUND_ROBIN}") +
         testing::virtual_service("bank.example.com", "retries: {attempts: 0}");
}

/// Ten requests a second for twenty seconds.
RunText asked(int replicas, const std::string& more, const std::string& manifests = entry()) {
  return RunText("spec:\n  duration: 20s\n  workloads: {web: {}, bank: {replicas: " +
                 std::to_string(replicas) +
                 "}}\n  load: [{name: load, from: web, to: http://bank.example.com/, arrivals: "
                 "constant, rate: 10/s}]\n" +
                 more + manifests);
}

std::string fault(const std::string& kind, const std::string& target = "workload: bank",
                  const std::string& at = "1s", const std::string& more = "") {
  return "  faults:\n    - {at: " + at + ", for: 14s, " + target + ", dns: {" + kind + ": {}}}\n" +
         more;
}

std::uint64_t flagged(const RunText& run, const std::string& flags) {
  const auto& all = run.load("load").flags();
  return all.contains(flags) ? all.at(flags) : 0;
}

// The second replica leaves at 2 s and is gone at 7 s; half of what is sent from then to 15 s goes
// to nobody.
TEST(Dns, WhoHasGoneIsAskedAllTheSame) {
  const std::string scale = "  changes: [{at: 2s, scale: {bank: 1}}]\n";
  EXPECT_EQ(flagged(asked(2, scale), "-"), 199U);
  for (const std::string kind : {"stale", "fail"}) {
    for (const std::string target :
         {"workload: bank", "proxies: web", "edge: {from: web, to: bank}"}) {
      const RunText run = asked(2, scale + fault(kind, target));
      EXPECT_NEAR(static_cast<double>(flagged(run, "UF")), 40, 1) << kind << target;
      EXPECT_EQ(flagged(run, "UF") + flagged(run, "-"), 199U);
    }
  }
}

TEST(Dns, WhoHasComeIsNotKnown) {
  const std::string scale = "  changes: [{at: 2s, scale: {bank: 2}}]\n";
  const auto of_second = [&](const std::string& faults) {
    return asked(1, scale + faults).endpoint("bank-1").requests();
  };
  EXPECT_NEAR(static_cast<double>(of_second("")), 90, 1);
  for (const std::string kind : {"stale", "fail"})
    EXPECT_NEAR(static_cast<double>(of_second(fault(kind))), 25, 1) << kind;
}

// It is down from 5 s to 6 s: then the load's requests end at once.
TEST(Dns, ASidecarThatStartsMeanwhileKnowsNobodyUnlessAnswersAreStale) {
  const std::string restart =
      "    - {at: 4950ms, workload: web, crash: {of: pod, restart_after: 1s}}\n";
  const RunText fails = asked(1, fault("fail", "workload: bank", "1s", restart));
  EXPECT_EQ(flagged(fails, "UH"), 90U);  // from 6 s on
  EXPECT_EQ(fails.edge("web", "bank.example.com").flags().at("-"), 199U - 100U);
  EXPECT_EQ(flagged(asked(1, fault("stale", "workload: bank", "1s", restart)), "UH"), 0U);
}

TEST(Dns, WhenTheRunBeginsNobodyHasAsked) {
  EXPECT_EQ(flagged(asked(1, fault("fail", "workload: web", "0s")), "UH"), 139U);
  EXPECT_EQ(flagged(asked(1, fault("stale", "workload: web", "0s")), "UH"), 0U);
}

TEST(Dns, AClusterThatComesMeanwhileIsNotResolved) {
  const std::string rule =
      "  changes: [{at: 5s, apply: [{apiVersion: networking.istio.io/v1, kind: DestinationRule, "
      "metadata: {name: bank.example.com}, spec: {host: bank.example.com, trafficPolicy: "
      "{loadBalancer: {simple: RANDOM}}}}]}]\n";
  EXPECT_EQ(flagged(asked(1, rule), "-"), 199U);
  EXPECT_EQ(flagged(asked(1, rule + fault("fail")), "UH"), 100U);  // 5 s to 14.9 s
  EXPECT_EQ(flagged(asked(1, rule + fault("stale")), "-"), 199U);
}

// The sooner ends before the later: none has an answer till 12 s, then the old one.
TEST(Dns, OfTwoFaultsOnlyTheFailingOneHasNoAnswers) {
  const RunText run = asked(1,
                            "  faults:\n    - {at: 0s, for: 12s, workload: bank, dns: {fail: {}}}\n"
                            "    - {at: 0s, for: 15s, workload: bank, dns: {stale: {}}}\n");
  EXPECT_EQ(flagged(run, "UH"), 119U);
}

TEST(Dns, WhatIsNotFoundByDnsIsNotConcerned) {
  const std::string scale = "  changes: [{at: 2s, scale: {bank: 1}}]\n";
  const RunText run = asked(2, scale + fault("fail"), entry("STATIC"));
  EXPECT_EQ(flagged(run, "-"), 199U);
  EXPECT_NE(testing::all_of(run.warnings).find("no sidecar finds bank.default by DNS"),
            std::string::npos);
  EXPECT_EQ(testing::all_of(asked(2, fault("fail")).warnings), "");
}

}  // namespace
}  // namespace squall::sim
