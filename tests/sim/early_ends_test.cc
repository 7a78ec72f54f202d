// Tasks that end before they are done.
#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;
using testing::virtual_service;

/// A chain of five hops of 20 ms each, whose client waits for 60 ms.
RunText chain(const std::string& rule) {
  std::string text = "spec:\n  duration: 3s\n  workloads:\n    web: {}\n";
  for (int hop = 1; hop <= 5; ++hop) {
    const std::string next =
        hop < 5 ? ", calls: [{to: http://hop" + std::to_string(hop + 1) + "/}]" : "";
    text += "    hop" + std::to_string(hop) + ": {latency: 20ms" + next + rule + "}\n";
  }
  return RunText(text + once("http://hop1/", "web") +
                 virtual_service("hop1", "timeout: 60ms, retries: {attempts: 0}"));
}

TEST(EarlyEnds, WithoutDeadlinesEachHopWorks) {
  const RunText run = chain("");
  EXPECT_EQ(run.workload("hop4").requests(), 1U);
  EXPECT_EQ(run.workload("hop5").requests(), 1U);
  EXPECT_EQ(run.load("load").status().at("504"), 1U);
}

TEST(EarlyEnds, WithDeadlinesHandedOnNothingIsBegunAfterThem) {
  const RunText run = chain(", deadlines: honour");
  EXPECT_EQ(run.workload("hop3").requests(), 1U);
  EXPECT_EQ(run.workload("hop4").requests(), 0U);
  EXPECT_EQ(run.workload("hop5").requests(), 0U);
}

TEST(EarlyEnds, ACallUnderWayEndsAtTheDeadlineHoweverItIsMade) {
  for (const std::string mesh : {"true", "false"}) {
    for (const std::string client :
         {"", ", client: {timeout: 300ms}", ", client: {connections: {max: 1}}"}) {
      const RunText run("spec:\n  duration: 3s\n  mesh: {injection: " + mesh +
                        "}\n  workloads:\n    app: {deadlines: honour, calls: [{parallel: [{to: "
                        "http://db/, times: 3" +
                        client + "}]}]}\n    db: {latency: 1s}\n" +
                        once("http://app/", "outside", ", headers: {grpc-timeout: 200m}"));
      EXPECT_EQ(run.load("load").status().at("504"), 1U);
      EXPECT_NEAR(run.load("load").latency_s().max(), 0.2, 1e-9) << mesh << client;
      EXPECT_EQ(run.workload("db").requests(), client.ends_with("max: 1}}") ? 1U : 3U);
      EXPECT_GT(run.workload("db").wasted_s(), 0.9);
    }
  }
}

TEST(EarlyEnds, AReplicaThatStopsWithItsClientsEndsWorkUnderWay) {
  const std::string spec =
      "spec:\n  duration: 3s\n  workloads: {web: {}, app: {concurrency: 1, latency: 1s";
  const std::string rest =
      "}}\n  load: [{name: load, from: web, to: \"http://app/\", arrivals: constant, steps: [{at: "
      "0s, rate: 10/s}, {at: 250ms, rate: 0/s}]}]\n" +
      virtual_service("app", "timeout: 50ms, retries: {attempts: 0}");
  EXPECT_DOUBLE_EQ(RunText(spec + rest).workload("app").wasted_s(), 2);
  for (const std::string cpu : {"", ", cpu: {cores: 1}", ", cpu: {cores: 1, sharing: processor}"}) {
    const RunText stops(spec + cpu + ", cancelled: stop" + rest);
    EXPECT_NEAR(stops.workload("app").wasted_s(), 0.1, 1e-9) << cpu;  // both began at once
    EXPECT_NEAR(stops.workload("app").latency_s().max(), 0.05, 1e-9) << cpu;
  }
}

TEST(EarlyEnds, CallsUnderWayEndWithTheirCaller) {
  for (const std::string mesh : {"true", "false"}) {
    const RunText run("spec:\n  duration: 3s\n  mesh: {injection: " + mesh +
                      "}\n  workloads:\n    web: {}\n"
                      "    app: {cancelled: stop, deadlines: honour, calls: [{parallel: [{to: "
                      "http://db/, times: 3}]}]}\n"
                      "    db: {cancelled: stop, latency: 1s}\n" +
                      once("http://app/", "outside", ", headers: {grpc-timeout: 200m}"));
    EXPECT_EQ(run.workload("db").requests(), 3U);
    EXPECT_NEAR(run.workload("db").latency_s().max(), 0.2, 1e-9) << mesh;
    EXPECT_NEAR(run.workload("db").wasted_s(), 0.6, 1e-9);
    EXPECT_EQ(run.load("load").status().at("504"), 1U);
  }
}

TEST(EarlyEnds, AProcessThatHangsNoticesNothing) {
  const RunText run(
      "spec:\n  duration: 5s\n  workloads: {web: {}, app: {cancelled: stop, latency: 100ms}}\n" +
      once("http://app/", "web") + "  faults: [{at: 1050ms, for: 1s, workload: app, hang: {}}]\n" +
      virtual_service("app", "timeout: 500ms, retries: {attempts: 0}"));
  EXPECT_NEAR(run.workload("app").latency_s().max(), 1.1, 1e-9);
}

TEST(EarlyEnds, WhatAHangHasPutOffCanStillBeStopped) {
  const RunText run(
      "spec:\n  duration: 5s\n  workloads: {web: {}, app: {cancelled: stop, latency: 1s}}\n" +
      once("http://app/", "web") + "  faults: [{at: 1100ms, for: 1s, workload: app, hang: {}}]\n" +
      virtual_service("app", "timeout: 1500ms, retries: {attempts: 0}"));
  EXPECT_NEAR(run.workload("app").latency_s().max(), 1.5, 1e-9);  // it would be 2 s
}

TEST(EarlyEnds, AnAnswerAtTheDeadlineIsInTime) {
  const auto status = [](const std::string& took) {
    return RunText(
               "spec:\n  duration: 3s\n  workloads:\n    app: {deadlines: honour, calls: "
               "[{to: http://db/}]}\n    db: {latency: " +
               took + "}\n" + once("http://app/", "outside", ", headers: {grpc-timeout: 200m}"))
        .load("load")
        .status();
  };
  EXPECT_TRUE(status("200ms").contains("200"));
  EXPECT_TRUE(status("201ms").contains("504"));
}

TEST(EarlyEnds, WhatHasExpiredInTheQueueIsNotBegun) {
  const RunText run(
      "spec:\n  duration: 3s\n  workloads: {app: {concurrency: 1, latency: 100ms, deadlines: "
      "honour}}\n"
      "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, headers: "
      "{grpc-timeout: 150m, content-type: application/grpc}, rate: 100/s}]\n");
  // Each waits for at most 150 ms, then is told so: DEADLINE_EXCEEDED.
  EXPECT_LT(run.workload("app").latency_s().max(), 0.2501);
  EXPECT_GT(run.workload("app").gave_up(), 200U);
  EXPECT_NEAR(run.load("load").success_ratio(), 0.1, 0.02);
}

}  // namespace
}  // namespace squall::sim
