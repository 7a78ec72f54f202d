// How much longer own work takes while many requests are in service.
#pragma once
#include <cstdint>
#include <span>

#include "policies/base/time.h"
#include "scenarios/capacity_model.h"

namespace squall::sim {

/// `points` in ascending order, at least one; before the first and after the last as there.
Duration contended(std::span<const scenarios::ContentionPoint> points, std::uint32_t in_flight,
                   Duration work);

}  // namespace squall::sim
