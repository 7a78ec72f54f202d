#include "policies/lb/rendezvous.h"

#include "policies/lb/hash_table.h"

namespace squall::policies::lb {

bool Rendezvous::on_hosts(const HostChange& change) {
  names_.clear();
  for (const std::uint32_t host : change.view.hosts) {
    names_.push_back(hash_name(hash_key(change.cluster, change.cluster.hosts[host])));
  }
  return true;
}

std::size_t Rendezvous::pick(const HostView& view, Draws& draws) {
  std::size_t best = 0;
  std::uint64_t highest = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::uint32_t lots = view.weights.empty() ? 1 : view.weights[i];
    for (std::uint64_t k = 0; k < lots; ++k) {
      const std::uint64_t lot = mix(names_[i] ^ (draws.hash + draws.pick), k);
      if (lot <= highest) continue;
      best = i;
      highest = lot;
    }
  }
  return best;
}

}  // namespace squall::policies::lb
