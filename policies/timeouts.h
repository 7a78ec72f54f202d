// Timeouts of a request: how long may all of it take, how long one attempt, and what is the
// upstream told?
//
// The route's timeouts, changed by the control headers of an internal caller and by grpc-timeout. A
// per-try timeout that is not below the global one counts for nothing. Source: envoy's
// FilterUtility::finalTimeout and setTimeoutHeaders (docs/policies.md, "Timeouts").
#pragma once
#include <cstdint>
#include <optional>

#include "policies/base/time.h"
#include "policies/control_headers.h"
#include "policies/route_config.h"

namespace squall::policies {

struct FinalTimeouts {
  Duration global{};   // 0: none
  Duration per_try{};  // 0: none
};

struct TimeoutInputs {
  bool grpc = false;
  std::optional<std::string_view> grpc_timeout;  // the header of a gRPC request
  ControlHeaders control;                        // of an internal caller; else nothing set
  bool respect_expected = false;                 // the router's respect_expected_rq_timeout
};

FinalTimeouts final_timeouts(const Forward& route, const RetryPolicy* retry,
                             const TimeoutInputs& inputs);

/// x-envoy-expected-rq-timeout-ms for an attempt that starts `elapsed` after the request was
/// complete: the per-try timeout, else the global one, but no more than is left of that and at
/// least 1; with hedging the global one, since the attempt may outlive the other; 0: no header.
std::uint32_t expected_timeout_ms(FinalTimeouts timeouts, Duration elapsed, bool hedging = false);

/// How long a stream may take in all: by a grpc-timeout header, where the route takes notice of
/// it, else the route's, else the manager's; none: for ever.
std::optional<Duration> stream_duration(const Forward& route, std::optional<Duration> manager,
                                        std::optional<std::string_view> grpc_timeout);

}  // namespace squall::policies
