// What applications' own client libraries do: tries, their ends, and where they count.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;

/// One request at 1 s from a workload without sidecars (or with), to an app.
RunText run(const std::string& client, const std::string& app, bool mesh = true,
            const std::string& more = "") {
  return RunText("spec:\n  duration: 60s\n  mesh: {injection: " +
                 std::string(mesh ? "true" : "false") + "}\n  workloads: {web: {}, app: {" + app +
                 "}}\n" + once("http://app/", "web", ", client: {" + client + "}") + more);
}

const std::string kFailing = "errors: {ratio: 100%, status: 503}";

TEST(Clients, ARetryIsSentAtOnceAndIsAnAttemptOfTheLoad) {
  for (const bool mesh : {false, true}) {
    const RunText r = run("retries: {max: 3, on: [5xx]}", "latency: 1s, " + kFailing, mesh,
                          mesh ? testing::virtual_service("app", "retries: {attempts: 0}") : "");
    const reports::Load& load = r.load("load");
    EXPECT_EQ(load.requests(), 1U);
    EXPECT_EQ(load.attempts(), 4U) << mesh;
    EXPECT_EQ(load.failed(), 1U);
    EXPECT_EQ(load.status().at("503"), 1U);
    EXPECT_DOUBLE_EQ(load.latency_s().max(), 4);
    EXPECT_EQ(load.client().calls(), 1U);
    EXPECT_EQ(load.client().tries(), 4U);
    EXPECT_EQ(load.client().retries(), 3U);
    EXPECT_EQ(r.workload("app").requests(), 4U);
  }
}

TEST(Clients, TheMeshRetriesEachTry) {
  const RunText r =
      run("retries: {max: 1}", kFailing, true,
          testing::virtual_service("app", "retries: {attempts: 2, retryOn: 5xx, backoff: 1ms}"));
  EXPECT_EQ(r.load("load").attempts(), 6U);
  EXPECT_EQ(r.load("load").client().tries(), 2U);
  EXPECT_EQ(r.edge("web", "app").requests(), 2U);
  EXPECT_EQ(r.edge("web", "app").attempts(), 6U);
}

TEST(Clients, ATimeoutLeavesAndTheApplicationWorksOn) {
  for (const bool mesh : {false, true}) {
    const RunText r = run("timeout: 300ms, retries: {max: 2}", "latency: 5s", mesh);
    const reports::Load& load = r.load("load");
    EXPECT_EQ(load.status().at("0"), 1U) << mesh;
    EXPECT_EQ(load.attempts(), 3U);
    EXPECT_DOUBLE_EQ(load.latency_s().max(), 0.9);
    EXPECT_EQ(load.client().timeouts(), 3U);
    EXPECT_EQ(load.unfinished(), 0U);
    EXPECT_EQ(r.workload("app").requests(), 3U);
    EXPECT_DOUBLE_EQ(r.workload("app").wasted_s(), 15);
  }
}

TEST(Clients, AnAnswerAtTheSameInstantBeatsTheTimeout) {
  const RunText r = run("timeout: 300ms", "latency: 300ms");
  EXPECT_EQ(r.load("load").failed(), 0U);
  EXPECT_EQ(r.load("load").client().timeouts(), 0U);
}

TEST(Clients, OnlyWhatIsListedIsTriedAgain) {
  EXPECT_EQ(
      run("retries: {max: 3, on: [reset, timeout, 429]}", kFailing, false).load("load").attempts(),
      1U);
  EXPECT_EQ(
      run("retries: {max: 3}", "errors: {ratio: 100%, status: 429}", false).load("load").attempts(),
      1U);
  EXPECT_EQ(run("retries: {max: 3, on: [429]}", "errors: {ratio: 100%, status: 429}", false)
                .load("load")
                .attempts(),
            4U);
  EXPECT_EQ(run("timeout: 1s, retries: {max: 3, on: [5xx]}", "latency: 5s", false)
                .load("load")
                .attempts(),
            1U);
  EXPECT_EQ(
      run("retries: {max: 3}", "errors: {ratio: 100%, grpc: 14}", false).load("load").attempts(),
      4U);
  EXPECT_EQ(run("retries: {max: 3}", "replicas: 0", false).load("load").attempts(), 4U);
}

TEST(Clients, BackoffWaitsBetweenTries) {
  const RunText r = run("retries: {max: 3, backoff: {base: 1s, max: 3s}}", kFailing, false);
  EXPECT_DOUBLE_EQ(r.load("load").latency_s().max(), 1 + 2 + 3);
}

