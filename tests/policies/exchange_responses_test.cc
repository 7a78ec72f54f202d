#include "policies/exchange_parts.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/policies/kept_requests.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

KeptResponse reply(const Shell& shell, const KeptRequest& request = request_of({})) {
  KeptResponse response;
  local_reply(shell.worker, 0, request, shell.now, response);
  return response;
}

TEST(ExchangeResponses, WhoServesIsSaidAsTheListenerWants) {
  const auto server = [](ServerHeader how, std::vector<HeaderField> headers) {
    Plan plan;
    plan.listener.server_header = how;
    Shell shell(plan);
    shell.request();
    shell.connect(0);
    shell.respond(0);
    KeptResponse response;
    response.headers = std::move(headers);
    shape_response(shell.worker, 0, request_of({}), shell.now, response);
    return std::string(value(response.headers, "server"));
  };
  EXPECT_EQ(server(ServerHeader::kOverwrite, {{"server", "own"}}), "envoy");
  EXPECT_EQ(server(ServerHeader::kAppendIfAbsent, {{"server", "own"}}), "own");
  EXPECT_EQ(server(ServerHeader::kAppendIfAbsent, {}), "envoy");
  EXPECT_EQ(server(ServerHeader::kPassThrough, {}), "absent");
  EXPECT_EQ(server(ServerHeader::kPassThrough, {{"server", "own"}}), "own");
}

TEST(ExchangeResponses, AClientIsToldItsRequestsIdWhereTheListenerOrAnInternalCallerAsks) {
  const auto told = [](bool always, KeptRequest request) {
    Plan plan;
    plan.listener.request_id_in_response = always;
    Shell shell(plan);
    shell.request();
    shell.connect(0);
    shell.respond(0);
    KeptResponse response;
    response.headers = {{"x-request-id", "the upstream's"}};
    shape_response(shell.worker, 0, request, shell.now, response);
    const auto own = reply(shell, request);
    return std::string(value(response.headers, "x-request-id")) + ", " +
           std::string(value(own.headers, "x-request-id"));
  };
  EXPECT_EQ(told(false, request_of({{"x-request-id", "7"}})), "the upstream's, absent");
  EXPECT_EQ(told(true, request_of({{"x-request-id", "7"}})), "7, 7");
  EXPECT_EQ(told(true, request_of({})), "the upstream's, absent");
  KeptRequest asked = request_of({{"x-request-id", "7"}, {"x-envoy-force-trace", "true"}});
  EXPECT_EQ(told(false, request_of(asked.headers)), "the upstream's, absent");
  asked.internal = true;
  EXPECT_EQ(told(false, std::move(asked)), "7, 7");
}

TEST(ExchangeResponses, ARefusedRequestIsToldItsIdUnlessItsHeadCouldNotBeRead) {
  Listener listener;
  listener.request_id_in_response = true;
  const KeptRequest request = request_of({{"x-request-id", "7"}});
  KeptResponse response;
  refuse_request(listener, {403, "-", "upgrade_failed", ""}, request, response);
  EXPECT_EQ(value(response.headers, "x-request-id"), "7");
  refuse_request(listener, {400, "DPE", "http1.codec_error", ""}, request, response);
  EXPECT_EQ(value(response.headers, "x-request-id"), "absent");
}

TEST(ExchangeResponses, ServiceTimeCountsFromTheEndOfTheRequest) {
  for (const bool complete : {true, false}) {
    Shell shell{Plan()};
    shell.request({}, complete);
    shell.pass(30ms);
    shell.connect(0);
    shell.pass(12ms);
    shell.respond(0, 200, false);
    KeptResponse response;
    shape_response(shell.worker, 0, request_of({}), shell.now, response);
    EXPECT_EQ(value(response.headers, "x-envoy-upstream-service-time"), complete ? "42" : "absent");
  }
}

TEST(ExchangeResponses, ALocalReplySaysWhatHappened) {
  Shell none{Plan(0)};
  none.request();
  EXPECT_EQ(reply(none).body, "no healthy upstream");
  EXPECT_EQ(value(reply(none).headers, "content-length"), "19");
  EXPECT_EQ(value(reply(none).headers, "content-type"), "text/plain");
  Plan plan;
  plan.forward.timeout = 1s;
  Shell late(plan);
  late.request();
  late.pass(1s);
  EXPECT_EQ(reply(late).status, 504);
  EXPECT_EQ(reply(late).body, "upstream request timeout");
  plan.limits().max_pending_requests = 0;
  Shell full(plan);
  full.request();
  EXPECT_EQ(value(reply(full).headers, "x-envoy-overloaded"), "true");
}

TEST(ExchangeResponses, AResetsReplyNamesItsReasonAndWhetherItWasRetried) {
  Plan plan;
  plan.forward.retry = retries_on("connect-failure");
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  for (const bool retried : {false, true}) {
    plan.forward.retry->num_retries = retried ? 1 : 0;
    Shell shell(plan);
    shell.request();
    shell.refuse(0);
    shell.pass(0ms);
    if (retried) shell.refuse(0);
    EXPECT_EQ(reply(shell).body,
              std::string("upstream connect error or disconnect/reset before headers. ") +
                  (retried ? "retried and the latest " : "") +
                  "reset reason: remote connection failure");
    EXPECT_EQ(value(reply(shell).headers, "x-envoy-overloaded"), "absent");
  }
}

