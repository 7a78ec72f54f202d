#include "policies/exchange.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/policies/kept_requests.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

/// What attempt 0 sends.
KeptRequest sent(const Shell& shell, const KeptRequest& request) {
  KeptRequest out;
  HeaderEdits edits;
  upstream_request(shell.worker, 0, request, edits, out);
  for (HeaderField& field : out.headers) {  // views into `edits`
    field = {out.text.store(field.name), out.text.store(field.value)};
  }
  out.authority = out.text.store(out.authority);
  return out;
}

KeptResponse reply(const Shell& shell, const KeptRequest& request = request_of({})) {
  KeptResponse response;
  local_reply(shell.worker, 0, request, shell.now, response);
  return response;
}

TEST(Exchange, AnAttemptKeepsTheRoutersHeadersBackAndAddsItsOwn) {
  Plan plan;
  plan.virtual_host.request_attempt_count = true;
  plan.virtual_host.is_timeout_retry = true;
  plan.forward.retry = retries_on("reset");
  plan.forward.retry->per_try_timeout = 200ms;
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  const KeptRequest request =
      request_of({{"x-envoy-max-retries", "3"}, {"x-envoy-expected-rq-timeout-ms", "5"}});
  Shell shell(plan);
  shell.request(request.view());
  shell.connect(0);
  const KeptRequest first = sent(shell, request);
  EXPECT_EQ(value(first.headers, "x-envoy-max-retries"), "absent");
  EXPECT_EQ(value(first.headers, "x-envoy-expected-rq-timeout-ms"), "200");
  EXPECT_EQ(value(first.headers, "x-envoy-attempt-count"), "1");
  EXPECT_EQ(value(first.headers, "x-envoy-is-timeout-retry"), "absent");
  shell.pass(200ms);
  shell.connect(0);
  const KeptRequest second = sent(shell, request);
  EXPECT_EQ(value(second.headers, "x-envoy-attempt-count"), "2");
  EXPECT_EQ(value(second.headers, "x-envoy-is-timeout-retry"), "true");
  shell.close(0);
  EXPECT_EQ(value(request.headers, "x-envoy-expected-rq-timeout-ms"), "5");  // as it was
}

TEST(Exchange, SuppressedHeadersPassAsTheyCame) {
  Plan plan;
  plan.listener.suppress_envoy_headers = true;
  const KeptRequest request = request_of({{"x-envoy-expected-rq-timeout-ms", "5"}});
  Shell shell(plan);
  shell.request(request.view());
  shell.connect(0);
  EXPECT_EQ(value(sent(shell, request).headers, "x-envoy-expected-rq-timeout-ms"), "5");
  shell.respond(0);
  KeptResponse response;
  shape_response(shell.worker, 0, request, shell.now, response);
  EXPECT_EQ(value(response.headers, "x-envoy-upstream-service-time"), "absent");
  EXPECT_EQ(value(response.headers, "server"), "envoy");
}

