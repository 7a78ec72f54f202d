#include "policies/retry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "policies/grpc.h"
#include "policies/limits.h"
#include "tests/policies/vectors.h"

namespace squall::policies {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;
using std::chrono::milliseconds;

RetryPolicy with_backoff(const json& row) {
  RetryPolicy policy;
  policy.base_interval = milliseconds(row["base_ms"]);
  policy.max_interval = milliseconds(row["max_ms"]);
  return policy;
}

void expect_delays(const RetryPolicy& policy, const json& randoms, const json& delays) {
  ASSERT_EQ(randoms.size(), delays.size());
  RetryState state(policy);
  for (std::size_t i = 0; i < randoms.size(); ++i) {
    EXPECT_EQ(to_ms(next_backoff(policy, state, randoms[i])), delays[i]) << delays << i;
  }
}

TEST(Backoff, IntervalsDoubleUpToTheirMaximum) {
  SQUALL_VECTORS(vectors, "backoff");
  std::map<std::string, int> kinds;
  for (const json& row : rows(vectors, "cases", 7)) {
    const std::string kind = row["kind"];
    ++kinds[kind];
    if (kind == "jittered_exponential") {
      expect_delays(with_backoff(row), row["randoms"], row["delays_ms"]);
      replayed(vectors);
      if (row.contains("after_reset_delays_ms")) {
        expect_delays(with_backoff(row), row["randoms"], row["after_reset_delays_ms"]);
        replayed(vectors);
      }
    } else if (kind == "jittered_lower_bound") {
      ASSERT_EQ(row["randoms"].size(), 1U);
      EXPECT_EQ(to_ms(backoff_from(milliseconds(row["min_ms"]), row["randoms"][0])),
                row["delays_ms"][0]);
      replayed(vectors);
    }
  }
  const std::map<std::string, int> expected = {
      {"fixed", 1}, {"jittered_exponential", 4}, {"jittered_lower_bound", 2}};
  EXPECT_EQ(kinds, expected);
  EXPECT_EQ(parts_of(vectors), (std::set<std::string>{"cases", "derived"}));
}

TEST(Backoff, FixedIntervalsAreForWhatWeDoNotDo) {
  SQUALL_VECTORS(vectors, "backoff");
  GTEST_SKIP() << "Envoy waits by a fixed interval for names (DNS) and streams to a management "
                  "server, for no request: there is no policy of it here to replay the row on";
}

TEST(Backoff, DelaysAreBelowTheirInterval) {
  SQUALL_VECTORS(vectors, "backoff");
  std::size_t ranges = 0;
  for (const json& row : rows(vectors, "derived", 2)) {
    const RetryPolicy policy = with_backoff(row);
    RetryState state(policy);
    const json& intervals = row["interval_sequence_ms"];
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      EXPECT_EQ(state.next_interval_ms, intervals[i]) << row;
      RetryState same = state;
      if (row.contains("delay_inclusive_range_ms")) {
        const json& range = row["delay_inclusive_range_ms"][i];
        EXPECT_EQ(to_ms(next_backoff(policy, same, range[1])), range[1]);
        same = state;
        EXPECT_EQ(to_ms(next_backoff(policy, same, range[1].get<std::uint64_t>() + 1)), range[0]);
        ++ranges;
      }
      next_backoff(policy, state, 0);
    }
    replayed(vectors);
  }
  EXPECT_EQ(ranges, 6U);
}

TEST(Backoff, IntervalsOfManyDaysAreCutAtThirtyTwoBits) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  using Intervals = std::vector<std::uint32_t>;
  const auto intervals = [](Duration base, std::optional<Duration> most) {
    RetryPolicy policy;
    policy.base_interval = base;
    policy.max_interval = most;
    RetryState state(policy);
    Intervals result;
    for (int i = 0; i < 4; ++i) {
      result.push_back(state.next_interval_ms);
      EXPECT_EQ(next_backoff(policy, state, 1), 1ms);
    }
    return result;
  };
  constexpr Duration kTenDays = 240h;
  const Intervals doubled = {864'000'000, 1'728'000'000, 3'456'000'000, kMost};
  EXPECT_EQ(intervals(kTenDays, std::nullopt), doubled);
  EXPECT_EQ(intervals(kTenDays, 6 * kTenDays), doubled);
  EXPECT_EQ(intervals(kTenDays, milliseconds(std::int64_t{1} << 32)), doubled);
  EXPECT_EQ(intervals(6 * kTenDays, std::nullopt), (Intervals{kMost, kMost, kMost, kMost}));
}

