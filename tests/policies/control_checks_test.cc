// Health checks of a Control, by its commands.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

Plan checked(std::size_t hosts) {
  Plan plan(hosts);
  plan.cluster().health_checks.emplace_back();
  plan.cluster().health_checks[0].interval = 2s;
  plan.cluster().health_checks[0].no_traffic_interval = 10s;
  plan.cluster().update_merge_window = {};
  return plan;
}

bool failed(const Shell& shell, std::uint32_t host) {
  return shell.control.flags(0)[host].has(HealthFlag::kFailedActiveHc);
}

TEST(ControlChecks, AreSentAtOnceAndHostsAreUnhealthyUntilTheyPass) {
  Shell shell(checked(1));
  shell.start();
  EXPECT_EQ(shell.take(), (Lines{"check h0", "arm check timeout h0 +1000", "publish k0"}));
  EXPECT_FALSE(shell.control.ready());
  EXPECT_TRUE(failed(shell, 0));
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_EQ(shell.take(),
            (Lines{"cancel check timeout h0", "health h0", "arm check h0 +10000", "publish k0"}));
  EXPECT_TRUE(shell.control.ready());
  EXPECT_FALSE(failed(shell, 0));
  shell.pass(10s);
  EXPECT_EQ(shell.take(), (Lines{"check h0", "arm check timeout h0 +1000"}));
}

TEST(ControlChecks, InitialJitterDelaysTheFirstOne) {
  Plan plan = checked(1);
  plan.cluster().health_checks[0].initial_jitter = 5s;
  Shell shell(plan);
  shell.start();
  const Lines lines = shell.take();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("arm check h0 +"));
  shell.pass(5s);
  EXPECT_EQ(shell.control.checked(0)->checkers[0].stats.attempt, 1U);
}

TEST(ControlChecks, BalancingGetsTheClusterWhenEachHostHasHadAResult) {
  Shell shell(checked(2));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_FALSE(shell.control.ready());
  EXPECT_TRUE(shell.control.published(0).flags[0].has(HealthFlag::kFailedActiveHc));
  shell.check(1, CheckOutcome::kNetworkFailure);
  EXPECT_TRUE(shell.control.ready());
  EXPECT_FALSE(shell.control.published(0).flags[0].has(HealthFlag::kFailedActiveHc));
  EXPECT_TRUE(shell.control.published(0).flags[1].has(HealthFlag::kFailedActiveHc));
}

TEST(ControlChecks, AHostMayBeLeftOut) {
  Plan plan = checked(2);
  plan.cluster().hosts[1].disable_active_health_check = true;
  Shell shell(plan);
  shell.start();
  EXPECT_FALSE(failed(shell, 1));
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_TRUE(shell.control.ready());
  EXPECT_EQ(shell.control.checked(0)->checkers[0].stats.healthy, 1U);
  shell.pass(60s);
  EXPECT_FALSE(failed(shell, 1));
}

TEST(ControlChecks, ATimeoutClosesTheConnection) {
  Shell shell(checked(1));
  shell.start();
  shell.take();
  shell.pass(1s);
  EXPECT_EQ(shell.take(),
            (Lines{"end check h0", "health h0", "arm check h0 +10000", "publish k0"}));
  EXPECT_TRUE(shell.control.flags(0)[0].has(HealthFlag::kActiveHcTimeout));
  EXPECT_EQ(shell.control.checked(0)->checkers[0].stats.network_failure, 1U);
}

TEST(ControlChecks, WithoutReuseEachEndClosesTheConnection) {
  Plan plan = checked(1);
  plan.cluster().health_checks[0].reuse_connection = false;
  Shell shell(plan);
  shell.start();
  shell.take();
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_EQ(shell.take()[1], "end check h0");
}

TEST(ControlChecks, AFirstConnectionOfTheClusterShortensTheInterval) {
  Shell shell(checked(1));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.request();
  shell.take();
  shell.pass(10s);
  shell.check(0, CheckOutcome::kSuccess);
  const Lines lines = shell.take();
  EXPECT_EQ(lines.back(), "arm check h0 +2000");
}

TEST(ControlChecks, AHostThatFailsHasItsPoolsDrained) {
  Shell shell(checked(2));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.check(1, CheckOutcome::kSuccess);
  shell.request();
  shell.connect(0);
  shell.respond(0);
  shell.end_turn();
  const std::uint32_t host = shell.worker.connection(0).host;
  shell.pass(10s);
  shell.take();
  shell.check(host, CheckOutcome::kFailure);
  const Lines lines = shell.take();
  EXPECT_NE(std::ranges::find(lines, fmt::format("health h{} ejected", host)), lines.end());
  EXPECT_NE(std::ranges::find(lines, "close c0"), lines.end());
}

