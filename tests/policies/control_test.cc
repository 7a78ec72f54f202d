#include "policies/control.h"

#include <gtest/gtest.h>

#include <set>

#include "policies/base/mix.h"
#include "tests/policies/chance.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

void fail(Shell& shell, std::uint32_t host, int times = 5) {
  for (int i = 0; i < times; ++i) {
    shell.event([&] {
      shell.control.on_host_result(0, host, HostResult::kExternalFailure, 500, shell.now);
    });
  }
}

void eject(Shell& shell, std::uint32_t host) {
  fail(shell, host);
  shell.end_turn();
}

Plan detecting(std::size_t hosts, std::uint32_t percent = 100) {
  Plan plan(hosts);
  plan.cluster().outlier = detection_of(5, percent);
  return plan;
}

bool balanced_without(const Shell& shell, std::uint32_t host) {
  return shell.worker.cluster(0)->hosts[host].health.has(HealthFlag::kFailedOutlierCheck);
}

TEST(Control, ATriggerActsAtTheEndOfTheTurnAndDrainsTheHostsPools) {
  Shell shell(detecting(2));
  shell.request();
  shell.connect(0);
  shell.respond(0);  // an idle connection to h0
  shell.take();
  fail(shell, 0);
  EXPECT_EQ(shell.take(), Lines{});
  EXPECT_TRUE(shell.control.wants_turn_end());
  shell.end_turn();
  EXPECT_EQ(shell.take(), (Lines{"health h0 ejected", "close c0", "cancel idle c0", "publish k0"}));
  EXPECT_TRUE(balanced_without(shell, 0));
  EXPECT_EQ(shell.control.active_ejections(0), 1U);
}

TEST(Control, StreamsUnderWayOutliveTheirHostsEjection) {
  Shell shell(detecting(2));
  shell.request();
  shell.connect(0);
  eject(shell, 0);
  shell.take();
  shell.respond(0);
  const Lines lines = shell.take();
  EXPECT_EQ(lines[0], "result h0 success 200");
  EXPECT_EQ(lines[1], "head r0 a0 end");
  EXPECT_EQ(lines[2], "close c0");
}

TEST(Control, SweepsKeepToTheGridThatBeganWithTheProxy) {
  Shell shell(detecting(1));
  shell.now += 12'300ms;
  fail(shell, 0, 1);
  EXPECT_EQ(shell.take(), (Lines{"arm sweep k0 +7700"}));
  shell.pass(7700ms);
  EXPECT_EQ(shell.take(), (Lines{"arm sweep k0 +10000"}));
}

TEST(Control, AnEjectionEndsInTheFirstSweepAfterItsTime) {
  Shell shell(detecting(2));
  shell.now += 1ms;
  eject(shell, 1);
  shell.take();
  shell.pass(39'998ms);  // sweeps at 10, 20 and 30 s
  EXPECT_EQ(shell.control.active_ejections(0), 1U);
  shell.take();
  shell.pass(1ms);
  EXPECT_EQ(shell.take(), (Lines{"health h1", "publish k0", "arm sweep k0 +10000"}));
  EXPECT_FALSE(balanced_without(shell, 1));
}

TEST(Control, AChangeSoonAfterAnotherWaitsForAWholeMergeWindow) {
  Shell shell(detecting(4));
  eject(shell, 0);
  shell.now += 400ms;
  shell.take();
  eject(shell, 1);
  EXPECT_EQ(shell.take(), (Lines{"health h1 ejected", "arm merge k0 +1000"}));
  EXPECT_TRUE(shell.control.flags(0)[1].has(HealthFlag::kFailedOutlierCheck));
  EXPECT_FALSE(balanced_without(shell, 1));
  shell.now += 300ms;
  eject(shell, 2);
  EXPECT_EQ(shell.take(), (Lines{"health h2 ejected"}));  // waits with it
  shell.pass(699ms);
  EXPECT_FALSE(balanced_without(shell, 1));
  shell.pass(1ms);
  EXPECT_EQ(shell.take(), (Lines{"publish k0"}));
  EXPECT_TRUE(balanced_without(shell, 1) && balanced_without(shell, 2));
  EXPECT_EQ(shell.control.updates_via_merge(), 1U);
}

TEST(Control, AChangeOutsideTheWindowTakesThoseThatWaitAlong) {
  Shell shell(detecting(4));
  eject(shell, 0);
  shell.now += 1000ms;  // a window that is just over counts
  eject(shell, 1);
  shell.now += 1ms;
  shell.take();
  eject(shell, 2);
  EXPECT_EQ(shell.take(), (Lines{"health h2 ejected", "cancel merge k0", "publish k0"}));
  EXPECT_TRUE(balanced_without(shell, 1));
  EXPECT_EQ(shell.control.updates_via_merge(), 0U);
}

TEST(Control, WithoutAWindowEachChangeActsAtOnce) {
  Plan plan = detecting(3);
  plan.cluster().update_merge_window = 0ms;
  Shell shell(plan);
  eject(shell, 0);
  shell.take();
  eject(shell, 1);
  EXPECT_EQ(shell.take(), (Lines{"health h1 ejected", "publish k0"}));
}

TEST(Control, TenPercentOfFewerThanTenHostsIsNobody) {
  for (const std::uint32_t hosts : {9U, 10U}) {
    Shell shell(detecting(hosts, 10));
    eject(shell, 0);
    eject(shell, 1);
    EXPECT_EQ(shell.control.active_ejections(0), hosts == 10 ? 1U : 0U);
    const OutlierStats& stats = *shell.control.stats(0);
    EXPECT_EQ(stats.detected[static_cast<std::size_t>(Detector::kConsecutive5xx)], 2U);
    EXPECT_EQ(stats.overflow, hosts == 10 ? 1U : 2U);
  }
}

TEST(Control, InPanicAnEjectedHostIsUsedOverFreshConnections) {
  Shell shell(detecting(2));
  for (std::uint32_t i = 0; i < 2; ++i) shell.request();
  for (std::uint32_t i = 0; i < 2; ++i) shell.connect(i);
  for (std::uint32_t i = 0; i < 2; ++i) shell.respond(i);
  eject(shell, 0);
  shell.pass(2s);
  eject(shell, 1);
  EXPECT_EQ(shell.gauges().connections, 0U);
  shell.take();
  shell.request();
  shell.request();
  const Lines lines = shell.take();
  EXPECT_EQ(std::ranges::count(lines, "open c0 h0") + std::ranges::count(lines, "open c1 h0"), 1);
  EXPECT_EQ(shell.stat(Stat::kLbHealthyPanic), 2U);
}

TEST(Control, AnEjectionIsAnEventAndOneThatIsRefusedIsNot) {
  Plan plan = detecting(2, 50);
  plan.cluster().outlier->enforcing_consecutive_gateway_failure = 0;
  Shell shell(plan);
  shell.now += 7ms;
  eject(shell, 0);
  eject(shell, 1);
  const std::span<const EjectionEvent> events = shell.control.events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].host, 0U);
  EXPECT_EQ(events[0].outcome, Ejection::kEjected);
  EXPECT_EQ(events[0].at, shell.now);
  EXPECT_EQ(events[0].cause, Detector::kConsecutive5xx);
  shell.control.clear_events();
  EXPECT_TRUE(shell.control.events().empty());
}

