// A request from its head to its end: where it goes, what the worker answers by itself, and who
// ends it.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"
#include "tests/policies/machine/status_counts.h"

namespace squall::policies {
namespace {

Route route_to(std::string path, std::variant<Forward, Redirect, DirectResponse> action) {
  Route route;
  route.match.path.value = std::move(path);
  route.action = std::move(action);
  return route;
}

RequestHead head_of(std::string_view path, Headers headers = {}, bool internal = false) {
  RequestHead head;
  head.path = path;
  head.headers = headers;
  head.internal = internal;
  return head;
}

/// What a request that is not forwarded is answered with.
std::string answer(const Plan& plan, const RequestHead& head) {
  Shell shell(plan);
  shell.request(head);
  const Lines lines = shell.take();
  EXPECT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].substr(0, 10), "answer r0 ");
  EXPECT_EQ(lines[1], "log r0 " + lines[0].substr(10));
  return lines[0].substr(10);
}

TEST(Request, WhatFitsNoRouteIsNotFound) {
  Plan plan;
  plan.virtual_host.domains = {"a.test"};
  EXPECT_EQ(answer(plan, {}), "404 NR route_not_found");
}

TEST(Request, AnUnknownClusterIsAnsweredAsTheRouteSays) {
  Plan plan;
  plan.forward = forward_to({{"gone", 1}});
  EXPECT_EQ(answer(plan, {}), "503 NC cluster_not_found");
  plan.forward.cluster_not_found_status = 404;
  EXPECT_EQ(answer(plan, {}), "404 NC cluster_not_found");
}

TEST(Request, AHeaderMayNameTheCluster) {
  Plan plan;
  plan.forward = Forward{};
  plan.forward.cluster_header = "x-cluster";
  const HeaderField known[] = {{"x-cluster", "backend"}}, unknown[] = {{"x-cluster", "gone"}};
  EXPECT_EQ(answer(plan, head_of("/", unknown)), "503 NC cluster_not_found");
  EXPECT_EQ(answer(plan, {}), "503 NC cluster_not_found");
  Shell shell(plan);
  shell.request(head_of("/", known));
  EXPECT_EQ(shell.take()[0], "open c0 h0");
}

TEST(Request, AHeaderMayNameTheClusterOfAWeightedEntry) {
  Plan plan;
  plan.forward = forward_to({{"", 1}});
  plan.forward.clusters[0].cluster_header = "x-cluster";
  const HeaderField known[] = {{"x-cluster", "backend"}}, unknown[] = {{"x-cluster", "gone"}};
  Shell shell(plan);
  shell.request(head_of("/", known));
  EXPECT_EQ(shell.take()[0], "open c0 h0");
  shell.request(head_of("/", unknown));  // nothing of the first is remembered
  EXPECT_EQ(shell.worker.request(1).outcome.details, Details::kClusterNotFound);
}

TEST(Request, APseudoHeaderMayNameTheCluster) {
  Plan plan;
  plan.forward = Forward{};
  plan.forward.cluster_header = ":authority";
  RequestHead head = head_of("/");
  head.authority = "backend";
  Shell shell(plan);
  shell.request(head);
  EXPECT_EQ(shell.take()[0], "open c0 h0");
}

TEST(Request, DirectResponsesAndRedirectsNeedNoCluster) {
  Plan plan;
  Redirect moved;
  moved.status = 308;
  plan.routes = {route_to("/direct", DirectResponse{.status = 418, .body = "tea"}),
                 route_to("/moved", moved)};
  EXPECT_EQ(answer(plan, head_of("/direct")), "418 - direct_response");
  EXPECT_EQ(answer(plan, head_of("/moved")), "308 - direct_response");
  plan.virtual_host.require_tls = VirtualHost::RequireTls::kAll;
  EXPECT_EQ(answer(plan, head_of("/anything")), "301 - direct_response");
  const HeaderField grpc[] = {{"content-type", "application/grpc"}};
  EXPECT_EQ(answer(plan, head_of("/anything", grpc)), "2 - direct_response");
}

