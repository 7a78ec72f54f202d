// The steps of a behaviour, one after the other.
#include <cmath>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;

double latency(const RunText& run) { return run.load("load").latency_s().max(); }

TEST(Steps, ParallelCallsStartTogetherAndEndWithTheLast) {
  const RunText run(
      "spec:\n  duration: 9s\n  workloads:\n"
      "    app: {calls: [{parallel: [{to: http://a/}, {to: http://b/, times: 3}]}, {to: "
      "http://a/}]}\n"
      "    a: {latency: 10ms}\n    b: {latency: 40ms}\n" +
      once("http://app/"));
  EXPECT_DOUBLE_EQ(latency(run), 0.05);
}

/// `app` calls `a`, which fails at 10 ms, at once with `b`, which takes 50 ms, and then `c`.
RunText with_a_failing_call(const std::string& on_error, const std::string& load_more = "") {
  return RunText(
      "spec:\n  duration: 9s\n  workloads:\n"
      "    app: {calls: [{parallel: [{to: http://a/" +
      on_error +
      "}, {to: http://b/}]}, {to: http://c/}]}\n"
      "    a: {latency: 10ms, errors: {ratio: 100%, status: 503}}\n"
      "    b: {latency: 50ms}\n    c: {}\n" +
      once("http://app/", "outside", load_more));
}

TEST(Steps, AFailedCallIsAnswered500AtOnceAndItsSiblingsRunOn) {
  const RunText run = with_a_failing_call("");
  EXPECT_EQ(run.load("load").status().at("500"), 1U);
  EXPECT_DOUBLE_EQ(latency(run), 0.01);
  EXPECT_EQ(run.workload("b").requests(), 1U);
  EXPECT_DOUBLE_EQ(run.workload("b").latency_s().max(), 0.05);
  EXPECT_EQ(run.workload("b").wasted_s(), 0);
  EXPECT_EQ(run.workload("c").requests(), 0U);
}

TEST(Steps, OnErrorIgnoresOrAnswersSomethingElse) {
  const RunText ignored = with_a_failing_call(", on_error: ignore");
  EXPECT_EQ(ignored.load("load").status().at("200"), 1U);
  EXPECT_DOUBLE_EQ(latency(ignored), 0.05);
  EXPECT_EQ(ignored.workload("c").requests(), 1U);
  EXPECT_EQ(with_a_failing_call(", on_error: {status: 429}").load("load").status().at("429"), 1U);
  const RunText grpc = with_a_failing_call(", on_error: {grpc: 14}");
  EXPECT_EQ(grpc.load("load").status().at("200"), 1U);
  EXPECT_EQ(grpc.load("load").success_ratio(), 0);
}

TEST(Steps, AFailedCallOfAGrpcRequestIsAnsweredInternal) {
  const RunText run =
      with_a_failing_call("", ", method: POST, headers: {content-type: application/grpc}");
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 0);
}

TEST(Steps, ACallIsMadeWithItsProbability) {
  const RunText run(
      "spec:\n  duration: 100s\n  workloads:\n"
      "    app: {calls: [{to: http://a/, probability: 30%}, {to: http://b/, times: 4, probability: "
      "50%}]}\n    a: {}\n    b: {}\n"
      "  load: [{name: load, from: outside, to: http://app/, rate: 100/s}]\n");
  const auto n = static_cast<double>(run.load("load").requests());
  // Within four standard deviations of a binomial count.
  EXPECT_NEAR(static_cast<double>(run.workload("a").requests()), 0.3 * n,
              4 * std::sqrt(n * 0.3 * 0.7));
  EXPECT_NEAR(static_cast<double>(run.workload("b").requests()), 0.5 * 4 * n,
              4 * std::sqrt(4 * n * 0.25));
}

std::string spec(const std::string& app) {
  return "spec:\n  duration: 9s\n  workloads:\n    app: {" + app +
         "}\n    a: {latency: 10ms}\n    b: {latency: 500ms}\n    bad: {latency: 5ms, errors: "
         "{ratio: 100%, status: 503}}\n";
}

