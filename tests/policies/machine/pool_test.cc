// Which connection serves an attempt, and what the limits of a cluster refuse.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

constexpr std::uint32_t kDefault = kDefaultPriority, kHigh = kHighPriority;

/// So many requests under way, each on its own connection: a0 on c0, a1 on c1, ...
void begin(Shell& shell, std::uint32_t requests) {
  for (std::uint32_t i = 0; i < requests; ++i) shell.request();
  for (std::uint32_t i = 0; i < requests; ++i) shell.connect(i);
  shell.take();
}

TEST(Pool, TheFirstRequestWaitsForAConnectionAndLeavesItReady) {
  Shell shell{Plan()};
  shell.request();
  EXPECT_EQ(shell.take(), (Lines{"open c0 h0", "arm connect c0 +5000", "arm global r0 +15000"}));
  EXPECT_EQ(shell.gauges().pending, 1U);
  shell.connect(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "start a0 c0 end"}));
  EXPECT_EQ(shell.gauges().pending, 0U);
  EXPECT_EQ(shell.gauges().requests, 1U);
  shell.respond(0);
  EXPECT_EQ(shell.take(), (Lines{"head r0 a0 end", "arm idle c0 +3600000", "cancel global r0",
                                 "log r0 200 - via_upstream"}));
  shell.request();
  EXPECT_EQ(shell.take(), (Lines{"start a0 c0 end", "arm global r0 +15000"}));
  EXPECT_EQ(shell.stat(Stat::kCxTotal), 1U);
}

TEST(Pool, TheConnectionLastMadeReadyServesFirst) {
  for (const std::uint32_t last : {0U, 1U}) {
    Shell shell{Plan()};
    begin(shell, 2);
    shell.respond(1 - last);
    shell.respond(last);
    shell.end_turn();
    shell.take();
    const std::uint32_t attempt = shell.worker.request(shell.request()).newest_attempt;
    EXPECT_EQ(shell.worker.attempt(attempt).connection, last);
  }
}

TEST(Pool, QueuedStreamsAreServedOldestFirstAtTheEndOfTheTurn) {
  Plan plan;
  plan.limits().max_connections = 1;
  Shell shell(plan);
  begin(shell, 1);
  shell.request();
  shell.request();
  shell.take();
  shell.respond(0);
  EXPECT_EQ(shell.take(), (Lines{"head r0 a0 end", "arm idle c0 +3600000", "cancel global r0",
                                 "log r0 200 - via_upstream"}));
  shell.end_turn();
  EXPECT_EQ(shell.take(), (Lines{"start a1 c0 end"}));
  shell.respond(1);
  shell.end_turn();
  EXPECT_EQ(shell.worker.attempt(2).connection, 0U);
}

TEST(Pool, ARequestOfTheSameTurnOvertakesTheQueue) {
  Plan plan;
  plan.limits().max_connections = 1;
  Shell shell(plan);
  begin(shell, 1);
  shell.request();  // a1 waits
  shell.respond(0);
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take(), (Lines{"start a0 c0 end", "arm global r0 +15000"}));
  shell.end_turn();
  EXPECT_EQ(shell.gauges().pending, 1U);
}

TEST(Pool, MaxConnectionsAlwaysGrantsAPoolItsFirst) {
  Plan plan(2);
  plan.limits().max_connections = 0;
  Shell shell(plan);
  shell.request();
  shell.request();
  EXPECT_EQ(shell.gauges().connections, 2U);  // one to each host
  EXPECT_EQ(shell.stat(Stat::kCxOverflow), 2U);
  shell.request();
  EXPECT_EQ(shell.gauges().connections, 2U);
  EXPECT_EQ(shell.stat(Stat::kCxOverflow), 3U);
  EXPECT_EQ(shell.gauges().pending, 3U);  // waits; it is no error
}

TEST(Pool, ConnectionsToOneHostHaveALimitOfTheirOwn) {
  Plan plan;
  plan.cluster().per_host_max_connections[kDefaultPriority] = 2;
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  EXPECT_EQ(shell.gauges().connections, 2U);
  EXPECT_EQ(shell.stat(Stat::kCxOverflow), 1U);
}

TEST(Pool, AHostsOwnLimitIsOfOnePriority) {
  Plan plan;
  plan.cluster().per_host_max_connections[kHighPriority] = 1;
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  EXPECT_EQ(shell.gauges().connections, 3U);
}