TEST(ControlChecks, AnUpstreamResponseMayFailTheHostAtOnce) {
  Shell shell(checked(1));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.request();
  shell.connect(0);
  const std::vector<HeaderField> headers = {{"x-envoy-immediate-health-check-fail", "true"}};
  shell.respond(0, ResponseHead{.status = 200, .headers = headers});
  shell.end_turn();
  EXPECT_TRUE(failed(shell, 0));
  EXPECT_TRUE(shell.control.flags(0)[0].excluded());
  EXPECT_EQ(shell.control.checked(0)->checkers[0].stats.passive_failure, 1U);
}

TEST(ControlChecks, ThatHeaderMeansNothingToAClusterWithoutChecks) {
  Shell shell(Plan(1));
  shell.request();
  shell.connect(0);
  shell.take();
  const std::vector<HeaderField> headers = {{"x-envoy-immediate-health-check-fail", "true"}};
  shell.respond(0, ResponseHead{.status = 200, .headers = headers});
  shell.end_turn();
  EXPECT_FALSE(shell.take()[0].starts_with("result"));
  EXPECT_TRUE(shell.control.flags(0).empty());
}

TEST(ControlChecks, APassEndsAnEjectionUnlessTheConfigurationSaysOtherwise) {
  for (const bool ends : {true, false}) {
    Plan plan = checked(1);
    plan.cluster().outlier = detection_of(1);
    plan.cluster().outlier->successful_active_health_check_uneject_host = ends;
    Shell shell(plan);
    shell.start();
    shell.check(0, CheckOutcome::kSuccess);
    shell.event(
        [&] { shell.control.on_host_result(0, 0, HostResult::kExternalFailure, 500, shell.now); });
    shell.end_turn();
    ASSERT_EQ(shell.control.active_ejections(0), 1U);
    shell.pass(10s);
    shell.check(0, CheckOutcome::kSuccess);
    EXPECT_EQ(shell.control.active_ejections(0), ends ? 0U : 1U);
  }
}

TEST(ControlChecks, AFailedCheckAndAnEjectionAreApart) {
  Plan plan = checked(1);
  plan.cluster().outlier = detection_of(1);
  Shell shell(plan);
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.event(
      [&] { shell.control.on_host_result(0, 0, HostResult::kExternalFailure, 500, shell.now); });
  shell.end_turn();
  shell.pass(10s);
  shell.check(0, CheckOutcome::kFailure);
  EXPECT_EQ(to_string(shell.control.flags(0)[0]), "/failed_active_hc/failed_outlier_check");
}

TEST(ControlChecks, AStaleResultIsIgnored) {
  Shell shell(checked(1));
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.take();
  shell.check(0, CheckOutcome::kNetworkFailure);
  EXPECT_EQ(shell.take(), Lines{});
}

TEST(ControlChecks, HostsOfALaterClusterAreCountedFromItsFirst) {
  Plan plan = checked(2);
  plan.cluster().outlier = detection_of(1);
  plan.clusters.insert(plan.clusters.begin(), cluster_named("other", 3));
  Shell shell(plan);
  shell.start();
  EXPECT_EQ(shell.take(), (Lines{"check h3", "arm check timeout h3 +1000", "check h4",
                                 "arm check timeout h4 +1000", "publish k1"}));
  shell.check(4, CheckOutcome::kSuccess);
  EXPECT_EQ(shell.take(), (Lines{"cancel check timeout h4", "health h4", "arm check h4 +10000"}));
  shell.check(4, CheckOutcome::kNetworkFailure);  // none is under way
  EXPECT_EQ(shell.take(), Lines{});
  shell.event([&] {
    shell.control.on_check_response(3, ResponseHead{.status = 200, .headers = {}}, true, shell.now);
  });
  EXPECT_EQ(shell.take(),
            (Lines{"cancel check timeout h3", "health h3", "arm check h3 +10000", "publish k1"}));
  shell.event(
      [&] { shell.control.on_host_result(1, 4, HostResult::kExternalFailure, 500, shell.now); });
  shell.end_turn();
  EXPECT_EQ(shell.take(), (Lines{"arm sweep k1 +10000", "health h4 ejected", "publish k1"}));
  EXPECT_EQ(shell.control.flags(1)[0], HealthFlags());
  EXPECT_EQ(to_string(shell.control.flags(1)[1]), "/failed_outlier_check");
}