TEST(Backoff, ARoutesPolicyDecides) {
  SQUALL_VECTORS(vectors, "retry_state");
  int by_default = 0;
  for (const json& row : rows(vectors, "backoff_via_policy", 3)) {
    RetryPolicy policy = with_backoff(row);
    expect_delays(policy, row["randoms"], row["delays_ms"]);
    replayed(vectors);
    if (*policy.max_interval != policy.base_interval * 10) continue;
    policy.max_interval.reset();
    expect_delays(policy, row["randoms"], row["delays_ms"]);
    ++by_default;
  }
  EXPECT_EQ(by_default, 2);
  EXPECT_EQ(to_ms(RetryPolicy().base_interval), vectors["backoff_via_policy"][0]["base_ms"]);
}

TEST(Backoff, AResponseMayAskForItsOwn) {
  SQUALL_VECTORS(vectors, "retry_state");
  for (const json& row : rows(vectors, "rate_limited_backoff", 1)) {
    RetryPolicy policy = with_backoff(row);
    policy.num_retries = row["num_retries"];
    policy.rate_limited.emplace().headers = {{row["reset_header"]["name"]}};
    EXPECT_EQ(row["reset_header"]["format"], "SECONDS");
    RetryState state(policy);
    ASSERT_EQ(row["steps"].size(), 5U);
    for (const json& step : row["steps"]) {
      replayed(vectors);
      std::vector<HeaderField> headers;
      if (!step["retry_after"].is_null()) {
        headers.push_back({"retry-after", step["retry_after"].get_ref<const std::string&>()});
      }
      const RetryVerdict verdict = decide(state, true, true);
      if (step.contains("result")) {
        EXPECT_EQ(step["result"], "NoRetryLimitExceeded");
        EXPECT_EQ(verdict, RetryVerdict::kNoLimitExceeded);
        continue;
      }
      EXPECT_EQ(verdict, RetryVerdict::kYes);
      const auto asked = rate_limited_backoff(policy, headers, 0, step["random"]);
      EXPECT_EQ(asked.has_value(), step["strategy"] == "rate_limited") << step;
      const Duration delay = asked ? *asked : next_backoff(policy, state, step["random"]);
      EXPECT_EQ(to_ms(delay), step["delay_ms"]) << step;
    }
  }
}

