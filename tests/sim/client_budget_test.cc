#include "sim/client_budget.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

ClientBudget tokens(const scenarios::TokenBudget& settings) {
  scenarios::ClientRetries retries;
  retries.token_budget = settings;
  return ClientBudget(retries);
}

int taken(ClientBudget& budget, Instant now, int wanted) {
  int out = 0;
  for (int i = 0; i < wanted; ++i) out += budget.take(now) ? 1 : 0;
  return out;
}

TEST(ClientBudget, WithoutOneEveryRetryMayGo) {
  ClientBudget budget(scenarios::ClientRetries{});
  EXPECT_EQ(taken(budget, Instant(1s), 1000), 1000);
}

TEST(ClientBudget, ABucketBeginsFullAndIsFilledByCalls) {
  ClientBudget budget = tokens({.tokens = 5, .per_call = 0.1});
  EXPECT_EQ(taken(budget, Instant(1s), 100), 5);
  for (int i = 0; i < 9; ++i) budget.on_call(Instant(1s));
  EXPECT_EQ(taken(budget, Instant(1s), 100), 0);
  budget.on_call(Instant(1s));  // ten tenths are one
  EXPECT_EQ(taken(budget, Instant(1s), 100), 1);
  for (int i = 0; i < 1000; ++i) budget.on_call(Instant(1s));
  EXPECT_EQ(taken(budget, Instant(1s), 100), 5);
}

/// gRPC's: 10 tokens, 0.1 back for a success, none of the first half to be used.
TEST(ClientBudget, RetriesStopAtTheFifthFailureFromFull) {
  const scenarios::TokenBudget grpc{
      .tokens = 10, .per_success = 0.1, .per_retry = 0, .per_failure = 1, .floor = 5};
  ClientBudget budget = tokens(grpc);
  for (int failures = 1; failures <= 4; ++failures) {
    budget.on_result(true);
    EXPECT_TRUE(budget.take(Instant(1s))) << failures;
  }
  budget.on_result(true);
  EXPECT_FALSE(budget.take(Instant(1s)));
  budget.on_result(false);
  EXPECT_TRUE(budget.take(Instant(1s)));
}

/// One failure to nine successes loses ground, one to eleven gains it.
TEST(ClientBudget, RetriesStayOffAboveOneFailureInEleven) {
  const auto allowed_after = [](int successes) {
    ClientBudget budget =
        tokens({.tokens = 10, .per_success = 0.1, .per_retry = 0, .per_failure = 1, .floor = 5});
    for (int i = 0; i < 10; ++i) budget.on_result(true);
    for (int round = 0; round < 10'000; ++round) {
      budget.on_result(true);
      for (int i = 0; i < successes; ++i) budget.on_result(false);
    }
    return budget.take(Instant(1s));
  };
  EXPECT_FALSE(allowed_after(9));
  EXPECT_TRUE(allowed_after(11));
}

TEST(ClientBudget, FailuresNeverLeaveADebt) {
  ClientBudget budget = tokens({.tokens = 2, .per_success = 1, .per_failure = 1});
  for (int i = 0; i < 100; ++i) budget.on_result(true);
  budget.on_result(false);
  EXPECT_EQ(taken(budget, Instant(1s), 100), 1);
}

TEST(ClientBudget, AShareOfTheCallsAndAReserve) {
  scenarios::ClientRetries retries;
  retries.ratio_budget = {.ratio = 0.2, .window = 10s, .reserve_per_s = 10};
  ClientBudget budget(retries);
  EXPECT_EQ(taken(budget, Instant(1s), 1000), 100);  // the reserve
  for (int i = 0; i < 100; ++i) budget.on_call(Instant(2s));
  EXPECT_EQ(taken(budget, Instant(2s), 1000), 20);
  EXPECT_EQ(taken(budget, Instant(10s), 1000), 0);
  EXPECT_EQ(taken(budget, Instant(20s), 1000), 100);  // all of that is forgotten
}

TEST(ClientBudget, WithoutAReserveOnlyTheShare) {
  scenarios::ClientRetries retries;
  retries.ratio_budget = {.ratio = 0.1, .window = 10s, .reserve_per_s = 0};
  ClientBudget budget(retries);
  EXPECT_EQ(taken(budget, Instant(1s), 10), 0);
  for (int i = 0; i < 10; ++i) budget.on_call(Instant(1s));
  EXPECT_EQ(taken(budget, Instant(1s), 10), 1);
}

}  // namespace
}  // namespace squall::sim
