#include "policies/lb/localities.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/policies/lb/hosts.h"
#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

LocalityHealth locality(const json& row, const json& healthy, std::size_t i) {
  return {.weight = row["weights"][i],
          .eligible = healthy[i],
          .hosts = row["hosts"][i],
          .excluded = row.contains("excluded") ? row["excluded"][i].get<std::uint32_t>() : 0};
}

std::vector<double> weights_of(const json& row, const json& healthy) {
  std::vector<double> weights;
  for (std::size_t i = 0; i < row["weights"].size(); ++i)
    weights.push_back(effective_weight(locality(row, healthy, i), row["opf"]));
  return weights;
}

TEST(Localities, TakeTurnsByWeight) {
  SQUALL_VECTORS(vectors, "locality_wrr");
  EXPECT_EQ(parts_of(vectors), (std::set<std::string>{"sequences", "counts_over_100_picks",
                                                      "first_pick_counts", "none"}));
  for (const json& row : rows(vectors, "sequences", 4)) {
    auto weights = row["effective_weights"].get<std::vector<double>>();
    if (row.contains("weights")) {
      EXPECT_EQ(weights_of(row, row["healthy"]), weights);
    }
    LocalitySchedule schedule;
    schedule.restart(weights, row["seed"]);
    std::vector<std::uint32_t> picks;
    while (picks.size() < row["picks"].size()) picks.push_back(schedule.next().value());
    EXPECT_EQ(picks, numbers_of(row["picks"])) << row["source"];
    replayed(vectors);
  }
}

TEST(Localities, LoseWeightWithTheirHealth) {
  SQUALL_VECTORS(vectors, "locality_wrr");
  for (const json& row : rows(vectors, "counts_over_100_picks", 3)) {
    for (const json& step : row["rows"]) {
      LocalitySchedule schedule;
      schedule.restart(weights_of(row, step["healthy"]), 0);
      std::vector<std::uint32_t> counts(row["weights"].size());
      for (int i = 0; i < 100; ++i) ++counts[schedule.next().value()];
      EXPECT_EQ(counts, numbers_of(step["counts"])) << row["source"] << step;
      replayed(vectors);
    }
  }
}

TEST(Localities, FirstPicksOverSeedsFollowTheWeights) {
  SQUALL_VECTORS(vectors, "locality_wrr");
  for (const json& row : rows(vectors, "first_pick_counts", 1)) {
    const auto weights = row["effective_weights"].get<std::vector<double>>();
    std::vector<std::uint32_t> counts(weights.size());
    for (const std::uint64_t seed : row["seeds"]) {
      LocalitySchedule schedule;
      schedule.restart(weights, seed);
      ++counts[schedule.next().value()];
    }
    EXPECT_EQ(counts, numbers_of(row["first_pick_counts"]));
    replayed(vectors);
  }
}

TEST(Localities, NoWeightIsNoChoice) {
  SQUALL_VECTORS(vectors, "locality_wrr");
  rows(vectors, "none", 1);
  LocalitySchedule schedule;
  EXPECT_FALSE(schedule.next().has_value());
  schedule.restart(std::vector<double>{0, 0}, 0);
  EXPECT_FALSE(schedule.next().has_value());
  EXPECT_EQ(effective_weight({.weight = 3, .eligible = 0, .hosts = 2}, 140), 0);
  EXPECT_EQ(effective_weight({.weight = 3, .eligible = 0, .hosts = 2, .excluded = 2}, 140), 0);
}

}  // namespace
}  // namespace squall::policies::lb
