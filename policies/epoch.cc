#include "policies/epoch.h"

#include <algorithm>
#include <utility>

#include "policies/control_headers.h"
#include "policies/headers.h"
#include "policies/lb/subset_plan.h"
#include "policies/runtime.h"

namespace squall::policies {
namespace {

/// What the entry asks of its cluster's hosts gets a number there.
void index_criteria(const Forward& forward, WeightedCluster& entry, ClusterConfig& cluster) {
  entry.criteria = 0;
  MetadataCriteria criteria = lb::merged(forward.metadata_match, entry.metadata_match);
  if (!cluster.subsets || criteria.empty()) return;
  auto known = std::ranges::find(cluster.criteria, criteria);
  if (known == cluster.criteria.end()) known = cluster.criteria.insert(known, std::move(criteria));
  entry.criteria = static_cast<std::uint32_t>(known - cluster.criteria.begin()) + 1;
}

void index_mirrors(const Epoch& epoch, std::vector<MirrorPolicy>& mirrors) {
  for (MirrorPolicy& mirror : mirrors) mirror.index = epoch.find_cluster(mirror.cluster);
}

void index_forward(Epoch& epoch, Forward& forward) {
  std::uint64_t total = 0;
  for (WeightedCluster& entry : forward.clusters) {
    entry.index = epoch.find_cluster(entry.cluster);
    if (entry.index != kNone) index_criteria(forward, entry, epoch.clusters[entry.index]);
    total += entry.weight;
  }
  forward.total_weight = total;
  index_mirrors(epoch, forward.mirrors);
  const auto mirrors = [](const ClusterConfig& cluster) { return !cluster.mirrors.empty(); };
  const auto may_lead_to_one = [&](const WeightedCluster& entry) {
    return entry.index != kNone ? mirrors(epoch.clusters[entry.index])
                                : !entry.cluster_header.empty();
  };
  forward.may_mirror = !forward.mirrors.empty() ||
                       std::ranges::any_of(forward.clusters, may_lead_to_one) ||
                       !forward.cluster_header.empty();
}

/// Only a route that leads on may have limits of its own: null for the others.
void index_limits(const Listener& listener, const Forward* forward, Route& route) {
  const auto own_idle = forward != nullptr ? forward->idle_timeout : std::nullopt;
  route.stream_idle = own_idle.value_or(listener.stream_idle_timeout);
  const bool more = listener.request_timeout > Duration::zero() || listener.max_stream_duration ||
                    (forward != nullptr && forward->max_stream_duration);
  route.limits = more                                   ? StreamLimits::kMore
                 : route.stream_idle > Duration::zero() ? StreamLimits::kIdle
                                                        : StreamLimits::kNone;
}

/// Hosts whose zone is counted apart, which takes to know our own.
void index_zones(Epoch& epoch) {
  epoch.zones.clear();
  for (ClusterConfig& cluster : epoch.clusters) {
    for (HostConfig& host : cluster.hosts) {
      host.zone = 0;
      if (epoch.locality.zone.empty() || host.locality.zone.empty()) continue;
      const auto known = std::ranges::find(epoch.zones, host.locality.zone);
      host.zone = static_cast<std::uint16_t>(known - epoch.zones.begin() + 1);
      if (known == epoch.zones.end()) epoch.zones.push_back(host.locality.zone);
    }
  }
}

/// Whether the router asks for such a header.
bool is_asked_for(std::string_view name) { return is_consumed(name) || name == "early-data"; }

bool names_control(const HeaderMutations& changes) {
  return std::ranges::any_of(changes.request_add, is_asked_for, &HeaderMutation::name) ||
         std::ranges::any_of(changes.request_remove, is_asked_for);
}

bool asks(const std::optional<RetryPolicy>& retry) {
  return retry && !retry->request_headers.empty();
}
bool asks(const std::vector<MirrorPolicy>& mirrors) {
  return std::ranges::any_of(mirrors,
                             [](const MirrorPolicy& one) { return !one.cluster_header.empty(); });
}
bool asks(const ClusterConfig& cluster) {
  return !cluster.override_host.empty() || !cluster.hash_policies.empty() || asks(cluster.retry) ||
         asks(cluster.mirrors);
}

/// Whether a cluster that it may lead to asks for headers.
bool leads_to_one_that_asks(const Epoch& epoch, const Forward& forward) {
  const bool named = !forward.cluster_header.empty() ||
                     std::ranges::any_of(forward.clusters, [](const WeightedCluster& one) {
                       return !one.cluster_header.empty();
                     });
  if (named)
    return std::ranges::any_of(epoch.clusters, [](const ClusterConfig& one) { return asks(one); });
  return std::ranges::any_of(forward.clusters, [&](const WeightedCluster& one) {
    return one.index != kNone && asks(epoch.clusters[one.index]);
  });
}

/// Whether what its route changes in a head may matter to what is decided by it.
bool is_decided_as_sent(const Epoch& epoch, const Levels& levels) {
  const auto& forward = std::get<Forward>(levels.route.action);
  const HeaderMutations* outer[] = {&levels.table.headers, &levels.host.headers,
                                    &levels.route.headers};
  bool changes = changes_request(levels);
  bool matters = std::ranges::any_of(outer, [](const auto* one) { return names_control(*one); });
  for (const WeightedCluster& entry : forward.clusters) {
    changes = changes || changes_request({levels.table, levels.host, levels.route, &entry});
    matters = matters || names_control(entry.headers);
  }
  matters = matters || !forward.hash_policies.empty() || asks(forward.mirrors) ||
            asks(forward.retry) || asks(levels.host.retry) ||
            leads_to_one_that_asks(epoch, forward);
  return changes && matters;
}

}  // namespace

void Epoch::index() {
  apply_runtime(*this);
  cluster_by_name_.clear();
  host_cluster_.clear();
  host_begin_.assign(1, 0);
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    if (has(i)) cluster_by_name_.emplace(clusters[i].name, i);
    host_cluster_.insert(host_cluster_.end(), clusters[i].hosts.size(), i);
    host_begin_.push_back(static_cast<std::uint32_t>(host_cluster_.size()));
  }
  for (ClusterConfig& cluster : clusters) index_mirrors(*this, cluster.mirrors);
  index_zones(*this);
  virtual_clusters = 0;
  for (Listener& listener : listeners) {
    if (listener.tcp) index_forward(*this, std::get<Forward>(listener.tcp->route.action));
    std::uint32_t next = 0;
    for (VirtualHost& host : listener.routes.hosts) {
      host.virtual_clusters.first = virtual_clusters;
      if (const auto size = static_cast<std::uint32_t>(host.virtual_clusters.list.size()); size > 0)
        virtual_clusters += size + 1;  // the other one
      for (Route& route : host.routes) {
        route.index = next++;
        auto* forward = std::get_if<Forward>(&route.action);
        index_limits(listener, forward, route);
        if (forward != nullptr) {
          const auto& outer = host.mirrors.empty() ? listener.routes.mirrors : host.mirrors;
          if (forward->mirrors.empty()) forward->mirrors = outer;
          index_forward(*this, *forward);
          forward->decided_as_sent = is_decided_as_sent(*this, {listener.routes, host, route});
        }
      }
    }
  }
}

std::uint32_t Epoch::find_cluster(std::string_view name) const {
  const auto found = cluster_by_name_.find(name);
  return found == cluster_by_name_.end() ? kNone : found->second;
}

}  // namespace squall::policies
