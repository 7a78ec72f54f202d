// Clusters with several health checks, and checks by gRPC, by Control's commands.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

/// Checks are numbered by host, then by check: host h's second one is h + hosts.
Plan checked(std::size_t hosts, std::size_t checks) {
  Plan plan(hosts);
  plan.cluster().health_checks.resize(checks);
  for (std::size_t i = 0; i < checks; ++i) {
    HealthCheck& check = plan.cluster().health_checks[i];
    check.name = std::string(1, static_cast<char>('a' + i));
    check.interval = check.no_traffic_interval = 2s;
    check.healthy_threshold = check.unhealthy_threshold = 2;
  }
  plan.cluster().update_merge_window = {};
  return plan;
}

std::string flags_of(const Shell& shell, std::uint32_t host = 0) {
  return to_string(shell.control.flags(0)[host]);
}
const CheckStats& stats_of(const Shell& shell, std::size_t checker) {
  return shell.control.checked(0)->checkers[checker].stats;
}

TEST(SeveralChecks, EachIsSentByItsOwnNumberAndTimers) {
  Shell shell(checked(2, 2));
  shell.start();
  EXPECT_EQ(shell.take(),
            (Lines{"check h0", "arm check timeout h0 +1000", "check h1",
                   "arm check timeout h1 +1000", "check h2", "arm check timeout h2 +1000",
                   "check h3", "arm check timeout h3 +1000", "publish k0"}));
  shell.check(2, CheckOutcome::kSuccess);
  EXPECT_EQ(shell.take(), (Lines{"cancel check timeout h2", "arm check h2 +2000"}));
  EXPECT_EQ(stats_of(shell, 1).success, 1U);
  EXPECT_EQ(stats_of(shell, 0).success, 0U);
}

TEST(SeveralChecks, AHostIsWellWhenAllOfThemPass) {
  Shell shell(checked(1, 2));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_EQ(flags_of(shell), "/failed_active_hc");
  EXPECT_EQ(shell.control.checked(0)->healthy, 0U);
  shell.check(1, CheckOutcome::kSuccess);
  EXPECT_EQ(flags_of(shell), "healthy");
  EXPECT_EQ(shell.control.checked(0)->healthy, 1U);
  EXPECT_FALSE(shell.control.published(0).flags[0].has(HealthFlag::kFailedActiveHc));
  shell.pass(2s);
  shell.check(1, CheckOutcome::kDegraded);
  EXPECT_EQ(flags_of(shell), "/degraded_active_hc");
  shell.check(0, CheckOutcome::kFailure);
  EXPECT_EQ(flags_of(shell), "/failed_active_hc/degraded_active_hc");
  EXPECT_EQ(stats_of(shell, 0).healthy, 0U);
  EXPECT_EQ(stats_of(shell, 1).healthy, 1U);
  EXPECT_EQ(shell.control.checked(0)->degraded, 1U);
}

TEST(SeveralChecks, AFailureOfOneThatFailsAlreadyIsNoNews) {
  Shell shell(checked(1, 2));
  shell.start();
  for (const std::uint32_t check : {0U, 1U}) shell.check(check, CheckOutcome::kSuccess);
  shell.take();
  const auto published = [&] {
    const Lines lines = shell.take();
    return std::ranges::count(lines, "publish k0");
  };
  for (int i = 0; i < 2; ++i) {
    shell.pass(2s);
    shell.check(0, CheckOutcome::kFailure);
  }
  EXPECT_EQ(published(), 1);
  for (int i = 0; i < 2; ++i) {
    shell.pass(2s);
    shell.check(1, CheckOutcome::kFailure);
  }
  EXPECT_TRUE(
      shell.control.checked(0)->checkers[1].states[0].flags.has(HealthFlag::kFailedActiveHc));
  EXPECT_EQ(published(), 0);
}

