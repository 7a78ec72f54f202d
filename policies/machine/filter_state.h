// What a worker remembers of its filters, and of a request on its way through them.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policies/base/ids.h"
#include "policies/filter/filter_config.h"
#include "policies/filter/response_pace.h"
#include "policies/machine/filter_chain.h"

namespace squall::policies {

struct FaultStats {
  std::uint64_t delays_injected = 0, aborts_injected = 0, faults_overflow = 0;
  std::uint64_t response_rl_injected = 0;
  std::uint32_t active_faults = 0;
};

/// By number of the filter, or of its configuration.
struct FilterStates {
  std::vector<FaultStats> faults;
  std::vector<std::unique_ptr<LocalRateLimiter>> limiters;
  /// Of clients' connections, by their numbers: the first configuration that each met.
  std::unordered_map<std::uint64_t, LocalRateLimiter> of_connections;
  std::vector<std::unique_ptr<SuccessWindow>> windows;
  std::vector<std::uint64_t> rejected;  // by admission control
  std::vector<std::unique_ptr<GradientController>> controllers;
  std::vector<std::uint64_t> measurements;  // so far: the number of the next draw
};

/// In RequestExtras.
struct FilterProgress {
  const FilterChain* chain = nullptr;  // none: no filters
  std::uint32_t next = 0;              // the step that comes next
  enum class Waits : std::uint8_t { kNo, kDelay, kBody } waits = Waits::kNo;
  bool require_tls = false;
  std::uint32_t fault = kNone;      // the filter whose active faults it counts among
  std::optional<Abort> abort;       // after the delay
  std::uint32_t admission = kNone;  // configurations whose window hears of the answer
  const AdmissionControlConfig* admission_config = nullptr;
  std::uint32_t concurrency = kNone;  // the filter that let it in
  Instant admitted{};
  const LocalRateLimitConfig* limited_by = nullptr;
  std::vector<const LocalRateLimitConfig*> let_through;            // that would have refused it
  std::vector<decltype(LocalRateLimiter::Decision::bucket)> told;  // of in x-ratelimit-*
  std::optional<ResponsePace> pace;                                // of its response's body
  std::uint64_t most_body_bytes = 0;
};

}  // namespace squall::policies
