// gRPC's status, timeout header and their HTTP counterparts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/base/time.h"
#include "policies/match.h"

namespace squall::policies {

/// A gRPC status, where there is one. Handed on by reference: by value it would be read as one word
/// just after it was written as two, which makes a processor wait.
using GrpcStatus = std::optional<std::uint32_t>;

/// grpc-status of a head, when it is there and a number.
GrpcStatus find_grpc_status(Headers headers);
/// The gRPC status of a local reply: 14 for 429, 502, 503, 504, ..., 2 for what has no counterpart.
std::uint16_t http_to_grpc(std::uint16_t status);
/// Up to eight digits and one of H M S m u n; u and n round up to milliseconds. None when
/// malformed.
std::optional<Duration> parse_grpc_timeout(std::string_view text);
/// In the unit that keeps it within eight digits: "15m", "99999999m", then seconds.
std::string format_grpc_timeout(Duration timeout);

}  // namespace squall::policies
