#include "policies/lb/ring.h"

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

/// A row's hosts, their keys and their ring.
struct Made {
  explicit Made(const json& row) {
    double sum = 0;
    for (const json& host : row["hosts"]) sum += host["weight"].get<double>();
    for (const json& host : row["hosts"]) keys.push_back(host["key"]);
    std::vector<HashedHost> hosts;
    for (std::uint32_t i = 0; i < keys.size(); ++i)
      hosts.push_back({keys[i], row["hosts"][i]["weight"].get<double>() / sum, i});
    RingHashConfig config;
    config.minimum_size = row["min_ring_size"];
    config.maximum_size = row.value("max_ring_size", config.maximum_size);
    config.murmur = row.value("hash_function", "XX_HASH") == "MURMUR_HASH_2";
    ring.emplace(config, hosts);
  }
  const std::string& at(std::uint64_t hash, std::uint32_t attempt = 0) const {
    return keys[ring->at(hash, attempt)];
  }
  std::vector<std::string> keys;
  std::optional<Ring> ring;
};

std::uint64_t number(const json& text) { return std::stoull(text.get<std::string>()); }

TEST(Ring, EntriesStandWhereEnvoysDo) {
  SQUALL_VECTORS(vectors, "ring_hash");
  EXPECT_EQ(parts_of(vectors),
            (std::set<std::string>{"rings", "lookups", "distributions", "failover"}));
  for (const json& row : rows(vectors, "rings", 6)) {
    const Made made(row);
    ASSERT_EQ(made.ring->size(), row["ring_size"].get<std::size_t>()) << row["id"];
    for (std::size_t i = 0; i < made.ring->size(); ++i) {
      EXPECT_EQ(made.ring->hashes()[i], number(row["ring"][i]["hash"])) << row["id"] << i;
      EXPECT_EQ(made.keys[made.ring->positions()[i]], row["ring"][i]["host"].get<std::string>())
          << row["id"] << i;
    }
    replayed(vectors);
  }
}

TEST(Ring, AHashBelongsToTheFirstEntryNotBeforeIt) {
  SQUALL_VECTORS(vectors, "ring_hash");
  for (const json& lookup : rows(vectors, "lookups", 3)) {
    for (const json& row : vectors["rings"]) {
      if (row["id"] != lookup["ring"]) continue;
      const Made made(row);
      for (const json& one : lookup["cases"]) {
        EXPECT_EQ(made.at(number(one["hash"]), one.value("attempt", 0U)),
                  one["host"].get<std::string>())
            << one;
        replayed(vectors);
      }
    }
  }
}

TEST(Ring, SharesOfLookupsAreEnvoys) {
  SQUALL_VECTORS(vectors, "ring_hash");
  for (const json& row : rows(vectors, "distributions", 1)) {
    const Made made(row);
    EXPECT_EQ(made.ring->size(), row["ring_size"].get<std::size_t>());
    std::map<std::string, std::uint64_t> entries, counts;
    for (const std::uint32_t position : made.ring->positions()) ++entries[made.keys[position]];
    EXPECT_EQ(entries[made.keys.front()], row["min_hashes_per_host"].get<std::uint64_t>());
    EXPECT_EQ(entries[made.keys.back()], row["max_hashes_per_host"].get<std::uint64_t>());
    const auto lookups = row["lookups"].get<std::uint64_t>();
    for (std::uint64_t i = 0; i < lookups; ++i)
      ++counts[made.at(i * (~std::uint64_t{0} / lookups))];
    EXPECT_EQ(json(counts), row["counts"]);
    replayed(vectors);
  }
}

TEST(Ring, EveryHashFindsWhatASearchThroughAllEntriesFinds) {
  for (const std::uint64_t size : {1U, 2U, 3U, 1000U, 1024U, 1026U}) {
    RingHashConfig config;
    config.minimum_size = size;
    const std::vector<HashedHost> hosts = {{"a", 1.0 / 3, 0}, {"b", 1.0 / 3, 1}, {"c", 1.0 / 3, 2}};
    const Ring ring(config, std::span(hosts).first(size == 1 ? 1 : 3));
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const std::uint64_t hash =
          i % 2 == 0 ? mix(1, i) : ring.hashes()[i % ring.size()] + i % 3 - 1;
      std::size_t entry = 0;
      while (entry < ring.size() && ring.hashes()[entry] < hash) ++entry;
      ASSERT_EQ(ring.at(hash), ring.positions()[entry % ring.size()]);
    }
  }
}

}  // namespace
}  // namespace squall::policies::lb
