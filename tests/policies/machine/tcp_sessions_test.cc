// TCP connections through the worker: their hosts, their ends, their limits.
#include <gtest/gtest.h>

#include "tests/policies/machine/tcp_shell.h"

namespace squall::policies {
namespace {

constexpr TcpSide kClient = TcpSide::kClient, kHost = TcpSide::kHost;

std::string flags_of(const TcpShell& shell, std::uint32_t tcp) {
  return to_string(shell.worker.request(tcp).outcome.flags);
}

TEST(TcpSessions, AConnectionIsJoinedToAHostAndBytesPassBothWays) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t tcp = shell.open();
  EXPECT_EQ(shell.take(), (Lines{"open c0 h0", "arm connect c0 +5000"}));
  EXPECT_EQ(shell.gauges().pending, 1U);
  shell.connect(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "join r0 c0"}));
  EXPECT_EQ(shell.gauges().requests, 1U);
  EXPECT_EQ(shell.worker.request(tcp).last_host, 0U);
  shell.bytes(tcp, kClient, 5);
  shell.bytes(tcp, kHost, 7);
  EXPECT_EQ(shell.take(), (Lines{"pass r0 up 5", "pass r0 down 7"}));
}

TEST(TcpSessions, ItEndsWhenBothSidesHaveEndedAndAllIsSent) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t tcp = shell.open();
  shell.connect(0);
  shell.take();
  shell.bytes(tcp, kClient, 0, true);
  EXPECT_EQ(shell.take(), (Lines{"pass r0 up 0 end"}));
  shell.bytes(tcp, kHost, 9);
  shell.bytes(tcp, kHost, 0, true);
  EXPECT_EQ(shell.take(), (Lines{"pass r0 down 9", "pass r0 down 0 end", "close c0 when sent",
                                 "close r0 when sent"}));
  shell.close(0);
  EXPECT_TRUE(shell.take().empty());
  shell.leave(tcp, false);
  EXPECT_EQ(shell.take(), (Lines{"log r0 0 - "}));
  shell.sweep();
  EXPECT_TRUE(shell.idle());
}

TEST(TcpSessions, WhatTheHostWasNotSentGoesOutAfterItsClient) {
  TcpPlan plan;
  plan.proxy.idle_timeout = 1s;
  TcpShell shell(plan);
  const std::uint32_t tcp = shell.open();
  shell.connect(0);
  shell.bytes(tcp, kHost, 0, true);
  shell.bytes(tcp, kClient, 900, true);
  shell.take();
  shell.leave(tcp, false);
  EXPECT_EQ(shell.take(), (Lines{"log r0 0 - "}));
  shell.pass(600ms);
  shell.bytes(tcp, kClient, 0);  // some of it
  shell.pass(600ms);
  EXPECT_EQ(shell.gauges().connections, 1U);
  shell.take();
  shell.pass(400ms);
  EXPECT_EQ(shell.take(), (Lines{"close c0"}));
  EXPECT_EQ(shell.worker.tcp_stats(0).idle_timeout, 1U);
  shell.sweep();
  EXPECT_TRUE(shell.idle());
}

TEST(TcpSessions, AHostThatResetsResetsTheClient) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t tcp = shell.open();
  shell.connect(0);
  shell.take();
  shell.close(0, ResetReason::kRemoteReset);
  EXPECT_EQ(shell.take(), (Lines{"close r0 by reset", "log r0 0 UR "}));
  EXPECT_EQ(flags_of(shell, tcp), "UR");
  shell.sweep();
  EXPECT_TRUE(shell.idle());
}

TEST(TcpSessions, AHostThatIsGoneLeavesTheClientWhatItSent) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t tcp = shell.open();
  shell.connect(0);
  shell.take();
  shell.close(0);
  EXPECT_EQ(shell.take(), (Lines{"close r0 when sent"}));
  shell.leave(tcp, false);
  EXPECT_EQ(shell.take(), (Lines{"log r0 0 - "}));
}

TEST(TcpSessions, AClientThatResetsResetsTheHost) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t tcp = shell.open();
  shell.connect(0);
  shell.take();
  shell.leave(tcp);
  EXPECT_EQ(shell.take(), (Lines{"close c0 by reset", "log r0 0 - "}));
  EXPECT_EQ(flags_of(shell, tcp), "-");
  shell.sweep();
  EXPECT_TRUE(shell.idle());
}

