// The proxy's clocks: instants since it started, for policies and timers, and the time of day, for
// headers and logs. Nothing else in the proxy reads a clock.
#pragma once
#include <chrono>
#include <cstdint>

#include "policies/base/time.h"

namespace squall::proxy {

class Clock {
 public:
  Instant now() const { return Instant(Steady::now() - start_); }
  /// Nanoseconds since 1970 at an instant of this clock.
  std::int64_t unix_ns(Instant at) const { return unix_start_ + to_ns(at); }

 private:
  using Steady = std::chrono::steady_clock;
  Steady::time_point start_ = Steady::now();
  std::int64_t unix_start_ =
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
          .count();
};

}  // namespace squall::proxy
