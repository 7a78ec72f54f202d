#include "policies/lb/rendezvous.h"

#include "policies/base/math.h"
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
  double highest = -1;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const double lot = open_unit(mix(names_[i] ^ (draws.hash + draws.pick), 0));
    // The highest of so many lots as the weight says, drawn at once.
    const double score = view.weights.empty() ? lot : view.weights[i] / -exact::log(lot);
    if (score <= highest) continue;
    best = i;
    highest = score;
  }
  return best;
}

}  // namespace squall::policies::lb