TEST(TcpSessions, AClientThatLeavesWhileConnectingClosesWhatIsNotNeeded) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t first = shell.open();
  const std::uint32_t second = shell.open();
  EXPECT_EQ(shell.stat(Stat::kCxTotal), 2U);
  shell.take();
  shell.leave(second);
  EXPECT_EQ(shell.take(), (Lines{"close c1", "cancel connect c1", "log r1 0 - "}));
  shell.connect(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel connect c0", "join r0 c0"}));
  EXPECT_EQ(shell.stat(Stat::kRqCancelled), 1U);
  EXPECT_EQ(shell.worker.request(first).live, 1U);
}

TEST(TcpSessions, MaxConnectionsIsNotSoft) {
  TcpPlan plan(2);
  plan.limits().max_connections = 1;
  TcpShell shell(plan);
  shell.open();
  shell.take();
  shell.open();
  EXPECT_EQ(shell.take(), (Lines{"close r1", "log r1 0 UO "}));
  EXPECT_EQ(shell.stat(Stat::kCxOverflow), 1U);
  EXPECT_EQ(shell.gauges().connections, 1U);
}

TEST(TcpSessions, MaxRequestsDoesNotCount) {
  TcpPlan plan;
  plan.limits().max_requests = 0;
  TcpShell shell(plan);
  shell.open();
  shell.connect(0);
  EXPECT_EQ(shell.take().back(), "join r0 c0");
}

TEST(TcpSessions, TheLimitOfAHostLetsTheNextOneWait) {
  TcpPlan plan;
  plan.cluster().per_host_max_connections[kDefaultPriority] = 1;
  TcpShell shell(plan);
  shell.open();
  shell.connect(0);
  shell.open();
  EXPECT_EQ(shell.gauges().pending, 1U);
  EXPECT_EQ(shell.stat(Stat::kCxOverflow), 1U);
  shell.take();
  shell.leave(0);
  EXPECT_EQ(shell.take(),
            (Lines{"close c0 by reset", "open c1 h0", "arm connect c1 +5000", "log r0 0 - "}));
}

TEST(TcpSessions, NobodyToConnectTo) {
  TcpShell shell{TcpPlan(0)};
  const std::uint32_t tcp = shell.open();
  EXPECT_EQ(shell.take(), (Lines{"close r0", "log r0 0 UH no_healthy_upstream"}));
  EXPECT_EQ(shell.worker.request(tcp).attempt_count, 0U);
  EXPECT_EQ(shell.stat(Stat::kCxNoneHealthy), 1U);
}

TEST(TcpSessions, AClusterThatIsNotThere) {
  TcpPlan plan;
  plan.to() = forward_to({{"elsewhere", 1}});
  TcpShell shell(plan);
  shell.open();
  EXPECT_EQ(shell.take(), (Lines{"close r0", "log r0 0 NC cluster_not_found"}));
  EXPECT_EQ(shell.worker.tcp_stats(0).no_route, 1U);
}

TEST(TcpSessions, WithoutBytesItIsClosedAfterTheIdleTimeout) {
  TcpPlan plan;
  plan.proxy.idle_timeout = 1s;
  TcpShell shell(plan);
  const std::uint32_t tcp = shell.open();
  shell.pass(600ms);
  shell.connect(0);  // begins anew
  shell.pass(900ms);
  shell.bytes(tcp, kHost, 3);
  shell.pass(900ms);
  EXPECT_FALSE(shell.worker.request(tcp).ended);
  shell.take();
  shell.pass(100ms);
  EXPECT_EQ(shell.take(), (Lines{"close c0", "close r0", "log r0 0 - stream_idle_timeout"}));
  EXPECT_EQ(shell.worker.tcp_stats(0).idle_timeout, 1U);
}

TEST(TcpSessions, TheIdleTimeoutRunsWhileConnecting) {
  TcpPlan plan;
  plan.proxy.idle_timeout = 1s;
  TcpShell shell(plan);
  shell.open();
  shell.take();
  shell.pass(1s);
  EXPECT_EQ(shell.take(),
            (Lines{"close c0", "cancel connect c0", "close r0", "log r0 0 - stream_idle_timeout"}));
  EXPECT_EQ(shell.stat(Stat::kRqCancelled), 1U);
  EXPECT_EQ(shell.stat(Stat::kCxConnectFail), 0U);
}

