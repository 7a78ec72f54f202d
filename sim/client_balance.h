// Client balance: which replica an application's client library asks, where it chooses itself.
//
// Of some drawn at random, with replacement, the one that has the fewest requests as far as it
// knows; of equal ones the first that was drawn. What it knows may be old, and is then the same for
// all that it sends meanwhile: a herd. Source: Mitzenmacher, How useful is old information?, TPDS
// 11 (2000), "periodic update"; docs/validation.md.
#pragma once
#include <cstdint>
#include <span>

#include "policies/base/mix.h"

namespace squall::sim {

/// One of `candidates`; `requests(c)`: at that one. REQUIRES: there are any.
template <class Requests>
std::uint32_t balanced(std::span<const std::uint32_t> candidates, int choices, std::uint64_t random,
                       const Requests& requests) {
  const auto drawn = [&](int k) {
    const std::uint64_t bits = mix(random, Purpose::kReplica, 1 + static_cast<std::uint64_t>(k));
    return candidates[bits % candidates.size()];
  };
  std::uint32_t best = drawn(0);
  for (int k = 1; k < choices; ++k) {
    const std::uint32_t other = drawn(k);
    if (requests(other) < requests(best)) best = other;
  }
  return best;
}

}  // namespace squall::sim
