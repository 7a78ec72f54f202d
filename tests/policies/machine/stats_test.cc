#include "policies/machine/stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "policies/base/mix.h"
#include "policies/machine/stats_view.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

std::map<std::string, std::uint64_t> stats_of(const Shell& shell) {
  std::map<std::string, std::uint64_t> all;
  for (const NamedStat& stat : policies::stats_of(shell.worker, shell.control)) {
    EXPECT_TRUE(all.emplace(stat.name, stat.value).second) << stat.name;
  }
  return all;
}

TEST(Stats, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kStats; ++i) names.insert(to_string(static_cast<Stat>(i)));
  EXPECT_EQ(names.size(), kStats);
  EXPECT_EQ(to_string(Stat::kRqTotal), "upstream_rq_total");
  EXPECT_EQ(to_string(Stat::kCxPoolOverflow), "upstream_cx_pool_overflow");
  EXPECT_EQ(to_string(Stat::kLbHealthyPanic), "lb_healthy_panic");
}

TEST(Stats, AnswersCountByCodeAndByClass) {
  Shell shell{Plan()};
  static constexpr std::uint16_t kAnswers[] = {200, 204, 503, 200};
  for (const std::uint16_t status : kAnswers) {
    shell.request();
    if (shell.gauges().pending > 0) shell.connect(0);
    shell.respond(0, status);
  }
  auto stats = stats_of(shell);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_200"], 2U);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_2xx"], 3U);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_503"], 1U);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_completed"], 4U);
  EXPECT_EQ(stats["cluster.backend.upstream_cx_active"], 1U);
  EXPECT_EQ(stats["cluster.backend.membership_healthy"], 1U);
}

