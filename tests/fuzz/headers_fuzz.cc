// What a client may send in headers, and the little languages of header values: never a crash.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/base/check.h"
#include "policies/control_headers.h"
#include "policies/grpc.h"
#include "policies/header_format.h"
#include "policies/lb/load_report.h"
#include "policies/retry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace squall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)policies::parse_retry_on(text);
  if (const auto timeout = policies::parse_grpc_timeout(text)) {
    SQUALL_CHECK(*timeout >= Duration(0));
    (void)policies::format_grpc_timeout(*timeout);
  }
  policies::RetryPolicy policy;
  policy.rate_limited = policies::RateLimitedBackoff{
      .headers = {{"retry-after", policies::ResetHeader::Format::kSeconds},
                  {"reset-at", policies::ResetHeader::Format::kUnixTimestamp}}};
  const std::array headers = {policies::HeaderField{"x-envoy-retry-on", text},
                              policies::HeaderField{"x-envoy-retry-grpc-on", text},
                              policies::HeaderField{"x-envoy-max-retries", text},
                              policies::HeaderField{"x-envoy-retriable-status-codes", text},
                              policies::HeaderField{"x-envoy-retriable-header-names", text},
                              policies::HeaderField{"x-envoy-upstream-rq-timeout-ms", text},
                              policies::HeaderField{"x-envoy-upstream-rq-per-try-timeout-ms", text},
                              policies::HeaderField{"x-envoy-expected-rq-timeout-ms", text},
                              policies::HeaderField{"grpc-status", text},
                              policies::HeaderField{"retry-after", text},
                              policies::HeaderField{"reset-at", text},
                              policies::HeaderField{"endpoint-load-metrics", text}};
  policies::apply(policies::read_control_headers(headers), policy);
  (void)policies::find_grpc_status(headers);
  (void)policies::lb::reported_weight({}, headers);
  if (const auto wait = policies::rate_limited_backoff(policy, headers, 1'700'000'000, 42)) {
    SQUALL_CHECK(*wait >= Duration(0));
  }
  const policies::RequestHead head{
      .method = "GET", .authority = text, .path = text, .headers = headers};
  if (policies::check_header_format(text)) {
    TextArena arena;
    (void)policies::format_header(text, {.request = {head, {}}}, arena);
  }
  return 0;
}
