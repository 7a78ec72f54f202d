#include "policies/retry.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "policies/response_match.h"

namespace squall::policies {
namespace {

struct Condition {
  std::string_view name;
  std::uint32_t bit;
};
constexpr Condition kConditions[] = {
    {"5xx", retry_on::k5xx},
    {"gateway-error", retry_on::kGatewayError},
    {"reset", retry_on::kReset},
    {"reset-before-request", retry_on::kResetBeforeRequest},
    {"connect-failure", retry_on::kConnectFailure},
    {"refused-stream", retry_on::kRefusedStream},
    {"retriable-4xx", retry_on::kRetriable4xx},
    {"retriable-status-codes", retry_on::kRetriableStatusCodes},
    {"retriable-headers", retry_on::kRetriableHeaders},
    {"cancelled", retry_on::kCancelled},
    {"deadline-exceeded", retry_on::kDeadlineExceeded},
    {"internal", retry_on::kInternal},
    {"resource-exhausted", retry_on::kResourceExhausted},
    {"unavailable", retry_on::kUnavailable},
    {"envoy-ratelimited", retry_on::kEnvoyRateLimited},
    {"http3-post-connect-failure", retry_on::kHttp3PostConnectFailure},
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// 0: no such condition.
std::uint32_t bit_of(std::string_view name) {
  const auto* const at = std::ranges::find(kConditions, name, &Condition::name);
  return at == std::end(kConditions) ? 0 : at->bit;
}

/// Takes the first name off a comma-separated list.
std::string_view next_name(std::string_view& list) {
  const auto comma = std::min(list.find(','), list.size());
  const std::string_view name = trimmed(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return name;
}

bool wants_grpc_retry(std::uint32_t on, std::uint32_t status) {
  switch (status) {
    case 1:
      return (on & retry_on::kCancelled) != 0;
    case 4:
      return (on & retry_on::kDeadlineExceeded) != 0;
    case 8:
      return (on & retry_on::kResourceExhausted) != 0;
    case 13:
      return (on & retry_on::kInternal) != 0;
    case 14:
      return (on & retry_on::kUnavailable) != 0;
    default:
      return false;
  }
}

/// An interval of back-off in whole milliseconds: at least one, at most 49 days.
std::uint32_t interval_ms(std::int64_t ms) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, kMost));
}
std::uint32_t base_ms(const RetryPolicy& policy) {
  return interval_ms(to_ms(policy.base_interval));
}

std::optional<Duration> parse_reset(const ResetHeader& header, std::string_view value,
                                    std::int64_t unix_now) {
  if (value.starts_with('+')) value.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  constexpr std::uint64_t kMostSeconds = 1'000'000'000'000;
  if (failure != std::errc() || end != value.data() + value.size() || number > kMostSeconds)
    return std::nullopt;
  const auto seconds = static_cast<std::int64_t>(number);
  if (header.format == ResetHeader::Format::kSeconds)
    return std::chrono::seconds(std::min(seconds, 1'000'000'000L));
  if (seconds < unix_now) return std::nullopt;
  return std::chrono::seconds(std::min(seconds - unix_now, 1'000'000'000L));
}

}  // namespace

std::uint32_t parse_retry_on(std::string_view list) {
  std::uint32_t bits = 0;
  while (!list.empty()) bits |= bit_of(next_name(list));
  return bits;
}

std::string_view unknown_condition(std::string_view list) {
  while (!list.empty()) {
    const std::string_view name = next_name(list);
    if (!name.empty() && bit_of(name) == 0) return name;
  }
  return {};
}

RetryState::RetryState(const RetryPolicy& policy)
    : remaining(std::min(policy.num_retries, kMostRetries)), next_interval_ms(base_ms(policy)) {}

ResponseFacts response_facts(const RetryPolicy& policy, const ResponseHead& head,
                             const GrpcStatus& grpc_status) {
  ResponseFacts facts;
  facts.status = head.status;
  facts.grpc_status = grpc_status;
  facts.rate_limited = find_header(head.headers, "x-envoy-ratelimited").has_value();
  if ((policy.on & retry_on::kRetriableHeaders) == 0) return facts;
  facts.retriable_header = std::ranges::any_of(
      policy.response_headers, [&](const HeaderMatch& match) { return matches(match, head); });
  return facts;
}

bool wants_retry_status(const RetryPolicy& policy, std::uint16_t status) {
  const std::uint32_t on = policy.on;
  if ((on & retry_on::k5xx) != 0 && status >= 500 && status < 600) return true;
  if ((on & retry_on::kGatewayError) != 0 && status >= 502 && status <= 504) return true;
  if ((on & retry_on::kRetriable4xx) != 0 && status == 409) return true;
  return (on & retry_on::kRetriableStatusCodes) != 0 && policy.lists(status);
}

bool wants_retry(const RetryPolicy& policy, const ResponseFacts& facts) {
  if (facts.rate_limited) return (policy.on & retry_on::kEnvoyRateLimited) != 0;
  if (wants_retry_status(policy, facts.status) || facts.retriable_header) return true;
  return facts.grpc_status && wants_grpc_retry(policy.on, *facts.grpc_status);
}

bool wants_retry_reset(std::uint32_t on, ResetReason why, bool sent_before) {
  if (why == ResetReason::kOverflow) return false;
  if ((on & (retry_on::k5xx | retry_on::kGatewayError | retry_on::kReset)) != 0) return true;
  if ((on & retry_on::kResetBeforeRequest) != 0 && !sent_before) return true;
  if ((on & retry_on::kConnectFailure) != 0 &&
      (why == ResetReason::kLocalConnectionFailure ||
       why == ResetReason::kRemoteConnectionFailure || why == ResetReason::kConnectionTimeout)) {
    return true;
  }
  return (on & retry_on::kRefusedStream) != 0 && why == ResetReason::kRemoteRefusedStream;
}

bool allows_retries(const RetryPolicy& policy, const RequestHead& head) {
  return policy.request_headers.empty() ||
         std::ranges::any_of(policy.request_headers,
                             [&](const HeaderMatch& match) { return matches(match, head); });
}

Duration next_backoff(const RetryPolicy& policy, RetryState& state, std::uint64_t random) {
  const std::uint32_t interval = state.next_interval_ms;
  const std::uint32_t most = interval_ms(policy.max_interval ? to_ms(*policy.max_interval)
                                                             : std::int64_t{base_ms(policy)} * 10);
  state.next_interval_ms = interval < most / 2 ? interval * 2 : most;
  return std::chrono::milliseconds(random % interval);
}

Duration backoff_from(Duration least, std::uint64_t random) {
  const std::int64_t ms = to_ms(least);
  const auto half = static_cast<std::uint64_t>(ms / 2);
  return std::chrono::milliseconds(ms + (half == 0 ? 0 : static_cast<std::int64_t>(random % half)));
}

std::optional<Duration> rate_limited_backoff(const RetryPolicy& policy, Headers headers,
                                             std::int64_t unix_now, std::uint64_t random) {
  if (!policy.rate_limited) return std::nullopt;
  for (const ResetHeader& header : policy.rate_limited->headers) {
    const auto value = find_header(headers, header.name);
    if (!value) continue;
    const auto asked = parse_reset(header, *value, unix_now);
    if (!asked || *asked > policy.rate_limited->max_interval) continue;
    return *asked > 1ms ? std::optional(backoff_from(*asked, random)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace squall::policies
