// Hosts as a machine keeps them for its balancers: numbers, weights, gauges.
#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>
#include <vector>

#include "policies/lb/balancer.h"

namespace squall::policies::lb {

/// Numbered from 0.
struct Hosts {
  explicit Hosts(std::vector<std::uint32_t> with_weights) : weights(std::move(with_weights)) {
    numbers.resize(weights.size());
    std::iota(numbers.begin(), numbers.end(), 0U);
    active.resize(weights.size());
  }
  HostView view() const {
    return {.hosts = numbers,
            .weights = weights,
            .active = active,
            .cluster_active = std::accumulate(active.begin(), active.end(), 0U)};
  }
  std::vector<std::uint32_t> numbers, weights, active;
};

inline Hosts equal_hosts(std::size_t count) { return Hosts(std::vector<std::uint32_t>(count, 1)); }

inline std::vector<std::uint32_t> picks(Balancer& balancer, const ClusterConfig& cluster,
                                        const HostView& view, std::size_t count,
                                        Instant now = Instant{}) {
  std::vector<std::uint32_t> result;
  Draws draws;
  draws.now = now;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(balancer.pick(cluster, view, draws));
  }
  return result;
}

inline std::vector<std::uint32_t> picks(Balancer& balancer, const ClusterConfig& cluster,
                                        const Hosts& hosts, std::size_t count) {
  return picks(balancer, cluster, hosts.view(), count);
}

/// A change of hosts.
inline void tell(Balancer& balancer, const ClusterConfig& cluster, const HostView& view,
                 std::uint64_t seed, Instant now = Instant{}) {
  balancer.on_hosts({.cluster = cluster, .view = view, .seed = seed, .now = now});
}

inline std::vector<std::uint32_t> numbers_of(const nlohmann::json& list) {
  return list.get<std::vector<std::uint32_t>>();
}

}  // namespace squall::policies::lb
