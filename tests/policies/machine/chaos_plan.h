// Configurations for Chaos, in which every policy takes part within some hundred milliseconds.
#pragma once
#include <utility>

#include "policies/base/mix.h"
#include "tests/policies/machine/plan.h"

namespace squall::policies {

constexpr Duration kChaosTimeout = 150ms;

/// Three hosts; every policy takes part within some hundred milliseconds.
inline Plan chaos_plan(Protocol protocol, bool limits, std::size_t hosts = 3) {
  Plan plan(hosts);
  ClusterConfig& cluster = plan.cluster();
  cluster.protocol = protocol;
  cluster.max_concurrent_streams = protocol == Protocol::kHttp1 ? 1 : 3;
  cluster.connect_timeout = 60ms;
  cluster.idle_timeout = 80ms;
  cluster.max_connection_duration = 300ms;
  cluster.max_requests_per_connection = 7;
  cluster.update_merge_window = 20ms;
  cluster.outlier = detection_of(3);
  cluster.outlier->interval = 50ms;
  cluster.outlier->base_ejection_time = 50ms;
  if (limits) {
    plan.limits() = {.max_connections = 3,
                     .max_pending_requests = 2,
                     .max_requests = 3,
                     .max_retries = 1,
                     .max_connection_pools = 2,
                     .retry_budget = {}};
  }
  plan.forward.timeout = kChaosTimeout;
  plan.forward.retry = retries_on("5xx,reset,connect-failure", 3);
  plan.forward.retry->per_try_timeout = 40ms;
  plan.forward.retry->previous_hosts = true;
  plan.listener.buffer_limit_bytes = 100;
  return plan;
}

/// Seven hosts of which some may be out, a budget for retries, and what else a seed switches on.
inline Plan chaos_plan_of(std::uint64_t seed) {
  const auto draw = [&](std::uint64_t k, std::uint64_t below) { return mix(~seed, k) % below; };
  Plan plan = chaos_plan(draw(1, 2) == 0 ? Protocol::kHttp1 : Protocol::kHttp2, false, 7);
  plan.cluster().outlier->consecutive_5xx = 2;
  plan.cluster().outlier->max_ejection_percent = static_cast<std::uint32_t>(draw(2, 101));
  plan.cluster().outlier->always_eject_one_host = draw(3, 2) == 0;
  const auto least = static_cast<std::uint32_t>(draw(4, 3));
  if (draw(5, 4) == 0) {
    plan.limits().max_retries = least;
  } else {
    plan.limits().retry_budget = {.budget_percent = static_cast<double>(draw(6, 60)),
                                  .min_retry_concurrency = least};
  }
  if (draw(7, 2) == 0) plan.forward.hedge = HedgePolicy{.on_per_try_timeout = true};
  if (draw(8, 2) == 0) {
    FaultConfig faults;
    faults.delay.emplace().fixed = 10ms;
    faults.delay->percentage.numerator = 30;
    faults.abort.emplace().http_status = 503;
    faults.abort->percentage.numerator = 5;
    plan.listener.filters.push_back({.name = "faults", .config = std::move(faults)});
  }
  return plan;
}

/// Where hosts are, and how one is chosen, as a seed has it.
inline void scatter_hosts(ClusterConfig& cluster, std::uint64_t seed) {
  const auto draw = [&](std::uint64_t k, std::uint64_t below) { return mix(~seed, k) % below; };
  static constexpr LbPolicy kPolicies[] = {LbPolicy::kRoundRobin, LbPolicy::kLeastRequest,
                                           LbPolicy::kRandom,     LbPolicy::kRingHash,
                                           LbPolicy::kMaglev,     LbPolicy::kClientWeighted};
  cluster.lb = kPolicies[draw(20, 6)];
  cluster.ring_hash.minimum_size = 32;
  cluster.maglev.table_size = 61;
  if (draw(21, 3) == 0) cluster.hashing.balance_factor = 120;
  if (draw(22, 3) == 0) cluster.slow_start.window = 40ms;
  cluster.locality_weighted = draw(23, 3) == 0;
  cluster.fail_traffic_on_panic = draw(24, 4) == 0;
  if (draw(25, 3) == 0) cluster.preconnect_ratio = 1.5;
  for (std::size_t i = 0; i < cluster.hosts.size(); ++i) {
    HostConfig& host = cluster.hosts[i];
    host.weight = static_cast<std::uint32_t>(1 + draw(30 + i, 3));
    host.priority = draw(26, 2) == 0 ? 0 : static_cast<std::uint32_t>(i % 2);
    host.locality.zone = i % 3 == 0 ? "a" : "b";
    host.locality_weight = i % 3 == 0 ? 2 : 1;
    host.lb_metadata = {{"version", i % 2 == 0 ? "1" : "2"}};
  }
  if (draw(27, 2) != 0) return;
  SubsetConfig& subsets = cluster.subsets.emplace();
  subsets.fallback = draw(28, 2) == 0 ? SubsetFallback::kNone : SubsetFallback::kAnyEndpoint;
  subsets.selectors.emplace_back().keys = {"version"};
}

/// What chaos_plan_of has, and routes that mirror, follow redirects, hash and choose subsets, with
/// attempts that may not idle nor last.
inline Plan wild_plan_of(std::uint64_t seed) {
  const auto draw = [&](std::uint64_t k, std::uint64_t below) { return mix(~seed, k) % below; };
  Plan plan = chaos_plan_of(seed);
  scatter_hosts(plan.cluster(), seed);
  plan.forward.retry->per_try_idle_timeout = 25ms;
  if (draw(40, 2) == 0) plan.cluster().max_stream_duration = 60ms;
  if (draw(41, 2) == 0) plan.forward.retry->previous_priorities_frequency = 1;
  Forward mirrors = plan.forward, redirects = plan.forward, hashes = plan.forward;
  MirrorPolicy& mirror = mirrors.mirrors.emplace_back();
  mirror.cluster = "backend";
  mirror.fraction.numerator = 70;
  redirects.internal_redirect.emplace().max_redirects = 2;
  redirects.internal_redirect->codes = {302, 303};
  hashes.hash_policies.emplace_back().name = "x-user";
  hashes.metadata_match.pairs = {{"version", draw(42, 3) == 0 ? "3" : "1"}};
  for (const auto& [prefix, forward] :
       {std::pair{"/m", &mirrors}, {"/r", &redirects}, {"/h", &hashes}}) {
    Route& route = plan.routes.emplace_back();
    route.match.path.value = prefix;
    route.action = *forward;
  }
  return plan;
}

}  // namespace squall::policies