TEST(Exchange, WhoServesIsSaidAsTheListenerWants) {
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

TEST(Exchange, AClientIsToldItsRequestsIdWhereTheListenerOrAnInternalCallerAsks) {
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

TEST(Exchange, ARefusedRequestIsToldItsIdUnlessItsHeadCouldNotBeRead) {
  Listener listener;
  listener.request_id_in_response = true;
  const KeptRequest request = request_of({{"x-request-id", "7"}});
  KeptResponse response;
  refuse_request(listener, {403, "-", "upgrade_failed", ""}, request, response);
  EXPECT_EQ(value(response.headers, "x-request-id"), "7");
  refuse_request(listener, {400, "DPE", "http1.codec_error", ""}, request, response);
  EXPECT_EQ(value(response.headers, "x-request-id"), "absent");
}

TEST(Exchange, ALogHasTheHeadAsItsRouteLeftIt) {
  Plan plan;
  plan.forward.path_rewrite.prefix = "/new";
  const KeptRequest request = request_of({{"x-envoy-max-retries", "1"}}, "/old");
  HeaderEdits edits;
  KeptRequest logged;
  Shell served(plan);
  served.request(request.view());
  EXPECT_TRUE(logged_request(served.worker, 0, request, edits, logged));
  EXPECT_EQ(logged.path, "/newold");
  EXPECT_EQ(value(logged.headers, "x-envoy-original-path"), "/old");
  EXPECT_EQ(value(logged.headers, "x-envoy-max-retries"), "absent");
  EXPECT_EQ(value(logged.headers, "x-envoy-expected-rq-timeout-ms"), "15000");
  plan.forward.clusters[0].cluster = "gone";
  Shell nowhere(plan);
  nowhere.request(request.view());
  EXPECT_FALSE(logged_request(nowhere.worker, 0, request, edits, logged));
}

TEST(Exchange, AutomaticHostRewriteTakesThePickedHostsName) {
  Plan plan;
  plan.forward.host_rewrite.automatic = true;
  plan.cluster().hosts[0].hostname = "host.test";
  const KeptRequest request = request_of({});
  Shell shell(plan);
  shell.request(request.view());
  shell.connect(0);
  const KeptRequest out = sent(shell, request);
  EXPECT_EQ(out.authority, "host.test");
  EXPECT_EQ(value(out.headers, "x-envoy-original-host"), "a.test");
}

TEST(Exchange, ServiceTimeCountsFromTheEndOfTheRequest) {
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

TEST(Exchange, ALocalReplySaysWhatHappened) {
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

TEST(Exchange, AResetsReplyNamesItsReasonAndWhetherItWasRetried) {
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

TEST(Exchange, GrpcRepliesCarryTheirTextAsAMessage) {
  const KeptRequest request = request_of({{"content-type", "application/grpc"}});
  Shell shell{Plan(0)};
  shell.request(request.view());
  const KeptResponse response = reply(shell, request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(value(response.headers, "grpc-status"), "14");
  EXPECT_EQ(value(response.headers, "grpc-message"), "no healthy upstream");
  EXPECT_EQ(response.body, "");
}

TEST(Exchange, GrpcCallersGetAStatusInsteadOfADirectResponse) {
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

TEST(Exchange, ABadRequestEndsItsConnection) {
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

TEST(Exchange, AnAttemptTellsTheTimeoutFromBeforeItsWaitForAConnection) {
  Shell shell{Plan()};
  const KeptRequest request = request_of({});
  shell.request(request.view());
  shell.pass(300ms);
  shell.connect(0);
  EXPECT_EQ(value(sent(shell, request).headers, "x-envoy-expected-rq-timeout-ms"), "15000");
}

TEST(Exchange, TheReplacedHostMayBeForwarded) {
  Plan plan;
  plan.forward.host_rewrite.literal = "new.test";
  plan.forward.host_rewrite.append_forwarded = true;
  Shell shell(plan);
  const KeptRequest request = request_of({{"x-forwarded-host", "first.test"}});
  shell.request(request.view());
  const KeptRequest out = sent(shell, request);
  EXPECT_EQ(out.authority, "new.test");
  EXPECT_EQ(value(out.headers, "x-forwarded-host"), "first.test,a.test");
}

TEST(Exchange, DirectResponsesAndRedirects) {
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

TEST(Exchange, TheAttemptCountMayGoBackToTheClient) {
  Plan plan(0);
  plan.virtual_host.response_attempt_count = true;
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(value(reply(shell).headers, "x-envoy-attempt-count"), "1");
}

/// As a live Envoy 1.40: what is left when the response goes out.
TEST(Exchange, ARateLimitTellsWhatIsLeft) {
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

TEST(Exchange, ARefusalForItsRateHasTheFiltersHeaders) {
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

TEST(Exchange, ARequestThatIsLetThroughSaysSo) {
  LocalRateLimitConfig limit;
  limit.has_bucket = true;
  limit.bucket.fill_interval = 90s;
  limit.enabled.numerator = 100;
  limit.request_headers = {{.name = "x-over", .value = "%REQ(:path)%"}};
  Plan plan;
  plan.listener.filters.push_back({.name = "limit", .config = limit});
  plan.virtual_host.headers.request_add = {{.name = "x-seen", .value = "%REQ(x-over)%"}};
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(value(sent(shell, request_of({})).headers, "x-over"), "absent");
  shell.leave(0);
  shell.request();
  const KeptRequest over = sent(shell, request_of({}, "/a"));
  EXPECT_EQ(value(over.headers, "x-over"), "/a");
  EXPECT_EQ(value(over.headers, "x-seen"), "/a");
}

TEST(Exchange, ACopysHostMayBeAnother) {
  Plan plan;
  MirrorPolicy& mirror = plan.forward.mirrors.emplace_back();
  mirror.cluster = "main";
  mirror.host_rewrite = "other.test";
  Epoch epoch = plan.epoch();
  auto& forward = std::get<Forward>(epoch.listeners[0].routes.hosts[0].routes[0].action);
  forward.mirrors[0].cluster = epoch.clusters[0].name;
  Shell shell(std::move(epoch));
  shell.request();
  KeptRequest out;
  HeaderEdits edits;
  mirrored_request(shell.worker, 1, 0, request_of({}), edits, out);
  EXPECT_EQ(out.authority, "other.test");
}

}  // namespace
}  // namespace squall::policies
