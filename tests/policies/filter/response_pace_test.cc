#include "policies/filter/response_pace.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

/// 16 KiB a second: 819 bytes at once, then as many as the time has brought.
TEST(ResponsePace, ABodyThatHasComeGoesOnByAndBy) {
  ResponsePace pace(16, Instant{});
  pace.hold(8000, true);
  EXPECT_EQ(pace.release(Instant{}), 819U);
  EXPECT_EQ(pace.release(Instant{}), 0U);
  EXPECT_EQ(pace.held(), 7181U);
  EXPECT_EQ(pace.release(Instant{} + 50ms), 819U);
  EXPECT_EQ(pace.release(Instant{} + 450ms), 6362U);  // 6553 would go
  EXPECT_EQ(pace.held(), 0U);
  EXPECT_TRUE(pace.ended());
}

/// What a slow upstream takes counts, up to what a second brings.
TEST(ResponsePace, TimeBeforeTheBodyComesMakesRoomForIt) {
  ResponsePace pace(1, Instant{});
  EXPECT_EQ(pace.release(Instant{} + 1s), 0U);
  pace.hold(5000, false);
  EXPECT_EQ(pace.release(Instant{} + 60s), 1024U);
  EXPECT_FALSE(pace.ended());
  EXPECT_EQ(pace.release(Instant{}), 0U);  // no time passes backwards
}

}  // namespace
}  // namespace squall::policies
