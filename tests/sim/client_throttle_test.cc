#include "sim/client_throttle.h"

#include <gtest/gtest.h>

#include "policies/base/mix.h"

namespace squall::sim {
namespace {

/// Shares of `times` what is accepted that are turned away at the client, in the long run.
double turned_away(double k, double times) {
  ClientThrottle throttle({.k = k, .window = 10s});
  int local = 0, wished = 0;
  double credit = 0;  // what the server still accepts
  for (int i = 0; i < 60'000; ++i) {
    const Instant now(Duration(std::int64_t{i} * 1'000'000));
    credit = std::min(credit + 1 / times, 5.0);
    const bool sent = throttle.send(now, unit(mix(7, static_cast<std::uint64_t>(i))));
    if (sent) {
      throttle.on_result(credit < 1, now);
      credit -= credit >= 1 ? 1 : 0;
    }
    if (i < 20'000) continue;
    ++wished;
    local += sent ? 0 : 1;
  }
  return static_cast<double>(local) / wished;
}

TEST(ClientThrottle, SendsKTimesWhatIsAccepted) {
  EXPECT_NEAR(turned_away(2, 3), 1 - 2.0 / 3, 0.01);
  EXPECT_NEAR(turned_away(2, 10), 0.8, 0.01);
  // So near to 1 it sends less than is accepted at times, by chance, and so turns more away.
  EXPECT_NEAR(turned_away(1.1, 3), 1 - 1.1 / 3 + 0.02, 0.015);
}

TEST(ClientThrottle, BelowThatItTurnsNothingAway) {
  EXPECT_EQ(turned_away(2, 1), 0);
  EXPECT_LT(turned_away(2, 1.9), 0.02);
}

TEST(ClientThrottle, WhatIsTurnedAwayCountsAsWished) {
  ClientThrottle throttle({.k = 1, .window = 10s});
  EXPECT_TRUE(throttle.send(Instant(1s), 0));
  throttle.on_result(true, Instant(1s));
  EXPECT_FALSE(throttle.send(Instant(1s), 0.49));  // 1 / 2
  EXPECT_FALSE(throttle.send(Instant(1s), 0.66));  // 2 / 3
  EXPECT_TRUE(throttle.send(Instant(1s), 0.76));   // 3 / 4
  throttle.on_result(false, Instant(1s));
  EXPECT_TRUE(throttle.send(Instant(1s), 0.61));  // 3 / 5
}

TEST(ClientThrottle, WhatHasNoAnswerYetDoesNotCount) {
  ClientThrottle throttle({.k = 2, .window = 10s});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(throttle.send(Instant(1s), 0));
}

}  // namespace
}  // namespace squall::sim
