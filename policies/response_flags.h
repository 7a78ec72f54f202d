// Response flags and response code details: why a request ended as it did, in Envoy's words.
//
// Flags print in the order in which they were set (Envoy 1.40), so a request keeps them as an
// ordered list of up to eight, one byte each, in one number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/reset_reason.h"

namespace squall::policies {

enum class ResponseFlag : std::uint8_t {
  kNone,
  kUH,
  kUT,
  kLR,
  kUR,
  kUF,
  kUC,
  kUO,
  kNR,
  kURX,
  kDC,
  kNC,
  kUPE,
  kUMSDR,
  kIH,
  kOM,
  kSI,
  kDR,
  kDI,
  kFI,
  kRL,
  kDT,
  kDO,
  kUDO,
};
inline constexpr std::size_t kResponseFlags = static_cast<std::size_t>(ResponseFlag::kUDO) + 1;
std::string_view short_name(ResponseFlag flag);

struct FlagList {
  std::uint64_t packed = 0;

  bool has(ResponseFlag flag) const {
    for (std::uint64_t rest = packed; rest != 0; rest >>= 8) {
      if ((rest & 0xff) == static_cast<std::uint64_t>(flag)) return true;
    }
    return false;
  }
  /// Adds it behind the others, once; a ninth is dropped.
  void set(ResponseFlag flag) {
    if (has(flag)) return;
    int shift = 0;
    while (shift < 64 && ((packed >> shift) & 0xff) != 0) shift += 8;
    if (shift < 64) packed |= static_cast<std::uint64_t>(flag) << shift;
  }
  friend bool operator==(FlagList, FlagList) = default;
};
/// "URX,UF"; "-" for none.
std::string to_string(FlagList flags);

enum class Details : std::uint8_t {
  kNone,
  kViaUpstream,
  kDirectResponse,
  kRouteNotFound,
  kClusterNotFound,
  kNoHealthyUpstream,
  kResponseTimeout,
  kPerTryTimeout,
  kPerTryIdleTimeout,
  kUpstreamDuration,
  kResetBeforeResponse,
  kResetAfterResponse,
  kDownstreamDisconnect,
  kBufferLimit,
  kRequireTls,
  kMissingHost,
  kStreamIdle,
  kRequestOverall,
  kRequestHeader,
  kMaxDuration,
  kStreamReset,  // by an HTTP/2 client
  kMaintenanceMode,
  kInternalRedirect,
  kFaultAbort,
  kLocalRateLimited,
  kDeniedByAdmissionControl,
  kConcurrencyLimit,
  kRequestTooLarge,
  kOverload,
  kPathNormalization,  // where a redirect leads
  kInvalidTimeout,     // these five: a header that the router checks strictly
  kInvalidPerTryTimeout,
  kInvalidMaxRetries,
  kInvalidRetryOn,
  kInvalidRetryGrpcOn,
  kDropOverload,
  kUnconditionalDropOverload,
};
inline constexpr std::size_t kAllDetails =
    static_cast<std::size_t>(Details::kUnconditionalDropOverload) + 1;
/// Answered before the router was asked: no upstream's statistics count it.
constexpr bool is_before_router(Details details) {
  return details >= Details::kFaultAbort && details <= Details::kPathNormalization;
}
/// Envoy's RESPONSE_CODE_DETAILS, but for what was said of a connection (policies/outcome.h);
/// `reason` matters for the two resets only.
std::string_view details_text(Details details, ResetReason reason);
/// The flag of a reset attempt whose failure is the answer.
ResponseFlag flag_of(ResetReason reason);

}  // namespace squall::policies
