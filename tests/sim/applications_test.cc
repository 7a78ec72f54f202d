// Rules of the model that an application keeps: its work, its errors, its calls, its answer.
#include <cmath>

#include "tests/sim/run_text.h"

namespace squall::sim {
namespace {

using testing::once;
using testing::RunText;

double latency(const RunText& run, std::string_view load = "load") {
  return run.load(load).latency_s().max();
}

TEST(Applications, OwnWorkComesBeforeTheCallsAndCallsGoInOrder) {
  const RunText run(
      "spec:\n  duration: 9s\n  workloads:\n"
      "    app: {latency: 100ms, calls: [{to: http://a/}, {to: http://b/, times: 3}]}\n"
      "    a: {latency: 10ms}\n    b: {latency: 1ms}\n" +
      once("http://app/"));
  EXPECT_DOUBLE_EQ(latency(run), 0.113);
  EXPECT_EQ(run.workload("b").requests(), 3U);
}

TEST(Applications, ParallelCallsStartTogetherAndEndWithTheLast) {
  const RunText run(
      "spec:\n  duration: 9s\n  workloads:\n"
      "    app: {calls: [{parallel: [{to: http://a/}, {to: http://b/, times: 3}]}, {to: "
      "http://a/}]}\n"
      "    a: {latency: 10ms}\n    b: {latency: 40ms}\n" +
      once("http://app/"));
  EXPECT_DOUBLE_EQ(latency(run), 0.05);
}

TEST(Applications, ASlotIsHeldDuringCallsACoreIsNot) {
  // Two requests a tenth of a second apart, 1 s of calls each.
  const auto text = [](const std::string& capacity) {
    return "spec:\n  duration: 9s\n  workloads: {app: {" + capacity +
           ", latency: 50ms, calls: [{to: http://a/}]}, a: {latency: 1s}}\n" +
           "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, steps: [{at: "
           "0s, rate: 10/s}, {at: 250ms, rate: 0/s}]}]\n";
  };
  EXPECT_NEAR(latency(RunText(text("concurrency: 1"))), 2 * 1.05 - 0.1, 1e-9);
  EXPECT_NEAR(latency(RunText(text("cpu: {cores: 1}"))), 1.05, 1e-9);
}

TEST(Applications, AnErrorIsDrawnAfterTheWorkAndBeforeAnyCall) {
  const RunText run(
      "spec:\n  duration: 9s\n  workloads:\n"
      "    app: {latency: 100ms, errors: {ratio: 100%, status: 418}, calls: [{to: http://a/}]}\n"
      "    a: {}\n" +
      once("http://app/"));
  EXPECT_DOUBLE_EQ(latency(run), 0.1);
  EXPECT_EQ(run.load("load").status().at("418"), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 1);  // below 500
  EXPECT_EQ(run.workload("a").requests(), 0U);
}

TEST(Applications, RatiosOfAListOfErrorsAreOfAllRequests) {
  const RunText run(
      "spec:\n  duration: 40s\n  workloads:\n"
      "    app: {errors: [{ratio: 50%, status: 503}, {ratio: 30%, status: 404}, {ratio: 20%, "
      "status: 500}]}\n"
      "  load: [{name: load, from: outside, to: http://app/, arrivals: constant, rate: 1000/s}]\n");
  const auto& status = run.load("load").status();
  EXPECT_FALSE(status.contains("200"));
  for (const auto& [code, ratio] : {std::pair("503", 0.5), {"404", 0.3}, {"500", 0.2}}) {
    const double n = static_cast<double>(run.load("load").requests());
    EXPECT_NEAR(static_cast<double>(status.at(code)), n * ratio,
                4 * std::sqrt(n * ratio * (1 - ratio)))
        << code;
  }
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

TEST(Applications, AFailedCallIsAnswered500AtOnceAndItsSiblingsRunOn) {
  const RunText run = with_a_failing_call("");
  EXPECT_EQ(run.load("load").status().at("500"), 1U);
  EXPECT_DOUBLE_EQ(latency(run), 0.01);
  EXPECT_EQ(run.workload("b").requests(), 1U);
  EXPECT_DOUBLE_EQ(run.workload("b").latency_s().max(), 0.05);
  EXPECT_EQ(run.workload("b").wasted_s(), 0);
  EXPECT_EQ(run.workload("c").requests(), 0U);
}

TEST(Applications, OnErrorIgnoresOrAnswersSomethingElse) {
  const RunText ignored = with_a_failing_call(", on_error: ignore");
  EXPECT_EQ(ignored.load("load").status().at("200"), 1U);
  EXPECT_DOUBLE_EQ(latency(ignored), 0.05);
  EXPECT_EQ(ignored.workload("c").requests(), 1U);
  EXPECT_EQ(with_a_failing_call(", on_error: {status: 429}").load("load").status().at("429"), 1U);
  const RunText grpc = with_a_failing_call(", on_error: {grpc: 14}");
  EXPECT_EQ(grpc.load("load").status().at("200"), 1U);
  EXPECT_EQ(grpc.load("load").success_ratio(), 0);
}

TEST(Applications, AFailedCallOfAGrpcRequestIsAnsweredInternal) {
  const RunText run =
      with_a_failing_call("", ", method: POST, headers: {content-type: application/grpc}");
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  EXPECT_EQ(run.load("load").success_ratio(), 0);
}

TEST(Applications, AStatusInTrailersFailsTheCallButNoSidecarSeesIt) {
  const auto run = [](const std::string& in) {
    return RunText(
        "spec:\n  duration: 9s\n  workloads:\n    client: {}\n"
        "    app: {errors: {ratio: 100%, grpc: 14, in: " +
        in + "}}\n" +
        once("http://app/", "client", ", method: POST, headers: {content-type: application/grpc}"));
  };
  const RunText headers = run("headers"), trailers = run("trailers");
  EXPECT_EQ(headers.edge("client", "app").attempts(), 3U);  // `unavailable` is in Istio's list
  EXPECT_EQ(trailers.edge("client", "app").attempts(), 1U);
  EXPECT_EQ(headers.load("load").success_ratio(), 0);
  EXPECT_EQ(trailers.load("load").success_ratio(), 0);
}

TEST(Applications, AClientThatLeavesStopsNoWorkAndNoCall) {
  // The client gives up at 100 ms; the application works to 300 ms and then calls.
  const RunText run(
      "spec:\n  duration: 9s\n  workloads:\n    client: {}\n"
      "    app: {latency: 300ms, calls: [{to: http://a/}]}\n    a: {latency: 2s}\n" +
      once("http://app/", "client") + testing::virtual_service("app", "timeout: 100ms"));
  EXPECT_EQ(run.load("load").status().at("504"), 1U);
  EXPECT_DOUBLE_EQ(latency(run), 0.1);
  EXPECT_EQ(run.edge("client", "app").flags().at("UT"), 1U);
  EXPECT_EQ(run.workload("a").requests(), 1U);
  EXPECT_DOUBLE_EQ(run.workload("app").latency_s().max(), 2.3);
  EXPECT_DOUBLE_EQ(run.workload("app").wasted_s(), 0.3);
}

TEST(Applications, AnAnswerAtTheInstantOfATimeoutBeatsIt) {
  const auto status = [](const std::string& timeout) {
    return RunText("spec:\n  duration: 9s\n  workloads: {client: {}, app: {latency: 3s}}\n" +
                   once("http://app/", "client") +
                   testing::virtual_service("app", "timeout: " + timeout))
        .load("load")
        .status();
  };
  EXPECT_TRUE(status("3s").contains("200"));
  EXPECT_TRUE(status("2999ms").contains("504"));
}

/// `web` asks `app`, which does one thing at a time, every 100 ms for so long, and waits 250 ms.
std::string hurried(const std::string& app, int until_ms) {
  return "spec:\n  duration: 9s\n  workloads: {web: {}, app: {concurrency: 1, " + app +
         "}}\n  load: [{name: load, from: web, to: http://app/, arrivals: constant, steps: [{at: "
         "0s, "
         "rate: 10/s}, {at: " +
         std::to_string(until_ms) + "ms, rate: 0/s}]}]\n" +
         testing::virtual_service("app", "timeout: 250ms, retries: {attempts: 0}");
}

TEST(Applications, WorkForAClientThatHasLeftIsSkippedWhereItIsSaid) {
  // They come at 0.1, 0.2, 0.3 and 0.4 s; the first works from 0.1 to 0.5 s, and all leave after
  // 0.25 s.
  const RunText all(hurried("latency: 400ms", 450));
  EXPECT_EQ(all.workload("app").requests(), 4U);
  EXPECT_DOUBLE_EQ(all.workload("app").wasted_s(), 1.6);
  const RunText skipped(hurried("latency: 400ms, cancelled: skip", 450));
  EXPECT_EQ(skipped.workload("app").requests(), 2U);  // at 0.5 s the fourth has not left yet
  EXPECT_DOUBLE_EQ(skipped.workload("app").wasted_s(), 0.8);
  EXPECT_EQ(skipped.load("load").status().at("504"), 4U);
  EXPECT_EQ(skipped.load("load").unfinished(), 0U);
}

TEST(Applications, TheLastComesFirstWhereTheQueueSaysSo) {
  const RunText run(hurried("latency: 240ms, queue: {order: lifo}", 450));
  // 0.1 to 0.34 s the first; then the third, of 0.3 s, which is too late at 0.58 s.
  EXPECT_EQ(run.load("load").status().at("200"), 1U);
  const RunText quick(hurried("latency: 140ms, queue: {order: lifo}", 450));
  EXPECT_EQ(quick.load("load").status().at("200"), 3U);
}

TEST(Applications, AFullQueueMayDropWithoutAnAnswer) {
  const RunText rejects(hurried("latency: 200ms, queue: {limit: 0}", 250));
  EXPECT_EQ(rejects.load("load").status().at("503"), 1U);
  const RunText drops(hurried("latency: 200ms, queue: {limit: 0, full: drop}", 250));
  EXPECT_EQ(drops.workload("app").shed(), 1U);
  EXPECT_EQ(drops.workload("app").gave_up(), 0U);
  EXPECT_EQ(drops.load("load").status().at("504"), 1U);
  EXPECT_DOUBLE_EQ(latency(drops), 0.25);
  EXPECT_EQ(drops.load("load").unfinished(), 0U);
}

TEST(Applications, WhoHasWaitedForTooLongIsTurnedAway) {
  const RunText run(hurried("latency: 240ms, queue: {timeout: 50ms}", 450));
  // The second, of 0.2 s, gives up at 0.25 s; the third, of 0.3 s, gets its turn at 0.34 s.
  EXPECT_EQ(run.workload("app").shed(), 2U);
  EXPECT_EQ(run.workload("app").gave_up(), 2U);
  EXPECT_EQ(run.load("load").status().at("503"), 2U);
  EXPECT_EQ(run.workload("app").requests(), 2U);
}

TEST(Applications, AProcessThatHangsTurnsNobodyAwayUntilItGoesOn) {
  const RunText run(
      hurried("latency: 10ms, queue: {timeout: 50ms}", 250)
          .insert(4 + 2, "  faults: [{at: 50ms, for: 200ms, workload: app, hang: {}}]\n"));
  // Both wait for the process; the second, who came at 0.2 s, goes at 0.25 s.
  EXPECT_EQ(run.workload("app").shed(), 1U);
}

TEST(Applications, ACallIsMadeWithItsProbability) {
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

TEST(Applications, TheFirstOperationThatMatchesSaysHow) {
  const auto took = [](const std::string& url, const std::string& more = "") {
    return latency(RunText(
        "spec:\n  duration: 9s\n  workloads:\n    app:\n      latency: 1ms\n      operations:\n"
        "        - {match: {path: {prefix: /v1/}, method: POST}, latency: 2ms}\n"
        "        - {match: {path: {prefix: /v1/}}, latency: 3ms}\n"
        "        - {match: {headers: {x-slow: {regex: \"y.*\"}}}, latency: 4ms}\n"
        "        - {match: {path: /exact}, latency: 5ms}\n" +
        once(url, "outside", more)));
  };
  EXPECT_DOUBLE_EQ(took("http://app/v1/x?y=1", ", method: POST"), 0.002);
  EXPECT_DOUBLE_EQ(took("http://app/v1/x"), 0.003);
  EXPECT_DOUBLE_EQ(took("http://app/", ", headers: {x-slow: yes!}"), 0.004);
  EXPECT_DOUBLE_EQ(took("http://app/exact?q=1"), 0.005);
  EXPECT_DOUBLE_EQ(took("http://app/exactly"), 0.001);
}

}  // namespace
}  // namespace squall::sim
