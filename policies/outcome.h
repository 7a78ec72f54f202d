// Outcome: the status, details and flags of a request.
#pragma once
#include <cstdint>

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
};

}  // namespace squall::policies
