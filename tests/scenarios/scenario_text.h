// Scenarios from the text of their spec, and what is wrong with them.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "scenarios/reader.h"

namespace squall::scenarios {

inline std::string lines_of(const Diagnostics& diagnostics) {
  std::string out;
  for (Diagnostic one : diagnostics.sorted()) {
    one.file.clear();
    out += to_string(one) + "\n";
  }
  return out;
}

inline Result<Scenario> read_spec(const std::string& spec, const ReadOptions& options = {}) {
  return read_scenario("apiVersion: squall.dev/v1\nkind: Scenario\nspec:\n" + spec, "s.yaml",
                       options);
}

/// REQUIRES: nothing is wrong with it.
inline Scenario good_spec(const std::string& spec, const ReadOptions& options = {}) {
  Result<Scenario> scenario = read_spec(spec, options);
  EXPECT_TRUE(scenario.has_value()) << (scenario ? "" : lines_of(scenario.error()));
  return scenario ? *std::move(scenario) : Scenario{};
}

/// All that is wrong, without places.
inline std::string wrong_spec(const std::string& spec, const ReadOptions& options = {}) {
  const Result<Scenario> scenario = read_spec(spec, options);
  return scenario ? "nothing\n" : lines_of(scenario.error());
}

}  // namespace squall::scenarios
