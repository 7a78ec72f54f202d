#include "sim/restart_backoff.h"

#include <gtest/gtest.h>

#include <vector>

namespace squall::sim {
namespace {

TEST(RestartBackoff, DoublesUpToFiveMinutes) {
  RestartBackoff backoff;
  std::vector<Duration> waits;
  for (int i = 0; i < 8; ++i) waits.push_back(backoff.next(Instant(1min), Instant(0s), 1s));
  EXPECT_EQ(waits, (std::vector<Duration>{1s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}));
}

TEST(RestartBackoff, TenMinutesOfRunningAreForgiven) {
  RestartBackoff backoff;
  EXPECT_EQ(backoff.next(Instant(0s), Instant(0s), {}), 0s);
  EXPECT_EQ(backoff.next(Instant(599s), Instant(0s), {}), 10s);
  EXPECT_EQ(backoff.next(Instant(1300s), Instant(700s), {}), 0s);
  EXPECT_EQ(backoff.next(Instant(1301s), Instant(1300s), {}), 10s);
}

}  // namespace
}  // namespace squall::sim
