// Envoy's own test numbers, read at run time: from the folder that SQUALL_SHARED names, or ../shared.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace squall::testing {

inline std::filesystem::path shared_folder() {
  const char* named = std::getenv("SQUALL_SHARED");
  return named != nullptr ? std::filesystem::path(named) : std::filesystem::path("../shared");
}

/// Null when there are none here.
inline nlohmann::json read_vectors(const std::string& topic) {
  std::ifstream file(shared_folder() / "data" / "envoy-vectors" / (topic + ".json"));
  if (!file) return nullptr;
  return nlohmann::json::parse(file);
}

/// Declares `name`, or skips the test.
#define SQUALL_VECTORS(name, topic)                               \
  const nlohmann::json name = ::squall::testing::read_vectors(topic); \
  if (name.is_null()) GTEST_SKIP() << "without SQUALL_SHARED: Envoy's vectors of " << topic

}  // namespace squall::testing