TEST(Backoff, TheFirstResetHeaderThatParsesAndIsNotTooLongCounts) {
  RetryPolicy policy;
  policy.rate_limited.emplace().headers = {{"x-reset", ResetHeader::Format::kUnixTimestamp},
                                           {"retry-after"}};
  policy.rate_limited->max_interval = 100s;
  const auto asked = [&](std::string_view reset, std::string_view after) {
    const HeaderField headers[] = {{"x-reset", reset}, {"retry-after", after}};
    const auto delay = rate_limited_backoff(policy, headers, 1000, 0);
    return delay ? to_ms(*delay) : -1;
  };
  EXPECT_EQ(asked("1030", "7"), 30'000);
  EXPECT_EQ(asked("1101", "7"), 7'000);  // longer than the most that is waited
  EXPECT_EQ(asked("999", "7"), 7'000);   // in the past
  EXPECT_EQ(asked("soon", "7"), 7'000);
  EXPECT_EQ(asked("soon", "-7"), -1);
  EXPECT_EQ(asked("1000", "7"), -1);  // parses: no wait, so the usual back-off
  policy.rate_limited.reset();
  EXPECT_EQ(asked("1030", "7"), -1);
}

TEST(RetryOn, NamesOfConditions) {
  SQUALL_VECTORS(vectors, "retry_state");
  EXPECT_EQ(vectors["bits"].size(), 16U);
  std::map<std::uint32_t, std::uint32_t> ours;  // Envoy's bit -> ours
  for (const auto& [name, bit] : vectors["bits"].items()) {
    const std::uint32_t own = parse_retry_on(name);
    EXPECT_TRUE(std::has_single_bit(own)) << name;
    ours[bit] = own;
  }
  EXPECT_EQ(ours.size(), 16U);
  for (const char* part : {"parse_retry_on", "parse_retry_grpc_on"}) {
    for (const json& row : rows(vectors, part, 4)) {
      std::uint32_t expected = 0;
      for (const auto& [bit, own] : ours) {
        if ((row["bits"].get<std::uint32_t>() & bit) != 0) expected |= own;
      }
      const std::string list = row["input"];
      EXPECT_EQ(parse_retry_on(list), expected) << row;
      EXPECT_EQ(unknown_condition(list).empty(), row["all_valid"]) << row;
      replayed(vectors);
    }
  }
  EXPECT_EQ(unknown_condition("reset,, 5 xx ,zzz"), "5 xx");
}

TEST(RetryOn, ResponseHeaders) {
  SQUALL_VECTORS(vectors, "retry_state");
  for (const json& row : rows(vectors["header_decisions"], "rows", 27)) {
    RetryPolicy policy;
    policy.on = parse_retry_on(
        row.value(row.contains("retry_on") ? "retry_on" : "retry_grpc_on", std::string()));
    EXPECT_NE(policy.on, 0U) << row;
    for (const json& code : row.value("retriable_status_codes", json::array()))
      policy.status_codes.push_back(code);
    std::vector<HeaderField> headers;
    std::string grpc;
    if (row.value("x_envoy_ratelimited", false)) headers.push_back({"x-envoy-ratelimited", "true"});
    if (row.contains("grpc_status_in_headers")) {
      grpc = row["grpc_status_in_headers"].dump();
      headers.push_back({"grpc-status", grpc});
    }
    const ResponseHead head{.status = row["status"], .headers = headers};
    const auto facts = response_facts(policy, head, find_grpc_status(head.headers));
    EXPECT_EQ(wants_retry(policy, facts), row["retry"]) << row;
    replayed(vectors);
  }
}

const std::map<std::string, ResetReason>& reasons() {
  static const std::map<std::string, ResetReason> all = {
      {"LocalReset", ResetReason::kLocalReset},
      {"LocalRefusedStreamReset", ResetReason::kLocalRefusedStream},
      {"RemoteReset", ResetReason::kRemoteReset},
      {"RemoteRefusedStreamReset", ResetReason::kRemoteRefusedStream},
      {"LocalConnectionFailure", ResetReason::kLocalConnectionFailure},
      {"RemoteConnectionFailure", ResetReason::kRemoteConnectionFailure},
      {"ConnectionTimeout", ResetReason::kConnectionTimeout},
      {"ConnectionTermination", ResetReason::kConnectionTermination},
      {"Overflow", ResetReason::kOverflow},
      {"ProtocolError", ResetReason::kProtocolError},
      {"ConnectError", ResetReason::kConnectError},
      {"OverloadManager", ResetReason::kOverloadManager},
      {"Http1PrematureUpstreamHalfClose", ResetReason::kHttp1PrematureUpstreamHalfClose}};
  return all;
}

TEST(RetryOn, Resets) {
  SQUALL_VECTORS(vectors, "retry_state");
  const json& decisions = vectors["reset_decisions"];
  std::size_t checked = 0;
  EXPECT_EQ(decisions["matches"].size(), 15U);
  for (const auto& [condition, matches] : decisions["matches"].items()) {
    const std::uint32_t on = parse_retry_on(condition);
    const bool all = matches.is_string();
    for (const json& name : rows(decisions, "reasons", 13)) {
      const ResetReason why = reasons().at(name);
      const bool listed = !all && std::ranges::find(matches, name) != matches.end();
      const bool expected = all ? why != ResetReason::kOverflow : listed;
      EXPECT_EQ(wants_retry_reset(on, why, false), expected) << condition << name;
      const bool only_before = condition == "reset-before-request";
      EXPECT_EQ(wants_retry_reset(on, why, true), expected && !only_before) << condition << name;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 195U);
  // That a per-try timeout is one: tests/policies/machine/retry_test.cc.
  EXPECT_EQ(decisions["per_try_timeout_is_reported_as"], "LocalReset");
}

TEST(Retry, BudgetCountsWhatIsUnderWay) {
  SQUALL_VECTORS(vectors, "retry_state");
  for (const json& row : rows(vectors, "retry_budget", 7)) {
    Thresholds limits;
    limits.max_retries = row["max_retries"];
    limits.retry_budget.emplace().budget_percent = row["budget_percent"];
    limits.retry_budget->min_retry_concurrency = row["min_retry_concurrency"];
    const auto most = max_retries(limits, row["active_requests"], row["pending_requests"]);
    EXPECT_EQ(grants(most, row["active_retries"]), row["allowed"]) << row;
    replayed(vectors);
  }
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"bits", "parse_retry_on", "parse_retry_grpc_on",
                                   "backoff_via_policy", "rate_limited_backoff", "retry_budget",
                                   "header_decisions", "reset_decisions"}));
}

TEST(Retry, HasALimitThatNoPolicyLifts) {
  RetryPolicy policy;
  policy.num_retries = 70'000;
  EXPECT_EQ(RetryState(policy).remaining, kMostRetries);
  EXPECT_LT(kMostRetries, 1U << 16);
}

TEST(Retry, OverflowStillSpendsARetry) {
  RetryPolicy policy;
  policy.num_retries = 1;
  RetryState state(policy);
  EXPECT_EQ(decide(state, false, true), RetryVerdict::kNo);
  EXPECT_EQ(decide(state, true, false), RetryVerdict::kNoOverflow);
  EXPECT_EQ(decide(state, true, true), RetryVerdict::kNoLimitExceeded);
  EXPECT_FALSE(state.armed);
}

TEST(Retry, RetriableHeadersAreMatchedOnTheResponse) {
  RetryPolicy policy;
  policy.on = retry_on::kRetriableHeaders;
  policy.response_headers.emplace_back().name = "x-again";
  const HeaderField headers[] = {{"x-again", ""}};
  const ResponseHead head{.status = 200, .headers = headers};
  EXPECT_TRUE(wants_retry(policy, response_facts(policy, head, {})));
  EXPECT_FALSE(wants_retry(policy, response_facts(policy, {}, {})));
  policy.on = retry_on::k5xx;
  EXPECT_FALSE(wants_retry(policy, response_facts(policy, head, {})));
}

TEST(Retry, TheStatusIsAHeaderToo) {
  RetryPolicy policy;
  policy.on = retry_on::kRetriableHeaders;
  HeaderMatch& match = policy.response_headers.emplace_back();
  match.name = ":status";
  match.kind = HeaderMatch::Kind::kString;
  match.text = {.kind = StringMatch::Kind::kPrefix, .value = "40", .regex = nullptr};
  const auto wants = [&](std::uint16_t status) {
    return wants_retry(policy, response_facts(policy, {.status = status, .headers = {}}, {}));
  };
  EXPECT_TRUE(wants(404));
  EXPECT_TRUE(wants(409));
  EXPECT_FALSE(wants(410));
  EXPECT_FALSE(wants(200));
}

TEST(Retry, RequestHeadersSwitchAllOfItOff) {
  RetryPolicy policy;
  EXPECT_TRUE(allows_retries(policy, {}));
  policy.request_headers.emplace_back().name = "x-retry";
  EXPECT_FALSE(allows_retries(policy, {}));
  const HeaderField headers[] = {{"x-retry", "1"}};
  RequestHead head;
  head.headers = headers;
  EXPECT_TRUE(allows_retries(policy, head));
}

}  // namespace
}  // namespace squall::policies
