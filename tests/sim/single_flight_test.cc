// Tasks that wait until another one has filled an entry of their replica's cache.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;
using testing::virtual_service;

/// 100 requests between 1 s and 1.1 s, for one key, at one replica.
std::string herd(const std::string& from = "outside") {
  return "  load: [{name: load, from: " + from +
         ", to: \"http://app/\", arrivals: constant, steps: [{at: 1s, rate: 1000/s}, {at: 1100ms, "
         "rate: 0/s}]}]\n";
}

std::string spec(const std::string& cache, const std::string& db, const std::string& app = "",
                 const std::string& call = "") {
  return "spec:\n  duration: 9s\n  workloads:\n    web: {}\n    app: {" + app +
         "calls: [{cache: {entries: 10, " + cache + "}, miss: [{to: http://db/" + call +
         "}]}]}\n    db: {latency: 300ms" + db + "}\n";
}

TEST(SingleFlight, AHerdAsksOnceAndAllHaveTheAnswerAtTheSameTime) {
  const RunText herds(spec("single_flight: false", "") + herd());
  EXPECT_EQ(herds.workload("db").requests(), herds.load("load").requests());
  const RunText run(spec("single_flight: true", "") + herd());
  EXPECT_NEAR(static_cast<double>(run.load("load").requests()), 100, 1);
  EXPECT_EQ(run.workload("db").requests(), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  // Who comes the n-th of 100 milliseconds waits for what is left of 300.
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.3);
  EXPECT_NEAR(run.load("load").latency_s().mean(), 0.25, 0.001);
}

TEST(SingleFlight, EachReplicaAndKeyHasItsOwn) {
  const RunText run(
      "spec:\n  duration: 9s\n  workloads:\n    app: {replicas: 2, calls: [{cache: {entries: 10, "
      "single_flight: true}, miss: [{to: http://db/}]}]}\n    db: {latency: 1s}\n"
      "  load: [{name: load, from: outside, to: http://app/, keys: {zipf: {of: 5}}, rate: "
      "100/s}]\n");
  EXPECT_EQ(run.workload("db").requests(), 10U);
}

TEST(SingleFlight, WhoWaitsHoldsItsSlot) {
  const RunText run(spec("single_flight: true", "", "concurrency: 10, ") + herd());
  EXPECT_EQ(run.workload("db").requests(), 1U);
  EXPECT_NEAR(static_cast<double>(run.workload("app").queue().max()), 89, 1);
}

TEST(SingleFlight, AllFailAsTheFailedCallSays) {
  const std::string broken = ", errors: {ratio: 100%, status: 503}";
  const RunText run(spec("single_flight: true", broken) + herd());
  EXPECT_EQ(run.workload("db").requests(), 1U);
  EXPECT_EQ(run.load("load").status().at("500"), run.load("load").requests());
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.3);
  const RunText says(spec("single_flight: true", broken, "", ", on_error: {status: 504}") + herd());
  EXPECT_EQ(says.load("load").status().at("504"), says.load("load").requests());
  const RunText ignores(spec("single_flight: true", broken, "", ", on_error: ignore") + herd());
  EXPECT_EQ(ignores.load("load").success_ratio(), 1);
  EXPECT_EQ(ignores.workload("db").requests(), 1U);
}

TEST(SingleFlight, WhatHasExpiredServesAllWhereItCannotBeRenewed) {
  const std::string load =
      "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, rate: 100/s}]\n"
      "  faults: [{at: 3s, workload: db, error: {status: 500}}]\n";
  const RunText keeps(spec("ttl: 2s, single_flight: true", "") + load);
  EXPECT_EQ(keeps.load("load").success_ratio(), 1);
  // One for the first answer, one every 2.3 s, then one after the other without success.
  EXPECT_LT(keeps.workload("db").requests(), 25U);
  const RunText fails(spec("ttl: 2s, single_flight: true, on_error: fail", "") + load);
  EXPECT_LT(fails.load("load").success_ratio(), 0.6);
}

// The one within keeps nothing that has expired.
TEST(SingleFlight, WhatTheCacheAroundHasServesAsWell) {
  for (const std::string flight : {"true", "false"}) {
    const std::string single = ", single_flight: " + flight;
    const RunText run(
        "spec:\n  duration: 9s\n  workloads:\n    app: {calls: [{cache: {entries: 10, ttl: 2s" +
        single + "}, miss: [{cache: {entries: 10, ttl: 1s, on_error: fail" + single +
        "}, miss: [{to: http://db/}]}]}]}\n    db: {latency: 300ms}\n"
        "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, rate: 100/s}]\n"
        "  faults: [{at: 3s, workload: db, error: {status: 500}}]\n");
    EXPECT_EQ(run.load("load").success_ratio(), 1);
    EXPECT_EQ(run.workload("db").requests() < 30, flight == "true");
  }
}

TEST(SingleFlight, WhoLeadsAndLeavesHandsOverToWhoHasWaitedLongest) {
  const std::string impatient = virtual_service("app", "timeout: 100ms, retries: {attempts: 0}");
  for (const std::string rule : {"cancelled: stop, ", "deadlines: honour, "}) {
    // Every 100 ms the one that asks gives up, and the next of those that came then asks.
    const RunText run(spec("single_flight: true", "", rule) + herd("web") + impatient);
    EXPECT_EQ(run.load("load").success_ratio(), 0) << rule;
    EXPECT_EQ(run.load("load").unfinished(), 0U) << rule;
    EXPECT_LE(run.workload("db").requests(), 100U) << rule;
    EXPECT_GE(run.workload("db").requests(), 2U) << rule;
    EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.1) << rule;
  }
}

TEST(SingleFlight, WhatComesLateIsKeptWhileOneOfThemWaits) {
  // The store answers at 1.3 s, when the first 50 have left: those of the last 50 ms have it.
  const std::string impatient = virtual_service("app", "timeout: 250ms, retries: {attempts: 0}");
  const RunText run(spec("single_flight: true", "") + herd("web") + impatient);
  EXPECT_NEAR(run.load("load").success_ratio(), 0.5, 0.02);
  EXPECT_EQ(run.workload("db").requests(), 1U);
}

TEST(SingleFlight, ACrashEndsItForAll) {
  const RunText run(spec("single_flight: true", "") + herd() +
                    "  faults: [{at: 1200ms, workload: app, crash: {restart_after: 10ms}}]\n");
  EXPECT_EQ(run.load("load").success_ratio(), 0);
  EXPECT_EQ(run.load("load").unfinished(), 0U);
}

TEST(SingleFlight, OneWithinAnotherFailsOrFillsBoth) {
  const auto nested = [](const std::string& db) {
    return RunText(
        "spec:\n  duration: 9s\n  workloads:\n    app: {calls: [{cache: {entries: 9, "
        "single_flight: true}, miss: [{work: 10ms}, {cache: {entries: 9, single_flight: true}, "
        "miss: [{to: http://db/}]}, {work: 10ms}]}]}\n    db: {latency: 300ms" +
        db + "}\n" + herd());
  };
  const RunText run = nested("");
  EXPECT_EQ(run.workload("db").requests(), 1U);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.32);
  const RunText fails = nested(", errors: {ratio: 100%, status: 503}");
  EXPECT_EQ(fails.workload("db").requests(), 1U);
  EXPECT_EQ(fails.load("load").success_ratio(), 0);
  EXPECT_EQ(fails.load("load").unfinished(), 0U);
}

}  // namespace
}  // namespace squall::sim
