// Operations: which behaviour of a workload does a request ask for?
//
// Cost: linear in the operations' conditions; whoever asks often remembers it by head.
#pragma once
#include <cstdint>

#include "sim/heads.h"
#include "sim/workload_model.h"

namespace squall::sim {

/// Into Model::behaviours: the first operation that matches, else what the workload usually does.
std::uint32_t operation_of(const WorkloadModel& workload, const OwnHead& head);

}  // namespace squall::sim
