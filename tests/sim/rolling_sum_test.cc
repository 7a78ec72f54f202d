#include "sim/rolling_sum.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

TEST(RollingSum, ForgetsATwentiethAtATime) {
  RollingSum sum(20s);
  sum.add(Instant(500ms), 3);
  sum.add(Instant(10s), 5);
  EXPECT_EQ(sum.sum(Instant(19999ms)), 8);
  EXPECT_EQ(sum.sum(Instant(20s)), 5);
  EXPECT_EQ(sum.sum(Instant(29999ms)), 5);
  EXPECT_EQ(sum.sum(Instant(30s)), 0);
}

TEST(RollingSum, AfterAnyPauseNothingOldIsLeft) {
  RollingSum sum(1s);
  sum.add(Instant(1h), 3);
  EXPECT_EQ(sum.sum(Instant(1h)), 3);
  sum.add(Instant(1000h), 4);
  EXPECT_EQ(sum.sum(Instant(1000h)), 4);
}

TEST(RollingSum, WithoutAWindowNothingIsForgotten) {
  RollingSum sum(std::nullopt);
  sum.add(Instant(1s), 3);
  sum.add(Instant(1000h), 4);
  EXPECT_EQ(sum.sum(Instant(2000h)), 7);
  sum.clear();
  EXPECT_EQ(sum.sum(Instant(2000h)), 0);
}

TEST(RollingSum, AWindowOfANanosecondIsOne) {
  RollingSum sum(Duration(1));
  sum.add(Instant(Duration(5)), 2);
  EXPECT_EQ(sum.sum(Instant(Duration(5))), 2);
  EXPECT_EQ(sum.sum(Instant(Duration(25))), 0);
}

}  // namespace
}  // namespace squall::sim
