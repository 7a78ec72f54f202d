// How long a client's stream may take; figures are those of docs/policies.md, "Timeouts", and of a
// live Envoy 1.40 for gRPC.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

bool has(const Lines& lines, std::string_view line) {
  return std::ranges::find(lines, line) != lines.end();
}

/// A plan whose route has no timeout of its own.
Plan endless() {
  Plan plan;
  plan.forward.timeout = Duration::zero();
  return plan;
}

TEST(StreamLimits, ASilentStreamEndsWith504OnceItsRequestIsHere) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 100ms;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.pass(99ms);
  EXPECT_FALSE(has(shell.take(), "answer r0 504 SI stream_idle_timeout"));
  shell.pass(1ms);
  const Lines lines = shell.take();
  EXPECT_TRUE(has(lines, "answer r0 504 SI stream_idle_timeout"));
  EXPECT_TRUE(has(lines, "reset a0"));
}

TEST(StreamLimits, AndWith408Before) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 100ms;
  Shell shell(plan);
  shell.request({}, false);
  shell.connect(0);
  shell.pass(60ms);
  shell.body(0, 5, false);
  shell.pass(99ms);
  EXPECT_TRUE(shell.worker.requests().live() == 1);
  shell.take();
  shell.pass(1ms);
  EXPECT_TRUE(has(shell.take(), "answer r0 408 SI stream_idle_timeout"));
}

TEST(StreamLimits, WhatIsSentOrReceivedBeginsItAnew) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 100ms;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.pass(80ms);
  shell.respond(0, 200, false);
  shell.pass(80ms);
  shell.respond_body(0, false);
  shell.pass(80ms);
  shell.take();
  shell.pass(20ms);
  const Lines lines = shell.take();
  EXPECT_TRUE(has(lines, "reset client r0"));
  EXPECT_TRUE(has(lines, "log r0 200 SI stream_idle_timeout"));
}

TEST(StreamLimits, ARoutesOwnIdleTimeoutCountsInstead) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 100ms;
  plan.forward.idle_timeout = Duration::zero();
  Shell off(plan);
  off.request();
  off.connect(0);
  off.pass(1h);
  EXPECT_EQ(off.worker.requests().live(), 1U);
  plan.forward.idle_timeout = 300ms;
  Shell longer(plan);
  longer.request();
  longer.connect(0);
  longer.pass(299ms);
  EXPECT_EQ(longer.worker.requests().live(), 1U);
  longer.pass(1ms);
  EXPECT_TRUE(has(longer.take(), "answer r0 504 SI stream_idle_timeout"));
}

/// The shorter global timeout always comes first, so the other one need not be armed.
TEST(StreamLimits, NoIdleTimerIsArmedThatCannotFire) {
  Plan plan;
  plan.listener.stream_idle_timeout = 5min;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  for (const auto& timer : shell.timers.armed()) EXPECT_NE(timer.kind, TimerKind::kStreamIdle);
  shell.pass(15s);
  EXPECT_TRUE(has(shell.take(), "answer r0 504 UT response_timeout"));
  EXPECT_TRUE(shell.timers.armed().empty() ||
              shell.timers.armed()[0].kind == TimerKind::kConnectionIdle);
}

TEST(StreamLimits, ARequestMayTakeSoLongToCome) {
  Plan plan;
  plan.listener.request_timeout = 100ms;
  Shell shell(plan);
  RequestHead head;
  head.age = 30ms;
  shell.request(head, false);
  shell.connect(0);
  shell.pass(60ms);
  shell.body(0, 5, false);
  shell.take();
  shell.pass(10ms);
  EXPECT_TRUE(has(shell.take(), "answer r0 408 - request_overall_timeout"));
  shell.request({}, false);
  shell.body(0, 5, true);
  shell.connect(0);
  shell.pass(5s);
  EXPECT_EQ(shell.worker.requests().live(), 1U);
}

TEST(StreamLimits, AStreamMayTakeSoLongInAll) {
  Plan plan;
  plan.listener.max_stream_duration = 400ms;
  Shell shell(plan);
  RequestHead head;
  head.age = 100ms;
  shell.request(head);
  shell.connect(0);
  shell.pass(299ms);
  shell.take();
  shell.pass(1ms);
  EXPECT_TRUE(has(shell.take(), "answer r0 504 - max_duration_timeout"));
}

