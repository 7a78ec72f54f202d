// Which host an attempt goes to: health, panic, priorities, and what retries avoid.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/policies/chance.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

HealthFlags ejected() {
  HealthFlags flags;
  flags.set(HealthFlag::kFailedOutlierCheck);
  return flags;
}

/// Hosts that many requests go to, and how many each.
std::map<std::uint32_t, int> spread(Shell& shell, int requests) {
  std::map<std::uint32_t, int> counts;
  for (int i = 0; i < requests; ++i) {
    const std::uint32_t id = shell.request({}, true, static_cast<std::uint64_t>(i));
    const std::uint32_t host = shell.worker.request(id).last_host;
    ++counts[host];
    if (host != kNone) shell.leave(id);
  }
  return counts;
}

void set_health(Shell& shell, const std::vector<HealthFlags>& flags) {
  shell.event(
      [&] { shell.worker.on_host_health(0, {.flags = flags, .last_pass = {}, .at = shell.now}); });
}

Plan with_retries(std::size_t hosts) {
  Plan plan(hosts);
  plan.cluster().lb = LbPolicy::kRandom;
  plan.forward.retry = retries_on("connect-failure");
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  plan.forward.retry->host_selection_max_attempts = 64;
  return plan;
}

struct Pair {
  std::uint32_t first, second;
};

/// The hosts of a request's first attempt and of its retry after a connect failure.
Pair retried(const Plan& plan, std::uint64_t random) {
  Shell shell(plan);
  shell.request({}, true, random);
  const std::uint32_t first = shell.worker.request(0).last_host;
  shell.refuse(0);
  shell.pass(0ms);
  return {first, shell.worker.request(0).last_host};
}

TEST(Hosts, EachHealthyOneTakesItsTurn) {
  Shell shell{Plan(3)};
  EXPECT_EQ(spread(shell, 6), (std::map<std::uint32_t, int>{{0, 2}, {1, 2}, {2, 2}}));
}

TEST(Hosts, OfALaterClusterAreNumberedFromItsFirst) {
  Plan plan(2);
  plan.clusters.insert(plan.clusters.begin(), cluster_named("other", 3));
  Shell shell(plan);
  EXPECT_EQ(spread(shell, 100), (std::map<std::uint32_t, int>{{3, 50}, {4, 50}}));
  const std::vector<HealthFlags> flags = {ejected(), {}};
  shell.event(
      [&] { shell.worker.on_host_health(1, {.flags = flags, .last_pass = {}, .at = shell.now}); });
  EXPECT_EQ(spread(shell, 100), (std::map<std::uint32_t, int>{{4, 100}}));
}

TEST(Hosts, ARequestGoesToTheSameOneWhereThereIsMoreToLookAt) {
  Plan plan(5);
  plan.cluster().lb = LbPolicy::kRandom;
  Shell plain(plan);
  plan.cluster().override_host.push_back({.header = "x-host"});
  Shell careful(plan);
  for (std::uint64_t random = 0; random < 50; ++random) {
    const std::uint32_t one = plain.request({}, true, random);
    const std::uint32_t other = careful.request({}, true, random);
    EXPECT_EQ(plain.worker.request(one).last_host, careful.worker.request(other).last_host);
    plain.leave(one);
    careful.leave(other);
  }
}

/// As a live Envoy 1.40 takes them.
TEST(Hosts, TheOnesThatARequestNamesAreTakenInTurnInWhateverHealth) {
  Plan plan(3);
  plan.cluster().override_host.push_back({.header = "x-host"});
  plan.forward.retry = retries_on("connect-failure", 2);
  plan.forward.retry->base_interval = plan.forward.retry->max_interval.emplace(1ms);
  const std::vector<HeaderField> headers = {{"x-host", "10.0.0.9:1, 10.0.0.1:8002,10.0.0.1:8001"}};
  RequestHead head;
  head.headers = headers;
  Shell shell(plan);
  shell.request(head);
  EXPECT_EQ(shell.worker.request(0).last_host, 2U);
  shell.refuse(0);
  shell.pass(1ms);
  EXPECT_EQ(shell.worker.request(0).last_host, 1U);
  shell.leave(0);
  set_health(shell, {{}, {}, ejected()});
  const std::uint32_t second = shell.request(head);
  EXPECT_EQ(shell.worker.request(second).last_host, 2U);
}

