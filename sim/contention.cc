#include "sim/contention.h"

#include <algorithm>

namespace squall::sim {

Duration contended(std::span<const scenarios::ContentionPoint> points, std::uint32_t in_flight,
                   Duration work) {
  using Point = scenarios::ContentionPoint;
  constexpr double kLongest = 1e18;  // ns, thirty years
  const auto at = static_cast<double>(in_flight);
  const auto after = std::ranges::upper_bound(points, at, {}, &Point::in_flight);
  const Point& high = after == points.end() ? points.back() : *after;
  const Point& low = after == points.begin() ? points.front() : *(after - 1);
  const double span = high.in_flight - low.in_flight;
  const double part = span > 0 ? (at - low.in_flight) / span : 0;
  const double factor = low.factor + part * (high.factor - low.factor);
  const auto low_add = static_cast<double>(low.add.count());
  const double add = low_add + part * (static_cast<double>(high.add.count()) - low_add);
  return Duration(static_cast<std::int64_t>(
      std::min(static_cast<double>(work.count()) * factor + add, kLongest)));
}

}  // namespace squall::sim
