// Rendezvous: consistent hashing without a table: each host draws a lot from the request's hash and
// its own name, and the highest lot wins.
//
// When a host leaves, only its own requests move, each to another host by chance; a weight makes a
// host's one lot as good as the best of so many. Not one of Envoy's: it is the example of
// docs/adding_a_policy.md, and worth its place where a ring of ten thousand sidecars would cost
// more memory than it saves. Source: Thaler and Ravishankar, "Using name-based mappings to increase
// hit rates", IEEE/ACM ToN 6(1), 1998. Cost: linear in the number of hosts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policies/lb/balancer.h"

namespace squall::policies::lb {

class Rendezvous final : public Strategy {
 public:
  bool on_hosts(const HostChange& change) override;
  std::size_t pick(const HostView& view, Draws& draws) override;

 private:
  std::vector<std::uint64_t> names_;  // by position in the view
};

}  // namespace squall::policies::lb
