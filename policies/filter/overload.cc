#include "policies/filter/overload.h"

#include <algorithm>

namespace squall::policies {

Duration reduced_timeout(const LeastTimeout& limit, Duration timeout, double level) {
  if (!limit.reduced || level <= 0 || timeout <= Duration::zero()) return timeout;
  const auto ms = static_cast<double>(to_ms(timeout));
  const double least = limit.share > 0 ? ms * limit.share : static_cast<double>(to_ms(limit.least));
  const double now = std::min(ms, least + std::max(0.0, ms - least) * (1 - level));
  return std::chrono::milliseconds(static_cast<std::int64_t>(now));
}

double level_of(const OverloadTrigger& trigger, double pressure) {
  if (pressure >= trigger.saturation) return 1;
  if (!trigger.scaled || pressure <= trigger.scaling) return 0;
  return (pressure - trigger.scaling) / (trigger.saturation - trigger.scaling);
}

double level_of(const OverloadAction& action, std::span<const double> pressures) {
  double level = 0;
  for (const OverloadTrigger& trigger : action.triggers)
    level = std::max(level, level_of(trigger, pressures[trigger.resource]));
  return level;
}

}  // namespace squall::policies
