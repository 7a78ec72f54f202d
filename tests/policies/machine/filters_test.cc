// Requests on their way through the filters before the router, by the worker's commands.
#include <gtest/gtest.h>

#include "policies/exchange.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

template <class Config>
Plan filtered(Config config, std::size_t hosts = 1) {
  Plan plan(hosts);
  plan.listener.filters.push_back({.name = "filter", .config = std::move(config)});
  return plan;
}
FaultConfig delaying(Duration delay) {
  FaultConfig config;
  config.delay.emplace().fixed = delay;
  return config;
}
FaultConfig aborting(std::uint16_t status) {
  FaultConfig config;
  config.abort.emplace().http_status = status;
  return config;
}
LocalRateLimitConfig limiting(std::uint32_t tokens) {
  LocalRateLimitConfig config;
  config.has_bucket = true;
  config.bucket = {.max_tokens = tokens, .tokens_per_fill = tokens, .fill_interval = 60s};
  config.enabled.numerator = config.enforced.numerator = 100;
  return config;
}

TEST(Filters, AnAbortAnswersInThePlaceOfTheRouter) {
  Shell shell(filtered(aborting(418)));
  shell.request();
  EXPECT_EQ(shell.take(),
            (Lines{"answer r0 418 FI fault_filter_abort", "log r0 418 FI fault_filter_abort"}));
  EXPECT_EQ(shell.worker.cluster(0), nullptr);  // the upstream never heard of it
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 0U);
}

/// As a live Envoy 1.40: tests/envoy/cases/filter-two-faults.yaml, filter-fault-active.yaml.
TEST(Filters, TwoFaultsOfAListenerCountTogether) {
  Plan plan = filtered(delaying(80ms));
  plan.listener.filters.push_back({.name = "second", .config = aborting(418)});
  Shell shell(plan);
  shell.request();
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 1U);
  shell.pass(80ms);
  EXPECT_EQ(shell.take()[1], "answer r0 418 DI,FI fault_filter_abort");
  EXPECT_EQ(shell.worker.filters().faults[0].aborts_injected, 1U);
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 0U);
}

TEST(Filters, AFaultThatOnlyDelaysIsOverWithTheDelay) {
  Shell shell(filtered(delaying(80ms)));
  shell.request();
  shell.pass(79ms);
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 1U);
  shell.pass(1ms);
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 0U);
  shell.connect(0);
  shell.respond(0);
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 0U);
}

TEST(Filters, ADelayIsWaitedForBeforeTheAbort) {
  FaultConfig config = delaying(80ms);
  config.abort.emplace().http_status = 503;
  Shell shell(filtered(config));
  shell.request();
  EXPECT_EQ(shell.take(), Lines{"arm fault delay r0 +80"});
  shell.pass(80ms);
  EXPECT_EQ(shell.take()[0], "answer r0 503 DI,FI fault_filter_abort");
}

TEST(Filters, TheRoutersClockBeginsAfterTheDelay) {
  Plan plan = filtered(delaying(80ms));
  plan.forward.timeout = 1s;
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.pass(80ms);
  const Lines lines = shell.take();
  EXPECT_EQ(lines[0], "open c0 h0");
  EXPECT_EQ(lines.back(), "arm global r0 +1000");
}

TEST(Filters, AClientThatLeavesEndsTheDelay) {
  FaultConfig config = delaying(1s);
  config.max_active_faults = 1;
  Shell shell(filtered(config));
  shell.request();
  shell.take();
  shell.leave(0);
  EXPECT_EQ(shell.take(),
            (Lines{"cancel fault delay r0", "log r0 0 DI,DC downstream_remote_disconnect"}));
  shell.request();
  EXPECT_EQ(shell.take(), Lines{"arm fault delay r0 +1000"});  // it counts no more
}

TEST(Filters, NoMoreFaultsActAtOnceThanMay) {
  FaultConfig config = delaying(1s);
  config.max_active_faults = 1;
  Shell shell(filtered(config));
  shell.request();
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take()[0], "open c0 h0");
  EXPECT_EQ(shell.worker.filters().faults[0].faults_overflow, 1U);
}

