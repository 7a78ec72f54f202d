// surges: a load's rate over time, with the faults that multiply it.
//
// Rates and factors are made of straight pieces; so is their product, unless both change at once.
// Cost: quadratic in the pieces.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "scenarios/model.h"

namespace squall::scenarios {

/// The load's steps, multiplied by every surge among the faults that is of it; those of a load
/// without one as they are. None: a ramp of the one meets a ramp of the other.
std::optional<std::vector<RateStep>> surged(const Load& load, std::span<const Fault> faults);

}  // namespace squall::scenarios
