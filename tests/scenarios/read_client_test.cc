#include "tests/scenarios/scenario_text.h"

namespace squall::scenarios {
namespace {

std::string load_with(const std::string& client) {
  return "  workloads: {app: {}}\n  load: [{name: x, from: outside, to: http://app/, rate: 1/s, "
         "client: {" +
         client + "}}]\n";
}

std::optional<Client> client_of(const std::string& fields) {
  const Scenario s = good_spec(load_with(fields));
  return s.loads.empty() ? std::nullopt : s.loads[0].client;
}

std::string wrong(const std::string& fields) { return wrong_spec(load_with(fields)); }

TEST(ReadClient, OneThatSaysNothingIsNone) { EXPECT_FALSE(client_of("").has_value()); }

TEST(ReadClient, ATimeoutIsOfEachTry) {
  EXPECT_EQ(client_of("timeout: 500ms")->timeout, 500ms);
  EXPECT_EQ(
      wrong("timeout: 0s"),
      "error: spec.load[0].client.timeout: expected a duration greater than 0s, got \"0s\"\n");
}

TEST(ReadClient, RetriesHaveTheUsualConditions) {
  const ClientRetries retries = *client_of("retries: {max: 3}")->retries;
  EXPECT_EQ(retries.max, 3);
  EXPECT_TRUE(retries.on_5xx && retries.on_reset && retries.on_timeout);
  EXPECT_FALSE(retries.on_429);
  EXPECT_FALSE(retries.backoff.has_value());
  EXPECT_FALSE(client_of("retries: {max: unlimited}")->retries->max.has_value());
  EXPECT_EQ(wrong("retries: {on: [reset]}"),
            "error: spec.load[0].client.retries: max is missing; write a number, or unlimited\n");
}

TEST(ReadClient, ConditionsAreThoseThatStandThere) {
  const ClientRetries retries = *client_of("retries: {max: 1, on: [429, timeout]}")->retries;
  EXPECT_TRUE(retries.on_429 && retries.on_timeout);
  EXPECT_FALSE(retries.on_5xx || retries.on_reset);
  EXPECT_EQ(wrong("retries: {max: 1, on: [4xx]}"),
            "error: spec.load[0].client.retries.on[0]: expected one of 5xx, reset, timeout, 429, "
            "got \"4xx\"; did you mean \"5xx\"?\n");
}

TEST(ReadClient, Backoff) {
  const Backoff plain = *client_of("retries: {max: 1, backoff: {base: 1s}}")->retries->backoff;
  EXPECT_EQ(plain.base, 1s);
  EXPECT_EQ(plain.factor, 2);
  EXPECT_EQ(plain.jitter, Backoff::Jitter::kNone);
  EXPECT_EQ(
      client_of("retries: {max: 1, backoff: {base: 1s, max: 9s, factor: 3, jitter: "
                "decorrelated}}")
          ->retries->backoff,
      (Backoff{.base = 1s, .factor = 3, .max = 9s, .jitter = Backoff::Jitter::kDecorrelated}));
  EXPECT_EQ(
      wrong("retries: {max: 1, backoff: {base: 2s, max: 1s}}"),
      "error: spec.load[0].client.retries.backoff.max: max is less than base; make it at least "
      "base\n");
}

TEST(ReadClient, BudgetsAreOfTokensOrARatio) {
  const ClientRetries tokens =
      *client_of("retries: {max: 1, budget: {tokens: 5, per_call: 0.1}}")->retries;
  EXPECT_EQ(tokens.token_budget, (TokenBudget{.tokens = 5, .per_call = 0.1}));
  EXPECT_FALSE(tokens.ratio_budget.has_value());
  const ClientRetries ratio =
      *client_of("retries: {max: 1, budget: {ratio: 20%, reserve: 10/s}}")->retries;
  EXPECT_EQ(ratio.ratio_budget, (RatioBudget{.ratio = 0.2, .window = 10s, .reserve_per_s = 10}));
  EXPECT_EQ(wrong("retries: {max: 1, budget: {tokens: 5, window: 1s}}"),
            "error: spec.load[0].client.retries.budget.window: is of a budget with ratio; leave it "
            "out\n");
  EXPECT_EQ(wrong("retries: {max: 1, budget: {ratio: 5%, floor: 1}}"),
            "error: spec.load[0].client.retries.budget.floor: is of a budget with tokens; leave it "
            "out\n");
  EXPECT_EQ(wrong("retries: {max: 1, budget: {tokens: 5, floor: 5}}"),
            "error: spec.load[0].client.retries.budget.floor: leaves no token for a retry; make it "
            "less than tokens\n");
}

TEST(ReadClient, BreakerThrottleHedgeAndConnections) {
  const Client client = *client_of(
      "breaker: {failures: 10%}, throttle: {}, hedge: {after: 50ms}, connections: {max: 10}");
  EXPECT_EQ(client.breaker, (ClientBreaker{.failures = 0.1, .window = 10s, .open_for = 5s}));
  EXPECT_EQ(client.throttle, (ClientThrottle{.k = 2, .window = 2min}));
  EXPECT_EQ(client.hedge, (ClientHedge{.after = 50ms, .max = 1}));
  EXPECT_EQ(client.connections, (ClientConnections{.max = 10, .wait = std::nullopt}));
  const ClientBreaker breaker =
      *client_of("breaker: {failures: 0.5, window: lifetime, minimum: 20, stops: retries}")
           ->breaker;
  EXPECT_FALSE(breaker.window.has_value());
  EXPECT_EQ(breaker.minimum, 20);
  EXPECT_EQ(breaker.stops, ClientBreaker::Stops::kRetries);
  EXPECT_EQ(
      wrong("breaker: {failures: 10%, stops: retries, open_for: 1s}"),
      "error: spec.load[0].client.breaker.open_for: is of a breaker that stops calls; leave it "
      "out: retries go on once fewer fail\n");
  EXPECT_EQ(wrong("hedge: {after: 1s, max: 8}"),
            "error: spec.load[0].client.hedge.max: expected an integer from 1 to 7, got 8\n");
}

TEST(ReadClient, ItMayChooseTheReplicaItself) {
  EXPECT_EQ(client_of("balance: {}")->balance, (ClientBalance{.choices = 2, .refresh = {}}));
  EXPECT_EQ(client_of("balance: {choices: 3, by: queue, refresh: 70s}")->balance,
            (ClientBalance{.choices = 3, .refresh = 70s}));
  EXPECT_EQ(wrong("balance: {refresh: 10us}"),
            "error: spec.load[0].client.balance.refresh: expected a duration of at least 1ms, got "
            "\"10us\"\n");
}

TEST(ReadClient, ACallHasOneToo) {
  const Scenario s = good_spec(
      "  workloads: {app: {}, web: {calls: [{to: http://app/, client: {timeout: 1s}}]}}\n");
  ASSERT_EQ(s.workloads.size(), 2U);
  EXPECT_EQ(s.workloads[1].behaviour.calls[0].client->timeout, 1s);
}

}  // namespace
}  // namespace squall::scenarios
