#include "sim/client_breaker.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

using Pass = ClientBreaker::Pass;
using Stops = scenarios::ClientBreaker::Stops;

/// One that stops calls for 5 s above half of at least four tries in 10 s.
ClientBreaker of_calls() {
  return ClientBreaker({.failures = 0.5, .window = 10s, .minimum = 4, .open_for = 5s});
}

void end(ClientBreaker& breaker, int good, int bad, Instant at) {
  for (int i = 0; i < good; ++i) breaker.on_result(false, false, at);
  for (int i = 0; i < bad; ++i) breaker.on_result(true, false, at);
}

TEST(ClientBreaker, OpensAboveItsShareOfEnoughTries) {
  ClientBreaker few = of_calls();
  end(few, 0, 3, Instant(1s));
  EXPECT_EQ(few.send(Instant(1s)), Pass::kYes);
  ClientBreaker half = of_calls();
  end(half, 5, 5, Instant(1s));
  EXPECT_EQ(half.send(Instant(1s)), Pass::kYes);
  end(half, 0, 1, Instant(1s));
  EXPECT_EQ(half.send(Instant(1s)), Pass::kNo);
}

TEST(ClientBreaker, WhatIsOlderThanTheWindowIsForgotten) {
  ClientBreaker breaker = of_calls();
  end(breaker, 0, 3, Instant(1s));
  end(breaker, 0, 1, Instant(20s));
  EXPECT_EQ(breaker.send(Instant(20s)), Pass::kYes);
}

TEST(ClientBreaker, OneTryGoesWhenItHasBeenOpenForItsTime) {
  ClientBreaker breaker = of_calls();
  end(breaker, 0, 4, Instant(1s));
  EXPECT_EQ(breaker.send(Instant(5999ms)), Pass::kNo);
  EXPECT_EQ(breaker.send(Instant(6s)), Pass::kProbe);
  EXPECT_EQ(breaker.send(Instant(6s)), Pass::kNo);
  breaker.on_result(true, true, Instant(7s));
  EXPECT_EQ(breaker.send(Instant(11s)), Pass::kNo);
  EXPECT_EQ(breaker.send(Instant(12s)), Pass::kProbe);
  breaker.on_result(false, true, Instant(12s));
  EXPECT_EQ(breaker.send(Instant(12s)), Pass::kYes);
  end(breaker, 0, 2, Instant(12s));  // what failed before is forgotten
  EXPECT_EQ(breaker.send(Instant(12s)), Pass::kYes);
}

TEST(ClientBreaker, WhatWasSentBeforeItOpenedChangesNothing) {
  ClientBreaker breaker = of_calls();
  end(breaker, 0, 4, Instant(1s));
  end(breaker, 1, 0, Instant(6s));
  EXPECT_EQ(breaker.send(Instant(6s)), Pass::kProbe);
  end(breaker, 0, 1, Instant(6s));
  breaker.on_result(false, true, Instant(6s));
  EXPECT_EQ(breaker.send(Instant(6s)), Pass::kYes);
}

TEST(ClientBreaker, AProbeThatIsLostIsFollowedByAnother) {
  ClientBreaker breaker = of_calls();
  end(breaker, 0, 4, Instant(1s));
  EXPECT_EQ(breaker.send(Instant(6s)), Pass::kProbe);
  breaker.on_probe_lost();
  EXPECT_EQ(breaker.send(Instant(6s)), Pass::kProbe);
}

TEST(ClientBreaker, OfRetriesItLetsCallsThrough) {
  ClientBreaker breaker({.failures = 0.1, .window = std::nullopt, .stops = Stops::kRetries});
  end(breaker, 0, 1, Instant(1s));
  EXPECT_EQ(breaker.send(Instant(1s)), Pass::kYes);
  EXPECT_FALSE(breaker.lets_retry(Instant(1s)));
  end(breaker, 9, 0, Instant(10h));  // never forgotten: one in ten
  EXPECT_TRUE(breaker.lets_retry(Instant(20h)));
  end(breaker, 0, 1, Instant(20h));
  EXPECT_FALSE(breaker.lets_retry(Instant(20h)));
  EXPECT_TRUE(of_calls().lets_retry(Instant(1s)));
}

}  // namespace
}  // namespace squall::sim
