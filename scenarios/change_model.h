// Changes: what people and rollouts do to a mesh while it runs.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "config/document.h"
#include "policies/base/time.h"
#include "scenarios/workload_model.h"

namespace squall::scenarios {

struct Change {
  enum class Kind : std::uint8_t { kScale, kRestart };
  Kind kind = Kind::kScale;
  config::Place place;
  Duration at{};
  std::vector<std::pair<WorkloadRef, int>> scale;  // kScale: to so many replicas
  WorkloadRef workload;                            // kRestart
  double pace_per_s = 0;                           // kRestart: replicas a second; 0: all at once
};

}  // namespace squall::scenarios
