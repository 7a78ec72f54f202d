#include "policies/lb/zones.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::replayed;
using squall::testing::rows;

struct Made {
  explicit Made(const json& row) {
    const bool by_weight = row.contains("local_weights");
    const json& local = row[by_weight ? "local_weights" : "local_hosts"];
    for (const auto& [name, count] : local.items()) total += count.get<std::uint64_t>();
    for (const json& zone : row[by_weight ? "upstream_weights" : "upstream_hosts"]) {
      names.push_back(zone[0]);
      zones.push_back({zone[1].get<std::uint64_t>(), local.value(names.back(), std::uint64_t{0})});
    }
    plan_zones(zones, total, true, false, plan);
  }
  std::vector<std::string> names;
  std::vector<ZoneCount> zones;
  std::uint64_t total = 0;
  ZonePlan plan;
};

TEST(Zones, WhatDoesNotFitGoesWhereThereIsRoom) {
  SQUALL_VECTORS(vectors, "zone_aware");
  EXPECT_EQ(parts_of(vectors), (std::set<std::string>{"cases"}));
  for (const json& row : rows(vectors, "cases", 5)) {
    const Made made(row);
    replayed(vectors);
    if (row["state"] == "direct") {
      EXPECT_EQ(made.plan.routing, ZoneRouting::kDirect) << row["source"];
      continue;
    }
    EXPECT_EQ(made.plan.routing, ZoneRouting::kResidual) << row["source"];
    EXPECT_EQ(made.plan.stay, row["local_percent_to_route"].get<std::uint64_t>());
    EXPECT_EQ(json(made.plan.residual), row["cumulative_residual"]);
    replayed(vectors);
    for (const json& pick : row["picks"]) {
      std::size_t drawn = 1;  // the first random number chose the priority
      ZoneChoice choice{};
      const std::uint32_t zone = choose_zone(
          made.plan, [&] { return pick["randoms"][drawn++].get<std::uint64_t>(); }, choice);
      EXPECT_EQ(drawn, pick["randoms"].size()) << pick;
      if (pick.contains("zone")) {
        EXPECT_EQ(made.names[zone], pick["zone"].get<std::string>()) << row["source"] << pick;
        replayed(vectors);
      } else {
        EXPECT_EQ(zone, pick["randoms"][2].get<std::uint64_t>() % made.names.size());
        EXPECT_EQ(choice, ZoneChoice::kNoCapacityLeft);
      }
    }
  }
}

TEST(Zones, EverythingStaysWhereTheUpstreamHasItsShare) {
  ZonePlan plan;
  plan_zones(std::vector<ZoneCount>{{3, 2}, {3, 2}}, 4, true, false, plan);
  EXPECT_EQ(plan.routing, ZoneRouting::kDirect);
  ZoneChoice choice{};
  EXPECT_EQ(choose_zone(plan, [] { return std::uint64_t{9'999}; }, choice), 0U);
  EXPECT_EQ(choice, ZoneChoice::kDirect);
}

TEST(Zones, NothingStaysWithoutHostsInTheCallersZone) {
  ZonePlan plan;
  plan_zones(std::vector<ZoneCount>{{2, 1}, {2, 0}}, 3, false, false, plan);
  EXPECT_EQ(plan.routing, ZoneRouting::kResidual);
  EXPECT_EQ(plan.stay, 0U);
  EXPECT_EQ(plan.residual, (std::vector<std::uint64_t>{5000 - 3333, 5000 - 3333 + 5000}));
}

TEST(Zones, TheCallersZoneMayBeForced) {
  ZonePlan plan;
  plan_zones(std::vector<ZoneCount>{{1, 9}, {9, 1}}, 10, true, true, plan);
  EXPECT_EQ(plan.routing, ZoneRouting::kDirect);
}

/// As Envoy draws it: of ten thousand.
TEST(Zones, OfTenThousandDrawsSoManyStay) {
  const ZonePlan plan{.routing = ZoneRouting::kResidual, .stay = 1, .residual = {0, 1}};
  ZoneChoice choice{};
  EXPECT_EQ(choose_zone(plan, [] { return std::uint64_t{10'000}; }, choice), 0U);
  EXPECT_EQ(choice, ZoneChoice::kSampled);
  EXPECT_EQ(choose_zone(plan, [] { return std::uint64_t{10'001}; }, choice), 1U);
  EXPECT_EQ(choice, ZoneChoice::kCrossZone);
}

}  // namespace
}  // namespace squall::policies::lb
