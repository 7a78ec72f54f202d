// What the controller of a HorizontalPodAutoscaler decides, sync by sync.
#include "sim/autoscaler.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

using config::CpuTarget;
using config::HorizontalPodAutoscaler;
using config::ScalingRules;

/// 50 % of a request of a core each.
HorizontalPodAutoscaler rules(int least = 1, int most = 100) {
  HorizontalPodAutoscaler out;
  out.least = least;
  out.most = most;
  out.targets = {CpuTarget{.of_request = true, .value = 50}};
  return out;
}
/// With what the API fills in where there is a `behavior`.
HorizontalPodAutoscaler with_behavior() {
  HorizontalPodAutoscaler out = rules();
  out.behavior.emplace();
  out.behavior->up.policies = {{.percent = false, .value = 4, .period = 15s},
                               {.percent = true, .value = 100, .period = 15s}};
  out.behavior->down.stabilization = 300s;
  out.behavior->down.policies = {{.percent = true, .value = 100, .period = 15s}};
  return out;
}
/// All of them ready; `each`: what each uses.
ScalingNow now(std::uint32_t replicas, std::int64_t each, int at_s = 0) {
  return {.at = Instant(std::chrono::seconds(at_s)),
          .replicas = replicas,
          .counted = replicas,
          .used = each * replicas,
          .request = 1000};
}

TEST(Autoscaler, TheWishIsWhatWouldUseTheTarget) {
  struct Row {
    std::uint32_t replicas;
    std::int64_t each;
    std::uint32_t wish;
  };
  for (const Row& row : {Row{4, 1000, 8}, Row{4, 250, 2}, Row{4, 0, 0}, Row{10, 510, 10},
                         Row{10, 550, 10},  // within a tenth
                         Row{10, 560, 12},  // 112 %, rounded up
                         Row{10, 450, 10}, Row{10, 440, 9}, Row{1, 5000, 10},
                         Row{20, 559, 20}})  // a percentage has no fraction: 55, not 55.9
    EXPECT_EQ(wished(rules(), now(row.replicas, row.each)), row.wish)
        << row.replicas << " " << row.each;
}

TEST(Autoscaler, ATargetOfCoresNeedsNoRequest) {
  HorizontalPodAutoscaler one = rules();
  one.targets = {CpuTarget{.value = 400}};
  ScalingNow all = now(4, 800);
  all.request = 0;
  EXPECT_EQ(wished(one, all), 8U);
  EXPECT_EQ(wished(rules(), all), std::nullopt);
  one.targets.push_back(CpuTarget{.value = 200});  // the one that asks for more counts
  EXPECT_EQ(wished(one, all), 16U);
}

TEST(Autoscaler, ReplicasThatAreNotReadyAreIdleWhenSomeAreAdded) {
  // 3 use twice the target, 3 are not ready: 100 % over 6 is the target itself.
  ScalingNow one = now(6, 0);
  one.counted = 3;
  one.unready = 3;
  one.used = 3000;
  EXPECT_EQ(wished(rules(), one), 6U);
  one.used = 6000;  // 200 % over 6
  EXPECT_EQ(wished(rules(), one), 12U);
  one.used = 600;  // 40 % of the target: they are left out
  EXPECT_EQ(wished(rules(), one), 2U);
}

TEST(Autoscaler, ReplicasOfWhichNothingIsKnownAreBusyWhenSomeAreTakenAway) {
  ScalingNow one = now(4, 0);
  one.counted = 2;
  one.missing = 2;
  one.used = 200;  // 20 % of the target; the others count with all that they request: 110 %
  EXPECT_EQ(wished(rules(), one), 4U);
  one.missing = 1;
  one.replicas = 3;
  EXPECT_EQ(wished(rules(), one), 3U);  // 80 %, rounded up
  HorizontalPodAutoscaler of_cores = rules();
  of_cores.targets = {CpuTarget{.value = 500}};
  EXPECT_EQ(wished(of_cores, one), 2U);  // 700 of 1500
}

TEST(Autoscaler, ReplicasOfWhichNothingIsKnownAreIdleWhenSomeAreAdded) {
  ScalingNow one = now(4, 0);
  one.counted = 2;
  one.missing = 2;
  one.used = 2000;
  EXPECT_EQ(wished(rules(), one), 4U);
  one.used = 4000;
  EXPECT_EQ(wished(rules(), one), 8U);
}

TEST(Autoscaler, KnowsNothingWithoutReadyReplicas) {
  ScalingNow one = now(4, 0);
  one.counted = 0;
  one.unready = 4;
  EXPECT_EQ(wished(rules(), one), std::nullopt);
  HorizontalPodAutoscaler any = rules();
  EXPECT_EQ(Autoscaler(any).decide(one), 4U);
}

TEST(Autoscaler, KeepsWithinItsBoundsWhateverIsUsed) {
  const HorizontalPodAutoscaler one = rules(3, 6);
  EXPECT_EQ(Autoscaler(one).decide(now(2, 0)), 3U);
  EXPECT_EQ(Autoscaler(one).decide(now(8, 9000)), 6U);
  EXPECT_EQ(Autoscaler(one).decide(now(4, 9000)), 6U);
  EXPECT_EQ(Autoscaler(one).decide(now(0, 0)), 0U);  // switched off
}