std::string steadily(int rate) {
  return "  load: [{name: load, from: outside, to: \"http://app/\", arrivals: constant, rate: " +
         std::to_string(rate) + "/s}]\n";
}

TEST(Steps, WorkInBetweenNeedsACoreAgain) {
  const std::string app = "latency: 20ms, calls: [{to: http://a/}, {work: 30ms}, {to: http://a/}]";
  EXPECT_DOUBLE_EQ(latency(RunText(spec(app) + once("http://app/"))), 0.07);
  for (const std::string slots : {"", ", concurrency: 100"}) {
    // 50 ms of one core a request, 25 requests a second: more than there is.
    const RunText busy(spec("cpu: {cores: 1}" + slots + ", " + app) + steadily(25));
    EXPECT_GT(latency(busy), 1) << slots;
    EXPECT_NEAR(busy.workload("app").utilization(), 1, 0.01) << slots;
    const RunText idle(spec("cpu: {cores: 1}" + slots + ", " + app) + steadily(10));
    EXPECT_NEAR(idle.workload("app").utilization(), 0.5, 0.01) << slots;
  }
}

TEST(Steps, WorkInBetweenEndsWithItsClientWhereItIsSaid) {
  const std::string impatient =
      testing::virtual_service("app", "timeout: 50ms, retries: {attempts: 0}");
  const std::string load = once("http://app/", "b") + impatient;
  const std::string app = "latency: 20ms, calls: [{work: 100ms}]";
  EXPECT_DOUBLE_EQ(RunText(spec(app) + load).workload("app").wasted_s(), 0.12);
  EXPECT_NEAR(RunText(spec(app + ", cancelled: stop") + load).workload("app").wasted_s(), 0.05,
              1e-9);
}

TEST(Steps, NobodyWaitsForWhatIsDetached) {
  const RunText run(spec("calls: [{to: http://b/, detach: true}, {to: http://bad/, detach: true}, "
                         "{to: http://a/}]") +
                    once("http://app/"));
  EXPECT_DOUBLE_EQ(latency(run), 0.01);
  EXPECT_EQ(run.load("load").success_ratio(), 1);
  EXPECT_EQ(run.workload("b").requests(), 1U);
}

TEST(Steps, ParallelCallsAreWaitedForAsTheStepSays) {
  const RunText run(
      spec("calls: [{parallel: [{to: http://a/, times: 19}, {to: http://b/}], await: 95%}, {to: "
           "http://a/}]") +
      once("http://app/"));
  EXPECT_DOUBLE_EQ(latency(run), 0.02);
  EXPECT_EQ(run.workload("b").requests(), 1U);
  EXPECT_EQ(run.workload("a").requests(), 20U);
}

TEST(Steps, WhatIsLateDoesNotFailTheRequest) {
  const RunText run(
      spec("calls: [{parallel: [{to: http://a/}, {to: http://b/, on_error: {status: 418}}], await: "
           "50%}, {work: 1s}]") +
      once("http://app/") + "  faults: [{at: 0s, workload: b, error: {status: 500}}]\n");
  EXPECT_DOUBLE_EQ(latency(run), 1.01);
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
}

TEST(Steps, OneBranchIsTakenByItsWeightAndThenTheNextStep) {
  const RunText run(
      spec("calls: [{choose: [{weight: 1, calls: [{to: http://a/}]}, {weight: 3, calls: [{choose: "
           "[{weight: 1, calls: [{work: 1ms}, {to: http://b/}]}]}]}]}, {to: http://a/}]") +
      "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, steps: [{at: 0s, "
      "rate: 100/s}, {at: 8s, rate: 0/s}]}]\n");
  const auto all = static_cast<double>(run.load("load").requests());
  EXPECT_NEAR(static_cast<double>(run.workload("b").requests()) / all, 0.75, 0.06);
  EXPECT_EQ(run.workload("a").requests() + run.workload("b").requests(),
            2 * run.load("load").requests());
}

}  // namespace
}  // namespace squall::sim