TEST(Request, ItsRandomNumberChoosesTheWeightedClusterForAllAttempts) {
  Plan plan;
  plan.clusters = {cluster_named("a", 1), cluster_named("b", 1)};
  plan.forward = forward_to({{"a", 90}, {"b", 10}});
  plan.forward.retry = retries_on("connect-failure", 3);
  for (const std::uint64_t random : {0U, 89U, 90U, 99U, 100U}) {
    Shell shell(plan);
    shell.request({}, true, random);
    const std::uint32_t expected = random % 100 < 90 ? 0 : 1;
    for (int attempt = 0; attempt < 3; ++attempt) {
      EXPECT_EQ(shell.worker.request(0).cluster, expected);
      EXPECT_EQ(shell.worker.request(0).last_host, expected);
      shell.refuse(0);
      shell.pass(1s);
    }
  }
}

TEST(Request, WeightsOfARuntimeThatSumToNothingAreNoRoute) {
  Plan plan;
  plan.clusters = {cluster_named("a", 1), cluster_named("b", 1)};
  plan.forward = forward_to({{"a", 90}, {"b", 10}});
  plan.forward.weight_runtime_prefix = "w";
  plan.runtime = {{"w.a", "0"}, {"w.b", "0"}};
  EXPECT_EQ(answer(plan, {}), "404 NR route_not_found");
  plan.runtime["w.b"] = "1";
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(shell.worker.request(0).cluster, 1U);
}

TEST(Request, GrpcRequestsAreAnsweredWithAGrpcStatus) {
  const HeaderField grpc[] = {{"content-type", "application/grpc"}};
  Plan plan;
  plan.virtual_host.domains = {"a.test"};
  EXPECT_EQ(answer(plan, head_of("/", grpc)), "12 NR route_not_found");
  plan.virtual_host.domains = {"*"};
  plan.forward.timeout = 10ms;
  Shell shell(plan);
  shell.request(head_of("/", grpc));
  shell.pass(10ms);
  EXPECT_EQ(shell.take().back(), "log r0 14 UT response_timeout");
  EXPECT_EQ(shell.worker.request(0).outcome.status, 200);
  EXPECT_EQ(responses_of(shell.worker), (StatusCounts{{504, 1}}));  // as Envoy 1.40 counts
}

TEST(Request, AClientThatLeavesEndsItsAttemptWithoutJudgingTheHost) {
  Plan plan;
  plan.cluster().outlier = detection_of(1);
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.leave(0);  // still queued
  const std::string why = "log r0 0 DC downstream_remote_disconnect";
  EXPECT_EQ(shell.take(), (Lines{"cancel global r0", why}));
  shell.request();
  shell.connect(0);
  shell.take();
  shell.leave(0);
  EXPECT_EQ(shell.take(), (Lines{"reset a0", "close c0", "cancel global r0", why}));
  EXPECT_EQ(shell.worker.attempts().live(), 1U);  // until the next event
  shell.leave(0);
  EXPECT_EQ(shell.worker.attempts().live(), 0U);
}

TEST(Request, AResponseThatOvertakesItsRequestCostsTheConnection) {
  Shell shell{Plan()};
  shell.request({}, false);
  shell.connect(0);
  shell.take();
  shell.respond(0, 413);
  EXPECT_EQ(shell.take(),
            (Lines{"head r0 a0 end", "reset a0", "close c0", "log r0 413 - via_upstream"}));
  const std::uint64_t stale = shell.worker.stale_events();
  shell.event([&] { shell.worker.on_request_body({0, 0}, 5, true, shell.now); });
  EXPECT_EQ(shell.worker.stale_events(), stale + 1);
}

TEST(Request, BodiesAndTrailersPassPieceByPiece) {
  Shell shell{Plan()};
  shell.request({}, false);
  shell.body(0, 3, false);  // before there is a stream
  shell.take();
  shell.connect(0);
  EXPECT_EQ(shell.take(),
            (Lines{"cancel connect c0", "start a0 c0", "send a0 3 replayed", "release r0"}));
  shell.body(0, 4, false);
  shell.event([&] { shell.worker.on_request_trailers(shell.worker.request_id(0), shell.now); });
  EXPECT_EQ(shell.take(), (Lines{"send a0 4", "send trailers a0", "arm global r0 +15000"}));
  shell.respond(0, 200, false);
  shell.respond_body(0, false);
  shell.event(
      [&] { shell.worker.on_response_trailers(shell.worker.attempt_id(0), {}, shell.now); });
  EXPECT_EQ(shell.take(),
            (Lines{"head r0 a0", "body r0 a0", "trailers r0 a0", "arm idle c0 +3600000",
                   "cancel global r0", "log r0 200 - via_upstream"}));
}

