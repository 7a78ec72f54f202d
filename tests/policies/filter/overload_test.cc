#include "policies/filter/overload.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

TEST(Overload, AThresholdIsReachedOrNot) {
  const OverloadTrigger trigger{.saturation = 0.9};
  EXPECT_EQ(level_of(trigger, 0.89), 0);
  EXPECT_EQ(level_of(trigger, 0.9), 1);
}

TEST(Overload, AScaledTriggerRisesBetweenItsTwoPressures) {
  const OverloadTrigger trigger{.scaled = true, .scaling = 0.5, .saturation = 0.9};
  EXPECT_EQ(level_of(trigger, 0.5), 0);
  EXPECT_DOUBLE_EQ(level_of(trigger, 0.6), 0.25);
  EXPECT_EQ(level_of(trigger, 0.95), 1);
}

TEST(Overload, AnActionGoesAsFarAsTheFurthestOfItsTriggers) {
  OverloadAction action;
  action.triggers = {{.resource = 0, .saturation = 0.9},
                     {.resource = 1, .scaled = true, .scaling = 0, .saturation = 1}};
  const std::vector<double> pressures = {0.1, 0.3};
  EXPECT_DOUBLE_EQ(level_of(action, pressures), 0.3);
  const std::vector<double> higher = {0.9, 0.3};
  EXPECT_EQ(level_of(action, higher), 1);
}

/// Figures of a live Envoy 1.40: half the pressure between 0.2 s and 1 s.
TEST(Overload, ATimeoutGoesDownToItsLeastByTheLevel) {
  const LeastTimeout to_time{.reduced = true, .least = 200ms};
  EXPECT_EQ(reduced_timeout(to_time, 1s, 0), 1s);
  EXPECT_EQ(reduced_timeout(to_time, 1s, 0.5), 600ms);
  EXPECT_EQ(reduced_timeout(to_time, 2s, 0.5), 1100ms);
  EXPECT_EQ(reduced_timeout(to_time, 1s, 1), 200ms);
  EXPECT_EQ(reduced_timeout(to_time, 100ms, 1), 100ms);  // never up
  EXPECT_EQ(reduced_timeout(to_time, 0s, 1), 0s);        // none stays none
  const LeastTimeout to_share{.reduced = true, .share = 0.1};
  EXPECT_EQ(reduced_timeout(to_share, 2s, 0.5), 1100ms);
  EXPECT_EQ(reduced_timeout(to_share, 2s, 1), 200ms);
  EXPECT_EQ(reduced_timeout({}, 2s, 1), 2s);
}

}  // namespace
}  // namespace squall::policies
