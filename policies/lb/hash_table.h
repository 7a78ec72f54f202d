// HashTable: a ring or a Maglev table of some hosts of a cluster, with each one's share.
//
// Immutable once built, so that all workers may use one. Shares are the hosts' weights; with
// localities by weight, each locality has its part whatever its health. Source: Envoy's
// ThreadAwareLoadBalancerBase, 1.36. Cost: see ring.h and maglev.h.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policies/lb/maglev.h"
#include "policies/lb/ring.h"

namespace squall::policies::lb {

class HashTable {
 public:
  struct Entry {
    std::uint32_t position;  // in `hosts`
    double share;
  };

  /// `hosts`: numbers in `cluster`.
  HashTable(const ClusterConfig& cluster, const Locality* own_locality,
            std::span<const std::uint32_t> hosts);

  bool empty() const { return entries_.empty(); }
  /// Which of entries() owns `hash`. Not for an empty one.
  std::uint32_t at(std::uint64_t hash, std::uint32_t attempt) const {
    return maglev_ ? maglev_->at(hash, attempt) : ring_->at(hash, attempt);
  }
  std::span<const Entry> entries() const { return entries_; }
  const Ring* ring() const { return ring_ ? &*ring_ : nullptr; }
  const MaglevTable* maglev() const { return maglev_ ? &*maglev_ : nullptr; }

 private:
  std::vector<Entry> entries_;
  std::optional<Ring> ring_;
  std::optional<MaglevTable> maglev_;
};

/// By what a host is known to hashes: its metadata's hash_key, its name or its address and port.
std::string hash_key(const ClusterConfig& cluster, const HostConfig& host);

}  // namespace squall::policies::lb
