// Control headers: what an internal caller, or a route's own changes, ask of the router in
// x-envoy-* headers.
//
// Those of an external caller are removed before routing, so they never get here.
// Source: envoy's retry_state_impl and router (docs/policies.md, "Control headers").
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/time.h"
#include "policies/match.h"
#include "policies/response_flags.h"
#include "policies/retry.h"

namespace squall::policies {

struct ControlHeaders {
  std::uint32_t retry_on = 0;  // x-envoy-retry-on and x-envoy-retry-grpc-on
  bool has_retry_on = false;
  std::optional<std::uint32_t> max_retries;
  std::vector<std::uint16_t> status_codes;  // x-envoy-retriable-status-codes
  std::vector<std::string> header_names;    // x-envoy-retriable-header-names
  std::optional<Duration> timeout, per_try_timeout, expected_timeout, stream_duration;
  std::optional<bool> hedge_on_per_try_timeout;
  bool alternative_timeout_response = false;  // answer a timeout with 204

  bool changes_retries() const {
    return has_retry_on || max_retries || !status_codes.empty() || !header_names.empty();
  }
  /// All but timeouts of a request and of a try, and hedging, is from now on as `other` has it.
  void take_retries(ControlHeaders other) {
    other.timeout = timeout;
    other.per_try_timeout = per_try_timeout;
    other.expected_timeout = expected_timeout;
    other.hedge_on_per_try_timeout = hedge_on_per_try_timeout;
    *this = std::move(other);
  }
};

ControlHeaders read_control_headers(Headers headers);
/// Adds what the headers say to a policy: conditions are joined, numbers replaced, lists extended.
void apply(const ControlHeaders& control, RetryPolicy& policy);
/// A header that a router may be told to check, and what it answers with when its value says
/// nothing.
struct StrictCheck {
  std::string_view header;
  Details invalid;
};
inline constexpr StrictCheck kStrictChecks[] = {
    {"x-envoy-upstream-rq-timeout-ms", Details::kInvalidTimeout},
    {"x-envoy-upstream-rq-per-try-timeout-ms", Details::kInvalidPerTryTimeout},
    {"x-envoy-max-retries", Details::kInvalidMaxRetries},
    {"x-envoy-retry-on", Details::kInvalidRetryOn},
    {"x-envoy-retry-grpc-on", Details::kInvalidRetryGrpcOn},
};
/// The header of one of these details; empty: it is none of them.
std::string_view checked_header(Details invalid);
/// The first of `checks` whose header is there and invalid; kNone: all are well.
Details first_invalid(std::span<const Details> checks, Headers headers);
/// Headers that are for this router only and do not reach the upstream.
bool is_consumed(std::string_view name);
/// Headers that an external caller may not set: removed before routing.
bool is_internal_only(std::string_view name);
/// More of them, where the connection says who the client is.
bool is_edge_only(std::string_view name);

}  // namespace squall::policies
