// Localities by weight: how much traffic does each one of a priority get, by its health?
//
// A locality keeps its weight while enough of its hosts are eligible (as many as the
// overprovisioning factor makes up for) and loses it in proportion below that. Turns are earliest
// deadline first. Source: Envoy's LocalityWrr, 1.36 (docs/policies.md, "Localities by weight").
// Cost: a turn is O(log n).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policies/lb/edf.h"

namespace squall::policies::lb {

/// Of one locality of a priority.
struct LocalityHealth {
  std::uint32_t weight = 0;
  std::uint32_t eligible = 0;  // hosts: the healthy ones, or the degraded ones
  std::uint32_t hosts = 0, excluded = 0;
};

/// Its weight by health.
double effective_weight(const LocalityHealth& locality, std::uint32_t overprovisioning_factor);

/// Turns among localities; those of weight 0 get none.
class LocalitySchedule {
 public:
  /// Starts again, at the place that `seed` says.
  void restart(std::span<const double> weights, std::uint64_t seed);
  /// A locality's number; none when all weights are 0.
  std::optional<std::uint32_t> next();

 private:
  Edf turns_;
  std::vector<double> weights_;
  std::vector<std::uint32_t> numbers_;  // of those with weight
};

}  // namespace squall::policies::lb
