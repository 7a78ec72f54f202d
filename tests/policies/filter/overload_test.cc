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

}  // namespace
}  // namespace squall::policies
