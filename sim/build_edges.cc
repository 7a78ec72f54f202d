// Edges of a Model: between whom a run counts requests. The pairs that can meet; those that did are
// reported.
#include <algorithm>

#include "sim/build_parts.h"

namespace squall::sim {
namespace {

bool is_by_dns(const config::View& view, const std::string& cluster) {
  const auto at = view.clusters.find(cluster);
  return at != view.clusters.end() && at->value("type", "").ends_with("_DNS");
}

}  // namespace

std::uint32_t Builder::edge(const EdgeModel& ends) {
  const auto [known, fresh] =
      edge_index_.try_emplace({ends.source, ends.service, ends.subset, ends.destination},
                              static_cast<std::uint32_t>(model_->edges.size()));
  if (fresh) model_->edges.push_back(ends);
  return known->second;
}

/// Clusters that the routes of the hosts that are called lead to.
void Builder::add_routed_clusters(const policies::Epoch& epoch, const Caller& caller,
                                  std::set<std::uint32_t>& routed) {
  const auto is_called = [&](const std::string& domain) {
    return caller.gateway || caller.hosts.contains(domain);
  };
  for (const policies::Listener& listener : epoch.listeners) {
    for (const policies::VirtualHost& host : listener.routes.hosts) {
      if (std::ranges::none_of(host.domains, is_called)) continue;
      for (const policies::Route& route : host.routes) {
        const auto* forward = std::get_if<policies::Forward>(&route.action);
        if (forward == nullptr) continue;
        for (const auto& cluster : forward->clusters) {
          routed.insert(cluster.index);
          if (cluster.index == kNone) continue;
          for (const auto& mirror : epoch.clusters[cluster.index].mirrors)
            routed.insert(mirror.index);
        }
        for (const auto& mirror : forward->mirrors) routed.insert(mirror.index);
      }
    }
  }
}

/// Where requests of a call site count that no route or no cluster was found for.
std::uint32_t Builder::unrouted_edge(const std::string& source, const CallSite& site) {
  if (site.service == kNone) return kNone;
  return edge({.source = source,
               .service = model_->services[site.service].name,
               .subset = "",
               .destination = ""});
}

/// Of all epochs, whose numbers are alike.
void Builder::add_edges(const Views& view_of_cluster, ConfigurationModel& out,
                        const std::string& source) {
  const policies::Epoch& epoch = out.rules->epoch;
  const Caller& caller = callers_[out.source];
  std::set<std::uint32_t> routed;
  add_routed_clusters(epoch, caller, routed);
  for (const LaterConfiguration& one : out.later)
    add_routed_clusters(one.rules->epoch, caller, routed);
  for (std::uint32_t c = 0; c < epoch.clusters.size(); ++c) {
    const config::View& view = *view_of_cluster[c];
    const ClusterName name = split_cluster(epoch.clusters[c].name);
    const auto transport = view.transports.find(epoch.clusters[c].name);
    const bool met = routed.contains(c);
    if (is_by_dns(view, epoch.clusters[c].name)) out.by_dns.push_back(c);
    EdgeModel ends{.source = source,
                   .service = short_host(name.host),
                   .subset = name.subset,
                   .destination = ""};
    for (const policies::HostConfig& host : epoch.clusters[c].hosts) {
      const auto at = by_address_.find(host.address);
      Target target;
      if (at != by_address_.end())
        target = {.pod = at->second,
                  .sidecar = mesh_pods_[at->second]->is_behind_sidecar(),
                  .port = host.port};
      if (target.pod != kNone)
        ends.destination = model_->workloads[model_->pods[target.pod].workload].name;
      if (target.pod != kNone && transport != view.transports.end())
        fit_transport(transport->second, target);
      if (met) target.edge = edge(ends);
      out.targets.push_back(target);
    }
    out.cluster_edges.push_back(met ? edge(ends) : kNone);
  }
}

}  // namespace squall::sim
