#include "policies/lb/slow_start.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/policies/lb/hosts.h"
#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

SlowStart config_of(const json& row) {
  return {.window = std::chrono::seconds(row["window_s"].get<int>()),
          .aggression = row["aggression"],
          .min_weight_percent = row["min_weight_percent"]};
}

TEST(SlowStart, FactorsAreEnvoys) {
  SQUALL_VECTORS(vectors, "slow_start");
  EXPECT_EQ(parts_of(vectors), (std::set<std::string>{"cases", "near_ties"}));
  for (const json& row : rows(vectors, "cases", 3)) {
    for (const json& step : row["steps"]) {
      for (std::size_t i = 0; i < step["factors"].size(); ++i) {
        const json& age = step["host_age_s"][i];
        if (age.is_null()) continue;
        EXPECT_NEAR(slow_start_factor(config_of(row), std::chrono::seconds(age.get<int>())),
                    step["factors"][i], 1e-15)
            << row["source"] << step;
      }
      replayed(vectors);
    }
  }
}

// Each step is a change of hosts; a host of no age has been there for longer than the window.
TEST(SlowStart, PicksAreEnvoys) {
  SQUALL_VECTORS(vectors, "slow_start");
  for (const json& row : rows(vectors, "cases", 3)) {
    ClusterConfig cluster;
    cluster.slow_start = config_of(row);
    const Hosts hosts = equal_hosts(2);
    Balancer balancer(0);
    for (const json& step : row["steps"]) {
      const Instant now = Instant{} + 1h;
      HostLives lives;
      lives.healthy.assign(step["host_age_s"].size(), true);
      for (const json& age : step["host_age_s"])
        lives.healthy_since.push_back(now -
                                      std::chrono::seconds(age.is_null() ? 3600 : age.get<int>()));
      HostView view = hosts.view();
      view.lives = &lives;
      tell(balancer, cluster, view, 0, now);
      EXPECT_EQ(picks(balancer, cluster, view, step["picks"].size(), now),
                numbers_of(step["picks"]))
          << row["source"] << step;
      replayed(vectors);
    }
  }
}

/// As a live Envoy 1.40 in panic.
TEST(SlowStart, AHostThatIsNotHealthyHasItsWholeWeight) {
  ClusterConfig cluster;
  cluster.slow_start = {.window = 100s, .aggression = 1, .min_weight_percent = 0};
  const Hosts hosts = equal_hosts(2);
  const Instant now = Instant{} + 1h;
  HostLives lives;
  lives.healthy_since = {now - 10s, now - 200s};
  HostView view = hosts.view();
  view.lives = &lives;
  for (const bool healthy : {true, false}) {
    lives.healthy = {healthy, true};
    Balancer balancer(0);
    tell(balancer, cluster, view, 0, now);
    EXPECT_EQ(std::ranges::count(picks(balancer, cluster, view, 110, now), 0U), healthy ? 10 : 55);
  }
}

TEST(SlowStart, BeginsAtAMillisecondAndEndsWithTheWindow) {
  const SlowStart config{.window = 10s, .aggression = 1, .min_weight_percent = 0};
  EXPECT_EQ(slow_start_factor(config, 0s), 1e-4);
  EXPECT_EQ(slow_start_factor(config, 1ms), 1e-4);
  EXPECT_EQ(slow_start_factor(config, 9'999ms), 0.9999);
  EXPECT_EQ(slow_start_factor(config, 10s), 1);
}

}  // namespace
}  // namespace squall::policies::lb
