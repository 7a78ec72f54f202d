#include "policies/lb/balancer.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <vector>

#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;

/// Hosts, numbered from 0, with gauges and weights as a machine keeps them.
struct Hosts {
  explicit Hosts(std::vector<std::uint32_t> with_weights) : weights(std::move(with_weights)) {
    numbers.resize(weights.size());
    std::iota(numbers.begin(), numbers.end(), 0U);
    active.resize(weights.size());
  }
  HostView view() const {
    return {numbers, weights,
            {reinterpret_cast<const std::byte*>(active.data()), sizeof(std::uint32_t)}};
  }
  std::vector<std::uint32_t> numbers, weights, active;
};

Hosts equal_hosts(std::size_t count) { return Hosts(std::vector<std::uint32_t>(count, 1)); }

/// A request whose draws leave these remainders when divided by `hosts`.
Draws draws_with_remainders(const std::vector<std::uint64_t>& wanted, std::uint64_t hosts) {
  for (std::uint64_t random = 0;; ++random) {
    Draws draws{random, 0, 0};
    bool all = true;
    for (const std::uint64_t value : wanted) all = all && draws.next() % hosts == value % hosts;
    if (all) return {random, 0, 0};
  }
}

std::vector<std::uint32_t> picks(Balancer& balancer, const ClusterConfig& cluster,
                                 const Hosts& hosts, std::size_t count) {
  std::vector<std::uint32_t> result;
  Draws draws;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(balancer.pick(cluster, hosts.view(), draws));
  }
  return result;
}

std::vector<std::uint32_t> numbers_of(const json& list) {
  return list.get<std::vector<std::uint32_t>>();
}

TEST(RoundRobin, StartsAtItsSeedAndKeepsItsPlaceWhenHostsCome) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  ClusterConfig cluster;
  for (const json& row : vectors["unweighted"]) {
    Hosts hosts = equal_hosts(row["hosts"]);
    Balancer balancer(row["seed"]);
    balancer.on_hosts(cluster, hosts.view(), row["seed"]);
    EXPECT_EQ(picks(balancer, cluster, hosts, row["picks"].size()), numbers_of(row["picks"]));
    if (!row.contains("then_hosts")) continue;
    hosts = equal_hosts(row["then_hosts"]);
    balancer.on_hosts(cluster, hosts.view(), row["seed"]);
    EXPECT_EQ(picks(balancer, cluster, hosts, row["then_picks"].size()),
              numbers_of(row["then_picks"]));
  }
}

TEST(RoundRobin, WeightsGiveTurns) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  ClusterConfig cluster;
  for (const json& row : vectors["weighted"]) {
    Hosts hosts = equal_hosts(0);
    Balancer balancer(row["seed"]);
    for (const json& step : row["steps"]) {
      if (step["op"] == "rebuild") {
        hosts = Hosts(numbers_of(step["weights"]));
        balancer.on_hosts(cluster, hosts.view(), row["seed"]);
      } else if (step["op"] == "set_weights_no_rebuild") {
        hosts.weights = numbers_of(step["weights"]);
      } else {
        EXPECT_EQ(picks(balancer, cluster, hosts, step["picks"].size()),
                  numbers_of(step["picks"]))
            << row["source"] << step;
      }
    }
  }
}

TEST(RoundRobin, FirstPicksOverSeedsFollowTheWeights) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  ClusterConfig cluster;
  for (const json& row : vectors["first_pick_counts"]) {
    const Hosts hosts(numbers_of(row["weights"]));
    std::vector<std::uint32_t> counts(hosts.numbers.size());
    for (const std::uint64_t seed : row["seeds"]) {
      Balancer balancer(seed);
      balancer.on_hosts(cluster, hosts.view(), seed);
      ++counts[picks(balancer, cluster, hosts, 1)[0]];
    }
    EXPECT_EQ(counts, numbers_of(row["first_pick_counts"]));
  }
}

TEST(RoundRobin, GoesBackToPlainTurnsWhenWeightsBecomeEqual) {
  ClusterConfig cluster;
  Hosts hosts({1, 2});
  Balancer balancer(0);
  balancer.on_hosts(cluster, hosts.view(), 0);
  EXPECT_EQ(picks(balancer, cluster, hosts, 3), (std::vector<std::uint32_t>{1, 0, 1}));
  hosts.weights = {7, 7};
  balancer.on_hosts(cluster, hosts.view(), 0);
  EXPECT_EQ(picks(balancer, cluster, hosts, 3), (std::vector<std::uint32_t>{0, 1, 0}));
}

TEST(LeastRequest, SamplesWithReplacementAndKeepsTheFirstOfEquals) {
  SQUALL_VECTORS(vectors, "least_request");
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kLeastRequest;
  for (const json& row : vectors["n_choices"]) {
    Hosts hosts = equal_hosts(row["active"].size());
    hosts.active = numbers_of(row["active"]);
    cluster.least_request.choice_count = row["choice_count"];
    auto randoms = row["randoms"].get<std::vector<std::uint64_t>>();
    randoms.erase(randoms.begin());  // chose the priority
    randoms.resize(std::min<std::size_t>(randoms.size(), cluster.least_request.choice_count));
    Draws draws = draws_with_remainders(randoms, hosts.numbers.size());
    Balancer balancer;
    EXPECT_EQ(balancer.pick(cluster, hosts.view(), draws), row["pick"]) << row;
  }
}