TEST(Control, EnforcementIsDrawnForEachHostByItself) {
  const auto ejected = [](std::size_t hosts, std::uint64_t seed) {
    Plan plan = detecting(hosts);
    plan.cluster().outlier->enforcing_consecutive_5xx = 30;
    Shell shell(plan.epoch(), seed);
    for (std::uint32_t host = 0; host < hosts; ++host) eject(shell, host);
    std::set<std::uint32_t> found;
    for (std::uint32_t host = 0; host < hosts; ++host) {
      if (shell.control.flags(0)[host].has(HealthFlag::kFailedOutlierCheck)) found.insert(host);
    }
    return found;
  };
  constexpr std::uint64_t kSeeds = 50;
  constexpr double kDraws = 200 * kSeeds;
  std::size_t all = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) all += ejected(200, seed).size();
  EXPECT_NEAR(static_cast<double>(all), 0.3 * kDraws, testing::four_deviations(kDraws, 0.3));
  const std::set<std::uint32_t> some = ejected(200, 1);
  EXPECT_EQ(ejected(200, 1), some);
  EXPECT_NE(ejected(200, 2), some);
  std::set<std::uint32_t> first_half(some.begin(), some.lower_bound(100));
  EXPECT_EQ(ejected(100, 1), first_half);  // other hosts move nobody's draw
}

TEST(Control, AClusterWithoutResultsHasNoState) {
  Shell shell(detecting(1));
  EXPECT_EQ(shell.control.stats(0), nullptr);
  EXPECT_TRUE(shell.control.flags(0).empty() && shell.control.published(0).flags.empty());
  EXPECT_EQ(shell.control.active_ejections(0), 0U);
}

/// Whatever fails, and whenever: when an ejection is granted it is within the cap.
TEST(Control, AThousandSeedsKeepToTheCap) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const auto drawn = [&](std::uint64_t k) { return static_cast<std::uint32_t>(mix(seed, k)); };
    const std::uint32_t hosts = 1 + drawn(0) % 20;
    OutlierDetection detection = detection_of(1 + drawn(1) % 3, drawn(2) % 101);
    detection.always_eject_one_host = drawn(3) % 2 == 0;
    detection.interval = 1s;
    detection.base_ejection_time = 2s;
    Plan plan(hosts);
    plan.cluster().outlier = detection;
    Shell shell(plan);
    std::uint32_t ejected = 0;
    const auto look = [&] {
      for (const EjectionEvent& event : shell.control.events()) {
        if (event.outcome == Ejection::kUnejected) --ejected;
        if (event.outcome != Ejection::kEjected) continue;
        ++ejected;
        const bool within = 100.0 * ejected <= detection.max_ejection_percent * hosts;
        EXPECT_TRUE(within || (detection.always_eject_one_host && ejected == 1)) << seed;
      }
      shell.control.clear_events();
      EXPECT_EQ(shell.control.active_ejections(0), ejected);
    };
    for (std::uint64_t step = 10; step < 60; ++step) {
      fail(shell, drawn(step) % hosts, 1);
      shell.end_turn();
      look();
      shell.pass(std::chrono::milliseconds(drawn(step + 100) % 400));
      look();
    }
  }
}

}  // namespace
}  // namespace squall::policies
