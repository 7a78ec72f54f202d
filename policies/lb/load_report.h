// Load reports: how much weight does the load that a host reports with a response give it?
//
// weight = requests per second / (utilization + errors per request × penalty). ORCA's headers:
// `endpoint-load-metrics-bin` in base64, else `endpoint-load-metrics` as "TEXT a=1,b.c=2", "JSON
// {...}" or "BIN base64". Utilization is the greatest of the configured metrics, else the
// application's, else the processor's. Source: Envoy's orca_parser and orca_weight_manager,
// checked on a live 1.40 (docs/policies.md, "Weights by reported load"). Cost: n log n in a
// report of n metrics; JSON allocates.
#pragma once
#include <cstdint>
#include <optional>

#include "policies/lb/config.h"
#include "policies/match.h"

namespace squall::policies::lb {

/// None: there is no report, it is broken, or it lacks requests per second or a utilization. 0 is a
/// weight below 1.
std::optional<std::uint32_t> reported_weight(const ClientWeighted& config, Headers headers);

}  // namespace squall::policies::lb
