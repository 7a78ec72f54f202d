// What a test's only cluster has answered.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "policies/worker.h"

namespace squall::policies {

/// How many responses of each status, as they first came; without those tried again.
using StatusCounts = std::vector<std::pair<std::uint16_t, std::uint64_t>>;
inline StatusCounts responses_of(const Worker& worker) {
  StatusCounts counts;
  worker.cluster(0)->stats.responses.visit([&](const ResponseKind& kind, std::uint64_t count) {
    if (!kind.retried) counts.emplace_back(kind.status, count);
  });
  return counts;
}

}  // namespace squall::policies
