// Envoy's own test numbers, read at run time from the shared folder.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/support/shared.h"

namespace squall::testing {

/// Null when there are none here.
inline nlohmann::json read_vectors(const std::string& topic) {
  const auto path = shared_path("data/envoy-vectors/" + topic + ".json");
  if (!path) return nullptr;
  std::ifstream file(*path);
  return nlohmann::json::parse(file);
}

/// The rows of a part of them, of which there must be so many: none is left out unseen.
inline const nlohmann::json& rows(const nlohmann::json& vectors, const char* part,
                                  std::size_t count) {
  const nlohmann::json& list = vectors.at(part);
  EXPECT_EQ(list.size(), count) << part;
  return list;
}

/// The parts with facts; a test of each topic names those that tests take up.
inline std::set<std::string> parts_of(const nlohmann::json& vectors) {
  std::set<std::string> parts;
  for (const auto& [name, value] : vectors.items()) parts.insert(name);
  for (const char* about : {"schema", "topic", "envoy_revision", "rule", "note", "bits_source"})
    parts.erase(about);
  return parts;
}

/// One more check of the running test, as check_vectors.py beside the vectors counts them: it goes
/// into the program's results, of which tests/envoy/vectors.py makes the sum.
inline void replayed(const nlohmann::json& vectors) {
  static std::map<const ::testing::TestInfo*, int> checks;
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  ::testing::Test::RecordProperty("replayed_" + vectors.at("topic").get<std::string>(),
                                  ++checks[test]);
}

/// Declares `name`, or skips the test.
#define SQUALL_VECTORS(name, topic)                                   \
  const nlohmann::json name = ::squall::testing::read_vectors(topic); \
  if (name.is_null()) GTEST_SKIP() << ::squall::testing::kNoShared << ": " << topic

}  // namespace squall::testing
