// Envoy's own test numbers, read at run time from the shared folder.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
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

/// Declares `name`, or skips the test.
#define SQUALL_VECTORS(name, topic)                                   \
  const nlohmann::json name = ::squall::testing::read_vectors(topic); \
  if (name.is_null()) GTEST_SKIP() << ::squall::testing::kNoShared << ": " << topic

}  // namespace squall::testing
