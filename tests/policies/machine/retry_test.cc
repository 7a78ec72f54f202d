// Retries and timeouts as the machine carries them out.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

/// Back-off of no time: [0, 1) ms.
RetryPolicy at_once(std::string_view conditions, std::uint32_t retries = 1) {
  RetryPolicy policy = retries_on(conditions, retries);
  policy.base_interval = 1ms;
  policy.max_interval = 1ms;
  return policy;
}

/// A request whose first attempt has its stream on c0.
void start(Shell& shell) {
  shell.request();
  shell.connect(0);
  shell.take();
}

std::string flags(const Shell& shell, std::uint32_t request = 0) {
  return to_string(shell.worker.request(request).outcome.flags);
}

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

TEST(Retry, ARetryGoesThroughItsBackOffToANewStream) {
  Plan plan;
  plan.forward.retry = at_once("5xx");
  Shell shell(plan);
  start(shell);
  shell.respond(0, 503);
  EXPECT_EQ(shell.take(), (Lines{"arm idle c0 +3600000", "arm backoff r0 +0"}));
  EXPECT_EQ(shell.gauges().retries, 1U);
  EXPECT_EQ(shell.gauges().requests, 0U);
  shell.pass(0ms);  // 0 goes through a timer, too
  EXPECT_EQ(shell.take(), (Lines{"start a0 c0 end"}));
  EXPECT_EQ(shell.gauges().retries, 1U);  // held by the attempt
  shell.respond(0, 200);
  EXPECT_EQ(shell.take().back(), "log r0 200 - via_upstream");
  EXPECT_EQ(shell.gauges().retries, 0U);
  EXPECT_EQ(shell.stat(Stat::kRqRetrySuccess), 1U);
}

TEST(Retry, BackOffsAreSpreadOverTheirIntervals) {
  Plan plan;
  plan.forward.retry = retries_on("5xx", 3);
  std::int64_t longest[3] = {}, shortest[3] = {1000, 1000, 1000};
  for (std::uint64_t random = 0; random < 1000; ++random) {
    Shell shell(plan);
    shell.request({}, true, random);
    shell.connect(0);
    for (int i = 0; i < 3; ++i) {
      shell.respond(0, 503);
      const auto armed =
          std::ranges::find(shell.timers.armed(), TimerKind::kBackoff, &Timers::Timer::kind);
      ASSERT_NE(armed, shell.timers.armed().end());
      const std::int64_t delay = to_ms(armed->deadline - shell.now);
      longest[i] = std::max(longest[i], delay);
      shortest[i] = std::min(shortest[i], delay);
      shell.pass(armed->deadline - shell.now);
    }
  }
  EXPECT_EQ(shortest[0], 0);
  EXPECT_EQ(longest[0], 24);
  EXPECT_EQ(shortest[1], 0);
  EXPECT_EQ(longest[1], 49);
  EXPECT_EQ(shortest[2], 0);
  EXPECT_EQ(longest[2], 99);
}

TEST(Retry, AResponsesOwnWaitComesFirst) {
  Plan plan;
  plan.forward.retry = retries_on("5xx");
  plan.forward.retry->rate_limited.emplace().headers = {{"retry-after"}};
  Shell shell(plan);
  start(shell);
  const HeaderField headers[] = {{"retry-after", "2"}};
  shell.respond(0, {.status = 503, .headers = headers});
  shell.take();
  shell.pass(1999ms);
  EXPECT_EQ(shell.take(), Lines{});
  shell.pass(1000ms);
  EXPECT_EQ(shell.take(), (Lines{"start a0 c0 end"}));
}

TEST(Retry, WithoutAnyLeftTheLastAnswerPassesWithItsFlag) {
  for (const std::uint32_t retries : {0U, 1U}) {
    Plan plan;
    plan.forward.retry = at_once("5xx", retries);
    Shell shell(plan);
    start(shell);
    for (std::uint32_t i = 0; i <= retries; ++i) {
      shell.respond(0, 503);
      shell.pass(0ms);
    }
    EXPECT_EQ(shell.take().back(), "log r0 503 URX via_upstream");
    EXPECT_EQ(shell.stat(Stat::kRqRetryLimitExceeded), 1U);
  }
}

TEST(Retry, ARefusalsFlagComesBeforeTheFailuresOwn) {
  Plan plan;
  plan.forward.retry = at_once("reset", 0);
  Shell limited(plan);
  start(limited);
  limited.close(0);
  EXPECT_EQ(flags(limited), "URX,UC");
  plan.forward.retry->num_retries = 1;
  plan.limits().max_retries = 0;
  Shell full(plan);
  start(full);
  full.close(0);
  EXPECT_EQ(flags(full), "UO,UC");
  EXPECT_EQ(full.stat(Stat::kRqRetryOverflow), 1U);
}

TEST(Retry, MaxRetriesCountsThoseInBackOffAndUnderWay) {
  Plan plan;
  plan.limits().max_retries = 1;
  plan.forward.retry = at_once("5xx");
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  for (std::uint32_t i = 0; i < 3; ++i) shell.connect(i);
  shell.respond(0, 503);
  shell.respond(1, 503);
  EXPECT_EQ(flags(shell, 1), "UO");
  shell.pass(0ms);
  const std::uint32_t again = shell.worker.request(0).attempts[0];
  shell.respond(2, 503);
  EXPECT_EQ(flags(shell, 2), "UO");
  shell.respond(again, 200);
  start(shell);  // now there is room
  shell.respond(shell.worker.request(0).attempts[0], 503);
  EXPECT_EQ(shell.stat(Stat::kRqRetry), 2U);
}

