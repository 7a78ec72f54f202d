// Level: a count that goes up and down in time, its exact average and its greatest value.
//
// The area under it is the sum of the instants at which it went down minus those at which it went
// up, in modulo arithmetic, plus what is still up: no multiplication, no "last change". The average
// over a window is the difference of two areas over its length. Cost: two additions a change.
#pragma once
#include <cstdint>

#include "policies/base/time.h"

namespace squall::sim {

class Level {
 public:
  std::uint32_t count() const { return count_; }
  void up(Instant now) {
    ++count_;
    area_ -= static_cast<std::uint64_t>(to_ns(now));
  }
  void down(Instant now) {
    --count_;
    area_ += static_cast<std::uint64_t>(to_ns(now));
  }
  void to_zero(Instant now) {
    area_ = area(now);
    count_ = 0;
  }
  /// In count times nanoseconds, since the start.
  std::uint64_t area(Instant now) const {
    return area_ + count_ * static_cast<std::uint64_t>(to_ns(now));
  }

 private:
  std::uint32_t count_ = 0;
  std::uint64_t area_ = 0;
};

}  // namespace squall::sim
