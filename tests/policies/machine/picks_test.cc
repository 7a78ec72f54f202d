// Picks over thousands of seeds: they follow weights, and panic begins exactly at its threshold.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/policies/chance.h"
#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

constexpr std::uint64_t kSeeds = 4000;
/// Of a right balancer one run in a hundred thousand would fall below it; all seeds are fixed.
constexpr double kLeastP = 1e-5;

/// How likely chance alone is as far from the weights as these counts: Pearson's test, in the
/// closed form that the chi-square distribution has for an even number of degrees of freedom.
double p_value(const std::vector<std::uint64_t>& counts,
               const std::vector<std::uint32_t>& weights) {
  double all = 0, picks = 0, statistic = 0;
  for (const std::uint32_t weight : weights) all += weight;
  for (const std::uint64_t count : counts) picks += static_cast<double>(count);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = picks * weights[i] / all;
    const double distance = static_cast<double>(counts[i]) - expected;
    statistic += distance * distance / expected;
  }
  EXPECT_EQ(weights.size() % 2, 1U);
  double term = std::exp(-statistic / 2), sum = term;
  for (std::size_t i = 1; i < (weights.size() - 1) / 2; ++i)
    sum += term *= statistic / 2 / static_cast<double>(i);
  return sum;
}

/// Addresses of its own for each seed, so that tables of hashes are others too.
void move_hosts(ClusterConfig& cluster, std::uint64_t seed) {
  for (HostConfig& host : cluster.hosts)
    host.address = "10.1." + std::to_string(seed / 250) + "." + std::to_string(seed % 250 + 1);
}

using Group = std::function<std::uint32_t(std::uint32_t)>;

/// Where the first request of a new worker goes, for each seed.
void expect_picks_by(
    const Plan& plan, const std::vector<std::uint32_t>& weights,
    const Group& group = [](std::uint32_t host) { return host; }) {
  std::vector<std::uint64_t> counts(weights.size());
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Plan own = plan;
    for (ClusterConfig& cluster : own.clusters) move_hosts(cluster, seed);
    Shell shell(own.epoch(), mix(1, seed));
    const std::uint32_t id = shell.request({}, true, mix(2, seed));
    ++counts.at(group(shell.worker.request(id).last_host));
  }
  EXPECT_GE(p_value(counts, weights), kLeastP) << ::testing::PrintToString(counts);
}

const std::vector<std::uint32_t> kWeights = {1, 2, 3, 4, 10}, kEqual = {1, 1, 1, 1, 1};

Plan plan_of(LbPolicy lb, const std::vector<std::uint32_t>& weights) {
  Plan plan(weights.size());
  plan.cluster().lb = lb;
  for (std::size_t i = 0; i < weights.size(); ++i) plan.cluster().hosts[i].weight = weights[i];
  plan.cluster().maglev.table_size = 2003;
  return plan;
}

TEST(PValue, IsTheOneOfTheTables) {
  // Critical values at 5 %: 5.991 for 2 degrees of freedom, 9.488 for 4.
  EXPECT_NEAR(p_value({100 + 24, 100 - 24, 100}, {1, 1, 1}), std::exp(-11.52 / 2), 1e-12);
  EXPECT_NEAR(std::exp(-9.488 / 2) * (1 + 9.488 / 2), 0.05, 1e-4);
  EXPECT_NEAR(p_value({120, 80, 100, 100, 100}, kEqual), std::exp(-4.0) * (1 + 4.0), 1e-12);
  EXPECT_LT(p_value({200, 200, 200, 200, 200}, kWeights), 1e-50);
}

TEST(Picks, OfWeightedRoundRobinFollowTheWeights) {
  expect_picks_by(plan_of(LbPolicy::kRoundRobin, kWeights), kWeights);
}

TEST(Picks, OfWeightedLeastRequestFollowTheWeights) {
  expect_picks_by(plan_of(LbPolicy::kLeastRequest, kWeights), kWeights);
}

TEST(Picks, WithoutWeightsGoToEachAlike) {
  for (const LbPolicy lb : {LbPolicy::kRoundRobin, LbPolicy::kLeastRequest, LbPolicy::kRandom})
    expect_picks_by(plan_of(lb, kEqual), kEqual);
}

TEST(Picks, OfARingFollowTheWeights) {
  expect_picks_by(plan_of(LbPolicy::kRingHash, kWeights), kWeights);
}

TEST(Picks, OfMaglevFollowTheWeights) {
  expect_picks_by(plan_of(LbPolicy::kMaglev, kWeights), kWeights);
}

