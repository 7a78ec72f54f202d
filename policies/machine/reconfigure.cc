// A worker gets another configuration: what becomes of clusters that come and go, and of requests
// that were on their way to them. Source: Envoy's cluster_manager_impl and router, as
// docs/policies.md, "Changes of configuration" states it.
#include <algorithm>

#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

/// The host of a cluster with the same address; kNone: it has none.
std::uint32_t host_like(const Epoch& epoch, std::uint32_t cluster, std::uint32_t host) {
  const HostConfig& wanted = epoch.host(host);
  const std::vector<HostConfig>& hosts = epoch.clusters[cluster].hosts;
  const auto found = std::ranges::find_if(hosts, [&](const HostConfig& one) {
    return one.address == wanted.address && one.port == wanted.port;
  });
  return found == hosts.end()
             ? kNone
             : epoch.hosts_begin(cluster) + static_cast<std::uint32_t>(found - hosts.begin());
}

}  // namespace

void Worker::on_config(const Configuration& next, Instant now) {
  begin_event();
  const Configuration& before = *configuration_;
  configuration_ = &next;
  heads_.clear();
  numbering_.clear();
  for (std::uint32_t i = 0; i < clusters_.size(); ++i) {
    if (before.epoch.has(i) == next.epoch.has(i)) continue;
    const bool told = !members_.empty() && members_[i] != nullptr;
    if (clusters_[i] != nullptr || told) {
      on_hosts(i, next.layouts[i], now);
    } else if (next.epoch.has(i) && next.epoch.clusters[i].slow_start.window > Duration::zero()) {
      clusters_[i] = std::make_unique<ClusterState>(next, i, random_, now);  // they start now
      note_callers(*clusters_[i]);
    }
  }
}

/// A retry's cluster has gone: the one that has its name now takes it, and knows its hosts by other
/// numbers. Where there is none, nor any host in the old one, it has no healthy upstream.
void WorkerSteps::follow_cluster(Request& request) {
  const Epoch& epoch = configuration_->epoch;
  const std::uint32_t cluster = epoch.find_cluster(epoch.clusters[request.cluster].name);
  if (cluster == kNone || request.live > 0) return;  // hedging: the others are still there
  release_retry(request);
  request.cluster = cluster;
  request.last_host = kNone;
  const std::uint32_t tried = std::min<std::uint32_t>(request.attempt_count, Request::kFirstTried);
  for (std::uint32_t i = 0; i < tried; ++i) {
    std::uint32_t& host = request.tried_hosts[i];
    if (host != kNone) host = host_like(epoch, cluster, host);
  }
  if (request.extras == kNone) return;
  RequestExtras& extras = extras_[request.extras];
  for (std::uint32_t& host : extras.tried_hosts) {
    if (host != kNone) host = host_like(epoch, cluster, host);
  }
  extras.named_hosts.clear();
  extras.priorities = {};
}

}  // namespace squall::policies
