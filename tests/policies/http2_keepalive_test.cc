#include "policies/http2_keepalive.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policies/base/mix.h"

namespace squall::policies {
namespace {

TEST(Http2Keepalive, TheIntervalHasJitterOnTop) {
  Http2Keepalive config{.timeout = 1s, .interval = 200ms};
  Duration least = 1h, most{};
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const Duration wait = until_ping(config, mix(1, i));
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_EQ(least, 200ms);
  EXPECT_EQ(most, 229ms);  // 15 % of it
  config.jitter_percent = 0;
  EXPECT_EQ(until_ping(config, 12'345), 200ms);
  config = {.timeout = 1s, .interval = 1ms};  // nothing below a whole millisecond but 0
  EXPECT_EQ(until_ping(config, 12'345), 1ms);
}

TEST(Http2Keepalive, AStreamAfterALongSilenceIsPrecededByAPing) {
  const Http2Keepalive config{.timeout = 1s, .idle_interval = 100ms};
  Http2Pings pings;
  EXPECT_FALSE(pings_before_stream(config, pings, Instant{} + 100ms));
  EXPECT_TRUE(pings_before_stream(config, pings, Instant{} + 101ms));
  pings.heard_at = Instant{} + 50ms;
  EXPECT_FALSE(pings_before_stream(config, pings, Instant{} + 101ms));
  pings.waits = true;  // one is on its way
  EXPECT_FALSE(pings_before_stream(config, pings, Instant{} + 1s));
  EXPECT_FALSE(pings_before_stream({.timeout = 1s}, {}, Instant{} + 1h));
}

}  // namespace
}  // namespace squall::policies
