#include "policies/machine/filter_chain.h"

#include <array>
#include <map>
#include <span>

namespace squall::policies {
namespace {

/// Numbers configurations as they are first met.
class Numbers {
 public:
  std::uint32_t of(const FilterConfig& config) {
    return known_.try_emplace(&config, static_cast<std::uint32_t>(known_.size())).first->second;
  }

 private:
  std::map<const FilterConfig*, std::uint32_t> known_;
};

/// None: the filter is off.
const FilterConfig* find(const Filter& filter, std::span<const FilterOverrides* const> levels) {
  for (const FilterOverrides* level : levels) {
    if (level == nullptr) continue;
    for (const Filter& own : *level) {
      if (own.name != filter.name) continue;
      if (own.disabled) return nullptr;
      if (own.as_configured) return &filter.config;
      if (own.config.index() == filter.config.index()) return &own.config;
    }
  }
  return filter.disabled ? nullptr : &filter.config;
}

FilterChain chain_of(const std::vector<Filter>& filters, std::uint32_t first, Numbers& numbers,
                     std::span<const FilterOverrides* const> levels) {
  FilterChain chain;
  for (std::uint32_t i = 0; i < filters.size(); ++i) {
    const FilterConfig* const config = find(filters[i], levels);
    if (config == nullptr) continue;
    chain.push_back({.config = config, .filter = first + i, .number = numbers.of(*config)});
  }
  return chain;
}

}  // namespace

std::vector<FilterChains> filter_chains(const Epoch& epoch) {
  std::vector<FilterChains> all(epoch.listeners.size());
  Numbers numbers;
  std::uint32_t first = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Listener& listener = epoch.listeners[i];
    if (listener.filters.empty()) continue;
    const RouteTable& table = listener.routes;
    const std::array<const FilterOverrides*, 1> none = {&table.filters};
    all[i].own = chain_of(listener.filters, first, numbers, none);
    for (const VirtualHost& host : table.hosts) {
      for (const Route& route : host.routes) {
        std::vector<FilterChain>& entries = all[i].of_route.emplace_back();
        std::array<const FilterOverrides*, 4> levels = {nullptr, &route.filters, &host.filters,
                                                        &table.filters};
        const auto* forward = std::get_if<Forward>(&route.action);
        const std::size_t count =
            forward == nullptr || forward->clusters.empty() ? 1 : forward->clusters.size();
        for (std::size_t k = 0; k < count; ++k) {
          if (forward != nullptr && k < forward->clusters.size())
            levels[0] = &forward->clusters[k].filters;
          entries.push_back(chain_of(listener.filters, first, numbers, levels));
        }
      }
    }
    first += static_cast<std::uint32_t>(listener.filters.size());
  }
  return all;
}

}  // namespace squall::policies
