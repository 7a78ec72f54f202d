// What few replicas have: the state of rules that most workloads do not say.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "policies/filter/token_bucket.h"
#include "sim/cache.h"
#include "sim/codel.h"
#include "sim/flights.h"
#include "sim/workload_model.h"

namespace squall::sim {

struct PodExtras {
  std::optional<Codel> codel;
  std::optional<policies::TokenBucket> tokens;
  std::vector<std::uint32_t> sequences;  // how many answers of each of the workload's are taken
  std::vector<Cache> caches;             // as the workload's
  std::vector<Flights> flights;          // of each of them

  /// Null where the workload needs none; as a process has it that begins.
  static std::unique_ptr<PodExtras> of(const WorkloadModel& workload, Instant now) {
    if (!workload.queue.codel && !workload.rate_limit && workload.sequences == 0 &&
        workload.caches.empty())
      return nullptr;
    auto extras = std::make_unique<PodExtras>();
    if (workload.queue.codel) extras->codel.emplace(*workload.queue.codel);
    if (const auto& limit = workload.rate_limit)
      extras->tokens.emplace(limit->burst, limit->per_s, now);
    extras->sequences.resize(workload.sequences);
    for (const scenarios::CacheSpec& cache : workload.caches) extras->caches.emplace_back(cache);
    extras->flights.resize(workload.caches.size());
    return extras;
  }
};

}  // namespace squall::sim