TEST(Filters, ABodyThatComesDuringADelayIsKept) {
  Shell shell(filtered(delaying(50ms)));
  shell.request({}, false);
  shell.body(0, 10, true);
  shell.take();
  shell.pass(50ms);
  shell.connect(0);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "send a0 10 replayed end"), lines.end());
}

TEST(Filters, AFaultOfAGrpcRequestIsAGrpcStatus) {
  FaultConfig config;
  config.abort.emplace().grpc_status = 14;
  Shell shell(filtered(config));
  const std::vector<HeaderField> headers = {{"content-type", "application/grpc"}};
  RequestHead head;
  head.headers = headers;
  const std::uint32_t request = shell.request(head);
  EXPECT_EQ(shell.worker.request(request).outcome.status, 200);
  EXPECT_EQ(shell.worker.request(request).outcome.grpc_status, 14);
}

TEST(Filters, TheMostSpecificConfigurationCounts) {
  Plan plan = filtered(aborting(500));
  Route route;
  route.match.path.value = "/own";
  route.action = plan.forward;
  route.filters.push_back({.name = "filter", .config = aborting(501)});
  plan.routes.push_back(route);
  route.match.path.value = "/cluster";
  std::get<Forward>(route.action)
      .clusters[0]
      .filters.push_back({.name = "filter", .config = aborting(502)});
  plan.routes.push_back(route);
  plan.virtual_host.filters.push_back({.name = "filter", .config = aborting(503)});
  Shell shell(plan);
  const auto status = [&](std::string_view path) {
    RequestHead head;
    head.path = path;
    return shell.worker.request(shell.request(head)).outcome.status;
  };
  EXPECT_EQ(status("/own"), 501);
  EXPECT_EQ(status("/cluster"), 502);
  EXPECT_EQ(status("/other"), 503);
}

TEST(Filters, ARouteSwitchesOffAndOn) {
  Plan plan = filtered(aborting(500));
  plan.listener.filters.push_back({.name = "second", .config = aborting(501), .disabled = true});
  Route route;
  route.match.path.value = "/off";
  route.action = plan.forward;
  route.filters.push_back({.name = "filter", .config = {}, .disabled = true});
  plan.routes.push_back(route);
  route.match.path.value = "/on";
  route.filters.push_back({.name = "second", .config = {}, .as_configured = true});
  plan.routes.push_back(route);
  Shell shell(plan);
  const auto status = [&](std::string_view path) {
    RequestHead head;
    head.path = path;
    return shell.worker.request(shell.request(head)).outcome.status;
  };
  EXPECT_EQ(status("/off"), 0);  // on its way to the upstream
  EXPECT_EQ(status("/on"), 501);
  EXPECT_EQ(status("/other"), 500);
}

TEST(Filters, ARequestWithoutATokenIsRefused) {
  Shell shell(filtered(limiting(1)));
  shell.request();
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take()[0], "answer r1 429 RL local_rate_limited");
}

TEST(Filters, WhatIsNotEnforcedIsCountedOnly) {
  LocalRateLimitConfig config = limiting(1);
  config.enforced.numerator = 0;
  Shell shell(filtered(config));
  shell.request();
  shell.request();
  EXPECT_EQ(shell.worker.filters().limiters[0]->stats.rate_limited, 1U);
  EXPECT_EQ(shell.worker.filters().limiters[0]->stats.enforced, 0U);
}

TEST(Filters, RoutesWithTheirOwnLimitHaveBucketsOfTheirOwn) {
  Plan plan = filtered(limiting(1));
  Route route;
  route.match.path.value = "/own";
  route.action = plan.forward;
  route.filters.push_back({.name = "filter", .config = limiting(1)});
  plan.routes.push_back(route);
  Shell shell(plan);
  RequestHead own;
  own.path = "/own";
  shell.request();
  shell.request(own);
  for (const std::uint32_t number : {0U, 1U})
    EXPECT_EQ(shell.worker.filters().limiters[number]->stats.ok, 1U);
}