TEST(Retry, BudgetIsAShareOfWhatIsUnderWay) {
  Plan plan;
  plan.limits().retry_budget = RetryBudget{.budget_percent = 50, .min_retry_concurrency = 0};
  plan.forward.retry = at_once("5xx");
  Shell shell(plan);
  for (int i = 0; i < 4; ++i) shell.request();
  for (std::uint32_t i = 0; i < 4; ++i) shell.connect(i);
  // Of 4 active two may be retried; the one that answers still counts, one in back-off does not.
  shell.respond(0, 503);  // 0 < 2
  shell.respond(1, 503);  // 1 < trunc(1.5)? no
  EXPECT_FALSE(shell.worker.request(0).ended);
  EXPECT_EQ(flags(shell, 1), "UO");
}

TEST(Retry, AnAnswerThatHasBegunIsNotTakenBack) {
  Plan plan;
  plan.forward.retry = at_once("5xx,reset");
  Shell shell(plan);
  start(shell);
  shell.respond(0, 200, false);
  EXPECT_EQ(shell.take(), (Lines{"head r0 a0"}));
  shell.close(0);
  EXPECT_EQ(shell.take(),
            (Lines{"reset client r0", "cancel global r0",
                   "log r0 200 UC upstream_reset_after_response_started{connection_termination}"}));
}

TEST(Retry, AnAnswerThatIsNotOverIsBrokenOffForARetry) {
  Plan plan;
  plan.forward.retry = at_once("5xx");
  Shell shell(plan);
  start(shell);
  shell.respond(0, 503, false);
  EXPECT_EQ(shell.take(), (Lines{"reset a0", "close c0", "arm backoff r0 +0"}));
}

TEST(Retry, ResetBeforeRequestAsksWhetherAnyByteWasSent) {
  for (const bool writes : {true, false}) {
    Plan plan;
    plan.forward.retry = at_once("reset-before-request", 2);
    Shell shell(plan);
    shell.writes = writes;
    start(shell);
    shell.close(0);
    EXPECT_EQ(shell.worker.request(0).in_backoff, !writes);
  }
}

TEST(Retry, ABodyIsKeptUntilItIsNotNeededAndSentAgain) {
  Plan plan;
  plan.forward.retry = at_once("5xx");
  Shell shell(plan);
  shell.request({}, false);
  EXPECT_EQ(shell.take()[0], "keep r0 1048576");
  shell.connect(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "start a0 c0"}));
  shell.body(0, 7, false);
  shell.body(0, 5, true);
  EXPECT_EQ(shell.take(), (Lines{"send a0 7", "send a0 5 end", "arm global r0 +15000"}));
  shell.respond(0, 503);
  shell.take();
  shell.pass(0ms);
  EXPECT_EQ(shell.take(), (Lines{"start a0 c0", "send a0 12 replayed end"}));
  shell.respond(0, 200, false);
  EXPECT_EQ(shell.take(), (Lines{"release r0", "head r0 a0"}));
}

TEST(Retry, ABodyTooLongToKeepEndsRetries) {
  Plan plan;
  plan.forward.retry = at_once("5xx");
  plan.virtual_host.buffer_limit_bytes = 10;
  Shell shell(plan);
  shell.request({}, false);
  shell.connect(0);
  shell.take();
  shell.body(0, 11, true);
  EXPECT_EQ(shell.take(), (Lines{"release r0", "send a0 11 end", "arm global r0 +15000"}));
  EXPECT_EQ(shell.stat(Stat::kRetryOrShadowAbandoned), 1U);
  shell.respond(0, 503);
  EXPECT_EQ(shell.take().back(), "log r0 503 - via_upstream");
}

TEST(Retry, ABodyTooLongDuringABackOffIsRefused) {
  Plan plan;
  plan.forward.retry = retries_on("connect-failure");
  plan.listener.buffer_limit_bytes = 10;
  Shell shell(plan);
  shell.request({}, false);
  shell.refuse(0);
  shell.take();
  shell.body(0, 11, true);
  const std::string why = "507 - request_payload_exceeded_retry_buffer_limit";
  EXPECT_EQ(shell.take(),
            (Lines{"cancel backoff r0", "answer r0 " + why, "release r0", "log r0 " + why}));
  EXPECT_TRUE(shell.worker.cluster(0)->stats.responses.empty());  // 507 counts nowhere
}

TEST(Retry, ARouteWithoutAPolicyTakesTheVirtualHostsWhole) {
  Plan plan;
  plan.virtual_host.retry = at_once("5xx", 3);
  Shell shell(plan);
  start(shell);
  EXPECT_EQ(shell.worker.request(0).retry.remaining, 3U);
  plan.forward.retry = at_once("reset");
  Shell own(plan);
  start(own);
  own.respond(0, 503);
  EXPECT_EQ(own.take().back(), "log r0 503 - via_upstream");
}

}  // namespace
}  // namespace squall::policies