TEST(Request, TrailersThatWaitForAStreamFollowItsHead) {
  Shell shell{Plan()};
  shell.request({}, false);
  shell.event([&] { shell.worker.on_request_trailers(shell.worker.request_id(0), shell.now); });
  shell.take();
  shell.connect(0);
  EXPECT_EQ(shell.take(),
            (Lines{"cancel connect c0", "start a0 c0", "send trailers a0", "release r0"}));
}

TEST(ControlHeaders, CountFromInternalCallersOnly) {
  const HeaderField headers[] = {{"x-envoy-retry-on", "5xx"},
                                 {"x-envoy-max-retries", "2"},
                                 {"x-envoy-upstream-rq-timeout-ms", "700"},
                                 {"x-envoy-upstream-rq-per-try-timeout-ms", "300"}};
  for (const bool internal : {true, false}) {
    Shell shell{Plan()};
    shell.request(head_of("/", headers, internal));
    const Request& request = shell.worker.request(0);
    EXPECT_EQ(request.retriable, internal);
    EXPECT_EQ(request.retry.remaining, internal ? 2U : 0U);
    EXPECT_EQ(request.timeouts.global, internal ? 700ms : 15s);
    EXPECT_EQ(request.timeouts.per_try, internal ? 300ms : 0ms);
  }
}

TEST(ControlHeaders, JoinTheRoutesConditionsAndReplaceItsNumbers) {
  Plan plan;
  plan.forward.retry = retries_on("reset", 4);
  plan.forward.retry->status_codes = {500};
  const HeaderField headers[] = {{"x-envoy-retry-on", "retriable-status-codes"},
                                 {"x-envoy-max-retries", "1"},
                                 {"x-envoy-retriable-status-codes", "418"}};
  Shell shell(plan);
  shell.request(head_of("/", headers, true));
  const RetryPolicy& policy = *shell.worker.request(0).retry_policy;
  EXPECT_EQ(policy.on, retry_on::kReset | retry_on::kRetriableStatusCodes);
  EXPECT_EQ(policy.num_retries, 1U);
  EXPECT_EQ(policy.status_codes, (std::vector<std::uint16_t>{500, 418}));
}

TEST(ControlHeaders, ATimeoutMayBeAnsweredWithNoContent) {
  const HeaderField headers[] = {{"x-envoy-upstream-rq-timeout-alt-response", "1"}};
  Plan plan;
  plan.forward.timeout = 10ms;
  plan.cluster().outlier = detection_of(5);
  Shell shell(plan);
  shell.request(head_of("/", headers, true));
  shell.connect(0);
  shell.take();
  shell.pass(10ms);
  EXPECT_EQ(shell.take(), (Lines{"result h0 timeout 204", "reset a0", "close c0",
                                 "answer r0 204 UT response_timeout",
                                 "log r0 204 UT response_timeout", "arm sweep k0 +9990"}));
}

TEST(Request, AKnownHeadGoesToEachOfARoutesClusters) {
  Epoch epoch = Plan().epoch();
  epoch.clusters.push_back(epoch.clusters[0]);
  epoch.clusters[1].name = "other";
  auto& forward = std::get<Forward>(epoch.listeners[0].routes.hosts[0].routes[0].action);
  forward.clusters.push_back(forward.clusters[0]);
  forward.clusters[1].cluster = "other";
  Shell shell(std::move(epoch));
  RequestHead head{.authority = "", .headers = {}};
  head.known_as = 1;
  for (std::uint64_t random = 0; random < 100; ++random) shell.request(head, true, random);
  EXPECT_EQ(shell.worker.cluster(0)->stats.get(Stat::kRqPendingTotal), 50U);
  EXPECT_EQ(shell.worker.cluster(1)->stats.get(Stat::kRqPendingTotal), 50U);
}

}  // namespace
}  // namespace squall::policies
