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

/// From outside, at constant distances, for 2 s.
std::string steadily(const std::string& app, const std::string& rate) {
  return "spec:\n  duration: 2s\n  workloads: {app: {" + app +
         "}}\n  load: [{name: load, from: outside, to: http://app/, arrivals: constant, rate: " +
         rate + "}]\n";
}

TEST(Applications, ErrorsComeInTurnsAtEachReplica) {
  const std::string app = "errors: {sequence: [503, 404, 200]}";
  const RunText run(steadily(app, "10/s"));
  EXPECT_EQ(run.load("load").status().at("503"), 7U);
  EXPECT_EQ(run.load("load").status().at("404"), 6U);
  EXPECT_EQ(run.load("load").status().at("200"), 6U);
  // After ten requests, of which four were answered 503, the next begins with a 503 again.
  const RunText again(steadily(app, "10/s") +
                      "  faults: [{at: 1050ms, workload: app, crash: {restart_after: 1ms}}]\n");
  EXPECT_EQ(again.load("load").status().at("503"), 4U + 3U);
  EXPECT_EQ(again.load("load").status().at("404"), 3U + 3U);
}

TEST(Applications, AnErrorMayBeQuickerThanTheWork) {
  const RunText run(
      steadily("latency: 100ms, errors: [{ratio: 10%, status: 500}, {ratio: 60%, status: 503, "
               "latency: 1ms}]",
               "100/s"));
  EXPECT_DOUBLE_EQ(run.load("load").latency_s().max(), 0.1);
  EXPECT_NEAR(run.load("load").latency_s().p50(), 0.001, 1e-5);
  // Exactly those that are answered 503 are quick.
  const double quick = static_cast<double>(run.load("load").status().at("503"));
  const double all = static_cast<double>(run.load("load").requests());
  EXPECT_NEAR(run.load("load").latency_s().mean(), (quick * 0.001 + (all - quick) * 0.1) / all,
              1e-9);
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
