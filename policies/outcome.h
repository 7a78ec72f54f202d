// Outcome: the status, details and flags of a request.
#pragma once
#include <cstdint>
#include <string_view>

#include "policies/base/text_arena.h"
#include "policies/connect_error.h"
#include "policies/response_flags.h"

namespace squall::policies {

/// How a request ended, or what has been decided of it so far.
struct Outcome {
  std::uint16_t status = 0;       // 0: the client was answered nothing
  std::uint16_t grpc_status = 0;  // of a local reply to a gRPC request
  Details details = Details::kNone;
  ResetReason reset = ResetReason::kNone;
  bool local = false;  // the worker's own reply, not an upstream's
  bool grpc = false;   // status 200 and grpc_status stand for an HTTP error
  FlagList flags;
  ConnectError connect_error;  // with ResetReason::kRemoteConnectionFailure
};

/// Why an attempt's stream broke off, or it got none.
struct StreamFailure {
  StreamFailure(ResetReason why,
                ConnectError of_connection = {})  // NOLINT(google-explicit-constructor)
      : reason(why), connect_error(of_connection) {}
  ResetReason reason;
  ConnectError connect_error;
};

/// Envoy's RESPONSE_CODE_DETAILS; `host`: of the latest attempt, or null. Lies in `arena` or is a
/// constant.
std::string_view details_text(const Outcome& outcome, const HostConfig* host, TextArena& arena);

}  // namespace squall::policies