TEST(ControlChecks, ATcpConnectionThatBreaksBetweenTwoChecksIsAFailure) {
  Plan plan = checked(1);
  plan.cluster().health_checks[0].kind = TcpCheck{};
  Shell shell(plan);
  shell.start();
  shell.check(0, CheckOutcome::kSuccess);
  shell.pass(1s);
  shell.take();
  shell.check(0, CheckOutcome::kNetworkFailure);
  EXPECT_EQ(shell.take()[0], "cancel check h0");
  EXPECT_TRUE(failed(shell, 0));
}

TEST(ControlChecks, SlowStartBeginsWithThePassOfAHostThatCountedAsFailed) {
  Shell shell(checked(1));
  shell.start();
  EXPECT_LT(shell.control.last_passes(0)[0], Instant{});
  shell.now += 3s;
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_EQ(shell.control.last_passes(0)[0], Instant{} + 3s);
  shell.pass(10s);
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_EQ(shell.control.last_passes(0)[0], Instant{} + 3s);
}

TEST(ControlChecks, EventsTellWhatChanged) {
  using Kind = HealthCheckEvent::Kind;
  Plan plan = checked(1);
  plan.cluster().health_checks[0].event_logs = {"log"};
  Shell shell(plan);
  shell.start();
  const auto kinds = [&] {
    std::vector<Kind> found;
    for (const HealthCheckEvent& event : shell.control.check_events()) found.push_back(event.kind);
    shell.control.clear_events();
    return found;
  };
  shell.check(0, CheckOutcome::kDegraded);
  EXPECT_EQ(kinds(), (std::vector{Kind::kAddHealthy, Kind::kDegraded}));
  shell.pass(10s);
  shell.check(0, CheckOutcome::kSuccess);
  EXPECT_EQ(kinds(), std::vector{Kind::kNoLongerDegraded});
  shell.pass(10s);
  shell.check(0, CheckOutcome::kFailure);
  EXPECT_EQ(kinds(), std::vector{Kind::kEjectUnhealthy});
}

TEST(ControlChecks, AHostThatCallsItselfDegradedStaysMarkedForTheBaseEjectionTime) {
  Plan plan(2);
  plan.cluster().outlier = detection_of(100, 10);
  plan.cluster().outlier->detect_degraded_hosts = true;
  plan.cluster().outlier->interval = 1s;
  plan.cluster().outlier->base_ejection_time = 5s;
  Shell shell(plan);
  shell.now += 100ms;
  shell.request();
  shell.connect(0);
  shell.take();
  const std::vector<HeaderField> headers = {{"x-envoy-degraded", "1"}};
  shell.respond(0, ResponseHead{.status = 200, .headers = headers});
  shell.end_turn();
  const std::uint32_t host = shell.worker.connection(0).host;
  const auto degraded = [&] {
    return shell.control.flags(0)[host].has(HealthFlag::kDegradedOutlierDetection);
  };
  EXPECT_TRUE(degraded());
  EXPECT_EQ(shell.worker.connections().live(), 1U);  // its pool is not drained
  shell.pass(4'900ms);
  EXPECT_TRUE(degraded());
  shell.pass(1s);
  EXPECT_FALSE(degraded());
  const auto mark = [&] {
    shell.event(
        [&] { shell.control.on_host_result(0, host, HostResult::kDegraded, 0, shell.now); });
    shell.end_turn();
  };
  mark();  // right away: twice the time
  shell.pass(9s);
  EXPECT_TRUE(degraded());
  shell.pass(2s);
  EXPECT_FALSE(degraded());
}

TEST(ControlChecks, AFailureThatSaysDegradedDoesNotMark) {
  Plan plan(1);
  plan.cluster().outlier = detection_of(100, 10);
  plan.cluster().outlier->detect_degraded_hosts = true;
  Shell shell(plan);
  shell.request();
  shell.connect(0);
  const std::vector<HeaderField> headers = {{"x-envoy-degraded", "1"}};
  shell.respond(0, ResponseHead{.status = 503, .headers = headers});
  shell.end_turn();
  EXPECT_EQ(shell.control.flags(0)[0], HealthFlags());
}

}  // namespace
}  // namespace squall::policies
