// Retries as the machine carries them out.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/policies/machine/retry_steps.h"
#include "tests/policies/machine/status_counts.h"

namespace squall::policies {
namespace {

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

TEST(Retry, TooEarlyIsTriedAgainAtOnce) {
  Plan plan;
  plan.forward.retry = retries_on("retriable-status-codes");
  plan.forward.retry->status_codes = {425};
  plan.forward.retry->base_interval = 100s;
  Shell shell(plan);
  start(shell);
  shell.respond(0, 425);
  shell.pass(0ms);
  EXPECT_EQ(shell.take().back(), "start a0 c0 end");
  EXPECT_EQ(shell.stat(Stat::kRqRetry), 1U);
  EXPECT_EQ(shell.stat(Stat::kRqRetryBackoffExponential), 0U);
}

TEST(Retry, WhoSentEarlyDataIsToSendItAgainHimself) {
  Plan plan;
  plan.forward.retry = retries_on("retriable-status-codes");
  plan.forward.retry->status_codes = {425, 503};
  const std::vector<HeaderField> headers{{"early-data", "1"}};
  RequestHead head;
  head.headers = headers;
  Shell shell(plan);
  shell.request(head);
  shell.connect(0);
  shell.take();
  shell.respond(0, 425);
  EXPECT_EQ(shell.take().back(), "log r0 425 - via_upstream");
}

/// Whoever calls: what the route itself adds is the configuration's.
TEST(Retry, ARoutesOwnControlHeadersCount) {
  Plan plan;
  plan.virtual_host.headers.request_add = {{.name = "x-envoy-retry-on", .value = "5xx"}};
  Shell shell(plan);
  start(shell);
  shell.respond(0, 503);
  shell.pass(25ms);
  EXPECT_EQ(shell.take().back(), "start a0 c0 end");
}

TEST(Retry, AnInterimResponseEndsThem) {
  Plan plan;
  plan.forward.retry = at_once("5xx");
  Shell shell(plan);
  start(shell);
  shell.respond(0, {.status = 103, .headers = {}}, false);
  EXPECT_EQ(shell.take(), Lines{});  // it does not go to the client
  shell.respond(0, 503);
  EXPECT_EQ(shell.take().back(), "log r0 503 - via_upstream");
  EXPECT_EQ(responses_of(shell.worker), (StatusCounts{{103, 1}, {503, 1}}));
}

TEST(Retry, AResetAfterAnInterimResponseIsOneAfterTheBegin) {
  Plan plan;
  plan.forward.retry = at_once("5xx,reset");
  Shell shell(plan);
  start(shell);
  shell.respond(0, {.status = 103, .headers = {}}, false);
  shell.take();
  shell.reset(0, ResetReason::kProtocolError);
  EXPECT_EQ(shell.take().back(),
            "log r0 502 UPE upstream_reset_after_response_started{protocol_error}");
  EXPECT_EQ(responses_of(shell.worker), (StatusCounts{{103, 1}}));
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
  const std::uint32_t again = shell.worker.request(0).newest_attempt;
  shell.respond(2, 503);
  EXPECT_EQ(flags(shell, 2), "UO");
  shell.respond(again, 200);
  start(shell);  // now there is room
  shell.respond(shell.worker.request(0).newest_attempt, 503);
  EXPECT_EQ(shell.worker.cluster(0)->gauges[0].retries, 1U);
  EXPECT_EQ(shell.stat(Stat::kRqRetryBackoffExponential), 1U);
  EXPECT_EQ(shell.stat(Stat::kRqRetry), 1U);  // the second is still in its back-off
}

/// As a live 1.40 counts.
TEST(Retry, OneThatATimeoutOvertakesCountsAsNone) {
  Plan plan;
  plan.forward.timeout = 100ms;
  plan.forward.retry = at_once("5xx");
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(100s);
  Shell shell(plan);
  start(shell);
  shell.respond(0, 503);
  shell.pass(100ms);
  EXPECT_EQ(flags(shell), "UT");
  EXPECT_EQ(shell.stat(Stat::kRqRetry), 0U);
  EXPECT_EQ(shell.stat(Stat::kRqRetryBackoffExponential), 0U);
  EXPECT_TRUE(responses_of(shell.worker).empty());  // nobody owed an answer
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
  EXPECT_EQ(shell.worker.cluster(0)->stats.responses.kinds(), 0U);  // 507 counts nowhere
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
