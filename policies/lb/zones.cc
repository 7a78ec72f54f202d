#include "policies/lb/zones.h"

namespace squall::policies::lb {
namespace {
constexpr std::uint64_t kAll = 10'000;
}

void plan_zones(std::span<const ZoneCount> zones, std::uint64_t local_total, bool has_own,
                bool force_own, ZonePlan& plan) {
  std::uint64_t upstream_total = 0;
  for (const ZoneCount& zone : zones) upstream_total += zone.upstream;
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : kAll * part / whole;
  };
  plan.residual.clear();
  plan.stay = 0;
  plan.routing = ZoneRouting::kResidual;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    // A zone without upstream hosts counts for nothing on either side.
    const bool counts = zones[i].upstream > 0;
    const std::uint64_t upstream = counts ? share(zones[i].upstream, upstream_total) : 0;
    const std::uint64_t local = counts ? share(zones[i].local, local_total) : 0;
    std::uint64_t sum = i == 0 ? 0 : plan.residual.back();
    if (i == 0 && has_own) {
      if (force_own || (upstream > 0 && upstream >= local)) {
        plan.routing = ZoneRouting::kDirect;
        return;
      }
      plan.stay = local > 0 ? upstream * kAll / local : 0;
    } else if (upstream > local) {
      sum += upstream - local;
    }
    plan.residual.push_back(sum);
  }
}

}  // namespace squall::policies::lb
