// Timeouts and hedging as the machine carries them out.
#include <gtest/gtest.h>

#include <string>

#include "tests/policies/machine/retry_steps.h"
#include "tests/policies/machine/status_counts.h"

namespace squall::policies {
namespace {

TEST(Timeouts, PerTryBeginsWithTheStreamNotWithTheConnection) {
  Plan plan;
  plan.forward.retry.emplace().per_try_timeout = 100ms;
  Shell shell(plan);
  shell.request();
  shell.pass(300ms);
  shell.take();
  shell.connect(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "start a0 c0 end", "arm per_try a0 +100"}));
  shell.pass(100ms);
  const std::string why = "504 UT upstream_per_try_timeout";
  EXPECT_EQ(shell.take(), (Lines{"reset a0", "close c0", "answer r0 " + why, "cancel global r0",
                                 "log r0 " + why}));
  EXPECT_EQ(shell.stat(Stat::kRqPerTryTimeout), 1U);
}

/// The host may have carried out what timed out once its first byte was sent.
TEST(Timeouts, OneThatWasSentIsNotTriedAgainBeforeARequest) {
  for (const bool sent : {false, true}) {
    Plan plan;
    plan.forward.retry = at_once("reset-before-request");
    plan.forward.retry->per_try_timeout = 100ms;
    Shell shell(plan);
    shell.writes = sent;
    start(shell);
    shell.pass(100ms);
    EXPECT_EQ(shell.stat(Stat::kRqRetry), sent ? 0U : 1U) << sent;
  }
}

/// As a live Envoy 1.40: tests/envoy/cases/interim-begins.yaml.
TEST(Timeouts, AfterAnInterimResponseThePerTryOneIsNotWaitedFor) {
  for (const bool hedging : {false, true}) {
    Plan plan;
    plan.forward.retry = at_once("5xx");
    plan.forward.retry->per_try_timeout = 100ms;
    plan.forward.hedge.emplace().on_per_try_timeout = hedging;
    plan.forward.timeout = 500ms;
    Shell shell(plan);
    start(shell);
    shell.respond(0, {.status = 103, .headers = {}}, false);
    shell.pass(499ms);
    EXPECT_EQ(shell.take(), Lines{});
    shell.pass(1ms);
    EXPECT_EQ(shell.take().back(), "log r0 504 UT response_timeout");
    EXPECT_EQ(shell.stat(Stat::kRqPerTryTimeout), 0U);
    EXPECT_EQ(shell.stat(Stat::kRqTimeout), 1U);
    EXPECT_EQ(responses_of(shell.worker), (StatusCounts{{103, 1}}));
  }
}

TEST(Timeouts, AfterAnInterimResponseTheIdleOneStillIs) {
  Plan plan;
  plan.forward.retry = at_once("5xx");
  plan.forward.retry->per_try_idle_timeout = 100ms;
  Shell shell(plan);
  start(shell);
  shell.respond(0, {.status = 103, .headers = {}}, false);
  shell.pass(200ms);
  EXPECT_EQ(shell.take().back(), "log r0 504 UT upstream_per_try_idle_timeout");
  EXPECT_EQ(shell.stat(Stat::kRqPerTryIdleTimeout), 1U);
  EXPECT_EQ(shell.stat(Stat::kRqRetry), 0U);
  EXPECT_EQ(responses_of(shell.worker), (StatusCounts{{103, 1}}));
}

TEST(Timeouts, PerTryBeginsWithTheLastByteOfTheRequest) {
  Plan plan;
  plan.forward.retry.emplace().per_try_timeout = 100ms;
  Shell shell(plan);
  shell.request({}, false);
  shell.connect(0);
  shell.pass(50ms);
  shell.take();
  shell.body(0, 10, true);
  EXPECT_EQ(shell.take(), (Lines{"send a0 10 end", "arm global r0 +15000", "arm per_try a0 +100"}));
}

TEST(Timeouts, AnAnswerAtTheInstantOfATimeoutBeatsIt) {
  for (const bool in_time : {true, false}) {
    Plan plan;
    plan.forward.timeout = 100ms;
    Shell shell(plan);
    start(shell);
    shell.now += 100ms;
    if (!in_time) shell.pass(0ms);
    shell.respond(0);
    shell.pass(0ms);
    EXPECT_EQ(shell.take().back(),
              in_time ? "log r0 200 - via_upstream" : "log r0 504 UT response_timeout");
    EXPECT_EQ(shell.worker.stale_events(), in_time ? 0U : 1U);
  }
}

TEST(Timeouts, APerTryTimeoutIsALocalReset) {
  Plan plan;
  plan.forward.retry =
      at_once("connect-failure,refused-stream,retriable-status-codes,retriable-4xx");
  plan.forward.retry->per_try_timeout = 10ms;
  plan.forward.retry->status_codes = {504};
  Shell refused(plan);
  start(refused);
  refused.pass(10ms);
  EXPECT_EQ(refused.take().back(), "log r0 504 UT upstream_per_try_timeout");
  plan.forward.retry->on = retry_on::kReset;
  Shell shell(plan);
  start(shell);
  shell.now += 10ms;
  shell.event([&] { shell.worker.on_timer(TimerKind::kPerTry, 0, shell.now); });
  EXPECT_EQ(shell.take(), (Lines{"reset a0", "close c0", "arm backoff r0 +0"}));
  EXPECT_TRUE(shell.worker.request(0).timeout_retry);
}

