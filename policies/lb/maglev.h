// MaglevTable: which host owns a hash in a table that each host fills by a permutation of its own?
//
// Hosts, in the order of their names, take the next free slot of their permutation by turns, as
// often as their share asks for. Immutable once built. Source: Envoy's maglev_lb, 1.36, after
// Eisenbud et al., "Maglev", NSDI 2016 (docs/policies.md, "Maglev"). Cost: building is some M log M
// for a table of M slots; a look-up is one division and one load. 4 bytes a slot.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "policies/cluster_config.h"
#include "policies/lb/ring.h"

namespace squall::policies::lb {

class MaglevTable {
 public:
  MaglevTable(const MaglevConfig& config, std::span<const HashedHost> hosts);

  /// The position of the host that owns `hash`; another `attempt` asks for another slot. The table
  /// is not empty.
  std::uint32_t at(std::uint64_t hash, std::uint32_t attempt = 0) const {
    if (attempt > 0) hash ^= ~std::uint64_t{0} - attempt + 1;
    return slots_[hash % slots_.size()];
  }
  std::span<const std::uint32_t> slots() const { return slots_; }
  std::uint64_t least_slots() const { return least_; }  // of one host
  std::uint64_t most_slots() const { return most_; }

 private:
  std::vector<std::uint32_t> slots_;
  std::uint64_t least_ = 0, most_ = 0;
};

}  // namespace squall::policies::lb