TEST(Clients, ABudgetEndsRetries) {
  const RunText r = run("retries: {max: unlimited, budget: {tokens: 5}}", kFailing, false);
  EXPECT_EQ(r.load("load").attempts(), 6U);
  EXPECT_EQ(r.load("load").client().over_budget(), 1U);
}

/// 30 requests, one a second, to an app that always fails: each replica spends its own five tokens.
TEST(Clients, StateIsOfEachReplicaAndDestination) {
  const auto text = [](const std::string& from, const std::string& calls) {
    return "spec:\n  duration: 400s\n  mesh: {injection: false}\n  workloads:\n"
           "    web: {replicas: 3}\n    app: {" +
           kFailing + "}\n    other: {" + kFailing + "}\n  load:\n    - {name: a, from: " + from +
           ", to: http://app/, rate: 1/s, client: {retries: {max: 1, budget: {tokens: 5}}}}\n" +
           calls;
  };
  EXPECT_EQ(RunText(text("web", "")).load("a").client().retries(), 15U);
  EXPECT_EQ(RunText(text("outside", "")).load("a").client().retries(), 5U);
  const RunText two(text("web",
                         "    - {name: b, from: web, to: http://app/x, rate: 1/s, client: "
                         "{retries: {max: 1, budget: {tokens: 5}}}}\n"
                         "    - {name: c, from: web, to: http://other/, rate: 1/s, client: "
                         "{retries: {max: 1, budget: {tokens: 5}}}}\n"));
  EXPECT_EQ(two.load("a").client().retries() + two.load("b").client().retries(), 15U);
  EXPECT_EQ(two.load("c").client().retries(), 15U);
}

TEST(Clients, CallsOfAnApplicationHaveOne) {
  const RunText r(
      "spec:\n  duration: 60s\n  workloads:\n"
      "    shop: {calls: [{to: http://db/, client: {timeout: 100ms, retries: {max: 1}}}]}\n"
      "    db: {latency: 1s}\n" +
      once("http://shop/"));
  EXPECT_EQ(r.load("load").status().at("500"), 1U);
  EXPECT_FALSE(r.load("load").has_client());
  EXPECT_EQ(r.workload("shop").client().tries(), 2U);
  EXPECT_EQ(r.workload("shop").client().timeouts(), 2U);
  EXPECT_FALSE(r.workload("db").has_client());
  EXPECT_EQ(r.edge("shop", "db").requests(), 2U);
  EXPECT_DOUBLE_EQ(r.load("load").latency_s().max(), 0.2);
}

/// At 1 s the first, at 1.5 s the hedge to whichever replica it meets; the first success ends both.
TEST(Clients, AHedgeIsSentWhenTheAnswerIsLate) {
  for (const bool mesh : {false, true}) {
    const RunText r = run("hedge: {after: 500ms, max: 2}", "latency: 2s", mesh);
    EXPECT_EQ(r.load("load").client().hedges(), 2U) << mesh;
    EXPECT_EQ(r.load("load").client().retries(), 0U);
    EXPECT_EQ(r.load("load").attempts(), 3U);
    EXPECT_DOUBLE_EQ(r.load("load").latency_s().max(), 2);
    EXPECT_EQ(r.workload("app").requests(), 3U);
  }
}

TEST(Clients, AFailureWaitsForTheHedgesUnderWay) {
  const RunText r = run("hedge: {after: 500ms}, timeout: 1s, retries: {max: 1, on: [timeout]}",
                        "latency: 3s", false);
  // Tries at 0 and 1.5 s (when the hedge's timeout is over, too), hedges at 0.5 s alone: it is one
  // a call.
  EXPECT_EQ(r.load("load").client().tries(), 3U);
  EXPECT_EQ(r.load("load").client().timeouts(), 3U);
  EXPECT_DOUBLE_EQ(r.load("load").latency_s().max(), 2.5);
}

TEST(Clients, ABreakerStopsCallsUntilOneSucceeds) {
  // Every second a call from 1 s on; errors until 20 s: of every five seconds one is sent.
  const RunText r(
      "spec:\n  duration: 60s\n  mesh: {injection: false}\n  workloads: {web: {}, app: {}}\n"
      "  load: [{name: load, from: web, to: http://app/, rate: 1/s, arrivals: constant, client: "
      "{breaker: {failures: 50%, minimum: 4}}}]\n"
      "  faults: [{at: 0s, for: 20500ms, workload: app, error: {status: 503}}]\n");
  const reports::Load& load = r.load("load");
  EXPECT_EQ(load.requests(), 59U);
  EXPECT_EQ(load.client().stopped(), 16U);  // of 5..8, 10..13, 15..18, 20..23
  EXPECT_EQ(load.attempts(), 43U);
  EXPECT_EQ(load.status().at("503"), 7U);
  EXPECT_EQ(load.status().at("0"), 16U);
}

