// The filters of a connection manager before its router, as configured. Config only, const and
// shared; what each decides is in its own header.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "policies/filter/adaptive_concurrency.h"
#include "policies/filter/admission_control.h"
#include "policies/filter/fault.h"
#include "policies/filter/local_ratelimit.h"

namespace squall::policies {

/// The whole body is awaited; one that is longer is refused.
struct BufferConfig {
  bool disabled = false;
  std::uint64_t max_request_bytes = 0;
};

using FilterConfig = std::variant<FaultConfig, LocalRateLimitConfig, AdmissionControlConfig,
                                  AdaptiveConcurrencyConfig, BufferConfig>;
struct Filter {
  std::string name;  // by which a route's own configuration is found
  FilterConfig config;
  bool disabled = false;       // for its routes; of a listener: where they say nothing of it
  bool as_configured = false;  // of a route: on, with the listener's own configuration
};
/// typed_per_filter_config: instead of the filter's own, for a route, a virtual host, a table or a
/// weighted cluster; the most specific counts.
using FilterOverrides = std::vector<Filter>;

}  // namespace squall::policies