TEST(StreamLimits, AGrpcCallThatTakesTooLongHasDeadlineExceeded) {
  Plan plan;
  plan.forward.max_stream_duration.emplace().grpc_timeout_header_max = 200ms;
  Shell shell(plan);
  const HeaderField headers[] = {{"content-type", "application/grpc"}, {"grpc-timeout", "50m"}};
  RequestHead head;
  head.headers = headers;
  shell.request(head);
  shell.connect(0);
  shell.pass(50ms);
  EXPECT_TRUE(has(shell.take(), "answer r0 4 - max_duration_timeout"));
}

/// As a live Envoy 1.40: tests/envoy/cases/filter-admission-duration.yaml.
TEST(StreamLimits, FiltersHearOfDeadlineExceeded) {
  AdmissionControlConfig config;
  config.grpc_success = {4};
  Plan plan;
  plan.listener.filters.push_back({.name = "admission", .config = config});
  plan.listener.max_stream_duration = 100ms;
  Shell shell(plan);
  const HeaderField grpc{"content-type", "application/grpc"};
  for (const bool whole : {true, false}) {
    shell.request({.authority = "a", .headers = {&grpc, 1}}, whole);
    shell.take();
    shell.pass(100ms);
    EXPECT_TRUE(has(shell.take(), "answer r0 4 - max_duration_timeout"));
  }
  const SuccessWindow& window = *shell.worker.filters().windows[0];
  EXPECT_EQ(window.recorded(true), 2U);
  EXPECT_EQ(window.recorded(false), 0U);
}

TEST(StreamLimits, TheyRunWhileARequestWaitsInAFilter) {
  FaultConfig fault;
  fault.delay.emplace().fixed = 500ms;
  for (const bool idle : {true, false}) {
    Plan plan = endless();
    plan.listener.filters.push_back({.name = "fault", .config = fault});
    if (idle) {
      plan.listener.stream_idle_timeout = 100ms;
    } else {
      plan.listener.max_stream_duration = 100ms;
    }
    Shell shell(plan);
    shell.request();
    shell.take();
    shell.pass(99ms);
    EXPECT_EQ(shell.take(), Lines{});
    shell.pass(1ms);
    const Lines lines = shell.take();
    EXPECT_TRUE(has(lines, idle ? "answer r0 504 DI,SI stream_idle_timeout"
                                : "answer r0 504 DI max_duration_timeout"));
    EXPECT_TRUE(has(lines, "cancel fault delay r0"));
  }
}

/// What the route of a request says, if it has one.
using Action = std::optional<std::variant<Forward, Redirect, DirectResponse>>;
const Action kActions[] = {DirectResponse{}, Redirect{}, std::nullopt};

/// Requests wait for their bodies, and then their route does not lead on.
Plan waiting(const Action& action) {
  Plan plan = endless();
  plan.listener.filters.push_back(
      {.name = "buffer", .config = BufferConfig{.max_request_bytes = 10}});
  plan.forward.idle_timeout = 1ms;  // of another route
  if (action) {
    plan.routes.emplace_back().action = *action;
  } else {
    plan.virtual_host.domains = {"other"};
  }
  return plan;
}

/// As a live Envoy 1.40: tests/envoy/cases/timeout-waiting-idle.yaml.
TEST(StreamLimits, ASilentRequestThatWaitsEndsWhereverItsRouteLeads) {
  for (const Action& action : kActions) {
    Plan plan = waiting(action);
    plan.listener.stream_idle_timeout = 100ms;
    plan.listener.reduced.stream_idle = {.reduced = true, .least = 20ms};
    Shell shell(plan);
    shell.request({}, false);
    shell.pass(60ms);
    shell.body(0, 5, false);
    shell.pass(99ms);
    EXPECT_EQ(shell.worker.requests().live(), 1U);
    shell.take();
    shell.pass(1ms);
    EXPECT_TRUE(has(shell.take(), "answer r0 408 SI stream_idle_timeout"));
    shell.request({}, false);
    shell.event([&] { shell.worker.on_reduced_timeouts(1, shell.now); });
    shell.take();
    shell.pass(20ms);
    EXPECT_TRUE(has(shell.take(), "answer r0 408 SI stream_idle_timeout"));
  }
}