TEST(Timeouts, ARetryAfterAnAnswerIsNoTimeoutRetry) {
  Plan plan;
  plan.forward.retry = at_once("5xx,reset");
  plan.forward.retry->num_retries = 2;
  plan.forward.retry->per_try_timeout = 10ms;
  Shell shell(plan);
  start(shell);
  shell.pass(10ms);
  EXPECT_TRUE(shell.worker.request(0).timeout_retry);
  shell.pass(0ms);
  shell.connect(0);
  shell.take();
  shell.respond(0, 503);
  EXPECT_EQ(shell.take().back(), "arm backoff r0 +0");
  EXPECT_FALSE(shell.worker.request(0).timeout_retry);
}

TEST(Timeouts, AResponseThatHasBegunOutlivesItsPerTryTimeout) {
  Plan plan;
  plan.forward.timeout = 100ms;
  plan.forward.retry.emplace().per_try_timeout = 10ms;
  Shell shell(plan);
  start(shell);
  shell.respond(0, 200, false);
  shell.take();
  shell.pass(99ms);
  EXPECT_EQ(shell.take(), Lines{});
  shell.pass(1ms);
  EXPECT_EQ(shell.take(),
            (Lines{"reset a0", "close c0", "reset client r0", "log r0 200 UT response_timeout"}));
}

TEST(Timeouts, AGlobalTimeoutEndsABackOffToo) {
  Plan plan;
  plan.forward.timeout = 100ms;
  plan.forward.retry = retries_on("5xx");
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(100s);
  Shell shell(plan);
  start(shell);
  shell.respond(0, 503);
  shell.take();
  shell.pass(100ms);
  EXPECT_EQ(shell.take(), (Lines{"answer r0 504 UT response_timeout", "cancel backoff r0",
                                 "log r0 504 UT response_timeout"}));
  EXPECT_EQ(shell.stat(Stat::kRqTimeout), 0U);  // it counts attempts
  EXPECT_EQ(shell.gauges().retries, 0U);
}

TEST(Timeouts, NoneIsArmedWhenNoAttemptIsUnderWayAtTheRequestsEnd) {
  Plan plan;
  plan.forward.retry = retries_on("connect-failure");
  Shell shell(plan);
  shell.request({}, false);
  shell.refuse(0);
  shell.take();
  shell.body(0, 1, true);
  EXPECT_EQ(shell.take(), Lines{});
}

/// A per-try timeout of 100 ms leaves the attempt under way; a retry waits no time.
Plan hedged(std::string_view conditions, std::uint32_t retries = 1) {
  Plan plan;
  RetryPolicy& policy = plan.forward.retry.emplace(at_once(conditions, retries));
  policy.per_try_timeout = 100ms;
  plan.forward.hedge = {.on_per_try_timeout = true};
  return plan;
}

/// The first attempt has timed out and the second has its stream.
void hedge(Shell& shell) {
  start(shell);
  shell.pass(100ms);
  shell.connect(1);
  shell.take();
}

TEST(Hedging, APerTryTimeoutBeginsAnotherAttemptBesideTheFirst) {
  Shell shell(hedged("retriable-4xx"));  // whatever the conditions
  start(shell);
  shell.pass(100ms);
  const Lines lines = shell.take();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "arm backoff r0 +0");
  EXPECT_EQ(shell.worker.request(0).live, 2U);
  EXPECT_EQ(shell.gauges().retries, 1U);
}

TEST(Hedging, AnAttemptTimesOutOnceWhateverTimersItHas) {
  Plan plan = hedged("5xx", 3);
  plan.forward.retry->per_try_idle_timeout = 120ms;  // of the first attempt: 20 ms after the other
  Shell shell(plan);
  start(shell);
  shell.pass(130ms);
  EXPECT_EQ(shell.worker.request(0).attempt_count, 2U);
  EXPECT_EQ(shell.gauges().retries, 1U);
}

TEST(Hedging, TheFirstGoodAnswerWinsAndTheOthersAreReset) {
  for (const std::uint32_t winner : {0U, 1U}) {
    Shell shell(hedged("5xx"));
    hedge(shell);
    shell.respond(winner, 201);
    EXPECT_EQ(shell.worker.request(0).outcome.status, 201) << winner;
    EXPECT_EQ(shell.take().front(), "reset a" + std::to_string(1 - winner));
    EXPECT_EQ(shell.gauges().retries, 0U);
    EXPECT_EQ(shell.gauges().requests, 0U);
  }
}

TEST(Hedging, ABadAnswerWaitsForTheOtherAttempt) {
  Shell shell(hedged("5xx"));
  hedge(shell);
  shell.respond(0, 503);
  EXPECT_FALSE(shell.worker.request(0).ended);
  shell.reset(1, ResetReason::kRemoteReset);  // of which no retry is left
  EXPECT_TRUE(shell.worker.request(0).ended);
  EXPECT_EQ(flags(shell), "URX,UR");
}

