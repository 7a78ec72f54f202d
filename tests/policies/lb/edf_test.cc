#include "policies/lb/edf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "policies/base/mix.h"
#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

const json& row_of(const json& vectors, const std::string& test) {
  for (const json& row : rows(vectors, "scheduler", 4)) {
    if (row["source"].get<std::string>().ends_with("." + test)) return row;
  }
  throw std::runtime_error(test);
}

TEST(Edf, EqualWeightsTakeTurnsInOrder) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"unweighted", "weighted", "first_pick_counts", "scheduler"}));
  const std::uint32_t entries = row_of(vectors, "Unweighted")["entries"];
  Edf edf;
  for (std::uint32_t i = 0; i < entries; ++i) edf.add(i, 1);
  for (std::uint32_t i = 0; i < 3 * entries; ++i) {
    EXPECT_EQ(edf.pick([](std::uint32_t) { return 1.0; }), i % entries);
  }
}

TEST(Edf, EachIsPickedInProportionToItsWeight) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  const json& row = row_of(vectors, "Weighted");
  const std::uint32_t entries = row["entries"];
  const auto weight = [](std::uint32_t i) { return i + 1.0; };
  Edf edf;
  for (std::uint32_t i = 0; i < entries; ++i) edf.add(i, weight(i));
  std::vector<std::uint32_t> counts(entries);
  for (int i = 0; i < row["total_picks"].get<int>(); ++i) ++counts[edf.pick(weight)];
  for (std::uint32_t i = 0; i < entries; ++i) EXPECT_EQ(counts[i], i + 1);
  replayed(vectors);
}

TEST(Edf, StartAfterPicksIsWherePlayingThemLeads) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  const json& row = row_of(vectors, "SchedulerWithSomePicksEqualToEmptyWithAddedEntries");
  const std::uint32_t entries = row["entries"];
  const auto weight = [&](std::uint32_t i) { return (100.5 - 0.01) / entries * i + 0.01; };
  for (const std::uint64_t prepicks : row["prepicks"]) {
    Edf played;
    for (std::uint32_t i = 0; i < entries; ++i) played.add(i, weight(i));
    for (std::uint64_t i = 0; i < prepicks; ++i) played.pick(weight);
    Edf computed(entries, prepicks, weight);
    for (int i = 0; i < 1000; ++i) {
      ASSERT_EQ(computed.pick(weight), played.pick(weight)) << prepicks << " " << i;
    }
  }
}

TEST(Edf, FirstPickOverRandomSeedsIsDistributedAsTheWeights) {
  SQUALL_VECTORS(vectors, "edf_round_robin");
  constexpr std::uint64_t kSeeds = 50'000;
  for (const json& weights :
       row_of(vectors, "SchedulerWithRandomPicksFirstPickDistribution")["weights_sets"]) {
    const auto weight = [&](std::uint32_t i) { return weights[i].get<double>(); };
    const auto entries = static_cast<std::uint32_t>(weights.size());
    double sum = 0;
    for (std::uint32_t i = 0; i < entries; ++i) sum += weight(i);
    std::vector<double> counts(entries);
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      ++counts[Edf(entries, mix(1, seed), weight).pick(weight)];
    }
    for (std::uint32_t i = 0; i < entries; ++i) {
      EXPECT_NEAR(counts[i] / kSeeds, weight(i) / sum, 0.01) << weights;
    }
  }
}

TEST(Edf, AWeightCountsFromTheNextTime) {
  double second = 1;
  const auto weight = [&](std::uint32_t i) { return i == 1 ? second : 1.0; };
  Edf edf(2, 0, weight);
  EXPECT_EQ(edf.pick(weight), 0u);
  second = 2;
  EXPECT_EQ(edf.pick(weight), 1u);  // still by its old weight
  EXPECT_EQ(edf.pick(weight), 1u);
  EXPECT_EQ(edf.pick(weight), 0u);
}

}  // namespace
}  // namespace squall::policies::lb
