#include "policies/base/text_arena.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/allocations.h"

namespace squall {
namespace {

TEST(TextArena, TextStaysWhereItIsWhileMoreIsStored) {
  TextArena arena;
  std::vector<std::string_view> views;
  for (int i = 0; i < 2000; ++i) views.push_back(arena.store(std::to_string(i)));
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(views[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST(TextArena, AnEmptyTextIsOneAndAnAbsentOneIsNone) {
  TextArena arena;
  EXPECT_NE(arena.store("").data(), nullptr);
  EXPECT_EQ(arena.store({}).data(), nullptr);
}

TEST(TextArena, MovedAlongWithItsTexts) {
  TextArena arena;
  const std::string_view view = arena.store("hello");
  const TextArena other = std::move(arena);
  EXPECT_EQ(view, "hello");
}

TEST(TextArena, TextLargerThanABlockIsOnePiece) {
  TextArena arena;
  const std::string large(100'000, 'x');
  EXPECT_EQ(arena.store(large), large);
  EXPECT_EQ(arena.store("small"), "small");
}

TEST(TextArena, StopsAllocatingWhenUsedAgain) {
  if (!squall::testing::counts_allocations()) GTEST_SKIP() << "a sanitizer has its own malloc";
  TextArena arena;
  const std::string piece(700, 'x');
  const auto fill = [&] {
    arena.clear();
    for (int i = 0; i < 20; ++i) arena.store(piece);
  };
  fill();
  fill();
  const std::uint64_t before = squall::testing::allocations();
  fill();
  EXPECT_EQ(squall::testing::allocations(), before);
}

}  // namespace
}  // namespace squall
