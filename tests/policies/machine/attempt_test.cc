// Attempts: what becomes of one, and what the proxy learns of its host by it.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

TEST(Attempt, ASecondHeadIsIgnored) {
  Shell shell{Plan()};
  shell.request();
  shell.connect(0);
  shell.respond(0, 200, false);
  shell.take();
  shell.respond(0, 500, false);
  EXPECT_EQ(shell.take(), Lines{});
  shell.respond_body(0, true);
  EXPECT_EQ(shell.take().back(), "log r0 200 - via_upstream");
}

TEST(Attempt, ABodyWithoutAHeadIsIgnored) {
  Shell shell{Plan()};
  shell.request();
  shell.connect(0);
  shell.take();
  shell.respond_body(0, true);
  EXPECT_EQ(shell.take(), Lines{});
  EXPECT_FALSE(shell.worker.request(0).ended);
}

TEST(Attempt, EachResetHasItsFlagAndDetails) {
  const std::pair<ResetReason, std::string> kReasons[] = {
      {ResetReason::kConnectionTermination, "503 UC {connection_termination}"},
      {ResetReason::kRemoteReset, "503 UR {remote_reset}"},
      {ResetReason::kRemoteRefusedStream, "503 UR {remote_refused_stream_reset}"},
      {ResetReason::kLocalReset, "503 LR {local_reset}"},
      {ResetReason::kProtocolError, "502 UPE {protocol_error}"},
      {ResetReason::kOverloadManager, "503 OM {overload_manager}"}};
  for (const auto& [reason, expected] : kReasons) {
    Shell shell{Plan()};
    shell.request();
    shell.connect(0);
    shell.reset(0, reason);
    const auto brace = expected.find('{');
    EXPECT_EQ(shell.take().back(), "log r0 " + expected.substr(0, brace) +
                                       "upstream_reset_before_response_started" +
                                       expected.substr(brace));
  }
}

TEST(Attempt, IsToldWhatWasLeftOfTheTimeoutWhenItBegan) {
  Plan plan;
  plan.forward.timeout = 1s;
  plan.forward.retry = retries_on("5xx");
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  Shell shell(plan);
  shell.request();
  shell.pass(100ms);
  shell.connect(0);
  EXPECT_EQ(shell.worker.expected_timeout_ms(0), 1000U);
  shell.pass(300ms);
  shell.respond(0, 503);
  shell.pass(0ms);
  EXPECT_EQ(shell.worker.attempt(0).number, 2U);
  EXPECT_EQ(shell.worker.expected_timeout_ms(0), 600U);
}

TEST(Attempt, AResponsesCodeOrItsGrpcStatusCounts) {
  const HeaderField grpc[] = {{"content-type", "application/grpc"}};
  const HeaderField unavailable[] = {{"grpc-status", "14"}};
  Plan plan;
  plan.cluster().outlier = detection_of(5);
  Shell shell(plan);
  RequestHead head;
  head.headers = grpc;
  shell.request(head);
  shell.connect(0);
  shell.take();
  shell.respond(0, {.status = 200, .headers = unavailable});
  EXPECT_EQ(shell.take()[0], "result h0 failure 503");
  shell.request();  // not gRPC: the header is nobody's
  shell.take();
  shell.respond(0, {.status = 200, .headers = unavailable});
  EXPECT_EQ(shell.take()[0], "result h0 success 200");
}

TEST(Attempt, AClusterMaySayWhichResponsesAreFailures) {
  Plan plan;
  plan.cluster().outlier = detection_of(9);
  ResponseMatch& failures = plan.cluster().failures.emplace();
  failures.kind = ResponseMatch::Kind::kHeaders;
  failures.headers.emplace_back().name = "x-bad";
  const HeaderField bad[] = {{"x-bad", "1"}, {"grpc-status", "0"}};
  const HeaderField grpc[] = {{"content-type", "application/grpc"}};
  const auto reported = [&](std::uint16_t status, Headers headers, Headers of_request) {
    Shell shell(plan);
    RequestHead head;
    head.headers = of_request;
    shell.request(head);
    shell.connect(0);
    shell.take();
    shell.respond(0, ResponseHead{.status = status, .headers = headers});
    return shell.take().front();
  };
  EXPECT_EQ(reported(200, bad, {}), "result h0 failure 500");
  EXPECT_EQ(reported(503, bad, {}), "result h0 failure 503");
  EXPECT_EQ(reported(503, {}, {}), "result h0 success 200");
  EXPECT_EQ(reported(200, bad, grpc), "result h0 success 200");  // by its status alone
}

TEST(Attempt, EachFailedStreamCountsAndNoOverflowDoes) {
  Plan plan;
  plan.cluster().outlier = detection_of(50);
  plan.limits().max_pending_requests = 2;
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  for (const std::string& line : shell.take()) EXPECT_NE(line.substr(0, 6), "result");
  shell.refuse(0);
  int results = 0;
  for (const std::string& line : shell.take()) results += line == "result h0 local failure 0";
  EXPECT_EQ(results, 2);
}

TEST(Attempt, SplitOriginsAreToldOfEachStream) {
  Plan plan;
  plan.cluster().outlier = detection_of(5);
  plan.cluster().outlier->split_external_local_origin_errors = true;
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.connect(0);
  EXPECT_EQ(shell.take()[1], "result h0 connected 0");
}

}  // namespace
}  // namespace squall::policies
