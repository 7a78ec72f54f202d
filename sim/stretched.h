// How long work takes that takes so many times as long.
#pragma once
#include <algorithm>
#include <cstdint>

#include "policies/base/time.h"

namespace squall::sim {

inline Duration stretched(Duration work, double factor) {
  constexpr double kLongest = 1e18;  // ns, thirty years
  return Duration(
      static_cast<std::int64_t>(std::min(static_cast<double>(work.count()) * factor, kLongest)));
}

}  // namespace squall::sim
