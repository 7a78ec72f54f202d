#include "policies/lb/maglev.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

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

/// Shares as hash_table.cc makes them: of the locality's part where localities have weights.
MaglevTable table_of(const json& row, std::vector<std::string>& keys) {
  std::map<std::size_t, double> sums;
  double localities = 0;
  for (const json& host : row["hosts"])
    sums[host.value("locality", std::size_t{0})] += host["weight"].get<double>();
  if (row.contains("locality_weights")) {
    for (const json& weight : row["locality_weights"]) localities += weight.get<double>();
  }
  for (const json& host : row["hosts"]) keys.push_back(host["key"]);
  std::vector<HashedHost> hosts;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const json& host = row["hosts"][i];
    const auto locality = host.value("locality", std::size_t{0});
    double part = 1;
    if (row.contains("locality_weights"))
      part = row["locality_weights"][locality].get<double>() / localities;
    if (part == 0) continue;
    hosts.push_back({keys[i], host["weight"].get<double>() * part / sums[locality], i});
  }
  MaglevConfig config;
  config.table_size = row["table_size"];
  return MaglevTable(config, hosts);
}

TEST(Maglev, TablesAreEnvoys) {
  SQUALL_VECTORS(vectors, "maglev");
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"tables", "retry_lookups", "lopsided", "defaults"}));
  EXPECT_EQ(MaglevConfig().table_size, vectors["defaults"]["table_size"]);
  for (const json& row : rows(vectors, "tables", 5)) {
    std::vector<std::string> keys;
    const MaglevTable table = table_of(row, keys);
    EXPECT_EQ(json(std::vector(table.slots().begin(), table.slots().end())), row["table"])
        << row["source"];
    replayed(vectors);
    if (!row.contains("min_entries_per_host")) continue;
    EXPECT_EQ(table.least_slots(), row["min_entries_per_host"].get<std::uint64_t>());
    EXPECT_EQ(table.most_slots(), row["max_entries_per_host"].get<std::uint64_t>());
    replayed(vectors);
  }
}

TEST(Maglev, AnotherAttemptAsksForAnotherSlot) {
  SQUALL_VECTORS(vectors, "maglev");
  std::vector<std::string> keys;
  const MaglevTable table = table_of(vectors["tables"][0], keys);
  const json& retry = vectors["retry_lookups"];
  const std::uint64_t hash = std::stoull(retry["hash"].get<std::string>());
  ASSERT_EQ(retry["host_index_by_attempt"].size(), 3U);
  for (const auto& [attempt, host] : retry["host_index_by_attempt"].items()) {
    EXPECT_EQ(table.at(hash, static_cast<std::uint32_t>(std::stoul(attempt))), host) << attempt;
    replayed(vectors);
  }
}

TEST(Maglev, EveryHostHasASlotHoweverSmallItsShare) {
  SQUALL_VECTORS(vectors, "maglev");
  const json& row = vectors["lopsided"];
  const auto count = row["hosts"].get<std::uint32_t>();
  const double heavy = row["heavy_locality_weight"], light = row["light_locality_weight"];
  std::vector<std::string> keys;
  for (std::uint32_t i = 0; i < count; ++i) keys.push_back(fmt::format("127.0.0.1:{}", i));
  std::vector<HashedHost> hosts;
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool first = i == 0;
    const double part = (first ? heavy : light) / (heavy + light);
    hosts.push_back({keys[i], first ? part : part / (count - 1), i});
  }
  MaglevConfig config;
  config.table_size = row["table_size"];
  const MaglevTable table(config, hosts);
  EXPECT_EQ(table.least_slots(), row["light_entries_each"].get<std::uint64_t>());
  EXPECT_EQ(table.most_slots(), row["heavy_entries"].get<std::uint64_t>());
  replayed(vectors);
}

}  // namespace
}  // namespace squall::policies::lb
