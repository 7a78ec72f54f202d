#include "sim/rate.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

using namespace std::chrono_literals;

std::vector<scenarios::RateStep> line() {
  return {{.at = 10s, .per_s = 100, .ramp = {}}, {.at = 20s, .per_s = 300, .ramp = 10s}};
}

TEST(Rate, BeforeTheFirstStepItIsNothing) {
  const RateSegment segment = rate_segment_at(line(), 0, 60);
  EXPECT_EQ(segment.rate, 0);
  EXPECT_EQ(segment.to_s, 10);
}

TEST(Rate, ARampIsASegmentOfItsOwn) {
  const RateSegment segment = rate_segment_at(line(), 22, 60);
  EXPECT_DOUBLE_EQ(segment.rate, 140);
  EXPECT_DOUBLE_EQ(segment.slope, 20);
  EXPECT_DOUBLE_EQ(segment.to_s, 30);
  EXPECT_DOUBLE_EQ(segment.expected(), 8 * 220);
}

TEST(Rate, MeansAreOverAllSegments) {
  EXPECT_DOUBLE_EQ(mean_rate(line(), 0, 40), (1000 + 2000 + 3000) / 40.0);
  EXPECT_DOUBLE_EQ(mean_rate(line(), 12, 13), 100);
  EXPECT_DOUBLE_EQ(mean_rate(line(), 50, 60), 300);
}

}  // namespace
}  // namespace squall::sim