TEST(Hedging, AResetWaitsForTheOtherAttempt) {
  Shell shell(hedged("5xx"));
  hedge(shell);
  shell.reset(1, ResetReason::kRemoteReset);
  EXPECT_FALSE(shell.worker.request(0).ended);
  shell.respond(0, 200);
  EXPECT_EQ(shell.worker.request(0).outcome.status, 200);
}

/// As a live 1.40 counts: every attempt that owed its head.
TEST(Hedging, EachAttemptThatGotNoAnswerCounts) {
  Shell timed_out(hedged("5xx"));
  hedge(timed_out);
  timed_out.pass(100s);
  EXPECT_EQ(responses_of(timed_out.worker), (StatusCounts{{504, 2}}));
  Shell reset(hedged("5xx"));
  hedge(reset);
  reset.reset(1, ResetReason::kRemoteReset);
  reset.respond(0, 200);
  EXPECT_EQ(responses_of(reset.worker), (StatusCounts{{503, 1}, {200, 1}}));
}

TEST(Hedging, AGoodAnswerEndsTheWaitForARetry) {
  Plan plan = hedged("5xx");
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(100s);
  Shell shell(plan);
  start(shell);
  shell.pass(100ms);
  ASSERT_TRUE(shell.worker.request(0).in_backoff);
  shell.respond(0, 200, false);
  EXPECT_FALSE(shell.worker.request(0).in_backoff);
  EXPECT_EQ(shell.gauges().retries, 0U);
}

TEST(Hedging, AsManyAttemptsAsThereAreRetriesMayBeUnderWay) {
  Plan plan = hedged("5xx", 10);
  plan.cluster().thresholds[0].max_retries = 100;
  Shell shell(plan);
  start(shell);
  for (std::uint32_t i = 1; i <= 10; ++i) {
    shell.pass(100ms);
    shell.connect(i);
  }
  EXPECT_EQ(shell.worker.request(0).live, 11U);
  shell.leave(0);
  EXPECT_EQ(shell.gauges().requests, 0U);
}

TEST(Timeouts, AnIdleAttemptIsTriedAgainAndActivityKeepsItAlive) {
  Plan plan;
  plan.forward.retry.emplace(retries_on("5xx")).per_try_idle_timeout = 100ms;
  Shell shell(plan);
  start(shell);
  shell.pass(80ms);
  shell.respond(0, 200, false);
  shell.pass(80ms);
  shell.respond_body(0, false);
  shell.pass(99ms);
  EXPECT_FALSE(shell.worker.request(0).ended);
  shell.pass(1ms);
  EXPECT_EQ(shell.take().back(), "log r0 200 UT upstream_per_try_idle_timeout");
  EXPECT_EQ(shell.stat(Stat::kRqPerTryIdleTimeout), 1U);
}

TEST(Timeouts, AnIdleTimeoutIsArmedOnceWhereAConnectionIsReady) {
  Plan plan;
  plan.forward.retry.emplace(retries_on("5xx")).per_try_idle_timeout = 100ms;
  Shell shell(plan);
  start(shell);
  shell.respond(0, 200);
  shell.end_turn();
  shell.take();
  shell.request();
  std::size_t armed = 0;
  for (const std::string& line : shell.take())
    armed += line.starts_with("arm per_try_idle") ? 1U : 0U;
  EXPECT_EQ(armed, 1U);
}

TEST(Timeouts, AnAttemptMayLastOnlySoLong) {
  Plan plan;
  plan.cluster().max_stream_duration = 100ms;
  Shell shell(plan);
  start(shell);
  shell.pass(100ms);
  EXPECT_EQ(shell.take().back(), "log r0 504 UMSDR upstream_max_stream_duration_reached");
}

TEST(Timeouts, AnAttemptThatLastsTooLongIsALocalReset) {
  Plan plan;
  plan.cluster().max_stream_duration = 100ms;
  plan.forward.retry = retries_on("reset");
  Shell shell(plan);
  start(shell);
  shell.pass(100ms);
  EXPECT_FALSE(shell.worker.request(0).ended);
  EXPECT_EQ(shell.gauges().retries, 1U);
}

// An attempt without a stream has no host yet, and one whose head has come has said what it is.
TEST(Timeouts, TheGlobalOneIsHeldAgainstAHostThatOwesItsHeadOnly) {
  Plan plan;
  plan.forward.timeout = 100ms;
  plan.cluster().outlier = detection_of(5);
  const auto results = [&](bool connected, bool answered) {
    Shell shell(plan);
    shell.request();
    if (connected) shell.connect(0);
    if (answered) shell.respond(0, 200, false);
    shell.take();
    shell.pass(100ms);
    Lines found;
    for (const std::string& line : shell.take()) {
      if (line.starts_with("result")) found.push_back(line);
    }
    return found;
  };
  EXPECT_EQ(results(false, false), Lines{});
  EXPECT_EQ(results(true, false), Lines{"result h0 timeout 504"});
  EXPECT_EQ(results(true, true), Lines{});
}

}  // namespace
}  // namespace squall::policies