/// As a live Envoy 1.40: tests/envoy/cases/timeout-waiting-whole.yaml,
/// timeout-waiting-duration.yaml.
TEST(StreamLimits, ARequestThatWaitsMayTakeSoLongWhereverItsRouteLeads) {
  for (const Action& action : kActions) {
    for (const bool whole : {true, false}) {
      Plan plan = waiting(action);
      if (whole) {
        plan.listener.request_timeout = 100ms;
      } else {
        plan.listener.max_stream_duration = 100ms;
      }
      Shell shell(plan);
      shell.request({}, false);
      shell.pass(60ms);
      shell.body(0, 5, false);
      shell.take();
      shell.pass(40ms);
      EXPECT_TRUE(has(shell.take(), whole ? "answer r0 408 - request_overall_timeout"
                                          : "answer r0 408 - max_duration_timeout"));
    }
  }
}

/// As a live Envoy 1.40, likewise: a filter that waits keeps the end of a head, or trailers, to
/// itself, and a body's end does not wait.
TEST(StreamLimits, AWholeRequestThatWaitsIsStillToComeButForOneWithABody) {
  enum class EndsWith : std::uint8_t { kHead, kBody, kTrailers };
  FaultConfig fault;
  fault.delay.emplace().fixed = 80ms;
  for (const Duration limit : {70ms, 90ms}) {
    for (const EndsWith last : {EndsWith::kHead, EndsWith::kBody, EndsWith::kTrailers}) {
      Plan plan = endless();
      plan.listener.filters.push_back({.name = "fault", .config = fault});
      plan.listener.request_timeout = limit;
      Shell shell(plan);
      shell.request({}, last == EndsWith::kHead);
      if (last != EndsWith::kHead) shell.body(0, 5, last == EndsWith::kBody);
      if (last == EndsWith::kTrailers)
        shell.event(
            [&] { shell.worker.on_request_trailers(shell.worker.request_id(0), shell.now); });
      const bool ends = limit < 80ms && last != EndsWith::kBody;
      shell.take();
      shell.pass(80ms);
      shell.pass(20ms);
      const Lines lines = shell.take();
      EXPECT_EQ(has(lines, "answer r0 504 DI request_overall_timeout"), ends);
      EXPECT_EQ(has(lines, "open c0 h0"), !ends);
      EXPECT_EQ(shell.worker.stale_events(), 0U);
    }
  }
}

TEST(StreamLimits, NothingIsLeftArmedBehindARequestThatEnded) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 1s;
  plan.listener.request_timeout = 2s;
  plan.listener.max_stream_duration = 3s;
  Shell shell(plan);
  shell.request({}, false);
  shell.connect(0);
  shell.body(0, 5, true);
  shell.respond(0);
  for (const auto& timer : shell.timers.armed()) EXPECT_EQ(timer.kind, TimerKind::kConnectionIdle);
  shell.pass(10s);
  EXPECT_EQ(shell.worker.stale_events(), 0U);
}

/// Those under way too, and back again.
TEST(StreamLimits, AnOverloadedProxyIsLessPatient) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 1s;
  plan.listener.reduced.stream_idle = {.reduced = true, .least = 200ms};
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.take();
  shell.pass(100ms);
  shell.event([&] { shell.worker.on_reduced_timeouts(0.5, shell.now); });
  EXPECT_EQ(shell.take(), (Lines{"cancel stream idle r0", "arm stream idle r0 +500"}));
  shell.event([&] { shell.worker.on_reduced_timeouts(0.5, shell.now); });
  EXPECT_EQ(shell.take(), Lines{});
  shell.event([&] { shell.worker.on_reduced_timeouts(0, shell.now); });
  EXPECT_EQ(shell.take()[1], "arm stream idle r0 +900");
  shell.pass(200ms);
  shell.event([&] { shell.worker.on_reduced_timeouts(1, shell.now); });
  EXPECT_EQ(shell.take()[1], "arm stream idle r0 +0");  // it has had its time
  shell.pass(0ms);
  EXPECT_TRUE(has(shell.take(), "answer r0 504 SI stream_idle_timeout"));
  shell.request();
  EXPECT_TRUE(has(shell.take(), "arm stream idle r0 +200"));
}

TEST(StreamLimits, AnOverloadedProxyLeavesStreamsWithoutALimitAlone) {
  Plan plan = endless();
  plan.listener.stream_idle_timeout = 1s;
  plan.listener.reduced.stream_idle = {.reduced = true, .least = 200ms};
  plan.forward.idle_timeout = Duration::zero();
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.take();
  shell.event([&] { shell.worker.on_reduced_timeouts(1, shell.now); });
  EXPECT_EQ(shell.take(), Lines{});
}

}  // namespace
}  // namespace squall::policies
