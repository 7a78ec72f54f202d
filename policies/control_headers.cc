#include "policies/control_headers.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "policies/base/ascii.h"

namespace squall::policies {
namespace {

constexpr std::string_view kConsumed[] = {
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-max-retries",
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-upstream-stream-duration-ms",
    "x-envoy-upstream-alt-stat-name",
};
constexpr std::string_view kInternalOnly[] = {
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-force-trace",
    "x-envoy-ip-tags",
    "x-envoy-original-url",
};
constexpr std::string_view kEdgeOnly[] = {
    "x-envoy-decorator-operation",     "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node", "x-envoy-original-host",
    "x-envoy-original-path",
};

bool is_one_of(std::string_view name, std::span<const std::string_view> list) {
  return std::ranges::find(list, name) != list.end();
}

std::optional<std::uint64_t> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Duration> milliseconds(std::string_view text) {
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  const auto value = number(text);
  if (!value || *value > kMost) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

template <class Take>
void each_item(std::string_view list, const Take& take) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) take(item);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Each condition is one of HTTP's, or of gRPC's.
bool are_conditions(std::string_view list, bool grpc) {
  bool good = true;
  each_item(list, [&](std::string_view item) {
    const std::uint32_t bit = parse_retry_on(item);
    good = good && bit != 0 && ((bit & retry_on::kGrpc) != 0) == grpc;
  });
  return good;
}

}  // namespace

ControlHeaders read_control_headers(Headers headers) {
  ControlHeaders control;
  for (const HeaderField& field : headers) {
    if (!field.name.starts_with("x-envoy-")) continue;
    const std::string_view name = field.name.substr(8);
    if (name == "retry-on") {
      control.has_retry_on = true;
      control.retry_on |= parse_retry_on(field.value) & ~retry_on::kGrpc;
    } else if (name == "retry-grpc-on") {
      control.has_retry_on = true;
      control.retry_on |= parse_retry_on(field.value) & retry_on::kGrpc;
    } else if (name == "max-retries") {
      if (const auto value = number(field.value))
        control.max_retries =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, kMostRetries));
    } else if (name == "retriable-status-codes") {
      each_item(field.value, [&](std::string_view item) {
        if (const auto code = number(item); code && *code < 1000)
          control.status_codes.push_back(static_cast<std::uint16_t>(*code));
      });
    } else if (name == "retriable-header-names") {
      each_item(field.value,
                [&](std::string_view item) { control.header_names.push_back(lower_case(item)); });
    } else if (name == "upstream-rq-timeout-ms") {
      control.timeout = milliseconds(field.value);
    } else if (name == "upstream-rq-per-try-timeout-ms") {
      control.per_try_timeout = milliseconds(field.value);
    } else if (name == "expected-rq-timeout-ms") {
      control.expected_timeout = milliseconds(field.value);
    } else if (name == "upstream-stream-duration-ms") {
      control.stream_duration = milliseconds(field.value);
    } else if (name == "hedge-on-per-try-timeout") {
      if (field.value == "true" || field.value == "false")
        control.hedge_on_per_try_timeout = field.value == "true";
    } else if (name == "upstream-rq-timeout-alt-response") {
      control.alternative_timeout_response = true;
    }
  }
  return control;
}

void apply(const ControlHeaders& control, RetryPolicy& policy) {
  policy.on |= control.retry_on;
  if (control.max_retries) policy.num_retries = *control.max_retries;
  policy.status_codes.insert(policy.status_codes.end(), control.status_codes.begin(),
                             control.status_codes.end());
  for (const std::string& name : control.header_names) {
    HeaderMatch present;
    present.name = name;
    policy.response_headers.push_back(std::move(present));
  }
}

std::string_view checked_header(Details invalid) {
  const auto* const at = std::ranges::find(kStrictChecks, invalid, &StrictCheck::invalid);
  return at == std::end(kStrictChecks) ? std::string_view() : at->header;
}

Details first_invalid(std::span<const Details> checks, Headers headers) {
  for (const Details check : checks) {
    const auto value = find_header(headers, checked_header(check));
    if (!value) continue;
    const bool lists = check == Details::kInvalidRetryOn || check == Details::kInvalidRetryGrpcOn;
    const bool good = lists ? are_conditions(*value, check == Details::kInvalidRetryGrpcOn)
                            : number(*value).has_value();
    if (!good) return check;
  }
  return Details::kNone;
}

bool is_consumed(std::string_view name) {
  return name.starts_with("x-envoy-") && is_one_of(name, kConsumed);
}

bool is_internal_only(std::string_view name) {
  return is_consumed(name) || (name.starts_with("x-envoy-") && is_one_of(name, kInternalOnly));
}

bool is_edge_only(std::string_view name) {
  return name.starts_with("x-envoy-") && is_one_of(name, kEdgeOnly);
}

}  // namespace squall::policies