TEST(SeveralChecks, EachCountsItsOwnFailuresInARow) {
  Shell shell(checked(1, 2));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.check(1, CheckOutcome::kSuccess);
  shell.pass(2s);
  shell.check(0, CheckOutcome::kNetworkFailure);
  shell.check(1, CheckOutcome::kNetworkFailure);
  EXPECT_EQ(flags_of(shell), "healthy");
  shell.pass(2s);
  shell.check(1, CheckOutcome::kTimeout);
  EXPECT_EQ(flags_of(shell), "/failed_active_hc/active_hc_timeout");
}

TEST(SeveralChecks, BalancingGetsTheClusterAfterAsManyResultsAsItHasHosts) {
  for (const std::uint32_t second : {0U, 1U, 2U}) {  // whosever they are
    Shell shell(checked(2, 2));
    shell.start();
    shell.check(0, CheckOutcome::kSuccess);
    EXPECT_FALSE(shell.control.ready());
    if (second == 0) shell.pass(2s);
    if (second == 0 && shell.control.ready()) continue;  // the others timed out meanwhile
    shell.check(second, CheckOutcome::kSuccess);
    EXPECT_TRUE(shell.control.ready());
  }
}

TEST(SeveralChecks, AHostWaitsForTheFirstResultOfEach) {
  Plan plan = checked(1, 2);
  plan.cluster().ignore_new_hosts_until_first_hc = true;
  Shell shell(plan);
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_TRUE(shell.control.flags(0)[0].excluded());
  EXPECT_FALSE(shell.control.ready());
  shell.check(1, CheckOutcome::kFailure);
  EXPECT_FALSE(shell.control.flags(0)[0].excluded());
  EXPECT_TRUE(shell.control.ready());
}

TEST(SeveralChecks, AResponseThatAsksForItFailsTheLastOfThem) {
  Shell shell(checked(1, 2));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.check(1, CheckOutcome::kSuccess);
  shell.event([&] {
    shell.control.on_host_result(0, 0, HostResult::kImmediateHealthCheckFail, 0, shell.now);
  });
  shell.end_turn();
  EXPECT_TRUE(shell.control.flags(0)[0].excluded());
  EXPECT_EQ(stats_of(shell, 0).passive_failure, 0U);
  EXPECT_EQ(stats_of(shell, 1).passive_failure, 1U);
  shell.pass(2s);
  shell.check(1, CheckOutcome::kSuccess);
  shell.pass(2s);
  shell.check(1, CheckOutcome::kSuccess);
  EXPECT_FALSE(shell.control.flags(0)[0].excluded());
}

TEST(SeveralChecks, AnyResultThatLeavesTheHostWellEndsItsEjection) {
  Plan plan = checked(1, 2);
  plan.cluster().outlier = detection_of(1);
  Shell shell(plan);
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.check(1, CheckOutcome::kSuccess);
  shell.event(
      [&] { shell.control.on_host_result(0, 0, HostResult::kExternalFailure, 500, shell.now); });
  shell.end_turn();
  ASSERT_EQ(shell.control.active_ejections(0), 1U);
  shell.pass(2s);
  shell.check(0, CheckOutcome::kNetworkFailure);
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
}

TEST(SeveralChecks, AHostThatIsNotCheckedIsNotFailedByItsResponses) {
  Plan plan = checked(1, 1);
  plan.cluster().hosts[0].disable_active_health_check = true;
  Shell shell(plan);
  shell.start();
  shell.event([&] {
    shell.control.on_host_result(0, 0, HostResult::kImmediateHealthCheckFail, 0, shell.now);
  });
  shell.end_turn();
  EXPECT_EQ(flags_of(shell), "healthy");
}

TEST(GrpcChecks, ACallThatTimesOutKeepsItsConnection) {
  Plan plan = checked(1, 1);
  plan.cluster().health_checks[0].kind = GrpcCheck{};
  Shell shell(plan);
  shell.start();
  shell.take();
  shell.pass(1s);
  EXPECT_EQ(shell.take(),
            (Lines{"end check h0 kept", "health h0", "arm check h0 +2000", "publish k0"}));
  plan.cluster().health_checks[0].reuse_connection = false;
  Shell other(plan);
  other.start();
  other.take();
  other.pass(1s);
  EXPECT_EQ(other.take()[0], "end check h0");
}

}  // namespace
}  // namespace squall::policies
