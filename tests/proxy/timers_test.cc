#include "proxy/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "policies/base/mix.h"

namespace squall::proxy {
namespace {

TEST(Timers, FireByDeadlineThenByOrderOfArming) {
  Timers timers;
  timers.arm(0, 1, at_ns(20));
  timers.arm(0, 2, at_ns(10));
  timers.arm(1, 2, at_ns(20));
  timers.arm(0, 0, at_ns(20));
  EXPECT_EQ(timers.next(), at_ns(10));
  EXPECT_FALSE(timers.take_due(at_ns(9)));
  std::vector<std::pair<int, int>> order;
  while (const auto due = timers.take_due(at_ns(20))) order.emplace_back(due->kind, due->owner);
  EXPECT_EQ(order, (std::vector<std::pair<int, int>>{{0, 2}, {0, 1}, {1, 2}, {0, 0}}));
  EXPECT_EQ(timers.next(), kNever);
}

TEST(Timers, ArmingAgainMovesATimerAndCancellingAnUnarmedOneIsNothing) {
  Timers timers;
  timers.arm(3, 7, at_ns(5));
  timers.arm(3, 7, at_ns(50));
  EXPECT_FALSE(timers.take_due(at_ns(49)));
  timers.cancel(3, 7);
  timers.cancel(3, 7);
  timers.cancel(2, 1000);
  EXPECT_EQ(timers.size(), 0U);
}

TEST(Timers, AgreeWithASortedListOverManyTurns) {
  Timers timers;
  std::map<std::pair<std::uint8_t, std::uint32_t>, std::pair<std::int64_t, std::uint64_t>>
      reference;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto kind = static_cast<std::uint8_t>(mix(1, i) % kAllTimerKinds);
    const auto owner = static_cast<std::uint32_t>(mix(2, i) % 40);
    if (mix(3, i) % 3 == 0) {
      timers.cancel(kind, owner);
      reference.erase({kind, owner});
    } else {
      const auto deadline = static_cast<std::int64_t>(i + mix(4, i) % 100);
      timers.arm(kind, owner, at_ns(deadline));
      reference[{kind, owner}] = {deadline, i};
    }
    while (const auto due = timers.take_due(at_ns(static_cast<std::int64_t>(i)))) {
      const auto first =
          std::ranges::min_element(reference, {}, [](const auto& entry) { return entry.second; });
      ASSERT_EQ(first->first, std::pair(due->kind, due->owner));
      reference.erase(first);
    }
    ASSERT_EQ(timers.size(), reference.size());
  }
}

}  // namespace
}  // namespace squall::proxy
