#include "policies/base/percent.h"

#include <gtest/gtest.h>

namespace squall {
namespace {

TEST(Percent, TwoDigitsAreACharacter) {
  EXPECT_EQ(percent_decoded("%2Fx"), '/');
  EXPECT_EQ(percent_decoded("%fF"), 255);
  for (const std::string_view none : {"", "%", "%2", "2F%", "%g0", "%0g", "x2F"})
    EXPECT_EQ(percent_decoded(none), -1) << none;
}

TEST(Percent, WhatIsNoEncodingStays) {
  EXPECT_EQ(percent_decode("a%20b%2"), "a b%2");
  EXPECT_EQ(percent_decode("%%41%4"), "%A%4");
}

}  // namespace
}  // namespace squall
