// Retries: does this outcome deserve another attempt, is there room for one, and how long until
// then?
//
// Config is RetryPolicy, state RetryState (in the request's record). What an outcome needs to be
// retried is a set of conditions; the gate (decide) then spends one of the retries even when there
// is no room. The retries gauge is the caller's. The wait is uniform over [0, interval) in whole
// milliseconds, so it may be 0. Source: envoy's retry_state_impl and backoff_strategy
// (docs/policies.md, "Retries"). Cost: a few comparisons; draws one number a retry, given by the
// caller.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/time.h"
#include "policies/grpc.h"
#include "policies/head.h"
#include "policies/match.h"
#include "policies/reset_reason.h"

namespace squall::policies {

namespace retry_on {
enum : std::uint32_t {
  k5xx = 1U << 0,
  kGatewayError = 1U << 1,
  kReset = 1U << 2,
  kResetBeforeRequest = 1U << 3,
  kConnectFailure = 1U << 4,
  kRefusedStream = 1U << 5,
  kRetriable4xx = 1U << 6,
  kRetriableStatusCodes = 1U << 7,
  kRetriableHeaders = 1U << 8,
  kCancelled = 1U << 9,
  kDeadlineExceeded = 1U << 10,
  kInternal = 1U << 11,
  kResourceExhausted = 1U << 12,
  kUnavailable = 1U << 13,
  kEnvoyRateLimited = 1U << 14,
  kHttp3PostConnectFailure = 1U << 15,  // taken, never met: upstreams speak HTTP/1.1 or HTTP/2
  kGrpc = kCancelled | kDeadlineExceeded | kInternal | kResourceExhausted | kUnavailable,
};
}  // namespace retry_on

/// Conditions of a comma-separated list, HTTP and gRPC names alike; unknown ones count for nothing.
std::uint32_t parse_retry_on(std::string_view list);
/// The first name that is no condition, without the blanks around it; empty: all are.
std::string_view unknown_condition(std::string_view list);

/// A response header that says when to come back.
struct ResetHeader {
  enum class Format : std::uint8_t { kSeconds, kUnixTimestamp };
  std::string name;
  Format format = Format::kSeconds;
};

struct RateLimitedBackoff {
  std::vector<ResetHeader> headers;  // the first that parses and is within max_interval decides
  Duration max_interval = 300s;
};

struct RetryPolicy {
  std::uint32_t on = 0;  // retry_on::
  std::uint32_t num_retries = 1;
  Duration per_try_timeout{};            // 0: none
  Duration per_try_idle_timeout{};       // 0: none
  Duration base_interval = 25ms;         // >= 1 ms
  bool has_base_interval = false;        // configured: no runtime replaces it
  std::optional<Duration> max_interval;  // none: ten times the base
  std::vector<std::uint16_t> status_codes;
  std::vector<HeaderMatch> response_headers;  // for kRetriableHeaders
  std::vector<HeaderMatch> request_headers;   // if there are any, one must match
  bool previous_hosts = false;                // avoid hosts that were tried
  bool omit_canary_hosts = false;
  std::vector<std::pair<std::string, std::string>> omit_host_metadata;
  std::uint32_t host_selection_max_attempts = 1;    // further picks when one is rejected
  std::uint32_t previous_priorities_frequency = 0;  // 0: off
  std::optional<RateLimitedBackoff> rate_limited;
  bool lists(std::uint16_t status) const {
    return std::ranges::find(status_codes, status) != status_codes.end();
  }
};
/// Tried again at once where it is listed, and left to callers that say `early-data` themselves.
inline constexpr std::uint16_t kTooEarly = 425;

/// Retries of one request at most, whatever its policy says: attempts are numbered in 16 bits.
inline constexpr std::uint32_t kMostRetries = 65'000;

enum class Backoff : std::uint8_t { kExponential, kRateLimited, kNone };
struct RetryState {
  RetryState() = default;
  explicit RetryState(const RetryPolicy& policy);

  std::uint32_t remaining = 0;
  std::uint32_t next_interval_ms = 0;
  bool armed = false;                       // a retry was begun before
  bool slot_held = false;                   // counted in the cluster's retries gauge
  Backoff backoff = Backoff::kExponential;  // of the retry that is waited for, or was last
};

/// What a response head says about a retry.
struct ResponseFacts {
  std::uint16_t status = 200;
  std::optional<std::uint32_t> grpc_status;  // in the headers
  bool rate_limited = false;                 // x-envoy-ratelimited is there
  bool retriable_header = false;             // one of the policy's response headers matches
};
ResponseFacts response_facts(const RetryPolicy& policy, const ResponseHead& head,
                             const GrpcStatus& grpc_status);

bool wants_retry(const RetryPolicy& policy, const ResponseFacts& facts);
/// The same for a response without headers.
bool wants_retry_status(const RetryPolicy& policy, std::uint16_t status);
/// The same of a response: one without headers is decided here.
inline bool wants_retry(const RetryPolicy& policy, const ResponseHead& head,
                        const GrpcStatus& grpc_status) {
  if (head.headers.empty() && (policy.on & retry_on::kRetriableHeaders) == 0)
    return wants_retry_status(policy, head.status);
  return wants_retry(policy, response_facts(policy, head, grpc_status));
}
/// `sent_before`: some attempt of this request has sent its first byte.
bool wants_retry_reset(std::uint32_t on, ResetReason why, bool sent_before);
/// Whether the request qualifies at all (request_headers).
bool allows_retries(const RetryPolicy& policy, const RequestHead& head);

enum class RetryVerdict : std::uint8_t { kYes, kNo, kNoLimitExceeded, kNoOverflow };

/// The gate. The caller has released the request's own slot before it says whether there is `room`.
inline RetryVerdict decide(RetryState& state, bool wanted, bool room) {
  if (!wanted) return RetryVerdict::kNo;
  if (state.remaining == 0) return RetryVerdict::kNoLimitExceeded;
  --state.remaining;
  if (!room) return RetryVerdict::kNoOverflow;
  state.armed = true;
  return RetryVerdict::kYes;
}

/// The wait of at least `least`: in [least, 1.5 least), in whole milliseconds.
Duration backoff_from(Duration least, std::uint64_t random);
/// Draws by `random`; moves the state to the next interval.
Duration next_backoff(const RetryPolicy& policy, RetryState& state, std::uint64_t random);
/// The wait that the response asks for, in [R, 1.5 R); none when it asks for none. `unix_now`:
/// wall-clock seconds, for headers that give a point in time.
std::optional<Duration> rate_limited_backoff(const RetryPolicy& policy, Headers headers,
                                             std::int64_t unix_now, std::uint64_t random);

}  // namespace squall::policies
