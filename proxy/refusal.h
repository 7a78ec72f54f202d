// Refusals: why a request is not taken, and how its client is answered.
#pragma once
#include <cstdint>

#include "policies/exchange.h"

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
  kInvalidUrl,
  kInvalidScheme,
  kInvalidAuthority,
  kInvalidCharacters,  // control characters
  kConnectionHeader,   // it names what it may not, or too many
  kUpgrade,
  kConnect,
  kLateHead,  // it took too long, by the limit that was the first
  kLateRequest,
  kIdle,
  kTooLong,
};
/// How a client is answered.
policies::Refusal refusal_of(HeadError error);
/// Which error a head is that came too late.
HeadError too_late(policies::Details details);

}  // namespace squall::proxy
