// Refusals: why a request is not taken, and how its client is answered.
#pragma once
#include <cstdint>
#include <string_view>

#include "policies/response_flags.h"

namespace squall::proxy {

/// Why a head cannot be taken.
enum class HeadError : std::uint8_t {
  kNone,
  kSyntax,
  kTooLarge,
  kTooManyFields,
  kVersion,
  kLengthAndChunked,
  kTransferCoding,
  kMissingHost,
  kAsterisk,
  kFragment,
  kUpgrade,
  kConnect,
  kLateHead,  // it took too long, by the limit that was the first
  kLateRequest,
  kIdle,
  kTooLong,
};
/// How a client is answered.
struct Refusal {
  std::uint16_t status;
  std::string_view flag, details;
  std::string_view body = "";  // where the status' own words are not
};
Refusal refusal_of(HeadError error);
/// Which error a head is that came too late.
HeadError too_late(policies::Details details);

}  // namespace squall::proxy
