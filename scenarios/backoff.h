// Backoff: how long to wait before something is tried again.
#pragma once
#include <cstdint>

#include "policies/base/time.h"

namespace squall::scenarios {

/// The n-th wait is base * factor^(n-1), at most `max`; jitter spreads that.
struct Backoff {
  enum class Jitter : std::uint8_t {
    kNone,
    kEqual,         // half of the wait, and up to as much again
    kFull,          // 0 to the wait
    kDecorrelated,  // base to three times the wait before, without the factor
  };
  Duration base{};
  double factor = 2;
  Duration max = std::chrono::hours(1);
  Jitter jitter = Jitter::kNone;
  bool operator==(const Backoff&) const = default;
};

}  // namespace squall::scenarios
