// Weighted: round robin and least request over hosts of unequal weight, as earliest deadline first.
//
// Least request divides a host's weight by (active requests + 1)^bias when the host is put in
// again, that is before the new request counts: with unequal weights it is no power of two choices.
// Each change of hosts starts again from the seed, not from where the turns had come to, as Envoy
// does. Cost: O(log n) a pick, O(n log n) a change.
#pragma once
#include <cstddef>
#include <cstdint>

#include "policies/lb/balancer.h"
#include "policies/lb/edf.h"

namespace squall::policies::lb {

/// False for a single host.
bool weights_differ(const HostView& view);

class Weighted final : public Strategy {
 public:
  Weighted(bool by_load, double bias, std::uint64_t seed)
      : seed_(seed), bias_(bias), by_load_(by_load) {}

  bool on_hosts(const HostView& view) override;
  std::size_t pick(const HostView& view, Draws& draws) override;

 private:
  double weight(const HostView& view, std::uint32_t position) const;

  Edf schedule_;
  std::uint64_t seed_;
  double bias_;
  bool by_load_;
};

}  // namespace squall::policies::lb