TEST(Picks, AmongLocalitiesFollowTheirWeights) {
  const std::vector<std::uint32_t> weights = {1, 3, 6};
  for (const LbPolicy lb : {LbPolicy::kRoundRobin, LbPolicy::kLeastRequest, LbPolicy::kRandom,
                            LbPolicy::kRingHash, LbPolicy::kMaglev}) {
    Plan plan = plan_of(lb, {1, 1, 1, 1, 1, 1, 1});
    plan.cluster().locality_weighted = true;
    for (std::uint32_t i = 0; i < 7;
         ++i) {  // 4, 2 and 1 hosts: the most where there is least weight
      HostConfig& host = plan.cluster().hosts[i];
      const std::uint32_t zone = i < 4 ? 0 : i < 6 ? 1 : 2;
      host.locality.zone = std::string(1, static_cast<char>('a' + zone));
      host.locality_weight = weights[zone];
    }
    expect_picks_by(plan, weights, [](std::uint32_t host) {
      return host < 4 ? 0U : host < 6 ? 1U : 2U;
    });
  }
}

TEST(Picks, AmongWeightedClustersFollowTheirWeights) {
  Plan plan;
  plan.clusters.clear();
  std::vector<std::pair<std::string, std::uint32_t>> entries;
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    plan.clusters.push_back(cluster_named("c" + std::to_string(i), 1));
    entries.emplace_back("c" + std::to_string(i), kWeights[i]);
  }
  plan.forward = forward_to(entries);
  expect_picks_by(plan, kWeights);
}

// ---- panic

constexpr std::uint64_t kRingSize = 16'384;

struct Spread {
  std::uint64_t sick[2] = {};  // picks of unhealthy hosts, by priority
  std::uint64_t panics = 0;
};

/// A request from each of the seeds, of ten hosts a priority so many healthy.
Spread spread(LbPolicy lb, const std::vector<std::uint32_t>& healthy) {
  Plan plan = plan_of(lb, std::vector<std::uint32_t>(10 * healthy.size(), 1));
  plan.cluster().ring_hash.minimum_size = kRingSize;
  std::vector<HealthFlags> flags(plan.cluster().hosts.size());
  for (std::uint32_t i = 0; i < flags.size(); ++i) {
    plan.cluster().hosts[i].priority = i / 10;
    if (i % 10 >= healthy[i / 10]) flags[i].set(HealthFlag::kFailedOutlierCheck);
  }
  Shell shell(plan);
  shell.event(
      [&] { shell.worker.on_host_health(0, {.flags = flags, .last_pass = {}, .at = shell.now}); });
  Spread result;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::uint32_t id = shell.request({}, true, mix(3, seed));
    const std::uint32_t host = shell.worker.request(id).last_host;
    if (flags.at(host).has(HealthFlag::kFailedOutlierCheck)) ++result.sick[host / 10];
    shell.leave(id);
  }
  result.panics = shell.worker.cluster(0)->stats.get(Stat::kLbHealthyPanic);
  return result;
}

class Panic : public ::testing::TestWithParam<LbPolicy> {};

TEST_P(Panic, BeginsOneHostBelowItsThreshold) {
  const Spread at = spread(GetParam(), {5}), below = spread(GetParam(), {4});
  EXPECT_EQ(at.panics, 0U);
  EXPECT_EQ(at.sick[0], 0U);
  EXPECT_EQ(below.panics, kSeeds);
  // Chance has placed the hosts on the ring, too.
  const double by_place = std::sqrt(1 + static_cast<double>(kSeeds) / kRingSize);
  EXPECT_NEAR(static_cast<double>(below.sick[0]), 0.6 * kSeeds,
              testing::four_deviations(kSeeds, 0.6) * by_place);
}

TEST_P(Panic, IsOfEachPriorityByItself) {
  // Together less than all the load, or there is none: 28 % and 70 %, then 28 % and 56 %.
  const Spread second_at = spread(GetParam(), {2, 5}), second_below = spread(GetParam(), {2, 4});
  EXPECT_GT(second_at.sick[0], 0U);
  EXPECT_EQ(second_at.sick[1], 0U);
  EXPECT_GT(second_below.sick[0], 0U);
  EXPECT_GT(second_below.sick[1], 0U);
  const Spread first_at = spread(GetParam(), {5, 2}), first_below = spread(GetParam(), {4, 2});
  EXPECT_EQ(first_at.sick[0], 0U);
  EXPECT_GT(first_at.sick[1], 0U);
  EXPECT_GT(first_below.sick[0], 0U);
}

TEST_P(Panic, IsNoneWhileThePrioritiesTogetherHaveEnoughHealth) {
  const Spread both = spread(GetParam(), {4, 4});  // 56 % and 56 %
  EXPECT_EQ(both.panics + both.sick[0] + both.sick[1], 0U);
}

INSTANTIATE_TEST_SUITE_P(Picks, Panic,
                         ::testing::Values(LbPolicy::kRoundRobin, LbPolicy::kLeastRequest,
                                           LbPolicy::kRandom, LbPolicy::kRingHash,
                                           LbPolicy::kMaglev));

}  // namespace
}  // namespace squall::policies