TEST(Autoscaler, AtMostDoublesOrMakesFourWithoutABehavior) {
  const HorizontalPodAutoscaler one = rules();
  EXPECT_EQ(Autoscaler(one).decide(now(1, 9000)), 4U);
  EXPECT_EQ(Autoscaler(one).decide(now(3, 9000)), 6U);
}

TEST(Autoscaler, ScalesInByTheHighestWishOfFiveMinutes) {
  const HorizontalPodAutoscaler one = rules();
  Autoscaler all(one);
  EXPECT_EQ(all.decide(now(4, 500, 0)), 4U);  // at the target
  EXPECT_EQ(all.decide(now(4, 300, 15)), 4U);
  for (int at = 30; at <= 300; at += 15) EXPECT_EQ(all.decide(now(4, 100, at)), 4U) << at;
  EXPECT_EQ(all.decide(now(4, 100, 315)), 3U);  // what it wished for at 15 s
  EXPECT_EQ(all.decide(now(3, 100, 330)), 1U);
}

TEST(Autoscaler, ABehaviorsDefaultsAddFourOrDouble) {
  const HorizontalPodAutoscaler one = with_behavior();
  EXPECT_EQ(Autoscaler(one).decide(now(1, 9000)), 5U);
  EXPECT_EQ(Autoscaler(one).decide(now(10, 9000)), 20U);
}

TEST(Autoscaler, PoliciesCountWhatCameWithinTheirPeriod) {
  HorizontalPodAutoscaler one = with_behavior();
  one.behavior->up.policies = {{.percent = false, .value = 2, .period = 60s}};
  Autoscaler all(one);
  EXPECT_EQ(all.decide(now(4, 9000, 0)), 6U);
  EXPECT_EQ(all.decide(now(6, 9000, 15)), 6U);
  EXPECT_EQ(all.decide(now(6, 9000, 45)), 6U);
  EXPECT_EQ(all.decide(now(6, 9000, 60)), 8U);
}

TEST(Autoscaler, SelectPolicySaysWhichOfThem) {
  HorizontalPodAutoscaler one = with_behavior();
  one.behavior->down.stabilization = 0s;
  one.behavior->down.policies = {{.percent = false, .value = 3, .period = 60s},
                                 {.percent = true, .value = 50, .period = 60s}};
  EXPECT_EQ(Autoscaler(one).decide(now(10, 0)), 5U);
  one.behavior->down.select = ScalingRules::Select::kMin;
  EXPECT_EQ(Autoscaler(one).decide(now(10, 0)), 7U);
  one.behavior->down.select = ScalingRules::Select::kDisabled;
  EXPECT_EQ(Autoscaler(one).decide(now(10, 0)), 10U);
  one.behavior->up.select = ScalingRules::Select::kMin;
  EXPECT_EQ(Autoscaler(one).decide(now(10, 9000)), 14U);
  one.behavior->up.select = ScalingRules::Select::kDisabled;
  EXPECT_EQ(Autoscaler(one).decide(now(10, 9000)), 10U);
}

TEST(Autoscaler, AWindowTakesTheMostCautiousWish) {
  HorizontalPodAutoscaler one = with_behavior();
  one.behavior->up.stabilization = 60s;
  Autoscaler all(one);
  EXPECT_EQ(all.decide(now(4, 500, 0)), 4U);
  EXPECT_EQ(all.decide(now(4, 750, 15)), 4U);  // 4 was the wish 15 s before
  EXPECT_EQ(all.decide(now(4, 1000, 45)), 4U);
  EXPECT_EQ(all.decide(now(4, 1000, 60)), 6U);  // that of 15 s is the lowest
  one.behavior->up.stabilization = 0s;
  one.behavior->down.stabilization = 30s;
  Autoscaler down(one);
  EXPECT_EQ(down.decide(now(4, 500, 0)), 4U);
  EXPECT_EQ(down.decide(now(4, 100, 15)), 4U);
  EXPECT_EQ(down.decide(now(4, 100, 30)), 1U);
}

TEST(Autoscaler, ABehaviorMayHaveAToleranceOfItsOwn) {
  HorizontalPodAutoscaler one = with_behavior();
  one.behavior->up.tolerance = 0;
  EXPECT_EQ(wished(one, now(10, 510)), 11U);
  one.behavior->down.tolerance = 0.5;
  EXPECT_EQ(wished(one, now(10, 260)), 10U);
}

TEST(Autoscaler, HugeFiguresAreCut) {
  HorizontalPodAutoscaler one = rules(1, 100'000);
  one.targets = {CpuTarget{.value = 1}};
  EXPECT_EQ(wished(one, now(100'000, 100'000'000)), 1'000'000'000U);
  EXPECT_EQ(Autoscaler(one).decide(now(100'000, 100'000'000)), 100'000U);
}

}  // namespace
}  // namespace squall::sim
