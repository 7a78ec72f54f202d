#include "policies/filter/latency_histogram.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

TEST(LatencyHistogram, AValueCountsByItsTwoLeadingDigits) {
  LatencyHistogram one;
  one.add(13'250);
  EXPECT_DOUBLE_EQ(one.quantile(0), 13'000);
  EXPECT_DOUBLE_EQ(one.quantile(0.5), 13'500);
  EXPECT_DOUBLE_EQ(one.quantile(1), 14'000);
}

TEST(LatencyHistogram, SmallValuesHaveFinerBucketsAndZeroNone) {
  LatencyHistogram three, zero;
  three.add(3);
  EXPECT_DOUBLE_EQ(three.quantile(1), 3.1);
  zero.add(0);
  EXPECT_DOUBLE_EQ(zero.quantile(0.5), 0);
}

TEST(LatencyHistogram, AQuantileLiesInItsBucketsShare) {
  LatencyHistogram many;
  for (int i = 0; i < 3; ++i) many.add(100);
  many.add(900);
  EXPECT_DOUBLE_EQ(many.quantile(0.75), 110);   // the end of the first bucket
  EXPECT_DOUBLE_EQ(many.quantile(0.375), 105);  // half of it
  EXPECT_DOUBLE_EQ(many.quantile(0.875), 905);
}

TEST(LatencyHistogram, OnceClearedItBeginsAnew) {
  LatencyHistogram again;
  again.add(900);
  again.clear();
  EXPECT_EQ(again.count(), 0U);
  for (int i = 0; i < 2; ++i) again.add(100);
  EXPECT_DOUBLE_EQ(again.quantile(0.5), 105);
}

}  // namespace
}  // namespace squall::policies
