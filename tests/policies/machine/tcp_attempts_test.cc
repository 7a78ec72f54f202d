// Attempts to connect of TCP connections: how they fail, and what follows.
#include <gtest/gtest.h>

#include <string>

#include "tests/policies/machine/tcp_shell.h"

namespace squall::policies {
namespace {

std::string flags_of(const TcpShell& shell, std::uint32_t tcp) {
  return to_string(shell.worker.request(tcp).outcome.flags);
}

TEST(TcpAttempts, ARefusedConnectionEndsIt) {
  TcpPlan plan;
  plan.cluster().outlier = detection_of(5);
  TcpShell shell(plan);
  shell.open();
  shell.take();
  shell.refuse(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "result h0 local failure 0", "close r0",
                                 "log r0 0 UF,URX ", "arm sweep k0 +10000"}));
  EXPECT_EQ(shell.stat(Stat::kCxConnectAttemptsExceeded), 1U);
  EXPECT_EQ(shell.stat(Stat::kCxConnectFail), 1U);
  shell.sweep();
  EXPECT_TRUE(shell.idle());
}

TEST(TcpAttempts, AnAttemptThatFailsIsFollowedByOthersInLaterTurns) {
  TcpPlan plan(2);
  plan.proxy.max_connect_attempts = 3;
  TcpShell shell(plan);
  const std::uint32_t tcp = shell.open();
  shell.take();
  shell.refuse(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "arm backoff r0 +0"}));
  shell.pass(0s);
  EXPECT_EQ(shell.worker.request(tcp).attempt_count, 2U);
  const std::uint32_t attempt = shell.worker.request(tcp).newest_attempt;
  EXPECT_EQ(shell.worker.attempt(attempt).host, 1U);  // round robin goes on
  const std::uint32_t connection = shell.worker.cluster(0)->tcp_pools[1].connections_head;
  shell.take();
  shell.connect(connection);
  EXPECT_EQ(flags_of(shell, tcp), "UF");
  EXPECT_EQ(shell.worker.request(tcp).last_host, 1U);
}

/// A connection whose clusters, by weight, are "backend" first and then another, as `random` draws.
struct TwoClusters : TcpPlan {
  explicit TwoClusters(const std::string& second) {
    clusters.push_back(cluster_named("other", 1));
    to() = forward_to({{"backend", 1}, {second, 1}});
    to().total_weight = 2;
    proxy.max_connect_attempts = 2;
    while (pick_tcp_cluster(proxy, random, 0) != 0 || pick_tcp_cluster(proxy, random, 1) != 1)
      ++random;
  }
  std::uint64_t random = 0;
};

TEST(TcpAttempts, EachAttemptChoosesItsClusterAnew) {
  const TwoClusters plan("other");
  TcpShell shell(plan);
  const std::uint32_t tcp = shell.open(plan.random);
  shell.refuse(0);
  shell.take();
  shell.pass(0s);
  EXPECT_EQ(shell.take(), (Lines{"open c0 h1", "arm connect c0 +5000"}));
  EXPECT_EQ(shell.worker.request(tcp).cluster, 1U);
  shell.refuse(0);
  EXPECT_EQ(shell.stat(Stat::kCxConnectFail, 0), 1U);
  EXPECT_EQ(shell.stat(Stat::kCxConnectAttemptsExceeded, 0), 0U);
  EXPECT_EQ(shell.stat(Stat::kCxConnectAttemptsExceeded, 1), 1U);
}

TEST(TcpAttempts, AnAttemptMayFindNoCluster) {
  const TwoClusters plan("elsewhere");
  TcpShell shell(plan);
  shell.open(plan.random);
  shell.refuse(0);
  shell.take();
  shell.pass(0s);
  EXPECT_EQ(shell.take(), (Lines{"close r0", "log r0 0 UF,NC cluster_not_found"}));
  EXPECT_EQ(shell.worker.tcp_stats(0).no_route, 1U);
}

TEST(TcpAttempts, BackoffGrowsBetweenAttempts) {
  TcpPlan plan;
  plan.proxy.max_connect_attempts = 4;
  RetryPolicy& backoff = plan.proxy.backoff.emplace();
  backoff.base_interval = 100ms;
  backoff.max_interval = 300ms;
  std::int64_t most[3] = {};
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    TcpShell shell(plan);
    shell.open(seed);
    for (std::int64_t& longest : most) {
      shell.refuse(shell.worker.cluster(0)->tcp_pools[0].connections_head);
      ASSERT_EQ(shell.timers.armed().size(), 1U);
      const Duration wait = shell.timers.armed().front().deadline - shell.now;
      longest = std::max(longest, to_ms(wait));
      shell.pass(wait);
    }
  }
  EXPECT_GE(most[0], 90);
  EXPECT_LT(most[0], 100);
  EXPECT_GE(most[1], 180);
  EXPECT_LT(most[1], 200);
  EXPECT_GE(most[2], 270);
  EXPECT_LT(most[2], 300);
}

TEST(TcpAttempts, ATimeoutFailsAllThatWaitInThePool) {
  TcpPlan plan;
  plan.cluster().outlier = detection_of(5);
  TcpShell shell(plan);
  shell.open();
  shell.open();
  shell.take();
  shell.pass(5s);
  const Lines lines = shell.take();
  EXPECT_EQ(std::ranges::count(lines, "result h0 timeout 0"), 2);
  EXPECT_EQ(std::ranges::count(lines, "log r0 0 UF,URX "), 1);
  EXPECT_EQ(std::ranges::count(lines, "log r1 0 UF,URX "), 1);
  EXPECT_EQ(shell.stat(Stat::kRqPendingFailureEject), 2U);
}

TEST(TcpAttempts, AFullQueueIsAFailedAttempt) {
  TcpPlan plan;
  plan.limits().max_pending_requests = 0;
  plan.proxy.max_connect_attempts = 3;
  TcpShell shell(plan);
  const std::uint32_t tcp = shell.open();
  EXPECT_EQ(shell.take(), (Lines{"arm backoff r0 +0"}));
  shell.pass(0s);
  EXPECT_EQ(shell.take(), (Lines{"arm backoff r0 +0", "close r0", "log r0 0 URX "}));
  EXPECT_EQ(shell.worker.request(tcp).attempt_count, 3U);
  EXPECT_EQ(shell.worker.request(tcp).last_host, kNone);
  EXPECT_EQ(shell.stat(Stat::kRqPendingOverflow), 3U);
}

}  // namespace
}  // namespace squall::policies