/// The first configuration that a connection meets makes its limiter, as with a live Envoy 1.40.
TEST(Filters, EachConnectionOfAClientHasABucketOfItsOwn) {
  LocalRateLimitConfig config = limiting(1);
  config.per_connection = true;
  Plan plan = filtered(config);
  Route route;
  route.match.path.value = "/own";
  route.action = plan.forward;
  config.bucket.max_tokens = config.bucket.tokens_per_fill = 3;
  route.filters.push_back({.name = "filter", .config = config});
  plan.routes.push_back(route);
  Shell shell(plan);
  const auto allowed = [&](std::uint64_t connection, std::string_view path = "/") {
    RequestHead head;
    head.path = path;
    head.connection = connection;
    return !shell.worker.request(shell.request(head)).ended;
  };
  EXPECT_TRUE(allowed(7));
  EXPECT_FALSE(allowed(7));
  EXPECT_FALSE(allowed(7, "/own"));
  EXPECT_TRUE(allowed(8, "/own"));
  EXPECT_TRUE(allowed(8));
  EXPECT_TRUE(shell.worker.remembers_client(7));
  shell.worker.on_client_gone(7);
  EXPECT_FALSE(shell.worker.remembers_client(7));
  EXPECT_TRUE(allowed(7));
  EXPECT_EQ(shell.worker.filters().limiters[0]->stats.ok, 3U);  // of the configuration in force
  EXPECT_EQ(shell.worker.filters().limiters[1]->stats.rate_limited, 1U);
}

TEST(Filters, AdmissionControlHearsOfAnswersButNotOfItsOwn) {
  AdmissionControlConfig config;
  Shell shell(filtered(config));
  shell.request();
  shell.connect(0);
  shell.respond(0, 503);
  shell.take();
  std::uint32_t denied = 0;
  for (std::uint64_t random = 0; denied == 0; ++random) {
    const std::uint32_t request = shell.request({}, true, random);
    if (shell.worker.request(request).ended) {
      ++denied;
    } else {
      shell.leave(request);  // nor of resets
    }
  }
  EXPECT_EQ(shell.worker.filters().windows[0]->counts(shell.now).requests, 1U);
}

/// As a live Envoy 1.40: by the response's content type; without trailers nothing is recorded.
TEST(Filters, AdmissionControlWaitsForTheStatusOfAGrpcAnswer) {
  Shell shell(filtered(AdmissionControlConfig{}));
  const HeaderField grpc{"content-type", "application/grpc"}, html{"content-type", "text/html"};
  const auto counts = [&] { return shell.worker.filters().windows[0]->counts(shell.now); };
  const auto ask = [&](const HeaderField& type, std::uint16_t status) {
    const std::uint32_t request = shell.request({.authority = "a", .headers = {&grpc, 1}});
    if (shell.worker.connections().live() == 0 || shell.worker.request(request).live == 0) return;
    if (shell.worker.attempt(0).connection == kNone) shell.connect(0);
    shell.respond(0, {.status = status, .headers = {&type, 1}}, false);
  };
  const auto end = [&](Headers trailers) {
    shell.event([&] {
      shell.worker.on_response_trailers(shell.worker.attempt_id(0), trailers, shell.now);
    });
    shell.end_turn();
  };
  ask(grpc, 200);
  EXPECT_EQ(counts().requests, 0U);
  const HeaderField good{"grpc-status", "0"}, bad{"grpc-status", "14"};
  end({&good, 1});
  EXPECT_EQ(counts().successes, 1U);
  ask(grpc, 200);
  end({&bad, 1});
  EXPECT_EQ(counts().requests, 2U);
  EXPECT_EQ(counts().successes, 1U);
  ask(html, 200);  // no gRPC server's
  EXPECT_EQ(counts().successes, 2U);
  end({});
  EXPECT_EQ(counts().requests, 3U);
}

