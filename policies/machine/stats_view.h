// Statistics of a worker and its Control by Envoy's names, as an admin page lists them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "policies/control.h"
#include "policies/worker.h"

namespace squall::policies {

enum class StatKind : std::uint8_t { kCounter, kGauge };
struct NamedStat {
  std::string name;
  std::uint64_t value = 0;
  StatKind kind = StatKind::kCounter;  // a gauge goes up and down
};
/// Clusters in the order of the configuration. Not for hot paths.
std::vector<NamedStat> stats_of(const Worker& worker, const Control& control);

}  // namespace squall::policies
