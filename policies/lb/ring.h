// Ring: which host owns a hash on a ring of hashes of the hosts' names?
//
// Each host stands on the ring in proportion to its share; a hash belongs to the first entry at or
// after it. Immutable once built. Source: Envoy's ring_hash_lb, 1.36 (docs/policies.md, "Ring
// hash"). Cost: building is linear in the entries but for sorting them; a look-up is one load by
// the hash's first bits, then a few entries. 12 to 20 bytes an entry.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "policies/cluster_config.h"

namespace squall::policies::lb {

/// One host of a table of hashes.
struct HashedHost {
  std::string_view key;
  double share = 0;            // of all traffic; above 0
  std::uint32_t position = 0;  // what a look-up yields
};

class Ring {
 public:
  Ring(const RingHashConfig& config, std::span<const HashedHost> hosts);

  /// The position of the host that owns `hash`; `attempt` goes so many entries further. The ring is
  /// not empty.
  std::uint32_t at(std::uint64_t hash, std::uint32_t attempt = 0) const {
    std::size_t entry = first_[hash >> shift_];
    while (entry < hashes_.size() && hashes_[entry] < hash) ++entry;
    if (attempt > 0) return positions_[(wrapped(entry) + attempt) % positions_.size()];
    return positions_[wrapped(entry)];
  }
  std::size_t size() const { return hashes_.size(); }
  std::span<const std::uint64_t> hashes() const { return hashes_; }
  std::span<const std::uint32_t> positions() const { return positions_; }

 private:
  std::size_t wrapped(std::size_t entry) const { return entry == hashes_.size() ? 0 : entry; }

  std::vector<std::uint64_t> hashes_;     // ascending
  std::vector<std::uint32_t> positions_;  // beside them
  std::vector<std::uint32_t> first_;      // by a hash's first bits: where to begin looking
  unsigned shift_ = 63;
};

}  // namespace squall::policies::lb