TEST(Hosts, NoMoreThan64NamesAreLookedAt) {
  Plan plan(3);
  plan.cluster().override_host.push_back({.header = "x-host"});
  for (const auto& [before, found] : {std::pair{63, true}, {64, false}}) {
    std::string names;
    for (int i = 0; i < before; ++i) names += "10.0.0.9:1,";
    names += "10.0.0.1:8002";
    const std::vector<HeaderField> headers = {{"x-host", names}};
    RequestHead head;
    head.headers = headers;
    Shell shell(plan);
    shell.request(head);
    EXPECT_EQ(shell.worker.request(0).last_host == 2U, found) << before;
  }
}

TEST(Hosts, AnUnhealthyOneIsLeftOut) {
  Shell shell{Plan(3)};
  set_health(shell, {{}, ejected(), {}});
  EXPECT_EQ(spread(shell, 6), (std::map<std::uint32_t, int>{{0, 3}, {2, 3}}));
  set_health(shell, {{}, {}, {}});
  EXPECT_EQ(spread(shell, 3).size(), 3U);
}

TEST(Hosts, PanicUsesThemAllOrNone) {
  Plan plan(5);
  Shell shell(plan);
  set_health(shell, {{}, {}, ejected(), ejected(), ejected()});  // 40 %
  EXPECT_EQ(spread(shell, 10).size(), 5U);
  EXPECT_EQ(shell.stat(Stat::kLbHealthyPanic), 10U);
  plan.cluster().fail_traffic_on_panic = true;
  Shell strict(plan);
  set_health(strict, {{}, {}, ejected(), ejected(), ejected()});
  strict.request();
  EXPECT_EQ(strict.take(),
            (Lines{"answer r0 503 UH no_healthy_upstream", "log r0 503 UH no_healthy_upstream"}));
}

TEST(Hosts, ExactlyHalfHealthyIsNoPanic) {
  Shell shell{Plan(4)};
  set_health(shell, {{}, {}, ejected(), ejected()});
  EXPECT_EQ(spread(shell, 10), (std::map<std::uint32_t, int>{{0, 5}, {1, 5}}));
  EXPECT_EQ(shell.stat(Stat::kLbHealthyPanic), 0U);
}

TEST(Hosts, NoneWithoutPanicIsNoHealthyUpstream) {
  Plan plan(2);
  plan.cluster().healthy_panic_threshold_percent = 0;
  Shell shell(plan);
  set_health(shell, {ejected(), ejected()});
  EXPECT_EQ(spread(shell, 2), (std::map<std::uint32_t, int>{{kNone, 2}}));
  Shell empty{Plan(0)};
  EXPECT_EQ(empty.worker.request(empty.request()).outcome.status, 503U);
}

TEST(Hosts, ARetryThatFindsNoneIsAnsweredSo) {
  Plan plan = with_retries(2);
  plan.cluster().healthy_panic_threshold_percent = 0;
  Shell shell(plan);
  shell.request();
  shell.refuse(0);
  set_health(shell, {ejected(), ejected()});
  shell.take();
  shell.pass(0ms);
  EXPECT_EQ(shell.take(), (Lines{"answer r0 503 UH no_healthy_upstream", "cancel global r0",
                                 "log r0 503 UH no_healthy_upstream"}));
}

TEST(Hosts, DegradedOnesTakeOnlyWhatHealthyOnesCannot) {
  // 140 % of a half is 70: of 100 requests 70 go to the healthy host, 30 to the degraded one.
  Plan plan(2);
  plan.cluster().hosts[1].health = HealthStatus::kDegraded;
  Shell shell(plan);
  auto counts = spread(shell, 10'000);
  EXPECT_NEAR(counts[0], 7000, 200);
  EXPECT_NEAR(counts[1], 3000, 200);
}

TEST(Hosts, APriorityThatIsFullSpillsToTheNext) {
  // Half of priority 0 is up: 70 % stay.
  Plan plan(4);
  plan.cluster().hosts[2].priority = plan.cluster().hosts[3].priority = 1;
  Shell shell(plan);
  EXPECT_EQ(spread(shell, 100).count(2), 0U);
  set_health(shell, {{}, ejected(), {}, {}});
  auto counts = spread(shell, 10'000);
  EXPECT_NEAR(counts[0], 7000, 200);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2] + counts[3], 3000, 200);
}

