#include "policies/response_flags.h"

#include <fmt/format.h>

#include <array>

namespace squall::policies {
namespace {

struct ReasonText {
  std::string_view details, body;
  ResponseFlag flag;
};

ReasonText text_of(ResetReason reason) {
  switch (reason) {
    case ResetReason::kNone:
      return {"", "", ResponseFlag::kNone};
    case ResetReason::kLocalConnectionFailure:
      return {"local_connection_failure", "local connection failure", ResponseFlag::kUF};
    case ResetReason::kRemoteConnectionFailure:
      return {"remote_connection_failure", "remote connection failure", ResponseFlag::kUF};
    case ResetReason::kConnectionTimeout:
      return {"connection_timeout", "connection timeout", ResponseFlag::kUF};
    case ResetReason::kConnectionTermination:
      return {"connection_termination", "connection termination", ResponseFlag::kUC};
    case ResetReason::kLocalReset:
      return {"local_reset", "local reset", ResponseFlag::kLR};
    case ResetReason::kRemoteReset:
      return {"remote_reset", "remote reset", ResponseFlag::kUR};
    case ResetReason::kLocalRefusedStream:
      return {"local_refused_stream_reset", "local refused stream reset", ResponseFlag::kLR};
    case ResetReason::kRemoteRefusedStream:
      return {"remote_refused_stream_reset", "remote refused stream reset", ResponseFlag::kUR};
    case ResetReason::kOverflow:
      return {"overflow", "overflow", ResponseFlag::kUO};
    case ResetReason::kProtocolError:
      return {"protocol_error", "protocol error", ResponseFlag::kUPE};
    case ResetReason::kOverloadManager:
      return {"overload_manager", "overload manager", ResponseFlag::kOM};
    case ResetReason::kConnectError:
      return {"remote_error_with_CONNECT_request", "remote error with CONNECT request",
              ResponseFlag::kUR};
    case ResetReason::kHttp1PrematureUpstreamHalfClose:
      return {"HTTP/1_premature_upstream_half_close", "HTTP/1 premature upstream half close",
              ResponseFlag::kLR};
  }
  return {};
}

}  // namespace

std::string_view details_name(ResetReason reason) { return text_of(reason).details; }
std::string_view body_name(ResetReason reason) { return text_of(reason).body; }
ResponseFlag flag_of(ResetReason reason) { return text_of(reason).flag; }

std::string_view short_name(ResponseFlag flag) {
  static constexpr std::string_view kNames[] = {
      "-",   "UH",    "UT", "LR", "UR", "UF", "UC", "UO", "NR", "URX", "DC", "NC",
      "UPE", "UMSDR", "IH", "OM", "SI", "DR", "DI", "FI", "RL", "DT",  "DO", "UDO"};
  return kNames[static_cast<std::size_t>(flag)];
}

std::string to_string(FlagList flags) {
  if (flags.packed == 0) return "-";
  std::string text;
  for (std::uint64_t rest = flags.packed; rest != 0; rest >>= 8) {
    if (!text.empty()) text += ',';
    text += short_name(static_cast<ResponseFlag>(rest & 0xff));
  }
  return text;
}

namespace {

/// By reason: "upstream_reset_before_response_started{overflow}".
std::array<std::string, kResetReasons> reset_details(std::string_view stage) {
  std::array<std::string, kResetReasons> texts;
  for (std::size_t i = 0; i < kResetReasons; ++i) {
    const auto reason = static_cast<ResetReason>(i);
    texts[i] = fmt::format("upstream_reset_{}_response_started{{{}}}", stage, details_name(reason));
  }
  return texts;
}

}  // namespace

std::string_view details_text(Details details, ResetReason reason) {
  static const std::array<std::string, kResetReasons> before = reset_details("before");
  static const std::array<std::string, kResetReasons> after = reset_details("after");
  static constexpr std::string_view kTexts[] = {
      "",
      "via_upstream",
      "direct_response",
      "route_not_found",
      "cluster_not_found",
      "no_healthy_upstream",
      "response_timeout",
      "upstream_per_try_timeout",
      "upstream_per_try_idle_timeout",
      "upstream_max_stream_duration_reached",
      "",
      "",
      "downstream_remote_disconnect",
      "request_payload_exceeded_retry_buffer_limit",
      "direct_response",
      "missing_host_header",
      "stream_idle_timeout",
      "request_overall_timeout",
      "request_header_timeout",
      "max_duration_timeout",
      "http2.remote_reset",
      "maintenance_mode",
      "internal_redirect",
      "fault_filter_abort",
      "local_rate_limited",
      "denied_by_admission_control",
      "reached_concurrency_limit",
      "request_payload_too_large",
      "overload",
      "path_normalization_failed",
      "request_headers_failed_strict_check{x-envoy-upstream-rq-timeout-ms}",
      "request_headers_failed_strict_check{x-envoy-upstream-rq-per-try-timeout-ms}",
      "request_headers_failed_strict_check{x-envoy-max-retries}",
      "request_headers_failed_strict_check{x-envoy-retry-on}",
      "request_headers_failed_strict_check{x-envoy-retry-grpc-on}",
      "drop_overload",
      "unconditional_drop_overload",
  };
  static_assert(std::size(kTexts) == kAllDetails);
  if (details == Details::kResetBeforeResponse) return before[static_cast<std::size_t>(reason)];
  if (details == Details::kResetAfterResponse) return after[static_cast<std::size_t>(reason)];
  return kTexts[static_cast<std::size_t>(details)];
}

}  // namespace squall::policies
