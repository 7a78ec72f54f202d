#include "policies/lb/localities.h"

#include <algorithm>

namespace squall::policies::lb {

double effective_weight(const LocalityHealth& locality, std::uint32_t overprovisioning_factor) {
  const std::uint32_t counted = locality.hosts - locality.excluded;
  if (counted == 0) return 0;
  const double available = 1.0 * locality.eligible / counted;
  return locality.weight * std::min(1.0, (overprovisioning_factor / 100.0) * available);
}

void LocalitySchedule::restart(std::span<const double> weights, std::uint64_t seed) {
  weights_.clear();
  numbers_.clear();
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    weights_.push_back(weights[i]);
    numbers_.push_back(i);
  }
  turns_.restart(static_cast<std::uint32_t>(weights_.size()), seed,
                 [&](std::uint32_t i) { return weights_[i]; });
}

std::optional<std::uint32_t> LocalitySchedule::next() {
  if (numbers_.empty()) return std::nullopt;
  return numbers_[turns_.pick([&](std::uint32_t i) { return weights_[i]; })];
}

}  // namespace squall::policies::lb
