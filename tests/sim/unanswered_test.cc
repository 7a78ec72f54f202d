// What never had an answer is a failure in every figure that counts requests, and in no latency.
#include <cmath>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::RunText;

/// 10 requests a second for 20 s through web and shop to db, which hangs from 10 s on.
const std::string kHanging =
    "spec:\n  duration: 20s\n  workloads:\n"
    "    web: {}\n    shop: {calls: [{to: http://db/}]}\n    db: {latency: 5ms}\n"
    "  load: [{name: load, from: web, to: http://shop/, arrivals: constant, rate: 10/s}]\n"
    "  faults: [{at: 10s, for: 1h, workload: db, hang: {}}]\n";

TEST(Unanswered, CountsAsAFailureOfLoadsAndOfCalls) {
  const RunText run(kHanging);
  EXPECT_EQ(run.load("load").requests(), 199U);
  EXPECT_EQ(run.load("load").unfinished(), 100U);
  EXPECT_EQ(run.load("load").failed(), 0U);
  EXPECT_EQ(run.load("load").attempts(), 199U);
  EXPECT_DOUBLE_EQ(run.load("load").success_ratio(), 99.0 / 199);
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.005);
  for (const auto& [from, to] : {std::pair("web", "shop"), std::pair("shop", "db")}) {
    EXPECT_EQ(run.edge(from, to).requests(), 199U) << from;
    EXPECT_EQ(run.edge(from, to).attempts(), 199U) << from;
    EXPECT_EQ(run.edge(from, to).unfinished(), 100U) << from;
    EXPECT_DOUBLE_EQ(run.edge(from, to).success_ratio(), 99.0 / 199) << from;
  }
}

TEST(Unanswered, AWorkloadHasWorkedOnIt) {
  const RunText run(kHanging);
  for (const char* name : {"shop", "db"}) {
    EXPECT_EQ(run.workload(name).requests(), 199U) << name;
    EXPECT_EQ(run.workload(name).unfinished(), 100U) << name;
  }
  EXPECT_EQ(run.endpoint("db-0").requests(), 199U);
}

TEST(Unanswered, ASecondOfTheSeriesHasThemToo) {
  const RunText run(kHanging);
  const auto& series = run.report.series().loads().at("load");
  EXPECT_EQ(series.requests(15), 10U);
  EXPECT_EQ(series.success_ratio(15), 0);
  EXPECT_TRUE(std::isnan(series.p99_s(15)));
  EXPECT_EQ(series.success_ratio(5), 1);
}

/// The client gives up after 50 ms and has its answer; db's sidecar waits on for its application.
TEST(Unanswered, WhatTheClientGaveUpIsOfTheWorkloadsAlone) {
  const RunText run("spec:\n  duration: 5s\n  workloads: {web: {}, db: {}}\n" +
                    testing::once("http://db/", "web") +
                    "  faults: [{at: 0s, for: 1h, workload: db, hang: {}}]\n" +
                    testing::virtual_service("db", "timeout: 50ms"));
  EXPECT_EQ(run.load("load").unfinished(), 0U);
  EXPECT_EQ(run.load("load").failed(), 1U);
  EXPECT_EQ(run.edge("web", "db").unfinished(), 0U);
  EXPECT_EQ(run.workload("db").unfinished(), 1U);
  EXPECT_TRUE(run.warnings.empty()) << testing::all_of(run.warnings);
}

/// One of two parallel calls fails and the load has its answer; the other takes a minute more.
TEST(Unanswered, ASiblingThatRunsOnIsWaitedFor) {
  const RunText run(
      "spec:\n  duration: 5s\n  workloads:\n    web: {}\n"
      "    shop: {calls: [{parallel: [{to: http://bad/}, {to: http://slow/}]}]}\n"
      "    bad: {errors: [{ratio: 1, status: 500}]}\n    slow: {latency: 60s}\n" +
      testing::once("http://shop/", "web"));
  EXPECT_EQ(run.load("load").failed(), 1U);
  EXPECT_EQ(run.edge("shop", "slow").requests(), 1U);
  EXPECT_EQ(run.edge("shop", "slow").unfinished(), 0U);
  EXPECT_EQ(run.edge("shop", "slow").success_ratio(), 1);
}

/// From outside, without a sidecar; a replica of two.
TEST(Unanswered, AlsoWithoutASidecar) {
  const RunText run(
      "spec:\n  duration: 20s\n  workloads: {db: {replicas: 2}}\n"
      "  load: [{name: load, from: outside, to: http://db/, rate: 50/s}]\n"
      "  faults: [{at: 0s, for: 1h, pod: db-0, hang: {}}]\n");
  EXPECT_EQ(run.load("load").unfinished(), run.endpoint("db-0").requests());
  EXPECT_GT(run.load("load").unfinished(), 300U);
  EXPECT_EQ(run.load("load").attempts(), run.load("load").requests());
}

}  // namespace
}  // namespace squall::sim
