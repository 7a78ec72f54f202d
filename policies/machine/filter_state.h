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
  std::vector<FaultStats> faults;  // by listener
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
  std::vector<std::uint32_t> faults;          // filters for which it counts among the active faults
  std::optional<Abort> abort;                 // after the delay
  std::vector<const FilterStep*> admissions;  // whose windows hear of the answer
  struct Admitted {
    std::uint32_t filter;  // of adaptive concurrency
    Instant at;
  };
  std::vector<Admitted> admitted;
  const LocalRateLimitConfig* limited_by = nullptr;
  std::vector<const LocalRateLimitConfig*> let_through;            // that would have refused it
  std::vector<decltype(LocalRateLimiter::Decision::bucket)> told;  // of in x-ratelimit-*
  std::optional<ResponsePace> pace;                                // of its response's body
  std::uint64_t most_body_bytes = 0;

  /// As new, but for the lists' memory, which stays.
  void reset() {
    FilterProgress fresh;
    const auto keep = [](auto& to, auto& from) {
      to.swap(from);
      to.clear();
    };
    keep(fresh.faults, faults);
    keep(fresh.admissions, admissions);
    keep(fresh.admitted, admitted);
    keep(fresh.let_through, let_through);
    keep(fresh.told, told);
    *this = std::move(fresh);
  }
};

}  // namespace squall::policies
