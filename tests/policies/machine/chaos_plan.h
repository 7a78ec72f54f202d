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

}  // namespace squall::policies
