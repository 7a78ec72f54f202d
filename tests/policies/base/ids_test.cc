// Slab: ids of slots that were given back are recognised; slots never move; freed ones come back
// clean.
#include "policies/base/ids.h"

#include <gtest/gtest.h>

#include <vector>

namespace squall {
namespace {

struct Thing {
  std::uint32_t index = kNone, generation = 0;
  int value = 0;
};
using Things = Slab<Thing>;

TEST(Slab, FindsALiveSlotByItsId) {
  Things things;
  Thing& thing = things.take();
  thing.value = 7;
  const auto id = Things::id_of(thing);
  ASSERT_TRUE(id);
  EXPECT_EQ(things.find(id), &thing);
  EXPECT_EQ(things[id.index].value, 7);
}

TEST(Slab, NoticesAStaleId) {
  Things things;
  Thing& first = things.take();
  const auto old = Things::id_of(first);
  things.give_back(first);
  EXPECT_EQ(things.find(old), nullptr);
  Thing& second = things.take();
  EXPECT_EQ(&second, &first) << "the warmest slot is next";
  EXPECT_EQ(things.find(old), nullptr);
  EXPECT_EQ(things.find(Things::id_of(second)), &second);
}

TEST(Slab, KnowsNothingOfIdsThatItNeverGave) {
  Things things;
  EXPECT_EQ(things.find({}), nullptr);
  EXPECT_FALSE(Id<Thing>{});
  things.take();
  EXPECT_EQ(things.find({12345, 0}), nullptr);
}

TEST(Slab, GivesCleanSlotsThatNeverMove) {
  Things things;
  std::vector<Thing*> all;
  for (int i = 0; i < 1000; ++i) {
    all.push_back(&things.take());
    all.back()->value = i;
  }
  EXPECT_EQ(things.live(), 1000U);
  EXPECT_GE(things.capacity(), 1000U);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(all[i]->index, i);
    ASSERT_EQ(all[i]->value, static_cast<int>(i));
    ASSERT_EQ(&things[i], all[i]);
  }
  things.give_back(*all[500]);
  EXPECT_EQ(things.live(), 999U);
  const Thing& again = things.take();
  EXPECT_EQ(again.value, 0);
  EXPECT_EQ(again.generation, 1U);
}

TEST(Slab, GenerationsCountEveryReuse) {
  Things things;
  std::vector<Id<Thing>> ids;
  for (int i = 0; i < 100; ++i) {
    Thing& thing = things.take();
    ids.push_back(Things::id_of(thing));
    things.give_back(thing);
  }
  for (const auto& id : ids) EXPECT_EQ(things.find(id), nullptr);
  EXPECT_EQ(things.capacity(), Things::kFirst);
}

TEST(Slab, WhatHasRetiredCanBeReadUntilItIsGivenBack) {
  Things things;
  std::vector<Thing*> all;
  for (int i = 0; i < 4; ++i) all.push_back(&things.take());
  all[1]->value = 11;
  const auto old = Things::id_of(*all[1]);
  things.retire(*all[1]);
  EXPECT_TRUE(things.has_retired());
  EXPECT_EQ(things.find(old), all[1]);
  EXPECT_NE(&things.take(), all[1]) << "it is not free yet";  // and the slab grows
  EXPECT_EQ(things[1].value, 11);
  things.give_back_retired();
  EXPECT_FALSE(things.has_retired());
  EXPECT_EQ(things.find(old), nullptr);
  EXPECT_EQ(things.live(), 4U);
  EXPECT_EQ(&things.take(), all[1]);
}

TEST(Slab, GrowsWithAllRetiredAndWithSomeGivenBackBetween) {
  Things things;
  for (std::uint32_t i = 0; i < Things::kFirst; ++i) things.take();
  things.retire(things[0]);
  things.give_back(things[1]);
  things.retire(things[2]);
  things.retire(things[3]);
  EXPECT_EQ(things.take().index, 1U);
  EXPECT_EQ(things.take().index, Things::kFirst);  // of a new chunk
  std::vector<std::uint32_t> last;
  things.give_back_retired([&](const Thing& thing) { last.push_back(thing.index); });
  EXPECT_EQ(last, (std::vector<std::uint32_t>{3, 2, 0}));
  EXPECT_EQ(things.live(), 2U);
  for (const std::uint32_t index : {0U, 2U, 3U}) EXPECT_EQ(things.take().index, index);
}

TEST(Slab, AllMayRetireAtOnce) {
  Things things;
  constexpr std::uint32_t kMany = 12;  // two chunks, full
  for (std::uint32_t i = 0; i < kMany; ++i) things.take().value = static_cast<int>(i);
  for (std::uint32_t i = 0; i < kMany; ++i) things.retire(things[i]);
  int sum = 0;
  things.give_back_retired([&](const Thing& thing) { sum += thing.value; });
  EXPECT_EQ(sum, 66);
  EXPECT_EQ(things.live(), 0U);
  std::vector<bool> seen(kMany);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    const Thing& thing = things.take();
    EXPECT_EQ(thing.generation, 1U);
    EXPECT_FALSE(seen[thing.index]);
    seen[thing.index] = true;
  }
  EXPECT_EQ(things.capacity(), kMany);
}

}  // namespace
}  // namespace squall
