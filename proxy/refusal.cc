#include "proxy/refusal.h"

#include "proxy/http1_write.h"

namespace squall::proxy {

namespace {

/// What breaks the protocol has the status' own words as its body.
policies::Refusal broken(std::uint16_t status, std::string_view details) {
  return {status, "DPE", details, reason_of(status)};
}

}  // namespace

policies::Refusal refusal_of(HeadError error) {
  switch (error) {
    case HeadError::kNone:
    case HeadError::kSyntax:
      break;
    case HeadError::kTooLarge:
      return broken(431, "http1.headers_too_large");
    case HeadError::kTooManyFields:
      return broken(431, "http1.too_many_headers");
    case HeadError::kVersion:
      return broken(426, "low_version");
    case HeadError::kLengthAndChunked:
      return broken(400, "http1.content_length_and_chunked_not_allowed");
    case HeadError::kTransferCoding:
      return broken(501, "http1.invalid_transfer_encoding");
    case HeadError::kInvalidUrl:
      return broken(400, "http1.invalid_url");
    case HeadError::kInvalidScheme:
      return broken(400, "http1.invalid_scheme");
    case HeadError::kInvalidAuthority:
      return broken(400, "http.invalid_authority");
    case HeadError::kInvalidCharacters:
      return broken(400, "http1.invalid_characters");
    case HeadError::kConnectionHeader:
      return broken(400, "http1.connection_header_rejected");
    case HeadError::kUpgrade:
      return {403, "-", "upgrade_failed", ""};
    case HeadError::kConnect:
      return {404, "NR", "route_not_found", ""};
    case HeadError::kLateHead:
      return {408, "-", "request_header_timeout", "request header timeout"};
    case HeadError::kLateRequest:
      return {408, "-", "request_overall_timeout", "request timeout"};
    case HeadError::kIdle:
      return {408, "SI", "stream_idle_timeout", "stream timeout"};
    case HeadError::kTooLong:
      return {408, "-", "max_duration_timeout", "downstream duration timeout"};
  }
  return broken(400, "http1.codec_error");
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
