// Resources: the Kubernetes and Istio objects of a run, as the user wrote them.
//
// An object of the same kind, namespace and name replaces the one before it. What an API server or
// istiod's webhook would refuse is reported and left out, as it would be in a cluster. A kind that
// this program has no use for is counted and skipped.
// Cost: linear; places point to the file names that the documents share.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/istio_network.h"

namespace squall::config {

/// Objects of one kind, in the order of their first coming.
template <class T>
class Table {
 public:
  void put(T object) {
    const auto [at, fresh] = index_.try_emplace(object.meta.full_name(), items_.size());
    if (fresh) {
      items_.push_back(std::move(object));
    } else {
      items_[at->second] = std::move(object);
    }
  }
  const T* find(const std::string& full_name) const {
    const auto at = index_.find(full_name);
    return at == index_.end() ? nullptr : &items_[at->second];
  }
  const std::vector<T>& items() const { return items_; }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  bool empty() const { return items_.empty(); }

 private:
  std::vector<T> items_;
  std::unordered_map<std::string, std::size_t> index_;
};

struct Resources {
  Table<Namespace> namespaces;
  Table<Service> services;
  Table<Workload> deployments;
  Table<Workload> stateful_sets;
  Table<Pod> pods;
  Table<Waypoint> waypoints;
  Table<ClusterNode> nodes;
  Table<EndpointSlice> slices;
  Table<ServiceAccount> service_accounts;
  Table<HorizontalPodAutoscaler> autoscalers;
  Table<VirtualService> virtual_services;
  Table<DestinationRule> destination_rules;
  Table<PeerAuthentication> peer_authentications;
  Table<Gateway> gateways;
  Table<ServiceEntry> service_entries;
  Table<Sidecar> sidecars;
  Table<ProxyConfig> proxy_configs;
  Table<ConfigMap> config_maps;  // for drafts; a run skips them

  struct Skipped {
    int count = 0;
    Place first;
  };
  std::map<std::string, Skipped> skipped;  // by "KIND of GROUP"

  /// Reads Kubernetes documents; `kind: List` holds others. Errors, warnings go to `diagnostics`.
  void add(const std::vector<Node>& documents, Diagnostics& diagnostics);
  /// All files of the paths (folders are walked). False when some are not there or no documents.
  bool load(const std::vector<std::string>& paths, Diagnostics& diagnostics);
  /// One note for each kind that was skipped.
  void note_skipped(Diagnostics& diagnostics) const;
  /// Warnings at what is compiled but has no effect in virtual time yet (faults, CORS).
  void warn_not_simulated(Diagnostics& diagnostics) const;

  static constexpr int kMostReplicas = 100'000;  // in all: each costs memory once compiled

 private:
  void check_replicas(Diagnostics& diagnostics) const;
};

}  // namespace squall::config