TEST(Filters, AdaptiveConcurrencyTurnsAwayWhatIsMoreThanItsLimit) {
  AdaptiveConcurrencyConfig config;
  Shell shell(filtered(config));
  for (int i = 0; i < 3; ++i) shell.request();
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take()[0], "answer r3 503 - reached_concurrency_limit");
  shell.leave(0);
  EXPECT_EQ(shell.worker.filters().controllers[0]->outstanding(), 2U);
}

TEST(Filters, AMeasurementEndsAndIsPlannedAgain) {
  AdaptiveConcurrencyConfig config;
  config.request_count = 1;
  config.jitter_percent = 0;
  Shell shell(filtered(config));
  shell.request();
  EXPECT_EQ(shell.take()[0], "arm concurrency f0 +100");
  shell.connect(0);
  shell.now += 10ms;
  shell.respond(0);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, "arm min_rtt f0 +60000"), lines.end());
  EXPECT_FALSE(shell.worker.filters().controllers[0]->measuring());
  shell.pass(60s);
  EXPECT_TRUE(shell.worker.filters().controllers[0]->measuring());
}

TEST(Filters, OneThatIsOffLetsARequestPassUncounted) {
  LocalRateLimitConfig limit = limiting(1);
  limit.enabled.numerator = 0;
  Shell limited(filtered(limit));
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t request = limited.request();
    EXPECT_EQ(limited.take()[0], fmt::format("open c{} h0", i));
    EXPECT_FALSE(limited.worker.request(request).ended);
  }
  AdmissionControlConfig admission;
  admission.enabled = false;
  Shell admitted(filtered(admission));
  admitted.request();
  EXPECT_EQ(admitted.take()[0], "open c0 h0");
  AdaptiveConcurrencyConfig adaptive;
  adaptive.enabled = false;
  Shell adapted(filtered(adaptive));
  adapted.request();
  EXPECT_EQ(adapted.take()[0], "open c0 h0");
}

TEST(Filters, TheBufferWaitsForTheBodyAndRefusesALongOne) {
  Shell shell(filtered(BufferConfig{.max_request_bytes = 10}));
  shell.request({}, false);
  shell.take();
  shell.body(0, 10, false);
  EXPECT_EQ(shell.take(), Lines{});
  shell.body(0, 0, true);
  EXPECT_EQ(shell.take()[0], "open c0 h0");
  EXPECT_EQ(buffered_length(shell.worker, 0), 10U);
  const std::uint32_t other = shell.request({}, false);
  shell.take();
  shell.event([&] {
    shell.worker.on_request_body(shell.worker.request_id(other), 11, true, shell.now);
    EXPECT_FALSE(shell.worker.request(other).complete);  // the answer comes before its end
  });
  EXPECT_EQ(shell.take()[0], fmt::format("answer r{} 413 - request_payload_too_large", other));
  Shell plain{Plan()};
  plain.request({}, false);
  plain.body(0, 10, true);
  EXPECT_EQ(buffered_length(plain.worker, 0), std::nullopt);
}

TEST(Filters, AnOverloadedProxyTurnsAwayItsShareBeforeAnythingElse) {
  Shell shell(filtered(aborting(500)));
  shell.worker.on_overload(1);
  shell.request();
  EXPECT_EQ(shell.take()[0], "answer r0 503 - overload");
  shell.worker.on_overload(0);
  shell.request();
  EXPECT_EQ(shell.take()[0], "answer r0 500 FI fault_filter_abort");
}

TEST(Filters, ARouteThatDoesNotForwardIsFilteredToo) {
  Plan plan = filtered(delaying(10ms));
  Route route;
  route.action = DirectResponse{.status = 204, .body = {}};
  plan.routes.push_back(route);
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.pass(10ms);
  EXPECT_EQ(shell.take()[0], "answer r0 204 DI direct_response");
}

}  // namespace
}  // namespace squall::policies
