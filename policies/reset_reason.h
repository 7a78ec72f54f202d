// Why an attempt's stream broke off, in Envoy's terms.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace squall::policies {

enum class ResetReason : std::uint8_t {
  kNone,
  kLocalConnectionFailure,
  kRemoteConnectionFailure,
  kConnectionTimeout,
  kConnectionTermination,
  kLocalReset,
  kRemoteReset,
  kLocalRefusedStream,
  kRemoteRefusedStream,
  kOverflow,
  kProtocolError,
  kOverloadManager,
  kConnectError,
  kHttp1PrematureUpstreamHalfClose,  // with half-close allowed: the upstream ended before the
                                     // client
};
inline constexpr std::size_t kResetReasons =
    static_cast<std::size_t>(ResetReason::kHttp1PrematureUpstreamHalfClose) + 1;

/// As in details: "connection_termination".
std::string_view details_name(ResetReason reason);
/// As in the body of a local reply: "connection termination".
std::string_view body_name(ResetReason reason);

}  // namespace squall::policies
