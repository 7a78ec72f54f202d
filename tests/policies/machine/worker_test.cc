// The worker as a whole: what holds whatever happens, in any order of events.
#include "policies/worker.h"

#include <gtest/gtest.h>

#include "tests/policies/machine/chaos_checks.h"
#include "tests/policies/machine/chaos_events.h"
#include "tests/policies/machine/chaos_time.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

TEST(Worker, WhatHasEndedIsIgnoredAndCounted) {
  Shell shell{Plan()};
  shell.request();
  const RequestId request = shell.worker.request_id(0);
  const AttemptId attempt = shell.worker.attempt_id(0);
  const ConnectionId connection = shell.worker.connection_id(0);
  shell.connect(0);
  shell.close(0);
  shell.request();  // takes the same slots
  shell.take();
  Worker& worker = shell.worker;
  worker.on_request_body(request, 1, true, shell.now);
  worker.on_request_trailers(request, shell.now);
  worker.on_client_reset(request, shell.now);
  worker.on_first_byte_sent(attempt);
  worker.on_response(attempt, {}, true, shell.now);
  worker.on_response_body(attempt, 1, true, shell.now);
  worker.on_response_trailers(attempt, {}, shell.now);
  worker.on_stream_reset(attempt, ResetReason::kRemoteReset, shell.now);
  worker.on_connected(connection, shell.now);
  worker.on_connect_failed(connection, ResetReason::kRemoteConnectionFailure, kConnectionRefused,
                           shell.now);
  worker.on_settings(connection, 1);
  worker.on_goaway(connection);
  worker.on_closed(connection, ResetReason::kConnectionTermination, shell.now);
  EXPECT_EQ(worker.stale_events(), 13U);
  EXPECT_FALSE(worker.has_command());
  EXPECT_EQ(worker.requests().live(), 1U);
  worker.on_client_reset({}, shell.now);  // no id at all
  EXPECT_EQ(worker.stale_events(), 14U);
}

TEST(Worker, RecordsLiveUntilTheNextEvent) {
  Shell shell{Plan()};
  shell.request();
  shell.connect(0);
  shell.respond(0);
  EXPECT_EQ(shell.worker.requests().live(), 1U);
  EXPECT_EQ(shell.worker.request(0).outcome.status, 200);
  shell.event([&] { shell.worker.on_turn_end(shell.now); });
  EXPECT_EQ(shell.worker.requests().live(), 0U);
  EXPECT_EQ(shell.worker.attempts().live(), 0U);
}

struct Shape {
  Protocol protocol;
  bool limits;
};
class AnyOrder : public ::testing::TestWithParam<Shape> {};

/// Every attempt and connection ends once, every request is answered or reset and logged once, and
/// nothing is left: Chaos checks each command as it comes.
TEST_P(AnyOrder, EverythingEndsOnceAndNothingIsLeft) {
  ChaosTotals totals;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Chaos chaos(chaos_plan(GetParam().protocol, GetParam().limits), seed);
    chaos.run(300);
    chaos.wind_up();
    totals += chaos.totals();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  // It has been through what it is for.
  EXPECT_GT(totals.requests, 20'000U);
  EXPECT_GT(totals.retries, 1'000U);
  EXPECT_GT(totals.timeouts, 500U);
  EXPECT_GT(totals.ejections, 100U);
  EXPECT_GT(totals.stale, 100U);
  if (GetParam().limits) {
    EXPECT_GT(totals.overflows, 1'000U);
  }
}

INSTANTIATE_TEST_SUITE_P(Worker, AnyOrder,
                         ::testing::Values(Shape{Protocol::kHttp1, false},
                                           Shape{Protocol::kHttp1, true},
                                           Shape{Protocol::kHttp2, false},
                                           Shape{Protocol::kHttp2, true}));

/// With budgets, caps on ejections, hedging and filters as the seed has them: at the moment of
/// granting a retry is within its budget and an ejection within the cap, none starts after the
/// route's deadline, none is lost or answered twice, and every gauge returns to zero.
TEST(Worker, GrantsKeepTheirBoundsOverAThousandSeeds) {
  ChaosTotals totals;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Chaos chaos(chaos_plan_of(seed), seed);
    chaos.run(250);
    chaos.wind_up();
    totals += chaos.totals();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(totals.requests, 50'000U);
  EXPECT_GT(totals.retries, 2'000U);
  EXPECT_GT(totals.timeouts, 1'000U);
  EXPECT_GT(totals.ejections, 500U);
  EXPECT_GT(totals.overflows, 1'000U);
}

/// So with mirrors, internal redirects, subsets, localities, priorities, hashes, weights, slow
/// start, connections ahead of need, and attempts that may not idle nor last.
TEST(Worker, EverythingEndsOnceWithEveryPolicyInUse) {
  ChaosTotals totals;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Chaos chaos(wild_plan_of(seed), seed);
    chaos.run(250);
    chaos.wind_up();
    totals += chaos.totals();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(totals.retries, 2'000U);
  EXPECT_GT(totals.ejections, 500U);
  EXPECT_GT(totals.copies, 5'000U);
  EXPECT_GT(totals.redirects, 300U);
  EXPECT_GT(totals.idle, 1'000U);
  EXPECT_GT(totals.lasting, 500U);
  EXPECT_GT(totals.unplaced, 1'000U);
}

}  // namespace
}  // namespace squall::policies
