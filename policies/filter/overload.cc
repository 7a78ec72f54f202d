#include "policies/filter/overload.h"

#include <algorithm>

namespace squall::policies {

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
