#include "policies/machine/cluster_state.h"

#include <algorithm>

#include "policies/base/mix.h"
#include "policies/lb/load_report.h"

namespace squall::policies {

ClusterState::ClusterState(const Configuration& configuration, std::uint32_t cluster,
                           std::uint64_t seed, Instant start)
    : config(&configuration.epoch.clusters[cluster]),
      index(cluster),
      first_host(configuration.epoch.hosts_begin(cluster)),
      detects_outliers(config->outlier.has_value()),
      splits_local_origin(detects_outliers && config->outlier->split_external_local_origin_errors),
      judges_responses(detects_outliers && config->failures.has_value()),
      http1(config->protocol == Protocol::kHttp1),
      watches_headers(!config->health_checks.empty() ||
                      (detects_outliers && config->outlier->detect_degraded_hosts)),
      tells_hosts_apart(std::ranges::any_of(
          config->hosts, [](const HostConfig& host) { return host.canary || host.zone != 0; })),
      layout(&configuration.layouts[cluster]),
      own_locality_(configuration.epoch.own_locality()),
      sets_(*layout, mix(seed, Purpose::kBalancerSeed, config->name, 0)) {
  hosts.resize(config->hosts.size());
  active.resize(hosts.size());
  if (configuration.epoch.counts_hosts) host_stats = std::make_unique<HostStats[]>(hosts.size());
  const bool starts_slowly = config->slow_start.window > Duration::zero();
  const bool by_reports = config->lb == LbPolicy::kClientWeighted;
  if (starts_slowly || by_reports || config->subsets ||
      layout->locality_use == lb::LocalityUse::kZoneAware) {
    extras_ = std::make_unique<Extras>();
    extras_->subsets.resize(layout->subsets.size());
  }
  if (starts_slowly) {
    extras_->lives.healthy_since.resize(hosts.size(), kNever);
    extras_->lives.healthy.resize(hosts.size());
  }
  if (by_reports) {
    for (const HostConfig& host : config->hosts) extras_->lives.reported.push_back(host.weight);
    extras_->weights.emplace(config->client_weighted, hosts.size(), start);
  }
  std::vector<HealthFlags> flags;
  flags.reserve(hosts.size());
  for (const HostConfig& host : config->hosts) flags.emplace_back(host.health);
  set_health({.flags = flags, .last_pass = {}, .at = start});
}

HostsNow ClusterState::now(Instant now) const {
  return {.config = *config,
          .hosts = hosts,
          .active = active,
          .cluster_active = gauges[0].requests + gauges[1].requests,
          .lives = extras_ ? &extras_->lives : nullptr,
          .own_locality = own_locality_,
          .now = now};
}

/// A host begins slowly when it has passed a health check after failing; without checks, when it
/// is first seen in health.
void ClusterState::note_healthy(const PublishedHosts& published) {
  std::vector<Instant>& since = extras_->lives.healthy_since;
  for (std::size_t i = 0; i < since.size(); ++i) {
    extras_->lives.healthy[i] = hosts[i].health.coarse() == CoarseHealth::kHealthy;
    if (!extras_->lives.healthy[i]) continue;
    if (i < published.last_pass.size() && published.last_pass[i] != PublishedHosts::kNeverPassed) {
      since[i] = published.last_pass[i];
    } else if (since[i] == kNever) {
      since[i] = published.at;
    }
  }
}

void ClusterState::set_health(const PublishedHosts& published) {
  for (std::size_t i = 0; i < hosts.size(); ++i) hosts[i].health = published.flags[i];
  if (extras_ && !extras_->lives.healthy_since.empty()) note_healthy(published);
  recompute(published.at);
}

void ClusterState::set_members(const lb::ClusterLayout& members, Instant at) {
  const bool slowly = extras_ && !extras_->lives.healthy_since.empty();
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    if (!members.has(i) || layout->has(i)) continue;
    hosts[i].health = HealthFlags(config->hosts[i].health);
    if (slowly) extras_->lives.healthy_since[i] = kNever;
  }
  layout = &members;
  sets_.on_layout(*layout);
  if (extras_) {
    extras_->subsets.clear();
    extras_->subsets.resize(layout->subsets.size());
  }
  if (slowly) note_healthy({.flags = {}, .last_pass = {}, .at = at});
  recompute(at);
}

template <class Visit>
void ClusterState::for_each_set(const Visit& visit) {
  visit(sets_);
  if (!extras_) return;
  for (const std::unique_ptr<HostSets>& subset : extras_->subsets) {
    if (subset != nullptr) visit(*subset);
  }
}

void ClusterState::recompute(Instant at) {
  const HostsNow hosts_now = now(at);
  for_each_set([&](HostSets& sets) {
    sets.on_change(hosts_now);
    if (extras_ && layout->locality_use == lb::LocalityUse::kZoneAware)
      sets.on_callers(hosts_now, extras_->callers, counters());
  });
  usual_ = sets_.usual() && !picks_by_hash(config->lb) && layout->plans.empty() &&
           config->override_host.empty() &&
           (!extras_ || (extras_->lives.healthy_since.empty() && !extras_->weights));
}

void ClusterState::advance(Instant at) {
  if (reads_reports() && extras_->weights->advance(at, extras_->lives.reported)) recompute(at);
}

bool ClusterState::on_report(std::uint32_t host, Headers headers, Instant at) {
  const auto weight = lb::reported_weight(config->client_weighted, headers);
  if (!weight) return false;
  advance(at);
  extras_->weights->on_report(host, *weight, at);
  return true;
}

void ClusterState::on_callers(const CallerZones& callers) {
  extras_->callers = callers;
  const HostsNow hosts_now = now(Instant{});
  for_each_set([&](HostSets& sets) { sets.on_callers(hosts_now, callers, counters()); });
}

CallerZones ClusterState::caller_zones() const {
  CallerZones result;
  for (const std::uint32_t host : layout->priorities.front().hosts) {
    const HostConfig& its = config->hosts[host];
    result.counts.add(hosts[host].health, its.weight);
    auto zone = std::ranges::find_if(result.zones, [&](const CallerZones::Zone& known) {
      return *known.locality == its.locality;
    });
    if (zone == result.zones.end())
      zone = result.zones.insert(zone, {.locality = &its.locality, .hosts = 0, .weight = 0});
    if (hosts[host].health.coarse() == CoarseHealth::kHealthy) {
      ++zone->hosts;
      zone->weight += its.weight;
    }
    if (own_locality_ != nullptr && its.locality == *own_locality_) result.own_has_hosts = true;
  }
  return result;
}

HostSets& ClusterState::subset(std::uint32_t number, Instant at) {
  std::unique_ptr<HostSets>& subset = extras_->subsets[number];
  if (subset == nullptr) {
    subset = std::make_unique<HostSets>(layout->subsets[number], sets_.seed());
    const HostsNow hosts_now = now(at);
    subset->on_change(hosts_now);
    if (layout->locality_use == lb::LocalityUse::kZoneAware)
      subset->on_callers(hosts_now, extras_->callers, counters());
  }
  return *subset;
}

}  // namespace squall::policies
