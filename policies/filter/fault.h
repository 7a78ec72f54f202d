// Fault injection: is this request delayed or aborted, or its response slowed down?
//
// A fault applies to requests to one cluster, from some nodes, with some headers. Each kind is
// drawn apart; a delay is waited for before the abort. All may be left to the client's
// x-envoy-fault-* headers. How many faults act at once is the caller's to count. Source: Envoy's
// extensions/filters/http/fault and filters/common/fault, 1.36 (docs/policies.md, "Fault
// injection"). Cost: linear in the headers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/time.h"
#include "policies/fraction.h"
#include "policies/head.h"
#include "policies/match.h"

namespace squall::policies {

struct FaultDelay {
  bool by_header = false;  // x-envoy-fault-delay-request, in milliseconds
  Duration fixed{};
  Fraction percentage;
};
struct FaultAbort {
  bool by_header = false;  // x-envoy-fault-abort-request or -abort-grpc-request
  std::uint16_t http_status = 0;
  std::optional<std::uint32_t> grpc_status;  // instead
  Fraction percentage;
};
struct FaultRate {
  bool by_header = false;   // x-envoy-fault-throughput-response
  std::uint64_t fixed = 0;  // KiB of the response's body a second
  Fraction percentage;
};

struct FaultConfig {
  std::optional<FaultDelay> delay;
  std::optional<FaultAbort> abort;
  std::optional<FaultRate> response_rate;
  std::string upstream_cluster;               // empty: any
  std::vector<std::string> downstream_nodes;  // of x-envoy-downstream-service-node; empty: any
  std::vector<HeaderMatch> headers;
  std::optional<std::uint32_t> max_active_faults;
};

/// How a request ends.
struct Abort {
  std::uint16_t status = 0;
  std::optional<std::uint32_t> grpc_status;
};
struct Faults {
  Duration delay{};  // zero: none
  std::optional<Abort> abort;
  std::uint64_t response_rate = 0;  // KiB a second; 0: as it comes
};
/// 64 drawn bits each.
struct FaultDraws {
  std::uint64_t delay = 0, abort = 0, rate = 0;
};

/// What befalls a request that goes to `cluster`.
Faults faults_for(const FaultConfig& config, const RequestHead& head, std::string_view cluster,
                  FaultDraws draws);

}  // namespace squall::policies