TEST(Pool, AConnectFailureFailsTheWholeQueueNewestFirst) {
  Shell shell{Plan()};
  for (int i = 0; i < 3; ++i) shell.request();
  shell.take();
  shell.refuse(1);
  const std::string why =
      "503 UF upstream_reset_before_response_started{remote_connection_failure|"
      "delayed_connect_error:_Connection_refused}";
  Lines expected = {"cancel connect c1"};
  for (const std::string r : {"r2", "r1", "r0"}) {
    expected.insert(expected.end(),
                    {"answer " + r + " " + why, "cancel global " + r, "log " + r + " " + why});
  }
  EXPECT_EQ(shell.take(), expected);
  EXPECT_EQ(shell.gauges().pending, 0U);
  EXPECT_EQ(shell.gauges().connections, 2U);
  shell.connect(0);  // goes on, for nobody
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "arm idle c0 +3600000"}));
}

TEST(Pool, RetriesOfAFailedQueueGoToItsNewestStreams) {
  Plan plan;
  plan.limits().max_retries = 1;
  plan.forward.retry = retries_on("connect-failure");
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  shell.refuse(0);
  EXPECT_TRUE(shell.worker.request(2).in_backoff);
  for (const std::uint32_t refused : {1U, 0U}) {
    EXPECT_EQ(to_string(shell.worker.request(refused).outcome.flags), "UO,UF");
  }
}

TEST(Pool, StreamsOfAFailedQueueCountAsPendingUntilTheirTurn) {
  // 100 % of what is active or pending: 4 and 3 are above the retries so far, 2 and 1 are not.
  Plan plan;
  plan.limits().retry_budget = RetryBudget{.budget_percent = 100, .min_retry_concurrency = 0};
  plan.forward.retry = retries_on("connect-failure");
  Shell shell(plan);
  for (int i = 0; i < 4; ++i) shell.request();
  shell.refuse(0);
  EXPECT_EQ(shell.worker.cluster(0)->gauges[0].retries, 2U);
  EXPECT_EQ(shell.stat(Stat::kRqRetryOverflow), 2U);
  EXPECT_EQ(shell.stat(Stat::kRqPendingFailureEject), 4U);
}

TEST(Pool, MaxPendingRequestsRefusesWhatWouldWait) {
  Plan plan;
  plan.limits().max_pending_requests = 1;
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.request();
  const std::string why = "503 UO upstream_reset_before_response_started{overflow}";
  EXPECT_EQ(shell.take(), (Lines{"answer r1 " + why, "log r1 " + why}));
  EXPECT_EQ(shell.stat(Stat::kRqPendingOverflow), 1U);
  shell.connect(0);
  shell.request();  // the first is not pending any more
  EXPECT_EQ(shell.gauges().pending, 1U);
}

TEST(Pool, WithNoPendingRequestAllowedNoConnectionIsEverOpened) {
  Plan plan;
  plan.limits().max_pending_requests = 0;
  plan.forward.retry = retries_on("5xx,reset");  // an overflow is never retried
  Shell shell(plan);
  const std::uint32_t id = shell.request();
  EXPECT_EQ(to_string(shell.worker.request(id).outcome.flags), "UO");
  EXPECT_EQ(shell.stat(Stat::kCxTotal), 0U);
  EXPECT_EQ(shell.gauges().pools, 0U);
}

TEST(Pool, MaxRequestsFailsAQueuedStreamWhenItsConnectionComes) {
  Plan plan;
  plan.limits().max_requests = 1;
  Shell shell(plan);
  begin(shell, 1);
  shell.request();
  shell.take();
  shell.connect(1);
  const std::string why = "503 UO upstream_reset_before_response_started{overflow}";
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c1", "answer r1 " + why, "cancel global r1",
                                 "log r1 " + why, "arm idle c1 +3600000"}));
  EXPECT_EQ(shell.stat(Stat::kRqActiveOverflow), 1U);
  EXPECT_EQ(shell.stat(Stat::kRqPendingOverflow), 0U);
  EXPECT_EQ(shell.stat(Stat::kRqTotal), 1U);
}

