// What few replicas have: the state of rules that most workloads do not say.
#pragma once
#include <memory>
#include <optional>

#include "sim/codel.h"
#include "sim/workload_model.h"

namespace squall::sim {

struct PodExtras {
  std::optional<Codel> codel;

  /// Null where the workload needs none; as a process has it that begins.
  static std::unique_ptr<PodExtras> of(const WorkloadModel& workload) {
    if (!workload.queue.codel) return nullptr;
    auto extras = std::make_unique<PodExtras>();
    extras->codel.emplace(*workload.queue.codel);
    return extras;
  }
};

}  // namespace squall::sim
