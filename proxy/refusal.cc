#include "proxy/refusal.h"

namespace squall::proxy {

Refusal refusal_of(HeadError error) {
  switch (error) {
    case HeadError::kNone:
    case HeadError::kSyntax:
      break;
    case HeadError::kTooLarge:
      return {431, "DPE", "http1.headers_too_large"};
    case HeadError::kTooManyFields:
      return {431, "DPE", "http1.too_many_headers"};
    case HeadError::kVersion:
      return {426, "DPE", "low_version"};
    case HeadError::kLengthAndChunked:
      return {400, "DPE", "http1.content_length_and_chunked_not_allowed"};
    case HeadError::kTransferCoding:
      return {501, "DPE", "http1.invalid_transfer_encoding"};
    case HeadError::kMissingHost:
      return {400, "-", "missing_host_header"};
    case HeadError::kAsterisk:
      return {404, "-", "absolute_path_rejected"};
    case HeadError::kFragment:
      return {400, "-", "path_normalization_failed"};
    case HeadError::kUpgrade:
      return {403, "-", "upgrade_failed"};
    case HeadError::kConnect:
      return {404, "NR", "route_not_found"};
    case HeadError::kLateHead:
      return {408, "-", "request_header_timeout", "request header timeout"};
    case HeadError::kLateRequest:
      return {408, "-", "request_overall_timeout", "request timeout"};
    case HeadError::kIdle:
      return {408, "SI", "stream_idle_timeout", "stream timeout"};
    case HeadError::kTooLong:
      return {408, "-", "max_duration_timeout", "downstream duration timeout"};
  }
  return {400, "DPE", "http1.codec_error"};
}

HeadError too_late(policies::Details details) {
  switch (details) {
    case policies::Details::kRequestOverall:
      return HeadError::kLateRequest;
    case policies::Details::kStreamIdle:
      return HeadError::kIdle;
    case policies::Details::kMaxDuration:
      return HeadError::kTooLong;
    default:
      return HeadError::kLateHead;
  }
}

}  // namespace squall::proxy
