#include "policies/lb/bounded_load.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

TEST(MersenneTwister, TenThousandthNumberIsTheStandards) {
  // ISO C++ [rand.predef]: the 10,000th of a default-seeded std::mt19937.
  MersenneTwister random(5489);
  std::uint32_t last = 0;
  for (int i = 0; i < 10'000; ++i) last = random.next();
  EXPECT_EQ(last, 4'123'659'995U);
}

TEST(BoundedLoad, OthersAreAskedInTheOrderOfTheHash) {
  SQUALL_VECTORS(vectors, "bounded_load");
  EXPECT_EQ(parts_of(vectors), (std::set<std::string>{"shuffles", "picks", "slots", "rng"}));
  for (const json& row : rows(vectors, "shuffles", 3)) {
    std::vector<std::uint32_t> order, seen;
    visit_shuffled(row["hosts"], row["seed"], order, [&](std::uint32_t host) {
      seen.push_back(host);
      return true;
    });
    EXPECT_EQ(json(seen), row["order"]) << row;
    replayed(vectors);
  }
}

TEST(BoundedLoad, TheFirstWithRoomTakesOverElseTheLeastLoaded) {
  SQUALL_VECTORS(vectors, "bounded_load");
  for (const json& row : rows(vectors, "picks", 5)) {
    std::vector<std::uint32_t> order;
    const auto overload = [&](std::uint32_t host) {
      return row["overload"].value(std::to_string(host), 0.0);
    };
    EXPECT_EQ(pick_bounded(row["first_choice"], row["hosts"], row["hash"], overload, order),
              row["pick"])
        << row;
    replayed(vectors);
  }
}

TEST(BoundedLoad, AHostHasSlotsByItsShare) {
  SQUALL_VECTORS(vectors, "bounded_load");
  for (const json& row : rows(vectors["slots"], "examples", 3)) {
    EXPECT_EQ(slots_of(row["weight"], row["active_cluster"], row["balance_factor"]), row["slots"]);
    replayed(vectors);
  }
}

}  // namespace
}  // namespace squall::policies::lb