TEST(TcpSessions, NoneLastsLongerThanTheLongestDuration) {
  TcpPlan plan;
  plan.proxy.max_duration = 2s;
  TcpShell shell(plan);
  const std::uint32_t tcp = shell.open();
  shell.connect(0);
  shell.pass(1900ms);
  shell.bytes(tcp, kClient, 1);
  shell.take();
  shell.pass(100ms);
  EXPECT_EQ(shell.take(), (Lines{"close c0", "close r0", "log r0 0 DT max_duration_timeout"}));
  EXPECT_EQ(shell.worker.tcp_stats(0).max_duration, 1U);
}

TEST(TcpSessions, AnEjectionLeavesConnectionsThatAreUsed) {
  TcpPlan plan;
  plan.cluster().outlier = detection_of(1);
  for (const bool closes : {false, true}) {
    plan.cluster().close_connections_on_host_health_failure = closes;
    TcpShell shell(plan);
    shell.open();
    shell.connect(0);
    shell.open();
    shell.take();
    shell.refuse(1);
    shell.end_turn();
    const Lines lines = shell.take();
    EXPECT_EQ(std::ranges::count(lines, "close c0"), closes ? 1 : 0);
    EXPECT_EQ(std::ranges::count(lines, "close r0 when sent"), closes ? 1 : 0);
    EXPECT_EQ(shell.gauges().connections, closes ? 0U : 1U);
  }
}

TEST(TcpSessions, AFailedHostsConnectionsOnTheirWayFailTooWhereTheyAreClosed) {
  TcpPlan plan;
  plan.cluster().close_connections_on_host_health_failure = true;
  TcpShell shell(plan);
  shell.open();
  shell.take();
  shell.event([&] { shell.worker.on_host_drain(0, shell.now); });
  EXPECT_EQ(shell.take(), (Lines{"close c0", "cancel connect c0", "close r0", "log r0 0 URX "}));
}

TEST(TcpSessions, HttpAndTcpShareLimitsButNoConnections) {
  TcpPlan plan;
  Epoch epoch = plan.epoch();
  epoch.listeners.push_back(static_cast<const Plan&>(plan).epoch().listeners.front());
  Shell shell(std::move(epoch));
  shell.event([&] { shell.worker.on_request(1, {}, 0, true, shell.now); });
  shell.connect(0);
  shell.respond(0);
  shell.take();
  shell.event([&] { shell.worker.on_tcp_open(0, "", 0, shell.now); });
  EXPECT_EQ(shell.take(), (Lines{"open c1 h0", "arm connect c1 +5000"}));
  EXPECT_EQ(shell.gauges().connections, 2U);
  EXPECT_EQ(shell.worker.cluster(0)->connections_to(0), 2U);
}

TEST(TcpSessions, ConnectionsAreOneStreamEachWhateverTheClusterSpeaks) {
  TcpPlan plan;
  plan.cluster().protocol = Protocol::kHttp2;
  plan.cluster().max_connection_duration = 1s;
  TcpShell shell(plan);
  shell.open();
  shell.open();
  EXPECT_EQ(shell.gauges().connections, 2U);
  shell.connect(0);
  EXPECT_EQ(shell.take().back(), "join r0 c0");  // and no longest life
}

TEST(TcpSessions, ClientsOfOneAddressStayWithAHost) {
  TcpPlan plan(8);
  plan.cluster().lb = LbPolicy::kRingHash;
  plan.to().hash_policies.emplace_back().kind = HashPolicy::Kind::kSourceIp;
  TcpShell shell(plan);
  const auto host_of = [&](std::string_view peer, std::uint64_t random) {
    const std::uint32_t tcp = shell.open(random, peer);
    return shell.worker.attempt(shell.worker.request(tcp).newest_attempt).host;
  };
  const std::uint32_t first = host_of("10.1.1.1", 1);
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(host_of("10.1.1.1", mix(i, 1)), first);
  bool others = false;
  for (int i = 2; i < 20; ++i)
    others = others || host_of("10.1.1." + std::to_string(i), 1) != first;
  EXPECT_TRUE(others);
}

TEST(TcpSessions, LateEventsAreCounted) {
  TcpShell shell{TcpPlan()};
  const std::uint32_t tcp = shell.open();
  const RequestId id = shell.worker.request_id(tcp);
  shell.leave(tcp);
  shell.sweep();
  shell.event([&] { shell.worker.on_tcp_bytes(id, kClient, 1, false, shell.now); });
  shell.event([&] { shell.worker.on_tcp_closed(id, true, shell.now); });
  EXPECT_EQ(shell.worker.stale_events(), 2U);
}

}  // namespace
}  // namespace squall::policies
