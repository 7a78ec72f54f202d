// Filter chains: which configuration each filter of a listener has for each route, worked out once.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/epoch.h"

namespace squall::policies {

struct FilterStep {
  const FilterConfig* config = nullptr;
  std::uint32_t filter = 0;  // of all listeners
  std::uint32_t number = 0;  // of the configuration, of all
};
using FilterChain = std::vector<FilterStep>;

/// Of one listener.
struct FilterChains {
  FilterChain own;  // where no route is found; empty: the listener has no filters
  std::vector<std::vector<FilterChain>> of_route;  // by Route::index, then by weighted cluster

  bool empty() const { return own.empty(); }
  const FilterChain& find(const Route* route, std::uint32_t entry) const {
    if (route == nullptr) return own;
    const std::vector<FilterChain>& entries = of_route[route->index];
    return entries[entry < entries.size() ? entry : 0];
  }
};

/// By listener. They point into the epoch, which stays where it is.
std::vector<FilterChains> filter_chains(const Epoch& epoch);

}  // namespace squall::policies
