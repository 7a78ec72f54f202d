#include "policies/lb/weighted.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/policies/lb/hosts.h"
#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

TEST(WeightedRoundRobin, WeightsGiveTurns) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  ClusterConfig cluster;
  for (const json& row : rows(vectors, "weighted", 2)) {
    Hosts hosts = equal_hosts(0);
    Balancer balancer(row["seed"]);
    for (const json& step : row["steps"]) {
      if (step["op"] == "rebuild") {
        hosts = Hosts(numbers_of(step["weights"]));
        tell(balancer, cluster, hosts.view(), row["seed"]);
      } else if (step["op"] == "set_weights_no_rebuild") {
        hosts.weights = numbers_of(step["weights"]);
      } else {
        EXPECT_EQ(picks(balancer, cluster, hosts, step["picks"].size()), numbers_of(step["picks"]))
            << row["source"] << step;
        replayed(vectors);
      }
    }
  }
}

TEST(WeightedRoundRobin, FirstPicksOverSeedsFollowTheWeights) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  ClusterConfig cluster;
  for (const json& row : rows(vectors, "first_pick_counts", 1)) {
    const Hosts hosts(numbers_of(row["weights"]));
    std::vector<std::uint32_t> counts(hosts.numbers.size());
    for (const std::uint64_t seed : row["seeds"]) {
      Balancer balancer(seed);
      tell(balancer, cluster, hosts.view(), seed);
      ++counts[picks(balancer, cluster, hosts, 1)[0]];
    }
    EXPECT_EQ(counts, numbers_of(row["first_pick_counts"]));
    replayed(vectors);
  }
}

TEST(WeightedRoundRobin, GoesBackToPlainTurnsWhenWeightsBecomeEqual) {
  ClusterConfig cluster;
  Hosts hosts({1, 2});
  Balancer balancer(0);
  tell(balancer, cluster, hosts.view(), 0);
  EXPECT_EQ(picks(balancer, cluster, hosts, 3), (std::vector<std::uint32_t>{1, 0, 1}));
  hosts.weights = {7, 7};
  tell(balancer, cluster, hosts.view(), 0);
  EXPECT_EQ(picks(balancer, cluster, hosts, 3), (std::vector<std::uint32_t>{0, 1, 0}));
}

TEST(WeightedLeastRequest, UnequalWeightsTakeTurnsByWeightOverLoad) {
  SQUALL_VECTORS(vectors, "least_request");
  for (const json& row : rows(vectors, "weighted_edf", 2)) {
    ClusterConfig cluster;
    cluster.lb = LbPolicy::kLeastRequest;
    cluster.least_request.active_request_bias = row["bias"];
    Hosts hosts(numbers_of(row["weights"]));
    Balancer balancer(row["seed"]);
    tell(balancer, cluster, hosts.view(), row["seed"]);
    for (const json& step : row["steps"]) {
      hosts.active = numbers_of(step["active"]);
      EXPECT_EQ(picks(balancer, cluster, hosts, step["picks"].size()), numbers_of(step["picks"]))
          << row["source"] << step;
      replayed(vectors);
    }
  }
}

TEST(WeightedLeastRequest, BiasIsAnExponentOfTheLoad) {
  // With bias 2, 9 active requests weigh as little as weight/100: a host of weight 100 against 1.
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kLeastRequest;
  cluster.least_request.active_request_bias = 2;
  Hosts hosts({100, 2});
  hosts.active = {9, 0};
  Balancer balancer(0);
  tell(balancer, cluster, hosts.view(), 0);
  EXPECT_EQ(picks(balancer, cluster, hosts, 6), (std::vector<std::uint32_t>{1, 0, 1, 1, 0, 1}));
  // The square root of the load: 100 / sqrt(4) = 50 turns to 25.
  cluster.least_request.active_request_bias = 0.5;
  hosts = Hosts({100, 25});
  hosts.active = {3, 0};
  Balancer other(0);
  tell(other, cluster, hosts.view(), 0);
  EXPECT_EQ(picks(other, cluster, hosts, 6), (std::vector<std::uint32_t>{0, 1, 0, 0, 1, 0}));
}

}  // namespace
}  // namespace squall::policies::lb