TEST(Stats, KindsOfAnswersAreInOrderWhicheverWayTheyCame) {
  ResponseCounts counts;
  std::map<std::uint16_t, std::uint64_t> came;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto status = static_cast<std::uint16_t>(i == 0 ? 404 : 100 + mix(7, i) % 900);
    counts.add({.status = status});
    counts.add({.status = status, .canary = true});
    ++came[status];
  }
  EXPECT_EQ(counts.kinds(), 1'800U);
  std::vector<ResponseKind> kinds;
  counts.visit([&](const ResponseKind& kind, std::uint64_t count) {
    EXPECT_EQ(count, came[kind.status]);
    kinds.push_back(kind);
    sum += count;
  });
  EXPECT_EQ(sum, 40'000U);
  EXPECT_EQ(kinds.front().status, 404U);  // what comes first is looked for first
  const auto in_order = [](const ResponseKind& kind) {
    return std::pair(kind.canary, kind.status);
  };
  EXPECT_TRUE(std::ranges::is_sorted(kinds.begin() + 1, kinds.end(), {}, in_order));
}

TEST(Stats, WhatALimitLeavesIsToldWhereItIsAskedFor) {
  Plan plan;
  plan.limits() = {.max_connections = 3,
                   .max_pending_requests = 2,
                   .max_requests = 1,
                   .max_retries = 4,
                   .max_connection_pools = 5,
                   .retry_budget = {},
                   .track_remaining = true};
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  shell.connect(0);
  auto stats = stats_of(shell);
  const std::string prefix = "cluster.backend.circuit_breakers.";
  EXPECT_EQ(stats[prefix + "default.remaining_cx"], 1U);
  EXPECT_EQ(stats[prefix + "default.remaining_pending"], 1U);
  EXPECT_EQ(stats[prefix + "default.remaining_rq"], 0U);
  EXPECT_EQ(stats[prefix + "default.remaining_retries"], 4U);
  EXPECT_EQ(stats[prefix + "default.remaining_cx_pools"], 4U);
  EXPECT_FALSE(stats.contains(prefix + "high.remaining_cx"));  // not tracked
}

TEST(Stats, EjectionsCountByDetector) {
  Plan plan(2);
  plan.cluster().outlier = detection_of(1);
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  shell.respond(0, 500);
  shell.end_turn();
  auto stats = stats_of(shell);
  const std::string prefix = "cluster.backend.outlier_detection.";
  EXPECT_EQ(stats[prefix + "ejections_detected_consecutive_5xx"], 1U);
  EXPECT_EQ(stats[prefix + "ejections_enforced_consecutive_5xx"], 1U);
  EXPECT_EQ(stats[prefix + "ejections_consecutive_5xx"], 1U);
  EXPECT_EQ(stats[prefix + "ejections_success_rate"], 0U);
  EXPECT_EQ(stats[prefix + "ejections_total"], 1U);  // of these two
  EXPECT_EQ(stats[prefix + "ejections_enforced_total"], 1U);
  EXPECT_EQ(stats[prefix + "ejections_active"], 1U);
  EXPECT_EQ(stats["cluster.backend.membership_healthy"], 1U);
}

TEST(Stats, WhatIsUnderWayAndWhoIsWellIsTold) {
  Plan plan(4);
  plan.cluster().hosts[0].priority = 0;
  for (std::size_t i = 1; i < 4; ++i) plan.cluster().hosts[i].priority = 1;
  plan.cluster().hosts[1].health = HealthStatus::kDegraded;
  plan.cluster().hosts[2].health = HealthStatus::kDraining;
  plan.cluster().hosts[3].health = HealthStatus::kUnhealthy;
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();
  shell.connect(0);
  shell.connect(1);
  auto stats = stats_of(shell);
  EXPECT_EQ(stats["cluster.backend.upstream_cx_active"], 3U);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_active"], 2U);
  EXPECT_EQ(stats["cluster.backend.upstream_rq_pending_active"], 1U);
  EXPECT_EQ(stats["cluster.backend.membership_healthy"], 1U);
  EXPECT_EQ(stats["cluster.backend.membership_degraded"], 1U);
  EXPECT_EQ(stats["cluster.backend.membership_excluded"], 1U);
}

TEST(Stats, StreamsOfHttp2ThatAreResetCountByWhoDidIt) {
  Plan plan;
  plan.cluster().protocol = Protocol::kHttp2;
  Shell shell(plan);
  const auto after = [&](ResetReason why) {
    shell.request();
    shell.reset(shell.worker.connection(0).first_attempt, why);
    return std::pair(shell.stat(Stat::kRqRxReset), shell.stat(Stat::kRqTxReset));
  };
  using Counts = std::pair<std::uint64_t, std::uint64_t>;
  shell.request();
  shell.connect(0);
  EXPECT_EQ(after(ResetReason::kRemoteReset), Counts(1, 0));
  EXPECT_EQ(after(ResetReason::kProtocolError), Counts(1, 1));
  EXPECT_EQ(after(ResetReason::kRemoteRefusedStream), Counts(1, 1));
  shell.close(0);  // with the first on it
  EXPECT_EQ(shell.stat(Stat::kRqPendingFailureEject), 1U);
}

TEST(Stats, AnAnswerThatOvertakesItsRequestResetsTheStreamOfHttp2) {
  for (const Protocol protocol : {Protocol::kHttp1, Protocol::kHttp2}) {
    Plan plan;
    plan.cluster().protocol = protocol;
    Shell shell(plan);
    shell.request({}, false);
    shell.connect(0);
    shell.respond(0);
    EXPECT_EQ(shell.stat(Stat::kRqTxReset), protocol == Protocol::kHttp2 ? 1U : 0U);
  }
}

TEST(Stats, HealthChecksCount) {
  Plan plan(2);
  plan.cluster().health_checks.emplace_back();
  Shell shell(plan);
  shell.check(0, CheckOutcome::kDegraded);
  shell.check(1, CheckOutcome::kNetworkFailure);
  auto stats = stats_of(shell);
  const std::string prefix = "cluster.backend.health_check.";
  EXPECT_EQ(stats[prefix + "attempt"], 2U);
  EXPECT_EQ(stats[prefix + "success"], 1U);
  EXPECT_EQ(stats[prefix + "failure"], 1U);
  EXPECT_EQ(stats[prefix + "network_failure"], 1U);
  EXPECT_EQ(stats[prefix + "passive_failure"], 0U);
  EXPECT_EQ(stats[prefix + "healthy"], 1U);
  EXPECT_EQ(stats[prefix + "degraded"], 1U);
}

TEST(Stats, SeveralHealthChecksCountByTheirNames) {
  Plan plan(1);
  plan.cluster().health_checks.resize(2);
  plan.cluster().health_checks[0].name = "a";
  plan.cluster().health_checks[1].name = "b";
  Shell shell(plan);
  shell.check(0, CheckOutcome::kSuccess);
  shell.check(1, CheckOutcome::kNetworkFailure);
  auto stats = stats_of(shell);
  const std::string prefix = "cluster.backend.health_check.";
  EXPECT_EQ(stats[prefix + "name.a.success"], 1U);
  EXPECT_EQ(stats[prefix + "name.a.healthy"], 1U);
  EXPECT_EQ(stats[prefix + "name.b.network_failure"], 1U);
  EXPECT_EQ(stats[prefix + "name.b.healthy"], 0U);
  EXPECT_EQ(stats[prefix + "healthy"], 0U);
  EXPECT_EQ(stats[prefix + "degraded"], 0U);
  EXPECT_FALSE(stats.contains(prefix + "attempt"));
}

TEST(Stats, FiltersCountUnderTheirListenersPrefix) {
  Plan plan;
  plan.listener.stat_prefix = "in";
  FaultConfig fault;
  fault.delay.emplace().fixed = 1s;
  fault.abort.emplace().http_status = 418;
  LocalRateLimitConfig limit;
  limit.stat_prefix = "limit";
  limit.has_bucket = true;
  limit.bucket = {.max_tokens = 2, .tokens_per_fill = 2, .fill_interval = 60s};
  limit.enabled.numerator = limit.enforced.numerator = 100;
  plan.listener.filters.push_back({.name = "limit", .config = limit});
  plan.listener.filters.push_back({.name = "fault", .config = fault});
  Shell shell(plan);
  for (int i = 0; i < 3; ++i) shell.request();  // the third finds no token
  auto stats = stats_of(shell);
  EXPECT_EQ(stats["limit.http_local_rate_limit.enabled"], 3U);
  EXPECT_EQ(stats["limit.http_local_rate_limit.enforced"], 1U);
  EXPECT_EQ(stats["limit.http_local_rate_limit.rate_limited"], 1U);
  EXPECT_EQ(stats["limit.http_local_rate_limit.ok"], 2U);
  EXPECT_EQ(stats["http.in.fault.delays_injected"], 2U);
  EXPECT_EQ(stats["http.in.fault.aborts_injected"], 0U);
  EXPECT_EQ(stats["http.in.fault.active_faults"], 2U);
  shell.pass(1s);
  stats = stats_of(shell);
  EXPECT_EQ(stats["http.in.fault.aborts_injected"], 2U);
  EXPECT_EQ(stats["http.in.fault.faults_overflow"], 0U);
  EXPECT_EQ(stats["http.in.fault.active_faults"], 0U);
}

TEST(Stats, EachListenerCountsForItself) {
  Plan plan;
  FaultConfig fault;
  fault.abort.emplace().http_status = 418;
  plan.listener.stat_prefix = "first";
  plan.listener.filters.push_back({.name = "fault", .config = fault});
  Epoch epoch = plan.epoch();
  epoch.listeners.push_back(epoch.listeners[0]);
  epoch.listeners[1].stat_prefix = "second";
  Shell shell(epoch);
  shell.request();
  for (int i = 0; i < 2; ++i)
    shell.event([&] { shell.worker.on_request(1, RequestHead{}, 0, true, shell.now); });
  auto stats = stats_of(shell);
  EXPECT_EQ(stats["http.first.fault.aborts_injected"], 1U);
  EXPECT_EQ(stats["http.second.fault.aborts_injected"], 2U);
}

TEST(Stats, TablesTellHowManyEntriesTheirHostsHave) {
  Plan plan(2);
  plan.cluster().lb = LbPolicy::kMaglev;
  plan.cluster().maglev.table_size = 11;
  Shell maglev(plan);
  maglev.request();
  auto stats = stats_of(maglev);
  EXPECT_EQ(stats["cluster.backend.maglev_lb.min_entries_per_host"], 5U);
  EXPECT_EQ(stats["cluster.backend.maglev_lb.max_entries_per_host"], 6U);
  plan.cluster().lb = LbPolicy::kRingHash;
  plan.cluster().ring_hash.minimum_size = 6;
  plan.cluster().hosts[1].weight = 2;
  Shell ring(plan);
  ring.request();
  stats = stats_of(ring);
  EXPECT_EQ(stats["cluster.backend.ring_hash_lb.size"], 6U);
  EXPECT_EQ(stats["cluster.backend.ring_hash_lb.min_hashes_per_host"], 2U);
  EXPECT_EQ(stats["cluster.backend.ring_hash_lb.max_hashes_per_host"], 4U);
}

/// No locality has a weight.
TEST(Stats, ATableWithoutHostsHasNoEntries) {
  for (const LbPolicy policy : {LbPolicy::kRingHash, LbPolicy::kMaglev}) {
    Plan plan(2);
    plan.cluster().lb = policy;
    plan.cluster().locality_weighted = true;
    Shell shell(plan);
    shell.request();
    const auto stats = stats_of(shell);
    for (const auto& [name, value] : stats) {
      if (name.contains("_per_host")) {
        EXPECT_EQ(value, 0U) << name;
      }
    }
    EXPECT_EQ(shell.worker.requests().live(), 1U);  // that has been answered
    EXPECT_EQ(shell.worker.request(0).outcome.status, 503);
  }
}

}  // namespace
}  // namespace squall::policies
