#include "sim/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "policies/base/mix.h"

namespace squall::sim {
namespace {

TEST(Timers, EqualDeadlinesFireInTheOrderOfArmingAcrossDelays) {
  Timers timers;
  timers.arm(at_ns(0), at_ns(100), {1});
  timers.arm(at_ns(40), at_ns(100), {2});
  timers.arm(at_ns(40), at_ns(90), {3});
  timers.arm(at_ns(60), at_ns(100), {4});
  for (int kind : {3, 1, 2, 4}) {
    EXPECT_EQ(timers.next_time(), at_ns(kind == 3 ? 90 : 100));
    EXPECT_EQ(timers.fire().kind, kind);
  }
  EXPECT_EQ(timers.next_time(), kNever);
  EXPECT_EQ(timers.bound(), kNever);
}

TEST(Timers, ADeadlineThatIsPastMeansNow) {
  Timers timers;
  timers.arm(at_ns(10), at_ns(20), {1});
  timers.arm(at_ns(20), at_ns(5), {2});
  timers.arm(at_ns(20), at_ns(20), {3});
  for (int kind : {1, 2, 3}) {
    EXPECT_EQ(timers.next_time(), at_ns(20));
    EXPECT_EQ(timers.fire().kind, kind);
  }
}

TEST(Timers, CarriesKindWorkerAndOwner) {
  Timers timers;
  const Event event{9, 1, 65'535, 4'000'000'000U, 4'000'000'001U};
  timers.arm(at_ns(0), at_ns(1), event);
  timers.next_time();
  EXPECT_EQ(timers.fire(), event);
}

TEST(Timers, HandlesGoStale) {
  Timers timers;
  const TimerHandle cancelled = timers.arm(at_ns(0), at_ns(5), {1});
  EXPECT_TRUE(timers.cancel(cancelled));
  EXPECT_FALSE(timers.cancel(cancelled));
  const TimerHandle fired = timers.arm(at_ns(0), at_ns(5), {2});
  EXPECT_FALSE(timers.is_live(cancelled));
  timers.next_time();
  timers.fire();
  EXPECT_FALSE(timers.cancel(fired));
  EXPECT_FALSE(timers.cancel({}));
  EXPECT_FALSE(timers.cancel({0, 0}));  // no timer's, whatever the generation
}

TEST(Timers, TheBoundIsNeverLaterThanTheNext) {
  Timers timers;
  const TimerHandle first = timers.arm(at_ns(0), at_ns(10), {1});
  timers.arm(at_ns(0), at_ns(30), {2});
  EXPECT_EQ(timers.bound(), at_ns(10));
  timers.cancel(first);
  EXPECT_EQ(timers.bound(), at_ns(10));
  EXPECT_EQ(timers.next_time(), at_ns(30));
  EXPECT_EQ(timers.bound(), at_ns(30));
}

/// Random arming, cancelling and firing beside a set ordered by (deadline, arming).
void compare_with_a_set(std::uint64_t seed, std::uint64_t different_delays) {
  Timers timers;
  struct Armed {
    std::int64_t deadline;
    std::uint64_t number;
    TimerHandle handle;
  };
  std::set<std::tuple<std::int64_t, std::uint64_t, std::uint32_t>> expected;
  std::vector<Armed> all;
  std::uint64_t number = 0;
  std::int64_t now = 0;
  const auto delay_of = [&](std::uint64_t bits) {
    return static_cast<std::int64_t>(bits % different_delays) * 1'000;
  };
  for (std::uint64_t step = 0; step < 60'000; ++step) {
    const std::uint64_t bits = mix(seed, step);
    const std::uint64_t choice = bits % 16;
    if (choice < 6 && expected.size() < 500) {
      const std::int64_t deadline = now + delay_of(mix(bits, 1));
      const auto id = static_cast<std::uint32_t>(all.size());
      all.push_back(
          {deadline, ++number, timers.arm(at_ns(now), at_ns(deadline), {3, 0, 0, 8, id})});
      expected.insert({deadline, number, id});
    } else if (choice < 12 && !all.empty()) {
      const auto id = static_cast<std::uint32_t>(
          all.size() - 1 - mix(bits, 2) % std::min<std::size_t>(all.size(), 600));
      const Armed& armed = all[id];
      const bool there = expected.erase({armed.deadline, armed.number, id}) == 1;
      ASSERT_EQ(timers.is_live(armed.handle), there);
      ASSERT_EQ(timers.cancel(armed.handle), there);
    } else if (expected.empty()) {
      ASSERT_EQ(timers.next_time(), kNever);
    } else {
      const auto [deadline, order, id] = *expected.begin();
      ASSERT_LE(to_ns(timers.bound()), deadline);
      ASSERT_EQ(to_ns(timers.next_time()), deadline);
      if (choice < 15) {
        ASSERT_EQ(timers.fire(), (Event{3, 0, 0, 8, id}));
        expected.erase(expected.begin());
      }
      now = deadline;
    }
  }
}

TEST(Timers, AgreeWithASortedSetOnAFewDelays) { compare_with_a_set(1, 4); }
TEST(Timers, AgreeWithASortedSetOnAsManyDelaysAsLanes) { compare_with_a_set(2, 64); }
TEST(Timers, AgreeWithASortedSetOnThousandsOfDelays) { compare_with_a_set(3, 5'000); }
TEST(Timers, AgreeWithASortedSetWhereMostDeadlinesAreEqual) { compare_with_a_set(4, 2); }

}  // namespace
}  // namespace squall::sim
