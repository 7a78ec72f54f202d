#include "policies/reply_body.h"

#include "policies/control_headers.h"
#include "policies/text_in.h"

namespace squall::policies {
namespace {

std::string_view reset_text(const Request& request, TextArena& arena) {
  return text_in(
      arena, "upstream connect error or disconnect/reset before headers. {}reset reason: {}",
      request.attempt_count > 1 ? "retried and the latest " : "", body_name(request.outcome.reset));
}

std::string_view invalid_text(Details details, const RequestHead& head, TextArena& arena) {
  const std::string_view name = checked_header(details);
  return text_in(arena, "invalid header '{}' with value '{}'", name,
                 find_header(head.headers, name).value_or(""));
}

}  // namespace

std::string_view reply_body(const Request& request, const RequestHead& head, TextArena& arena) {
  const Outcome& outcome = request.outcome;
  switch (outcome.details) {
    case Details::kMaintenanceMode:
      return "maintenance mode";
    case Details::kDropOverload:
      return "drop overload";
    case Details::kUnconditionalDropOverload:
      return "unconditional drop overload";
    case Details::kNoHealthyUpstream:
      return "no healthy upstream";
    case Details::kResponseTimeout:
    case Details::kPerTryTimeout:
    case Details::kPerTryIdleTimeout:
      return outcome.status == 204 ? "" : "upstream request timeout";
    case Details::kStreamIdle:
      return "stream timeout";
    case Details::kRequestOverall:
      return "request timeout";
    case Details::kMaxDuration:
      return "downstream duration timeout";
    case Details::kUpstreamDuration:
      return "upstream max stream duration reached";
    case Details::kResetBeforeResponse:
      return reset_text(request, arena);
    case Details::kFaultAbort:
      return "fault filter abort";
    case Details::kLocalRateLimited:
      return "local_rate_limited";
    case Details::kConcurrencyLimit:
      return "reached concurrency limit";
    case Details::kRequestTooLarge:
      return "Payload Too Large";
    case Details::kOverload:
      return "envoy overloaded";
    case Details::kBufferLimit:
      return "exceeded request buffer limit while retrying upstream";
    case Details::kInvalidTimeout:
    case Details::kInvalidPerTryTimeout:
    case Details::kInvalidMaxRetries:
    case Details::kInvalidRetryOn:
    case Details::kInvalidRetryGrpcOn:
      return invalid_text(outcome.details, head, arena);
    case Details::kDirectResponse:
      if (const auto* direct = std::get_if<DirectResponse>(&request.route->action))
        return direct->body;
      return "";
    default:
      return "";
  }
}

}  // namespace squall::policies
