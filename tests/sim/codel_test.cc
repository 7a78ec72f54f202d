#include "sim/codel.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

using std::chrono::milliseconds;

constexpr scenarios::ControlledDelay kUsual{};

Instant at(int ms) { return Instant(milliseconds(ms)); }

TEST(Codel, ABurstIsServedAndAQueueThatStandsIsCutToTwiceTheTarget) {
  Codel codel(kUsual);
  for (int ms = 0; ms < 100; ms += 10) EXPECT_FALSE(codel.rejects(milliseconds(20), at(ms)));
  EXPECT_TRUE(codel.rejects(milliseconds(20), at(100)));   // the least wait before was 20 ms
  EXPECT_FALSE(codel.rejects(milliseconds(10), at(110)));  // twice the target is not more than that
  EXPECT_TRUE(codel.rejects(milliseconds(11), at(120)));
}

TEST(Codel, OneThatHardlyWaitedShowsThatTheQueueDrains) {
  Codel codel(kUsual);
  for (int ms = 0; ms < 90; ms += 10) EXPECT_FALSE(codel.rejects(milliseconds(200), at(ms)));
  EXPECT_FALSE(codel.rejects(milliseconds(5), at(99)));
  EXPECT_FALSE(codel.rejects(milliseconds(200), at(100)));
  EXPECT_FALSE(codel.rejects(milliseconds(200), at(150)));
  EXPECT_TRUE(codel.rejects(milliseconds(200), at(200)));
}

}  // namespace
}  // namespace squall::sim
