#include "sim/look_ahead.h"

#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

using Told = std::map<std::uint32_t, std::vector<int>>;  // by position: its steps, in turn

TEST(LookAhead, TellsEachItemOfEachStepOnceInOrderAndEachEarlierThanTheNext) {
  LookAhead ahead;
  Told told;
  std::map<std::uint32_t, std::vector<std::uint32_t>> heads;
  for (std::uint32_t head = 0; head < 100; ++head) {
    ahead.advance(head, 100, 3, [&](std::uint32_t at, int step) {
      told[at].push_back(step);
      heads[at].push_back(head);
    });
  }
  EXPECT_FALSE(told.contains(0));  // it was taken at once
  for (std::uint32_t i = 3 * LookAhead::kStride; i < 100; ++i) {
    EXPECT_EQ(told[i], (std::vector{0, 1, 2})) << i;
    EXPECT_EQ(heads[i][0] + LookAhead::kStride, heads[i][1]) << i;
    EXPECT_EQ(heads[i][1] + LookAhead::kStride, heads[i][2]) << i;
  }
}

TEST(LookAhead, CatchesUpWithAListThatHasGrownAllItemsStepByStep) {
  LookAhead ahead;
  std::vector<int> steps;
  const auto tell = [&](std::uint32_t, int step) { steps.push_back(step); };
  ahead.advance(0, 1, 2, tell);
  EXPECT_TRUE(steps.empty());
  ahead.advance(1, 100, 2, tell);
  std::vector<int> wanted(2 * LookAhead::kStride - 1, 0);
  wanted.insert(wanted.end(), LookAhead::kStride - 1, 1);
  EXPECT_EQ(steps, wanted);
}

TEST(LookAhead, PositionsWrap) {
  LookAhead ahead;
  ahead.restart(~std::uint32_t{0} - 4);
  Told told;
  for (std::uint32_t head = ~std::uint32_t{0} - 4; head != 20; ++head)
    ahead.advance(head, 20, 1, [&](std::uint32_t at, int step) { told[at].push_back(step); });
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_EQ(told[i], std::vector{0}) << i;
}

TEST(LookAhead, AnotherListBeginsAnew) {
  LookAhead ahead;
  ahead.advance(50, 80, 1, [](std::uint32_t, int) {});
  ahead.restart(0);
  std::vector<std::uint32_t> told;
  ahead.advance(0, 3, 1, [&](std::uint32_t at, int) { told.push_back(at); });
  EXPECT_EQ(told, (std::vector<std::uint32_t>{1, 2}));
}

}  // namespace
}  // namespace squall::sim
