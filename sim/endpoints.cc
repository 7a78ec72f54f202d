#include "sim/endpoints.h"

#include <algorithm>
#include <set>

#include "policies/base/mix.h"
#include "sim/world.h"

namespace squall::sim {

/// False: it is as it was.
bool Endpoints::change(std::uint32_t pod, bool listed) {
  if (pods_.empty()) {
    if (listed) return false;
    pods_.resize(world_.pods.size());
    seen_.resize(world_.proxies.size());
    places_.resize(world_.model.configurations.size());
  }
  if (pods_[pod].listed == listed) return false;
  pods_[pod].listed = listed;
  world_.ready_endpoints.on_change();
  changes_.push_back(pod);
  pods_[pod].turns.push_back(static_cast<std::uint32_t>(changes_.size()));
  return true;
}

void Endpoints::leave_out(std::uint32_t pod) {
  if (!change(pod, false)) return;
  const auto all = static_cast<std::uint32_t>(changes_.size());
  for (std::uint32_t i = 0; i < world_.proxies.size(); ++i) tell(i, all);
}

void Endpoints::set(std::uint32_t pod, bool listed) {
  if (!change(pod, listed)) return;
  const auto all = static_cast<std::uint32_t>(changes_.size());
  const auto& delay = world_.model.scenario->mesh.push_delay;
  for (std::uint32_t i = 0; i < world_.proxies.size(); ++i) {
    if (world_.proxies[i]->inbound) continue;  // its hosts are its own
    if (!delay) {
      tell(i, all);
      continue;
    }
    const std::string& name = world_.model.pods[world_.proxies[i]->pod].name;
    const Duration later = delay->sample(mix(world_.seed, Purpose::kPush, name, all));
    world_.engine.schedule(world_.engine.now() + later,
                           {.kind = static_cast<std::uint8_t>(EventKind::kPush), .a = i, .b = all});
  }
}

/// A push has all that was so when it was sent; one that is overtaken has nothing new.
void Endpoints::on_push(const Event& event) { tell(event.a, event.b); }

void Endpoints::tell(std::uint32_t proxy, std::uint32_t up_to) {
  if (up_to <= seen_[proxy] || world_.proxies[proxy]->inbound) return;
  const Places& at = places(world_.model.proxies[proxy].configuration);
  std::set<std::uint32_t> clusters;
  for (std::uint32_t i = seen_[proxy]; i < up_to; ++i) {
    for (const Place& place : at[changes_[i]]) clusters.insert(place.cluster);
  }
  seen_[proxy] = up_to;
  for (const std::uint32_t cluster : clusters) tell_of(proxy, cluster);
  world_.sidecars.pump(proxy);
}

void Endpoints::on_proxy_start(std::uint32_t proxy) {
  if (pods_.empty()) return;
  seen_[proxy] = 0;
  tell(proxy, static_cast<std::uint32_t>(changes_.size()));
}

void Endpoints::on_new_clusters(std::uint32_t proxy, const policies::Epoch& before) {
  for (std::uint32_t i = 0; i < before.clusters.size(); ++i) {
    if (before.has(i)) continue;
    if (!pods_.empty()) tell_of(proxy, i);
    world_.dns.on_new_cluster(proxy, i);
  }
}

/// Of one that its rules do not have it learns when they do.
void Endpoints::tell_of(std::uint32_t proxy, std::uint32_t cluster) {
  if (!world_.proxies[proxy]->worker.configuration().epoch.has(cluster)) return;
  const auto& now = members(world_.model.proxies[proxy].configuration, cluster,
                            world_.dns.known(proxy, cluster).value_or(seen(proxy)));
  Proxy& machine = *world_.proxies[proxy];
  machine.worker.on_hosts(cluster, now, world_.engine.now());
  machine.control.on_hosts(cluster, now, world_.engine.now());
}

const policies::lb::ClusterLayout& Endpoints::members(std::uint32_t configuration,
                                                      std::uint32_t cluster, std::uint32_t up_to) {
  const auto known = members_.find({configuration, cluster, up_to});
  if (known != members_.end()) return known->second;
  const ConfigurationModel& rules = world_.model.configurations[configuration];
  const policies::Epoch& epoch = rules.rules->epoch;
  std::vector<bool> absent(epoch.clusters[cluster].hosts.size(), up_to == kNone);
  for (std::uint32_t host = 0; host < absent.size() && up_to > 0 && up_to != kNone; ++host) {
    const std::uint32_t pod = rules.targets[epoch.hosts_begin(cluster) + host].pod;
    if (pod == kNone) continue;
    const std::vector<std::uint32_t>& turns = pods_[pod].turns;
    absent[host] = (std::ranges::upper_bound(turns, up_to) - turns.begin()) % 2 == 1;
  }
  return members_
      .emplace(std::array{configuration, cluster, up_to},
               rules.rules->layout_without(cluster, std::move(absent)))
      .first->second;
}

const Endpoints::Places& Endpoints::places(std::uint32_t configuration) {
  Places& places = places_[configuration];
  if (!places.empty()) return places;
  places.resize(world_.pods.size());
  const ConfigurationModel& rules = world_.model.configurations[configuration];
  const policies::Epoch& epoch = rules.rules->epoch;
  for (std::uint32_t host = 0; host < epoch.host_count(); ++host) {
    const std::uint32_t pod = rules.targets[host].pod;
    if (pod == kNone) continue;
    const std::uint32_t cluster = epoch.cluster_of_host(host);
    if (!rules.fixed.empty() && rules.fixed[cluster] != 0) continue;
    places[pod].push_back({cluster, host - epoch.hosts_begin(cluster)});
  }
  return places;
}

}  // namespace squall::sim