TEST(Pool, MaxConnectionPoolsRefusesAnotherHost) {
  Plan plan(2);
  plan.limits().max_connection_pools = 1;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.take();
  shell.request();
  EXPECT_EQ(shell.take(),
            (Lines{"answer r1 503 UH no_healthy_upstream", "log r1 503 UH no_healthy_upstream"}));
  EXPECT_EQ(shell.stat(Stat::kCxPoolOverflow), 1U);
  shell.respond(0);
  shell.close(0);
  EXPECT_EQ(shell.gauges().pools, 0U);  // a pool without a connection is none
  shell.request();
  shell.request();
  EXPECT_EQ(shell.gauges().pools, 1U);
  EXPECT_EQ(shell.stat(Stat::kCxPoolOverflow), 2U);
}

TEST(Pool, RoutingPrioritiesHaveTheirOwnPoolsAndLimits) {
  Plan plan;
  plan.forward.high_priority = true;
  plan.cluster().thresholds[kHigh].max_connections = 1;
  Shell shell(plan);
  shell.request();
  shell.request();
  EXPECT_EQ(shell.gauges(0, true).connections, 1U);
  EXPECT_EQ(shell.gauges(0, true).pending, 2U);
  EXPECT_EQ(shell.gauges(0, false).pending, 0U);
  shell.connect(0);
  EXPECT_EQ(shell.gauges(0, true).requests, 1U);
  plan.cluster().thresholds[kHigh].max_pending_requests = 0;
  plan.cluster().thresholds[kDefault].max_pending_requests = 7;
  Shell full(plan);
  EXPECT_EQ(to_string(full.worker.request(full.request()).outcome.flags), "UO");
}

TEST(Pool, AConnectionThatMustCloseIsReplacedForTheQueue) {
  Plan plan;
  plan.limits().max_connections = 1;
  for (const bool by_response : {true, false}) {
    plan.cluster().max_requests_per_connection = by_response ? 0 : 1;
    Shell shell(plan);
    begin(shell, 1);
    shell.request();
    shell.take();
    shell.respond(0, {.status = 200, .headers = {}, .closes_connection = by_response});
    EXPECT_EQ(shell.take(),
              (Lines{"head r0 a0 end", "close c0", "open c1 h0", "arm connect c1 +5000",
                     "cancel global r0", "log r0 200 - via_upstream"}));
  }
}

TEST(Pool, AResetStreamCostsItsHttp1Connection) {
  Shell shell{Plan()};
  begin(shell, 1);
  shell.reset(0, ResetReason::kRemoteReset);
  const std::string why = "503 UR upstream_reset_before_response_started{remote_reset}";
  EXPECT_EQ(shell.take(),
            (Lines{"close c0", "answer r0 " + why, "cancel global r0", "log r0 " + why}));
  EXPECT_EQ(shell.gauges().connections, 0U);
}

TEST(Pool, ATimeoutInTheQueueLeavesTheConnectionOnItsWay) {
  Plan plan;
  plan.forward.timeout = 100ms;
  Shell shell(plan);
  shell.request();
  shell.take();
  shell.pass(100ms);
  EXPECT_EQ(shell.take(),
            (Lines{"answer r0 504 UT response_timeout", "log r0 504 UT response_timeout"}));
  EXPECT_EQ(shell.gauges().pending, 0U);
  EXPECT_EQ(shell.gauges().connections, 1U);
  shell.request();
  EXPECT_EQ(shell.take(), (Lines{"arm global r0 +100"}));  // its connection is coming
}

// Open while (pending + active) × ratio > unused + active.
TEST(Pool, ConnectionsAreOpenedAheadForAHealthyHostOnly) {
  for (const bool healthy : {true, false}) {
    Plan plan;
    plan.cluster().preconnect_ratio = 2;
    Shell shell(plan);
    HealthFlags flags;
    flags.set(HealthFlag::kFailedOutlierCheck, !healthy);  // who is alone is used in panic
    shell.event([&] {
      const std::vector<HealthFlags> all = {flags};
      shell.worker.on_host_health(0, {.flags = all, .last_pass = {}, .at = shell.now});
    });
    shell.request();
    EXPECT_EQ(shell.gauges().connections, healthy ? 2U : 1U);  // 1 × 2 > 1, not > 2
    shell.connect(0);
    shell.request();  // (1 + 1) × 2 > 1 + 1, > 2 + 1
    EXPECT_EQ(shell.gauges().connections, healthy ? 4U : 2U);
  }
}

}  // namespace
}  // namespace squall::policies
