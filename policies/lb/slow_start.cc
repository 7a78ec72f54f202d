#include "policies/lb/slow_start.h"

#include <algorithm>

#include "policies/base/math.h"

namespace squall::policies::lb {

double slow_start_factor(const SlowStart& config, Duration age) {
  const auto window = static_cast<double>(to_ms(config.window));
  if (to_ms(age) >= to_ms(config.window)) return 1;
  const double part = static_cast<double>(std::max<std::int64_t>(1, to_ms(age))) / window;
  const double factor = config.aggression == 1 ? part : exact::pow(part, 1.0 / config.aggression);
  return std::max(factor, config.min_weight_percent / 100.0);
}

}  // namespace squall::policies::lb
