// What Chaos checks after each event.
#pragma once
#include "tests/policies/machine/chaos.h"

namespace squall::policies {

inline Chaos::Before Chaos::look() const {
  const ClusterState* const cluster = worker_.cluster(0);
  if (cluster == nullptr) return {};
  std::uint64_t granted = cluster->stats.get(Stat::kRqRetry);
  for (std::uint32_t i = 0; i < worker_.requests().capacity(); ++i)
    granted += worker_.request(i).index != kNone && worker_.request(i).in_backoff ? 1U : 0U;
  return {.granted = granted,
          .streams = std::uint64_t{cluster->gauges[0].requests} + cluster->gauges[0].pending};
}

/// Whoever has just been granted a retry is within the budget, and hosts that are out within the
/// cap.
inline void Chaos::check_grants(const Before& before) const {
  const ClusterConfig& config = configuration_.epoch.clusters[0];
  const OutlierDetection& outlier = *config.outlier;
  const std::uint64_t cap = config.hosts.size() * outlier.max_ejection_percent / 100;
  EXPECT_LE(control_.active_ejections(0),
            std::max<std::uint64_t>(cap, outlier.always_eject_one_host ? 1 : 0));
  std::uint32_t out = 0;
  for (const HealthFlags flags : control_.flags(0))
    out += flags.has(HealthFlag::kFailedOutlierCheck) ? 1U : 0U;
  EXPECT_LE(out, control_.active_ejections(0));  // who was found by both rates counts twice
  if (worker_.cluster(0) == nullptr || look().granted <= before.granted) return;
  const Thresholds& limits = config.thresholds[0];
  std::uint64_t most = limits.max_retries;
  if (limits.retry_budget) {
    const double share = limits.retry_budget->budget_percent / 100;
    most = std::max<std::uint64_t>(
        limits.retry_budget->min_retry_concurrency,
        static_cast<std::uint64_t>(share * static_cast<double>(before.streams)));
  }
  EXPECT_LE(worker_.cluster(0)->gauges[0].retries, most);
}

/// What the records say, beside what is counted.
inline void Chaos::check_records() const {
  std::uint32_t pending = 0, retries = 0, queued = 0, pools = 0;
  for (std::uint32_t i = 0; i < worker_.requests().capacity(); ++i) {
    const Request& request = worker_.request(i);
    if (request.index == kNone || request.ended) continue;
    retries += request.retry.slot_held ? 1U : 0U;
    for (std::uint32_t k = request.newest_attempt; k != kNone;
         k = worker_.attempt(k).next_of_request)
      pending += worker_.attempt(k).connection == kNone ? 1U : 0U;
  }
  for (const Host& host : worker_.cluster(0)->hosts) {
    queued += host.pool.queued;
    pools += host.pool.connections > 0 || host.pool.queued > 0 ? 1U : 0U;
  }
  const Gauges& gauges = worker_.cluster(0)->gauges[0];
  EXPECT_EQ(gauges.pending, pending);
  EXPECT_EQ(queued, pending);
  EXPECT_EQ(gauges.retries, retries);
  EXPECT_EQ(gauges.pools, pools);
}

/// Once a turn is over nobody waits beside a connection that could serve him.
inline void Chaos::check_queues() const {
  if (worker_.cluster(0) == nullptr) return;
  for (const Host& host : worker_.cluster(0)->hosts)
    EXPECT_TRUE(host.pool.queued == 0 || host.pool.ready_head == kNone);
}

inline void Chaos::check_gauges() const {
  if (worker_.cluster(0) == nullptr) return;
  check_records();
  std::uint32_t attempts = 0, connections = 0, active = 0, on_hosts = 0;
  for (const auto& [index, attempt] : ledger_.attempts) attempts += attempt.ended ? 0 : 1;
  for (const auto& [index, one] : ledger_.connections) connections += one.closed ? 0 : 1;
  for (const std::uint32_t streams : worker_.cluster(0)->active) active += streams;
  for (std::uint32_t i = 0; i < worker_.cluster(0)->hosts.size(); ++i)
    on_hosts += worker_.cluster(0)->connections_to(i);
  const Gauges& gauges = worker_.cluster(0)->gauges[0];
  EXPECT_EQ(gauges.requests, attempts);
  EXPECT_EQ(active, attempts);
  EXPECT_EQ(gauges.connections, connections);
  EXPECT_EQ(on_hosts, connections);
}

/// An attempt whose last event has come, or was broken off on the way.
inline void Chaos::expect_over(std::uint32_t attempt) {
  const auto at = ledger_.attempts.find(attempt);
  if (at == ledger_.attempts.end()) return;
  EXPECT_TRUE(at->second.ended);
  old_attempt_ = at->second.id;
  ledger_.end(attempt);
  check_gauges();
}

}  // namespace squall::policies