TEST(ExchangeResponses, GrpcRepliesCarryTheirTextAsAMessage) {
  const KeptRequest request = request_of({{"content-type", "application/grpc"}});
  Shell shell{Plan(0)};
  shell.request(request.view());
  const KeptResponse response = reply(shell, request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(value(response.headers, "grpc-status"), "14");
  EXPECT_EQ(value(response.headers, "grpc-message"), "no healthy upstream");
  EXPECT_EQ(response.body, "");
}

TEST(ExchangeResponses, GrpcCallersGetAStatusInsteadOfADirectResponse) {
  Plan plan;
  Route direct;
  direct.match.path.value = "/";
  direct.action = DirectResponse{.status = 401, .body = "no \"way\" \xC3\xA4\n"};
  plan.routes = {direct};
  const KeptRequest request = request_of({{"content-type", "application/grpc"}});
  Shell shell(plan);
  shell.request(request.view());
  const KeptResponse response = reply(shell, request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(value(response.headers, "grpc-status"), "16");
  EXPECT_EQ(value(response.headers, "grpc-message"), "no \"way\" %C3%A4%0A");
  EXPECT_EQ(value(response.headers, "content-length"), "absent");  // its codec says it
}

TEST(ExchangeResponses, ABadRequestEndsItsConnection) {
  for (const std::uint16_t status : {std::uint16_t{400}, std::uint16_t{404}}) {
    for (const bool grpc : {false, true}) {
      Plan plan;
      Route direct;
      direct.match.path.value = "/";
      direct.action = DirectResponse{.status = status, .body = ""};
      plan.routes = {direct};
      const KeptRequest request =
          grpc ? request_of({{"content-type", "application/grpc"}}) : request_of({});
      Shell shell(plan);
      shell.request(request.view());
      EXPECT_EQ(ends_connection(shell.worker, 0), status == 400) << status << grpc;
    }
  }
}

TEST(ExchangeResponses, DirectResponsesAndRedirects) {
  Plan plan;
  Route direct, moved;
  direct.match.path.value = "/direct";
  direct.action = DirectResponse{.status = 418, .body = "tea"};
  moved.match.path.value = "/moved";
  moved.action.emplace<Redirect>().https = true;
  plan.routes = {direct, moved};
  const KeptRequest to_direct = request_of({}, "/direct"), to_moved = request_of({}, "/moved?q");
  Shell shell(plan);
  shell.request(to_direct.view());
  EXPECT_EQ(reply(shell, to_direct).body, "tea");
  EXPECT_EQ(value(reply(shell, to_direct).headers, "location"), "absent");
  shell.request(to_moved.view());
  EXPECT_EQ(reply(shell, to_moved).status, 301);
  EXPECT_EQ(value(reply(shell, to_moved).headers, "location"), "https://a.test/moved?q");
  EXPECT_EQ(value(reply(shell, to_moved).headers, "content-length"), "absent");
}

TEST(ExchangeResponses, TheAttemptCountMayGoBackToTheClient) {
  Plan plan(0);
  plan.virtual_host.response_attempt_count = true;
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(value(reply(shell).headers, "x-envoy-attempt-count"), "1");
}

/// As a live Envoy 1.40: what is left when the response goes out.
TEST(ExchangeResponses, ARateLimitTellsWhatIsLeft) {
  LocalRateLimitConfig limit;
  limit.has_bucket = limit.headers = true;
  limit.bucket = {.max_tokens = 10, .tokens_per_fill = 10, .fill_interval = 2s};
  limit.enabled.numerator = limit.enforced.numerator = 100;
  Plan plan;
  plan.listener.filters.push_back({.name = "limit", .config = limit});
  Shell shell(plan);
  shell.request();
  const KeptRequest request = request_of({});
  const auto left = [&](Duration later) {
    KeptResponse response;
    shape_response(shell.worker, 0, request, shell.now + later, response);
    EXPECT_EQ(value(response.headers, "x-ratelimit-limit"), "10");
    EXPECT_EQ(value(response.headers, "x-ratelimit-reset"), "0");
    return std::string(value(response.headers, "x-ratelimit-remaining"));
  };
  EXPECT_EQ(left(0s), "9");
  EXPECT_EQ(left(200ms), "10");
}

TEST(ExchangeResponses, ARefusalForItsRateHasTheFiltersHeaders) {
  LocalRateLimitConfig limit;
  limit.has_bucket = limit.headers = true;
  limit.bucket = {.max_tokens = 1, .fill_interval = 90s};
  limit.enabled.numerator = limit.enforced.numerator = 100;
  limit.response_headers = {{.name = "x-limited", .value = "%REQ(x-user)%"},
                            {.name = "content-type",
                             .value = "text/x",
                             .action = HeaderMutation::Action::kOverwriteIfExistsOrAdd}};
  Plan plan;
  plan.listener.filters.push_back({.name = "limit", .config = limit});
  Shell shell(plan);
  shell.request();
  shell.leave(0);
  shell.request();
  const KeptResponse response = reply(shell, request_of({{"x-user", "ann"}}));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(value(response.headers, "x-limited"), "ann");
  EXPECT_EQ(value(response.headers, "content-type"), "text/x");
  EXPECT_EQ(value(response.headers, "x-ratelimit-remaining"), "0");
  EXPECT_EQ(value(response.headers, "x-ratelimit-reset"), "90");
}

}  // namespace
}  // namespace squall::policies
