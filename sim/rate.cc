#include "sim/rate.h"

#include <algorithm>

namespace squall::sim {

RateSegment rate_segment_at(const std::vector<scenarios::RateStep>& steps, double from_s,
                            double end_s) {
  const auto start = [](const scenarios::RateStep& step) { return to_seconds(step.at); };
  const auto after = std::ranges::upper_bound(steps, from_s, {}, start);
  const double next = after == steps.end() ? end_s : std::min(start(*after), end_s);
  if (after == steps.begin()) return {from_s, next, 0, 0};
  const scenarios::RateStep& step = *(after - 1);
  const double before = after - 1 == steps.begin() ? 0 : (after - 2)->per_s;
  const double at = start(step);
  const double ramp = to_seconds(step.ramp);
  if (from_s < std::min(at + ramp, next)) {
    const double slope = (step.per_s - before) / ramp;
    return {from_s, std::min(at + ramp, next), before + slope * (from_s - at), slope};
  }
  return {from_s, next, step.per_s, 0};
}

double mean_rate(const std::vector<scenarios::RateStep>& steps, double from_s, double to_s) {
  double arrivals = 0;
  for (double at = from_s; at < to_s;) {
    const RateSegment segment = rate_segment_at(steps, at, to_s);
    arrivals += segment.expected();
    at = segment.to_s;
  }
  return arrivals / (to_s - from_s);
}

}  // namespace squall::sim
