#include "policies/lb/slow_start.h"

#include <gtest/gtest.h>

#include "tests/policies/vectors.h"

namespace squall::policies::lb {
namespace {

using nlohmann::json;
using squall::testing::parts_of;
using squall::testing::rows;

TEST(SlowStart, FactorsAreEnvoys) {
  SQUALL_VECTORS(vectors, "slow_start");
  EXPECT_EQ(parts_of(vectors), (std::set<std::string>{"cases", "near_ties"}));
  for (const json& row : rows(vectors, "cases", 3)) {
    const SlowStart config{.window = std::chrono::seconds(row["window_s"].get<int>()),
                           .aggression = row["aggression"],
                           .min_weight_percent = row["min_weight_percent"]};
    for (const json& step : row["steps"]) {
      for (std::size_t i = 0; i < step["factors"].size(); ++i) {
        const json& age = step["host_age_s"][i];
        if (age.is_null()) continue;
        EXPECT_NEAR(slow_start_factor(config, std::chrono::seconds(age.get<int>())),
                    step["factors"][i], 1e-15)
            << row["source"] << step;
      }
    }
  }
}

TEST(SlowStart, BeginsAtAMillisecondAndEndsWithTheWindow) {
  const SlowStart config{.window = 10s, .aggression = 1, .min_weight_percent = 0};
  EXPECT_EQ(slow_start_factor(config, 0s), 1e-4);
  EXPECT_EQ(slow_start_factor(config, 1ms), 1e-4);
  EXPECT_EQ(slow_start_factor(config, 9'999ms), 0.9999);
  EXPECT_EQ(slow_start_factor(config, 10s), 1);
}

}  // namespace
}  // namespace squall::policies::lb