TEST(Clients, TriesBeyondItsConnectionsWait) {
  const auto text = [](const std::string& wait) {
    return "spec:\n  duration: 10s\n  mesh: {injection: false}\n  workloads: {web: {}, app: "
           "{latency: 1500ms}}\n  load: [{name: load, from: web, to: http://app/, rate: 1/s, "
           "arrivals: constant, client: {connections: {max: 1" +
           wait + "}}}]\n";
  };
  const RunText patient(text(""));
  EXPECT_EQ(patient.load("load").failed(), 0U);
  EXPECT_DOUBLE_EQ(patient.load("load").latency_s().max(), 1.5 * 9 - 8);
  const RunText hasty(text(", wait: 400ms"));
  EXPECT_EQ(hasty.load("load").client().no_connection(), 4U);
  EXPECT_EQ(hasty.load("load").client().tries(), 5U);
  EXPECT_DOUBLE_EQ(hasty.load("load").latency_s().max(), 1.5);
}

/// For a sidecar each try is a request of its own; tests/theory/client-growth_test.yaml has the
/// load's.
TEST(Clients, ATryThatIsCarriedOutOnceIsNoDuplicateOfACall) {
  const RunText r = run("timeout: 300ms, retries: {max: 1}", "latency: 400ms");
  EXPECT_EQ(r.workload("app").requests(), 2U);
  EXPECT_EQ(r.edge("web", "app").duplicates(), 0U);
}

TEST(Clients, WhatNeverEndsIsUnfinishedWithAllItsTries) {
  for (const bool mesh : {false, true}) {
    const RunText r = run("timeout: 400s, retries: {max: 5}", "", mesh,
                          "  faults: [{at: 0s, workload: app, hang: {}}]\n");
    EXPECT_EQ(r.load("load").unfinished(), 1U) << mesh;
    EXPECT_EQ(r.load("load").attempts(), 2U) << mesh;
    EXPECT_EQ(r.load("load").client().timeouts(), 1U) << mesh;
  }
}

/// At 1.2 s a try is under way, at 2 s its client waits before a retry: either way the crash ends
/// it.
TEST(Clients, ACrashOfTheCallerEndsWhatItAsked) {
  for (const bool mesh : {false, true}) {
    for (const std::string at : {"1200ms", "2s"}) {
      const RunText r =
          run("timeout: 500ms, retries: {max: 5, backoff: {base: 10s}}", "latency: 20s", mesh,
              "  faults: [{at: " + at + ", workload: web, crash: {of: pod, restart_after: 1s}}]\n");
      EXPECT_EQ(r.load("load").status().at("0"), 1U);
      EXPECT_EQ(r.load("load").attempts(), 1U) << mesh << at;
      EXPECT_DOUBLE_EQ(r.load("load").latency_s().max(), at == "2s" ? 1 : 0.2);
    }
  }
}

TEST(Clients, ACrashOfTheServerIsAResetThatIsTriedAgain) {
  const RunText r = run("retries: {max: 1, on: [reset], backoff: {base: 5s}}", "latency: 1s", false,
                        "  faults: [{at: 1500ms, workload: app, crash: {restart_after: 1s}}]\n");
  EXPECT_EQ(r.load("load").failed(), 0U);
  EXPECT_DOUBLE_EQ(r.load("load").latency_s().max(), 6.5);
}

/// Where every first try succeeds, the same requests have the same fate as without a client.
TEST(Clients, TheFirstTryHasTheDrawsOfACallWithoutAClient) {
  const auto text = [](const std::string& client) {
    return "spec:\n  duration: 20s\n  workloads: {web: {}, app: {replicas: 3, latency: "
           "{exponential: {mean: 10ms}}}}\n"
           "  load: [{name: x, from: web, to: http://app/, rate: 50/s" +
           client + "}]\n";
  };
  const RunText without(text("")), with(text(", client: {timeout: 10s, retries: {max: 2}}"));
  EXPECT_EQ(without.load("x").latency_s().SerializeAsString(),
            with.load("x").latency_s().SerializeAsString());
}

}  // namespace
}  // namespace squall::sim
