// RollingSum: the sum of what came within a window that moves with the clock.
//
// The window goes on by a twentieth of its length at a time. Cost: one division an addition.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "policies/base/time.h"

namespace squall::sim {

class RollingSum {
 public:
  /// No window: nothing is forgotten.
  explicit RollingSum(std::optional<Duration> window)
      : slot_(window ? std::max<std::int64_t>(window->count() / kSlots, 1) : 0) {}

  void add(Instant now, std::int64_t n) {
    go_on(now);
    slots_[static_cast<std::size_t>(at_ % kSlots)] += n;
    sum_ += n;
  }
  std::int64_t sum(Instant now) {
    go_on(now);
    return sum_;
  }
  void clear() {
    slots_ = {};
    sum_ = 0;
  }

 private:
  static constexpr std::int64_t kSlots = 20;

  void go_on(Instant now) {
    if (slot_ == 0) return;
    const std::int64_t at = now.time_since_epoch().count() / slot_;
    for (std::int64_t i = 0; i < std::min(at - at_, kSlots); ++i) {
      std::int64_t& oldest = slots_[static_cast<std::size_t>((at - i) % kSlots)];
      sum_ -= oldest;
      oldest = 0;
    }
    at_ = at;
  }

  std::int64_t slot_;  // its length in ns; 0: there is only one
  std::int64_t at_ = 0, sum_ = 0;
  std::array<std::int64_t, kSlots> slots_{};
};

}  // namespace squall::sim
