// Weighted: round robin and least request over hosts of unequal weight, as earliest deadline first.
//
// Least request divides a host's weight by (active requests + 1)^bias when the host is put in
// again, that is before the new request counts: with unequal weights it is no power of two choices.
// In slow start a host has a part of its weight; weights by reported load replace the configured
// ones. Each change of hosts starts again from the seed, not from where the turns had come to, as
// Envoy does. Cost: O(log n) a pick, O(n log n) a change.
#pragma once
#include <cstddef>
#include <cstdint>

#include "policies/lb/balancer.h"
#include "policies/lb/edf.h"

namespace squall::policies::lb {

/// Some weights differ, or somebody is in slow start. False for a single host.
bool needs_turns(const HostChange& change);

class Weighted final : public Strategy {
 public:
  explicit Weighted(const HostChange& change);

  bool on_hosts(const HostChange& change) override;
  std::size_t pick(const HostView& view, Draws& draws) override;

 private:
  double weight(const HostView& view, std::uint32_t position, Instant now) const;

  Edf schedule_;
  const SlowStart* slow_start_;  // null: none
  double bias_;
  bool by_load_;
};

}  // namespace squall::policies::lb
