#include "policies/control_headers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace squall::policies {
namespace {

ControlHeaders read(std::vector<HeaderField> fields) { return read_control_headers(fields); }

TEST(ControlHeaders, WithoutAnyNothingChanges) {
  const ControlHeaders control = read({{"x-envoy-attempt-count", "1"}, {"retry-on", "5xx"}});
  EXPECT_FALSE(control.changes_retries());
  EXPECT_FALSE(control.timeout || control.per_try_timeout || control.expected_timeout);
  EXPECT_FALSE(control.alternative_timeout_response);
}

TEST(ControlHeaders, EachHeaderOfConditionsTakesItsOwnNames) {
  EXPECT_EQ(read({{"x-envoy-retry-on", "5xx, cancelled,nonsense"}}).retry_on, retry_on::k5xx);
  EXPECT_EQ(read({{"x-envoy-retry-grpc-on", "5xx,cancelled"}}).retry_on, retry_on::kCancelled);
  const ControlHeaders both =
      read({{"x-envoy-retry-on", "reset"}, {"x-envoy-retry-grpc-on", "internal"}});
  EXPECT_EQ(both.retry_on, retry_on::kReset | retry_on::kInternal);
  EXPECT_TRUE(read({{"x-envoy-retry-on", ""}}).changes_retries());
}

TEST(ControlHeaders, NumbersThatDoNotParseAreIgnored) {
  for (const std::string bad : {"", "x", "-1", "1.5", "1 ", "99999999999999999999"}) {
    const ControlHeaders control = read({{"x-envoy-upstream-rq-timeout-ms", bad},
                                         {"x-envoy-upstream-rq-per-try-timeout-ms", bad},
                                         {"x-envoy-expected-rq-timeout-ms", bad},
                                         {"x-envoy-max-retries", bad}});
    EXPECT_FALSE(control.timeout || control.per_try_timeout || control.expected_timeout) << bad;
    EXPECT_FALSE(control.max_retries) << bad;
  }
  EXPECT_EQ(read({{"x-envoy-upstream-rq-timeout-ms", "0"}}).timeout, 0ms);
  EXPECT_EQ(read({{"x-envoy-max-retries", "0"}}).max_retries, 0U);
}

TEST(ControlHeaders, ANumberMayHaveAPlus) {
  EXPECT_EQ(read({{"x-envoy-max-retries", "+3"}}).max_retries, 3U);
}

Details invalid(std::string_view name, std::string_view value) {
  std::vector<Details> all;
  for (const StrictCheck& one : kStrictChecks) all.push_back(one.invalid);
  const HeaderField field[] = {{name, value}};
  return first_invalid(all, field);
}

TEST(ControlHeaders, AStrictCheckWantsNumbersAndConditionsOfTheRightKind) {
  for (const std::string_view name :
       {"x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms",
        "x-envoy-max-retries"}) {
    for (const std::string_view good : {"0", "+3", "4294967296", "18446744073709551615"})
      EXPECT_EQ(invalid(name, good), Details::kNone) << name << good;
    for (const std::string_view bad : {"", "x", "-1", "1.0", "0x3", "18446744073709551616"})
      EXPECT_EQ(checked_header(invalid(name, bad)), name) << bad;
  }
  for (const std::string_view good : {"", "5xx, reset", " , ,5xx,, "})
    EXPECT_EQ(invalid("x-envoy-retry-on", good), Details::kNone) << good;
  for (const std::string_view bad : {"5xx,foo", "cancelled", "5XX"})
    EXPECT_EQ(invalid("x-envoy-retry-on", bad), Details::kInvalidRetryOn) << bad;
  EXPECT_EQ(invalid("x-envoy-retry-grpc-on", "cancelled,"), Details::kNone);
  EXPECT_EQ(invalid("x-envoy-retry-grpc-on", "5xx"), Details::kInvalidRetryGrpcOn);
  EXPECT_EQ(invalid("x-envoy-hedge-on-per-try-timeout", "x"), Details::kNone);
}

TEST(ControlHeaders, TheFirstOfTheStrictChecksDecides) {
  const HeaderField fields[] = {{"x-envoy-max-retries", "x"}, {"x-envoy-retry-on", "x"}};
  const Details on_first[] = {Details::kInvalidRetryOn, Details::kInvalidMaxRetries};
  EXPECT_EQ(first_invalid(on_first, fields), Details::kInvalidRetryOn);
  EXPECT_EQ(first_invalid({}, fields), Details::kNone);
}

TEST(ControlHeaders, ListsAreTrimmedAndExtendThePolicys) {
  const ControlHeaders control = read({{"x-envoy-retriable-status-codes", "410, 418 ,x,,1000"},
                                       {"x-envoy-retriable-header-names", " X-Again,x-more"}});
  EXPECT_EQ(control.status_codes, (std::vector<std::uint16_t>{410, 418}));
  EXPECT_EQ(control.header_names, (std::vector<std::string>{"x-again", "x-more"}));
  RetryPolicy policy;
  policy.on = retry_on::kReset;
  policy.num_retries = 5;
  policy.status_codes = {500};
  apply(control, policy);
  EXPECT_EQ(policy.on, retry_on::kReset);
  EXPECT_EQ(policy.num_retries, 5U);
  EXPECT_EQ(policy.status_codes, (std::vector<std::uint16_t>{500, 410, 418}));
  ASSERT_EQ(policy.response_headers.size(), 2U);
  const HeaderField there[] = {{"x-more", "any"}};
  EXPECT_TRUE(matches(policy.response_headers[1], there));
  EXPECT_FALSE(matches(policy.response_headers[0], there));
}

TEST(ControlHeaders, SomeStayWithTheRouterAndAllAreTheInside) {
  for (const std::string_view name :
       {"x-envoy-retry-on", "x-envoy-retry-grpc-on", "x-envoy-max-retries",
        "x-envoy-retriable-status-codes", "x-envoy-retriable-header-names",
        "x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms",
        "x-envoy-hedge-on-per-try-timeout", "x-envoy-upstream-rq-timeout-alt-response"}) {
    EXPECT_TRUE(is_consumed(name)) << name;
    EXPECT_TRUE(is_internal_only(name)) << name;
  }
  EXPECT_FALSE(is_consumed("x-envoy-expected-rq-timeout-ms"));
  EXPECT_TRUE(is_internal_only("x-envoy-expected-rq-timeout-ms"));
  EXPECT_FALSE(is_internal_only("x-envoy-attempt-count"));
  EXPECT_TRUE(is_consumed("x-envoy-upstream-alt-stat-name"));
  EXPECT_TRUE(is_internal_only("x-envoy-force-trace"));
  EXPECT_FALSE(is_consumed("x-envoy-force-trace"));
  EXPECT_TRUE(is_edge_only("x-envoy-original-path"));
  EXPECT_FALSE(is_internal_only("x-envoy-original-path"));
}

}  // namespace
}  // namespace squall::policies
