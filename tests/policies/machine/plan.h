// A configuration for a test of the machine: one listener, one route to one cluster of a few hosts,
// all of Envoy's defaults, until the test changes a part.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "policies/epoch.h"

namespace squall::policies {

inline HostConfig host_at(std::uint16_t port) {
  HostConfig host;
  host.address = "10.0.0.1";
  host.port = port;
  return host;
}

inline ClusterConfig cluster_named(std::string name, std::size_t hosts) {
  ClusterConfig cluster;
  cluster.name = std::move(name);
  for (std::size_t i = 0; i < hosts; ++i) {
    cluster.hosts.push_back(host_at(static_cast<std::uint16_t>(8000 + i)));
  }
  return cluster;
}

inline Forward forward_to(std::vector<std::pair<std::string, std::uint32_t>> clusters) {
  Forward forward;
  for (auto& [name, weight] : clusters) {
    WeightedCluster& entry = forward.clusters.emplace_back();
    entry.cluster = std::move(name);
    entry.weight = weight;
  }
  return forward;
}

inline RetryPolicy retries_on(std::string_view conditions, std::uint32_t retries = 1) {
  RetryPolicy policy;
  policy.on = parse_retry_on(conditions);
  policy.num_retries = retries;
  return policy;
}

inline OutlierDetection detection_of(std::uint32_t consecutive_5xx, std::uint32_t percent = 100) {
  OutlierDetection detection;
  detection.consecutive_5xx = consecutive_5xx;
  detection.max_ejection_percent = percent;
  return detection;
}

struct Plan {
  explicit Plan(std::size_t hosts = 1) : clusters{cluster_named("backend", hosts)} {
    virtual_host.domains = {"*"};
  }

  std::vector<ClusterConfig> clusters;
  ClusterConfig& cluster() { return clusters.front(); }
  Thresholds& limits() { return clusters.front().thresholds[kDefaultPriority]; }
  Forward forward = forward_to({{"backend", 1}});
  Listener listener;
  VirtualHost virtual_host;
  std::vector<Route> routes;  // before the one that forwards everything
  std::map<std::string, std::string, std::less<>> runtime;

  Epoch epoch() const {
    Epoch result;
    result.clusters = clusters;
    result.runtime = runtime;
    Listener& made = result.listeners.emplace_back(listener);
    VirtualHost& host = made.routes.hosts.emplace_back(virtual_host);
    host.routes = routes;
    host.routes.emplace_back().action = forward;
    return result;
  }
};

}  // namespace squall::policies
