#include "policies/repeated_headers.h"

#include <algorithm>
#include <iterator>

#include "policies/text_in.h"

namespace squall::policies {
namespace {

struct Known {
  std::string_view name;
  std::uint8_t heads;  // bits of HeadOf
};
constexpr std::uint8_t kRequest = 1, kResponse = 2, kBoth = 3;

constexpr Known kJoined[] = {
    // by name
    {"accept", kRequest},
    {"accept-encoding", kRequest},
    {"access-control-allow-credentials", kResponse},
    {"access-control-allow-headers", kResponse},
    {"access-control-allow-methods", kResponse},
    {"access-control-allow-origin", kResponse},
    {"access-control-allow-private-network", kResponse},
    {"access-control-expose-headers", kResponse},
    {"access-control-max-age", kResponse},
    {"access-control-request-headers", kRequest},
    {"access-control-request-method", kRequest},
    {"access-control-request-private-network", kRequest},
    {"age", kResponse},
    {"authorization", kRequest},
    {"cache-control", kBoth},
    {"content-encoding", kBoth},
    {"content-type", kBoth},
    {"date", kResponse},
    {"etag", kResponse},
    {"expect", kRequest},
    {"expires", kResponse},
    {"grpc-accept-encoding", kRequest},
    {"grpc-message", kResponse},
    {"grpc-status", kResponse},
    {"grpc-timeout", kRequest},
    {"if-match", kRequest},
    {"if-modified-since", kRequest},
    {"if-none-match", kRequest},
    {"if-range", kRequest},
    {"if-unmodified-since", kRequest},
    {"last-modified", kResponse},
    {"location", kResponse},
    {"origin", kRequest},
    {"pragma", kRequest},
    {"proxy-status", kBoth},
    {"referer", kRequest},
    {"user-agent", kRequest},
    {"vary", kResponse},
    {"via", kBoth},
    {"x-client-trace-id", kRequest},
    {"x-envoy-attempt-count", kBoth},
    {"x-envoy-decorator-operation", kBoth},
    {"x-envoy-degraded", kResponse},
    {"x-envoy-downstream-service-cluster", kRequest},
    {"x-envoy-downstream-service-node", kRequest},
    {"x-envoy-expected-rq-timeout-ms", kRequest},
    {"x-envoy-external-address", kRequest},
    {"x-envoy-force-trace", kRequest},
    {"x-envoy-hedge-on-per-try-timeout", kRequest},
    {"x-envoy-immediate-health-check-fail", kResponse},
    {"x-envoy-internal", kRequest},
    {"x-envoy-ip-tags", kRequest},
    {"x-envoy-is-timeout-retry", kRequest},
    {"x-envoy-max-retries", kRequest},
    {"x-envoy-original-path", kRequest},
    {"x-envoy-original-url", kRequest},
    {"x-envoy-ratelimited", kResponse},
    {"x-envoy-retriable-header-names", kRequest},
    {"x-envoy-retriable-status-codes", kRequest},
    {"x-envoy-retry-grpc-on", kRequest},
    {"x-envoy-retry-on", kRequest},
    {"x-envoy-upstream-alt-stat-name", kRequest},
    {"x-envoy-upstream-canary", kResponse},
    {"x-envoy-upstream-healthchecked-cluster", kResponse},
    {"x-envoy-upstream-rq-per-try-timeout-ms", kRequest},
    {"x-envoy-upstream-rq-timeout-alt-response", kRequest},
    {"x-envoy-upstream-rq-timeout-ms", kRequest},
    {"x-forwarded-for", kRequest},
    {"x-forwarded-host", kRequest},
    {"x-forwarded-port", kRequest},
    {"x-forwarded-proto", kRequest},
    {"x-request-id", kBoth},
};

/// A bit that names seldom share.
std::uint64_t bit_of(std::string_view name) {
  const auto first = static_cast<unsigned char>(name.front());
  const auto last = static_cast<unsigned char>(name.back());
  return std::uint64_t{1} << ((name.size() * 7 + std::size_t{first} * 5 + last) % 64);
}

}  // namespace

bool joins(HeadOf head, std::string_view name) {
  const auto* const known = std::ranges::lower_bound(kJoined, name, {}, &Known::name);
  return known != std::end(kJoined) && known->name == name &&
         (known->heads & static_cast<std::uint8_t>(head)) != 0;
}

std::string_view joined_values(std::string_view first, std::string_view second, TextArena& text) {
  if (first.empty()) return second;
  return second.empty() ? first : text_in(text, "{},{}", first, second);
}

void join_repeated(HeadOf head, std::vector<HeaderField>& headers, TextArena& text) {
  std::uint64_t seen = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const HeaderField field = headers[i];
    const std::uint64_t bit = field.name.empty() ? 0 : bit_of(field.name);
    if ((seen & bit) != 0 && joins(head, field.name)) {
      const auto end = headers.begin() + static_cast<std::ptrdiff_t>(kept);
      const auto first = std::find_if(headers.begin(), end, [&](const HeaderField& earlier) {
        return earlier.name == field.name;
      });
      if (first != end) {
        first->value = joined_values(first->value, field.value, text);
        continue;
      }
    }
    seen |= bit;
    headers[kept++] = field;
  }
  headers.resize(kept);
}

}  // namespace squall::policies
