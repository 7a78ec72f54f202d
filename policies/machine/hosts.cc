// Which host an attempt goes to: priority, balancer, and on retries what the retry policy avoids.
#include <algorithm>
#include <charconv>

#include "policies/headers.h"
#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

constexpr int kMostNamed = 64;  // looked for: more than anybody's attempts

/// Whether `text` is the host's "ADDRESS:PORT", of IPv6 "[ADDRESS]:PORT".
bool names(std::string_view text, const HostConfig& host) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view address = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool v6 = address.starts_with('[') && address.ends_with(']');
  if (v6) address = address.substr(1, address.size() - 2);
  char digits[8];
  const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, host.port);
  return address == host.address && v6 == host.address.contains(':') &&
         port == std::string_view(digits, static_cast<std::size_t>(end - digits));
}

/// Numbers of the hosts that stand in "ADDRESS:PORT,ADDRESS:PORT"; others are passed over.
void find_hosts(const ClusterConfig& cluster, std::string_view named,
                std::vector<std::uint32_t>& out) {
  for (int looked = 0; looked < kMostNamed && !named.empty(); ++looked) {
    std::string_view one = named.substr(0, named.find(','));
    named.remove_prefix(std::min(one.size() + 1, named.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    const auto host =
        std::ranges::find_if(cluster.hosts, [&](const HostConfig& its) { return names(one, its); });
    if (host != cluster.hosts.end())
      out.push_back(static_cast<std::uint32_t>(host - cluster.hosts.begin()));
  }
}

}  // namespace

void WorkerSteps::make_cluster(std::uint32_t cluster) {
  clusters_[cluster] = std::make_unique<ClusterState>(*configuration_, cluster, random_, start_);
  if (!members_.empty() && members_[cluster] != nullptr)
    clusters_[cluster]->set_members(*members_[cluster], start_);
  note_callers(*clusters_[cluster]);
}

/// The cluster that the proxy itself belongs to; null: it is not known.
ClusterState* WorkerSteps::callers_cluster() {
  const std::uint32_t local = configuration_->epoch.local_cluster_index();
  return local == kNone ? nullptr : &use_cluster(local);
}

/// Tells the cluster where its callers are, when it routes by zones.
void WorkerSteps::note_callers(ClusterState& cluster) {
  if (cluster.layout->locality_use != lb::LocalityUse::kZoneAware) return;
  if (cluster.index == configuration_->epoch.local_cluster_index()) {
    cluster.on_callers(cluster.caller_zones());
  } else {
    cluster.on_callers(callers_cluster()->caller_zones());
  }
}

namespace {

void name_mirrors(const Epoch& epoch, const std::vector<MirrorPolicy>& mirrors,
                  const RequestHead& head, std::vector<std::uint32_t>& clusters) {
  clusters.clear();
  for (const MirrorPolicy& mirror : mirrors) {
    const auto name =
        mirror.cluster_header.empty() ? std::nullopt : find_header(head, mirror.cluster_header);
    clusters.push_back(name ? epoch.find_cluster(*name) : kNone);
  }
}

}  // namespace

/// What the request's head as it is sent says of where it shall go, kept for its attempts.
void WorkerSteps::read_balancing(Request& request, const Forward& forward,
                                 const RequestHead& head) {
  const ClusterConfig& cluster = configuration_->epoch.clusters[request.cluster];
  const auto& hash_policies =
      cluster.hash_policies.empty() ? forward.hash_policies : cluster.hash_policies;
  const auto& mirrors = mirrors_of(configuration_->epoch, forward, request.cluster);
  const bool by_hash = !hash_policies.empty() && picks_by_hash(cluster.lb);
  const bool names_mirrors = std::ranges::any_of(
      mirrors, [](const MirrorPolicy& one) { return !one.cluster_header.empty(); });
  if (by_hash || names_mirrors) {
    RequestExtras& extras = extras_of(request);
    if (by_hash) extras.hash = hash_of(hash_policies, head, &extras.cookies);
    if (names_mirrors) name_mirrors(configuration_->epoch, mirrors, head, extras.mirror_clusters);
  }
  for (const OverrideHost& where : cluster.override_host) {
    const auto named = find_header(head, where.header);
    if (!named) continue;
    find_hosts(cluster, *named, extras_of(request).named_hosts);
    break;
  }
}

bool WorkerSteps::is_rejected(const Request& request, std::uint32_t host) const {
  const RetryPolicy& policy = *request.retry_policy;
  if (policy.previous_hosts) {
    const std::uint32_t before = request.attempt_count - 1U;
    const std::span first(request.tried_hosts, std::min(before, Request::kFirstTried));
    if (std::ranges::find(first, host) != first.end()) return true;
    if (before > Request::kFirstTried) {
      const std::vector<std::uint32_t>& more = extras_[request.extras].tried_hosts;
      if (std::ranges::find(more, host) != more.end()) return true;
    }
  }
  const HostConfig& config = configuration_->epoch.host(host);
  if (policy.omit_canary_hosts && config.canary) return true;
  if (policy.omit_host_metadata.empty()) return false;
  return std::ranges::all_of(policy.omit_host_metadata, [&](const auto& wanted) {
    return std::ranges::find(config.lb_metadata, wanted) != config.lb_metadata.end();
  });
}

/// kNone: there is no host to choose.
std::uint32_t WorkerSteps::choose_host(Request& request, ClusterState& cluster, Instant now) {
  if (!cluster.usual() || (request.retry_policy != nullptr && request.attempt_count > 1))
    return choose_with_care(request, cluster, now);
  lb::Draws draws{.random = request.random, .key = lb::Draws::of(request.attempt_count, 0)};
  if (cluster.config->lb == LbPolicy::kRandom)  // the others never look at it
    draws.priority = draw(request, Purpose::kPriority, 0);
  const std::uint32_t local = cluster.pick_usual(draws);
  return local == kNone ? kNone : cluster.first_host + local;
}

/// The host that the request names, if it is there; else one of the cluster's or of its subsets'.
[[gnu::noinline]] std::uint32_t WorkerSteps::choose_with_care(Request& request,
                                                              ClusterState& cluster, Instant now) {
  cluster.advance(now);
  if (!cluster.config->override_host.empty() && request.extras != kNone) {
    const std::vector<std::uint32_t>& named = extras_[request.extras].named_hosts;
    const std::size_t next = request.attempt_count - 1U;  // each attempt the next of them
    if (next < named.size() && cluster.layout->has(named[next]))
      return cluster.first_host + named[next];  // in whatever health
  }
  if (!cluster.layout->plans.empty()) return choose_in_subsets(request, cluster, now);
  return choose_in(request, cluster, cluster.sets(), now);
}

std::uint32_t WorkerSteps::choose_in_subsets(Request& request, ClusterState& cluster, Instant now) {
  const auto& forward = std::get<Forward>(request.route->action);
  const bool weighted = request.weighted_entry < forward.clusters.size();
  // A copy goes to another cluster than the route's, and asks for nothing.
  const std::uint32_t criteria =
      weighted && request.mirror == 0 ? forward.clusters[request.weighted_entry].criteria : 0;
  for (const lb::SubsetStep& step : cluster.layout->plans[criteria]) {
    const std::uint32_t host = choose_in(request, cluster, cluster.subset(step.subset, now), now);
    if (step.stat && (host != kNone || *step.stat == LbStat::kSubsetsSelected))
      cluster.count(*step.stat);
    if (host != kNone) return host;
  }
  return kNone;
}

/// A retry redraws while the policy rejects the pick, then takes the last.
std::uint32_t WorkerSteps::choose_in(Request& request, ClusterState& cluster, HostSets& sets,
                                     Instant now) {
  const bool retry = request.attempt_count > 1 && request.retry_policy != nullptr;
  const std::uint32_t picks = retry ? request.retry_policy->host_selection_max_attempts + 1 : 1;
  const bool by_hash = picks_by_hash(cluster.config->lb);
  std::span<const PriorityLoad> loads = sets.loads();
  if (retry && !by_hash && request.retry_policy->previous_priorities_frequency > 0) {
    loads = retry_priority_loads(extras_of(request).priorities,
                                 request.retry_policy->previous_priorities_frequency, loads,
                                 adjusted_loads_);
  }
  std::uint64_t hash = draw(request, Purpose::kPriority, 0);
  if (request.extras != kNone) hash = extras_[request.extras].hash.value_or(hash);
  std::uint32_t host = kNone;
  for (std::uint32_t pick = 0; pick < picks; ++pick) {
    lb::Draws draws{.random = request.random,
                    .priority = by_hash ? hash : draw(request, Purpose::kPriority, pick),
                    .key = lb::Draws::of(request.attempt_count, pick),
                    .pick = pick,
                    .hash = hash,
                    .now = now};
    const PriorityChoice choice =
        sets.simple() ? PriorityChoice{} : choose_priority(loads, draws.priority);
    const std::uint32_t local = cluster.pick(sets, choice, draws);
    if (local == kNone) return kNone;
    host = cluster.first_host + local;
    if (!retry || !is_rejected(request, host)) break;
  }
  if (request.retry_policy != nullptr && request.retry_policy->previous_priorities_frequency > 0) {
    extras_of(request).priorities.on_attempt(configuration_->epoch.host(host).priority);
  }
  return host;
}

/// Where the callers are, when the cluster is theirs.
void WorkerSteps::note_callers_of_all(const ClusterState& changed) {
  if (changed.index != configuration_->epoch.local_cluster_index()) return;
  for (const std::unique_ptr<ClusterState>& other : clusters_) {
    if (other != nullptr) note_callers(*other);
  }
}

void Worker::on_host_health(std::uint32_t cluster, const PublishedHosts& published) {
  begin_event();
  ClusterState& state = use_cluster(cluster);
  state.set_health(published);
  note_callers_of_all(state);
}

void Worker::on_hosts(std::uint32_t cluster, const lb::ClusterLayout& members, Instant now) {
  begin_event();
  const bool starts_slowly =
      configuration_->epoch.clusters[cluster].slow_start.window > Duration::zero();
  if (clusters_[cluster] == nullptr && !starts_slowly) {  // it is made when it is asked
    members_.resize(clusters_.size());
    members_[cluster] = &members;
    return;
  }
  ClusterState& state = use_cluster(cluster);
  std::vector<std::uint32_t> gone;
  for (std::uint32_t i = 0; i < state.hosts.size(); ++i) {
    if (state.layout->has(i) && !members.has(i)) gone.push_back(state.first_host + i);
  }
  state.set_members(members, now);
  note_callers_of_all(state);
  for (const std::uint32_t host : gone) drain_pools(state, host, now);
}

}  // namespace squall::policies