TEST(LeastRequest, FullScanTakesTheLeastAndDrawsAmongEquals) {
  SQUALL_VECTORS(vectors, "least_request");
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kLeastRequest;
  cluster.least_request.full_scan = true;
  constexpr int kPicks = 300'000;
  for (const json& row : vectors["full_scan"]) {
    Hosts hosts = equal_hosts(row["active"].size());
    hosts.active = numbers_of(row["active"]);
    Balancer balancer;
    std::map<std::uint32_t, int> counts;
    for (std::uint64_t i = 0; i < kPicks; ++i) {
      Draws draws{i, 0, 0};
      ++counts[balancer.pick(cluster, hosts.view(), draws)];
    }
    const auto tied = row.contains("pick") ? std::vector<std::uint32_t>{row["pick"]}
                                           : numbers_of(row["tied"]);
    EXPECT_EQ(counts.size(), tied.size());
    for (const std::uint32_t host : tied) {
      EXPECT_NEAR(static_cast<double>(counts[host]) / kPicks, 1.0 / static_cast<double>(tied.size()),
                  0.005);
    }
  }
}

TEST(LeastRequest, UnequalWeightsTakeTurnsByWeightOverLoad) {
  SQUALL_VECTORS(vectors, "least_request");
  for (const json& row : vectors["weighted_edf"]) {
    ClusterConfig cluster;
    cluster.lb = LbPolicy::kLeastRequest;
    cluster.least_request.active_request_bias = row["bias"];
    Hosts hosts(numbers_of(row["weights"]));
    Balancer balancer(row["seed"]);
    balancer.on_hosts(cluster, hosts.view(), row["seed"]);
    for (const json& step : row["steps"]) {
      hosts.active = numbers_of(step["active"]);
      EXPECT_EQ(picks(balancer, cluster, hosts, step["picks"].size()), numbers_of(step["picks"]))
          << row["source"] << step;
    }
  }
}

TEST(LeastRequest, DefaultsAreEnvoys) {
  SQUALL_VECTORS(vectors, "least_request");
  const LeastRequestConfig config;
  EXPECT_EQ(config.choice_count, vectors["defaults"]["choice_count"]);
  EXPECT_EQ(config.active_request_bias, vectors["defaults"]["active_request_bias"]);
  EXPECT_FALSE(config.full_scan);
}

TEST(LeastRequest, BiasIsAnExponentOfTheLoad) {
  // With bias 2, 9 active requests weigh as little as weight/100: a host of weight 100 against 1.
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kLeastRequest;
  cluster.least_request.active_request_bias = 2;
  Hosts hosts({100, 2});
  hosts.active = {9, 0};
  Balancer balancer(0);
  balancer.on_hosts(cluster, hosts.view(), 0);
  EXPECT_EQ(picks(balancer, cluster, hosts, 6), (std::vector<std::uint32_t>{1, 0, 1, 1, 0, 1}));
  // The square root of the load: 100 / sqrt(4) = 50 turns to 25.
  cluster.least_request.active_request_bias = 0.5;
  hosts = Hosts({100, 25});
  hosts.active = {3, 0};
  Balancer other(0);
  other.on_hosts(cluster, hosts.view(), 0);
  EXPECT_EQ(picks(other, cluster, hosts, 6), (std::vector<std::uint32_t>{0, 1, 0, 0, 1, 0}));
}

TEST(Random, HostComesFromTheNumberThatChoseThePriority) {
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kRandom;
  const Hosts hosts = equal_hosts(4);
  Balancer balancer;
  Draws draws{1, 4 * 9 + 2, 0};
  EXPECT_EQ(balancer.pick(cluster, hosts.view(), draws), 2u);
  EXPECT_EQ(draws.next_key, 0u);
}

TEST(Balancer, NoHostIsNone) {
  ClusterConfig cluster;
  Balancer balancer;
  Draws draws;
  EXPECT_EQ(balancer.pick(cluster, equal_hosts(0).view(), draws), kNone);
}

TEST(Balancer, PicksAmongEligibleHostsByNumber) {
  ClusterConfig cluster;
  Hosts hosts = equal_hosts(2);
  hosts.numbers = {17, 4};
  Balancer balancer(1);
  EXPECT_EQ(picks(balancer, cluster, hosts, 3), (std::vector<std::uint32_t>{4, 17, 4}));
}

TEST(Balancer, AUsersOwnStrategyDecidesUntilItGivesUp) {
  struct Last final : Strategy {
    bool on_hosts(const HostView& view) override { return view.hosts.size() > 1; }
    std::size_t pick(const HostView& view, Draws&) override { return view.hosts.size() - 1; }
  };
  ClusterConfig cluster;
  Balancer balancer(0, std::make_unique<Last>());
  balancer.on_hosts(cluster, equal_hosts(3).view(), 0);
  EXPECT_EQ(picks(balancer, cluster, equal_hosts(3), 2), (std::vector<std::uint32_t>{2, 2}));
  balancer.on_hosts(cluster, equal_hosts(1).view(), 0);
  EXPECT_EQ(picks(balancer, cluster, equal_hosts(3), 2), (std::vector<std::uint32_t>{0, 1}));
}

}  // namespace
}  // namespace squall::policies::lb
