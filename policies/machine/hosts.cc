// Which host an attempt goes to: priority, balancer, and on retries what the retry policy avoids.
#include <algorithm>

#include "policies/machine/steps.h"

namespace squall::policies {

void WorkerSteps::make_cluster(std::uint32_t cluster) {
  clusters_[cluster] = std::make_unique<ClusterState>(configuration_, cluster, random_);
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
  const HostConfig& config = configuration_.epoch.host(host);
  if (policy.omit_canary_hosts && config.canary) return true;
  if (policy.omit_host_metadata.empty()) return false;
  return std::ranges::all_of(policy.omit_host_metadata, [&](const auto& wanted) {
    return std::ranges::find(config.lb_metadata, wanted) != config.lb_metadata.end();
  });
}

/// kNone: there is no host to choose.
std::uint32_t WorkerSteps::choose_host(Request& request, ClusterState& cluster) {
  const RetryPolicy* policy = request.retry_policy;
  if (!cluster.usual() || (policy != nullptr && (request.attempt_count > 1 ||
                                                 policy->previous_priorities_frequency > 0))) {
    return choose_by_retry(request, cluster);
  }
  lb::Draws draws{.random = request.random, .key = lb::Draws::of(request.attempt_count, 0)};
  if (cluster.config->lb == LbPolicy::kRandom)  // the others never look at it
    draws.priority = draw(request, Purpose::kPriority, 0);
  const std::uint32_t local = cluster.pick_usual(draws);
  return local == kNone ? kNone : cluster.first_host + local;
}

/// A retry redraws while the policy rejects the pick, then takes the last.
std::uint32_t WorkerSteps::choose_by_retry(Request& request, ClusterState& cluster) {
  const bool retry = request.attempt_count > 1 && request.retry_policy != nullptr;
  const std::uint32_t picks = retry ? request.retry_policy->host_selection_max_attempts + 1 : 1;
  std::span<const PriorityLoad> loads = cluster.loads();
  if (retry && request.retry_policy->previous_priorities_frequency > 0) {
    loads = retry_priority_loads(extras_of(request).priorities,
                                 request.retry_policy->previous_priorities_frequency, loads,
                                 adjusted_loads_);
  }
  std::uint32_t host = kNone;
  for (std::uint32_t pick = 0; pick < picks; ++pick) {
    lb::Draws draws{.random = request.random,
                    .priority = draw(request, Purpose::kPriority, pick),
                    .key = lb::Draws::of(request.attempt_count, pick)};
    const PriorityChoice choice =
        cluster.simple() ? PriorityChoice{} : choose_priority(loads, draws.priority);
    const std::uint32_t local = cluster.pick(choice, draws);
    if (local == kNone) return kNone;
    host = cluster.first_host + local;
    if (!retry || !is_rejected(request, host)) break;
  }
  if (request.retry_policy != nullptr && request.retry_policy->previous_priorities_frequency > 0) {
    extras_of(request).priorities.on_attempt(configuration_.epoch.host(host).priority);
  }
  return host;
}

void Worker::on_host_health(std::uint32_t cluster, std::span<const HealthFlags> flags) {
  begin_event();
  use_cluster(cluster).set_health(flags);
}

}  // namespace squall::policies
