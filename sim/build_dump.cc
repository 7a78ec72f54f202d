// Sidecars that run what an Envoy was dumped to run: whose endpoints are of a cluster that is not
// there, so those of a Service that the scenario has are its own pods.
#include <fmt/format.h>

#include <algorithm>

#include "config/config_dump.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

using config::Node;

bool is_service(const std::string& cluster) { return cluster.starts_with("outbound|"); }

/// "outbound|80||HOST" of "outbound|80|v1|HOST".
std::string without_subset(const std::string& cluster) {
  const std::size_t port = cluster.find('|') + 1, subset = cluster.find('|', port) + 1;
  return cluster.substr(0, subset) + cluster.substr(cluster.find('|', subset));
}

/// Endpoints of each cluster of a bootstrap.
std::map<std::string, Node> assignments_of(const config::Json& bootstrap) {
  std::map<std::string, Node> out;
  for (const config::Json& cluster : bootstrap["static_resources"]["clusters"]) {
    const auto hosts = cluster.find("load_assignment");
    if (hosts != cluster.end()) out[cluster["name"].get<std::string>()] = config::to_node(*hosts);
  }
  return out;
}

/// Drops the endpoints of which `keeps(ADDRESS)` is false. False: none is left.
template <class Keeps>
bool filter(Node& assignment, const Keeps& keeps) {
  Node* const groups = assignment.find("endpoints");
  if (groups == nullptr) return false;
  for (Node& group : groups->items) {
    std::erase_if(group.find("lb_endpoints")->items, [&](const Node& host) {
      const Node* at = &host;
      for (const std::string_view name : {"endpoint", "address", "socket_address", "address"})
        at = at->find(name);
      return !keeps(at->text);
    });
  }
  std::erase_if(groups->items,
                [](const Node& group) { return group.find("lb_endpoints")->items.empty(); });
  return !groups->items.empty();
}

/// Of a Service's endpoints those of the pods that the dump's endpoints of the subset are of.
template <class IsOf>
std::optional<Node> own_hosts(const std::string& cluster,
                              const std::map<std::string, Node>& services,
                              const IsOf& is_of_subset) {
  const auto whole = services.find(cluster);
  if (whole != services.end()) return whole->second;
  Node subset = services.at(without_subset(cluster));
  return filter(subset, is_of_subset) ? std::optional(std::move(subset)) : std::nullopt;
}

}  // namespace

/// None after reporting what is wrong with it.
std::optional<config::ConfigDump> Builder::read_dump(const Node& root, std::uint32_t workload) {
  Result<config::ConfigDump> dump = config::read_config_dump(root);
  if (!dump) {
    problems_.add(dump.error());
    return std::nullopt;
  }
  problems_.add(dump->notes);
  const auto is_named = [&](const std::string& socket) { return by_socket_.contains(socket); };
  std::optional<std::map<std::string, Node>> services;
  for (std::size_t i = 0; i < dump->clusters.size(); ++i) {
    const config::DumpedCluster& cluster = dump->clusters[i];
    if (!is_service(cluster.name) || std::ranges::any_of(cluster.sockets, is_named)) continue;
    if (!services) {
      const config::MeshPod& client = *mesh_pods_[model_->workloads[workload].first_pod];
      services = assignments_of(
          to_bootstrap_outbound(*mesh_->view_of(client), config::BootstrapFor::kSimulator));
    }
    if (!services->contains(without_subset(cluster.name))) continue;  // one that is not there
    const auto is_of_subset = [&](const std::string& address) {
      const auto at = by_address_.find(address);
      return at != by_address_.end() &&
             cluster.workloads.contains(model_->workloads[model_->pods[at->second].workload].name);
    };
    std::optional<Node> hosts = own_hosts(cluster.name, *services, is_of_subset);
    if (hosts) {
      config::replace_endpoints(*dump, i, *std::move(hosts));
      continue;
    }
    const ClusterName name = split_cluster(cluster.name);
    add(Severity::kWarning, cluster.place,
        fmt::format("no pod of {} is known to be of its subset {}", name.host, name.subset),
        "give the DestinationRule that has the subset, or name its pods by `addresses`");
  }
  return *std::move(dump);
}

}  // namespace squall::sim