TEST(Hosts, ARetryAvoidsHostsThatWereTried) {
  Plan plan = with_retries(2);
  int same = 0;
  for (std::uint64_t random = 0; random < 50; ++random) {
    const Pair pair = retried(plan, random);
    same += pair.first == pair.second;
  }
  EXPECT_GT(same, 0);
  plan.forward.retry->previous_hosts = true;
  for (std::uint64_t random = 0; random < 50; ++random) {
    const Pair pair = retried(plan, random);
    EXPECT_NE(pair.first, pair.second);
  }
}

TEST(Hosts, ManyRetriesForgetNobodyOfTheLastFew) {
  Plan plan = with_retries(2);
  plan.forward.retry->previous_hosts = true;
  plan.forward.retry->num_retries = 600;
  plan.forward.timeout = 0s;
  constexpr std::uint64_t kRequests = 20;
  int same = 0;
  for (std::uint64_t random = 0; random < kRequests; ++random) {
    Shell shell(plan);
    shell.request({}, true, random);
    std::uint32_t before = kNone;
    for (int i = 0; i < 600; ++i) {
      // With both tried every pick is rejected, and the last of 65 is as random as any.
      const Request& request = shell.worker.request(0);
      same += request.last_host == before;
      before = request.last_host;
      shell.refuse(shell.worker.attempt(request.newest_attempt).connection == kNone ? 0 : 1);
      shell.pass(0ms);
    }
  }
  // Neither the first attempt nor the second goes where one went before.
  constexpr double kDraws = kRequests * 598;
  EXPECT_NEAR(same, 0.5 * kDraws, testing::four_deviations(kDraws, 0.5));
}

TEST(Hosts, ARetryThatRejectsEveryPickTakesTheLast) {
  Plan plan = with_retries(1);
  plan.forward.retry->previous_hosts = true;
  EXPECT_EQ(retried(plan, 1).second, 0U);
}

TEST(Hosts, ARetryIsPickedTwiceAtMostByDefault) {
  // Two picks of two hosts: both hit the tried one in a quarter of all cases.
  Plan plan = with_retries(2);
  plan.forward.retry->host_selection_max_attempts = RetryPolicy().host_selection_max_attempts;
  plan.forward.retry->previous_hosts = true;
  constexpr std::uint64_t kDraws = 20'000;
  int same = 0;
  for (std::uint64_t random = 0; random < kDraws; ++random) {
    const Pair pair = retried(plan, random);
    same += pair.first == pair.second;
  }
  EXPECT_NEAR(same, 0.25 * kDraws, testing::four_deviations(kDraws, 0.25));
}

TEST(Hosts, ARetryAvoidsCanariesAndMetadata) {
  for (const bool canary : {true, false}) {
    Plan plan = with_retries(3);
    HostConfig& avoided = plan.cluster().hosts[1];
    avoided.canary = canary;
    if (!canary) avoided.lb_metadata = {{"stage", "test"}, {"rack", "1"}};
    plan.forward.retry->omit_canary_hosts = canary;
    if (!canary) plan.forward.retry->omit_host_metadata = {{"stage", "test"}};
    int first_there = 0;
    for (std::uint64_t random = 0; random < 50; ++random) {
      const Pair pair = retried(plan, random);
      EXPECT_NE(pair.second, 1U);
      first_there += pair.first == 1;
    }
    EXPECT_GT(first_there, 0);  // a first attempt avoids nobody
  }
}

TEST(Hosts, ARetryMayLeaveItsPriority) {
  Plan plan = with_retries(2);
  plan.cluster().hosts[1].priority = 1;
  EXPECT_EQ(retried(plan, 0).second, 0U);
  plan.forward.retry->previous_priorities_frequency = 1;
  EXPECT_EQ(retried(plan, 0).first, 0U);
  EXPECT_EQ(retried(plan, 0).second, 1U);
}

}  // namespace
}  // namespace squall::policies
