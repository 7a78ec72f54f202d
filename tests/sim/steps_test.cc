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

}  // namespace
}  // namespace squall::sim
