// RestartBackoff: how long a kubelet waits before it starts a container again that has ended.
//
// The first restart comes as soon as it knows, the next after 10 s, 20 s and so on up to five
// minutes; ten minutes of running are forgiven. Source: Kubernetes, Pod Lifecycle, "Container
// restarts".
#pragma once
#include <algorithm>
#include <cstdint>

#include "policies/base/time.h"

namespace squall::sim {

class RestartBackoff {
 public:
  /// Of a container that ends now. `noticed`: so long after that the kubelet knows.
  Duration next(Instant now, Instant running_since, Duration noticed) {
    if (now - running_since >= kForgiven) ends_ = 0;
    Duration wait = noticed;
    for (std::uint32_t i = 0; i < ends_ && wait < kLongest; ++i)
      wait = wait < kFirst ? kFirst : std::min(2 * wait, kLongest);
    ++ends_;
    return wait;
  }

 private:
  static constexpr Duration kFirst = std::chrono::seconds(10), kLongest = std::chrono::minutes(5),
                            kForgiven = std::chrono::minutes(10);
  std::uint32_t ends_ = 0;  // in a row
};

}  // namespace squall::sim
