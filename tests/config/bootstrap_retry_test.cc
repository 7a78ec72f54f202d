#include <gtest/gtest.h>

#include "tests/config/bootstrap_text.h"

namespace squall::config {
namespace {

using namespace std::chrono_literals;

TEST(BootstrapRetry, RetryPolicyWhole) {
  const Bootstrap b =
      good({.routes = R"y([{match: {prefix: /}, route: {cluster: main, retry_policy: {
    retry_on: "5xx, gateway-error", num_retries: "4", per_try_timeout: 0.1s, host_selection_retry_max_attempts: 5,
    retriable_status_codes: [418, 429], retry_back_off: {base_interval: 0.0001s, max_interval: 0.2s},
    rate_limited_retry_back_off: {max_interval: 2s, reset_headers: [{name: Retry-After}, {name: x-reset, format: UNIX_TIMESTAMP}]},
    retriable_headers: [{name: x-again, string_match: {exact: "yes"}}], retriable_request_headers: [{name: ":method", string_match: {exact: GET}}],
    retry_priority: {name: p, typed_config: {"@type": t/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig, update_frequency: 2}},
    retry_host_predicate: [{name: a, typed_config: {"@type": t/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}},
      {name: c, typed_config: {"@type": t/envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig,
        metadata_match: {filter_metadata: {envoy.lb: {stage: test}}}}}]}}}])y"});
  const policies::RetryPolicy& retry = *forward_of(b).retry;
  EXPECT_EQ(retry.on, policies::parse_retry_on("5xx,gateway-error"));
  EXPECT_EQ(retry.num_retries, 4U);
  EXPECT_EQ(retry.per_try_timeout, 100ms);
  EXPECT_EQ(retry.host_selection_max_attempts, 5U);
  EXPECT_EQ(retry.status_codes, (std::vector<std::uint16_t>{418, 429}));
  EXPECT_EQ(retry.base_interval, 1ms);
  EXPECT_EQ(retry.max_interval, 200ms);
  EXPECT_EQ(retry.rate_limited->max_interval, 2s);
  EXPECT_EQ(retry.rate_limited->headers[0].name, "retry-after");
  EXPECT_EQ(retry.rate_limited->headers[1].format, policies::ResetHeader::Format::kUnixTimestamp);
  EXPECT_EQ(retry.response_headers.size(), 1U);
  EXPECT_EQ(retry.request_headers[0].name, ":method");
  EXPECT_TRUE(retry.previous_hosts);
  EXPECT_EQ(retry.previous_priorities_frequency, 2U);
  EXPECT_EQ(retry.omit_host_metadata,
            (std::vector<std::pair<std::string, std::string>>{{"stage", "test"}}));
}

}  // namespace
}  // namespace squall::config
