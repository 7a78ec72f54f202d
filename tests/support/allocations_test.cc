#include "tests/support/allocations.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

namespace squall::testing {
namespace {

TEST(Allocations, CountsOperatorNewAndMalloc) {
  if (!counts_allocations()) GTEST_SKIP() << "a sanitizer owns malloc";
  const std::uint64_t before = allocations();
  auto owned = std::make_unique<int>(1);
  void* volatile block = std::malloc(10);
  std::free(block);
  EXPECT_EQ(*owned, 1);
  EXPECT_EQ(allocations() - before, 2U);
}

TEST(Allocations, NothingIsCountedWhereNothingIsAllocated) {
  const std::uint64_t before = allocations();
  volatile int sum = 0;
  for (int i = 0; i < 100; ++i) sum = sum + i;
  EXPECT_EQ(allocations(), before);
}

}  // namespace
}  // namespace squall::testing
