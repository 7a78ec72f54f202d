#include "policies/lb/balancer.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/policies/lb/hosts.h"
#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

/// A request whose draws leave these remainders when divided by `hosts`.
Draws draws_with_remainders(const std::vector<std::uint64_t>& wanted, std::uint64_t hosts) {
  for (std::uint64_t random = 0;; ++random) {
    Draws draws{random, 0, 0};
    bool all = true;
    for (const std::uint64_t value : wanted) all = all && draws.next() % hosts == value % hosts;
    if (all) return {random, 0, 0};
  }
}

TEST(RoundRobin, StartsAtItsSeedAndKeepsItsPlaceWhenHostsCome) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  ClusterConfig cluster;
  for (const json& row : rows(vectors, "unweighted", 2)) {
    Hosts hosts = equal_hosts(row["hosts"]);
    Balancer balancer(row["seed"]);
    tell(balancer, cluster, hosts.view(), row["seed"]);
    EXPECT_EQ(picks(balancer, cluster, hosts, row["picks"].size()), numbers_of(row["picks"]));
    replayed(vectors);
    if (!row.contains("then_hosts")) continue;
    hosts = equal_hosts(row["then_hosts"]);
    tell(balancer, cluster, hosts.view(), row["seed"]);
    EXPECT_EQ(picks(balancer, cluster, hosts, row["then_picks"].size()),
              numbers_of(row["then_picks"]));
    replayed(vectors);
  }
}

TEST(LeastRequest, SamplesWithReplacementAndKeepsTheFirstOfEquals) {
  SQUALL_VECTORS(vectors, "least_request");
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kLeastRequest;
  for (const json& row : rows(vectors, "n_choices", 6)) {
    Hosts hosts = equal_hosts(row["active"].size());
    hosts.active = numbers_of(row["active"]);
    cluster.least_request.choice_count = row["choice_count"];
    auto randoms = row["randoms"].get<std::vector<std::uint64_t>>();
    randoms.erase(randoms.begin());  // chose the priority
    randoms.resize(std::min<std::size_t>(randoms.size(), cluster.least_request.choice_count));
    Draws draws = draws_with_remainders(randoms, hosts.numbers.size());
    Balancer balancer;
    EXPECT_EQ(balancer.pick(cluster, hosts.view(), draws), row["pick"]) << row;
    replayed(vectors);
  }
}

TEST(LeastRequest, FullScanTakesTheLeastAndDrawsAmongEquals) {
  SQUALL_VECTORS(vectors, "least_request");
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kLeastRequest;
  cluster.least_request.full_scan = true;
  constexpr int kPicks = 300'000;
  for (const json& row : rows(vectors, "full_scan", 2)) {
    Hosts hosts = equal_hosts(row["active"].size());
    hosts.active = numbers_of(row["active"]);
    Balancer balancer;
    std::map<std::uint32_t, int> counts;
    for (std::uint64_t i = 0; i < kPicks; ++i) {
      Draws draws{i, 0, 0};
      ++counts[balancer.pick(cluster, hosts.view(), draws)];
    }
    const auto tied =
        row.contains("pick") ? std::vector<std::uint32_t>{row["pick"]} : numbers_of(row["tied"]);
    EXPECT_EQ(counts.size(), tied.size());
    for (const std::uint32_t host : tied) {
      EXPECT_NEAR(static_cast<double>(counts[host]) / kPicks,
                  1.0 / static_cast<double>(tied.size()), 0.005);
    }
    replayed(vectors);
  }
}

TEST(LeastRequest, DefaultsAreEnvoys) {
  SQUALL_VECTORS(vectors, "least_request");
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"n_choices", "full_scan", "weighted_edf", "defaults"}));
  const LeastRequestConfig config;
  EXPECT_EQ(config.choice_count, vectors["defaults"]["choice_count"]);
  EXPECT_EQ(config.active_request_bias, vectors["defaults"]["active_request_bias"]);
  EXPECT_FALSE(config.full_scan);
}

TEST(Random, HostComesFromTheNumberThatChoseThePriority) {
  ClusterConfig cluster;
  cluster.lb = LbPolicy::kRandom;
  const Hosts hosts = equal_hosts(4);
  Balancer balancer;
  Draws draws{1, 4 * 9 + 2, 0};
  EXPECT_EQ(balancer.pick(cluster, hosts.view(), draws), 2u);
  EXPECT_EQ(draws.taken, 0u);
}

TEST(Draws, NoTwoPicksShareOne) {
  std::set<std::uint64_t> keys, seen;
  for (const std::uint32_t attempt : {1U, 2U, 65'001U}) {
    for (const std::uint32_t pick : {0U, 1U, 255U, 256U, 4'000U}) {
      EXPECT_TRUE(keys.insert(Draws::of(attempt, pick)).second);
      Draws draws{.random = 7, .key = Draws::of(attempt, pick)};
      for (int k = 0; k < 1'000; ++k) EXPECT_TRUE(seen.insert(draws.next()).second);
    }
  }
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
    bool on_hosts(const HostChange& change) override { return change.view.hosts.size() > 1; }
    std::size_t pick(const HostView& view, Draws&) override { return view.hosts.size() - 1; }
  };
  ClusterConfig cluster;
  Balancer balancer(0, std::make_unique<Last>());
  tell(balancer, cluster, equal_hosts(3).view(), 0);
  EXPECT_EQ(picks(balancer, cluster, equal_hosts(3), 2), (std::vector<std::uint32_t>{2, 2}));
  tell(balancer, cluster, equal_hosts(1).view(), 0);
  EXPECT_EQ(picks(balancer, cluster, equal_hosts(3), 2), (std::vector<std::uint32_t>{0, 1}));
}

}  // namespace
}  // namespace squall::policies::lb
