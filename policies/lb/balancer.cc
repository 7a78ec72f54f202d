#include "policies/lb/balancer.h"

#include "policies/lb/hashed.h"
#include "policies/lb/rendezvous.h"
#include "policies/lb/weighted.h"

namespace squall::policies::lb {

std::size_t pick_full_scan(const HostView& view, Draws& draws) {
  std::size_t best = 0;
  std::uint32_t least = view.active[view.hosts[0]];
  std::uint64_t ties = 1;
  for (std::size_t i = 1; i < view.hosts.size(); ++i) {
    const std::uint32_t active = view.active[view.hosts[i]];
    if (active > least) continue;
    if (active < least) {
      best = i;
      least = active;
      ties = 1;
    } else if (draws.next() % ++ties == 0) {  // each of the ties is as likely as the others
      best = i;
    }
  }
  return best;
}

std::unique_ptr<Strategy> make_strategy(const HostChange& change) {
  std::unique_ptr<Strategy> made;
  switch (change.cluster.lb) {
    case LbPolicy::kRoundRobin:
    case LbPolicy::kLeastRequest:
    case LbPolicy::kClientWeighted:
      if (needs_turns(change)) made = std::make_unique<Weighted>(change);
      break;
    case LbPolicy::kRandom:
      break;
    case LbPolicy::kRingHash:
    case LbPolicy::kMaglev:
      made = std::make_unique<Hashed>();
      break;
    case LbPolicy::kRendezvous:
      made = std::make_unique<Rendezvous>();
      break;
  }
  if (made && !made->on_hosts(change)) made.reset();
  return made;
}

}  // namespace squall::policies::lb
