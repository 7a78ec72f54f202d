#include "policies/machine/remembered.h"

#include <gtest/gtest.h>

namespace squall::policies {
namespace {

TEST(RememberedHeads, AHeadKeepsWhatIsRememberedOfItAsOthersCome) {
  RememberedHeads heads;
  for (std::uint32_t listener = 0; listener < 3; ++listener) {
    for (std::uint32_t number = 1; number < 100; number += listener + 1)
      heads.of(listener, number).cluster = 1000 * listener + number;
  }
  for (std::uint32_t listener = 0; listener < 3; ++listener) {
    for (std::uint32_t number = 1; number < 100; number += listener + 1)
      EXPECT_EQ(heads.of(listener, number).cluster, 1000 * listener + number);
  }
}

TEST(RememberedHeads, ANewHeadIsNotKnown) {
  RememberedHeads heads;
  heads.of(0, 7).settled = true;
  for (const std::uint32_t number : {0U, 6U, 8U, 1000U}) {
    EXPECT_FALSE(heads.of(0, number).settled);
    EXPECT_FALSE(heads.of(0, number).choice.remembered);
  }
  EXPECT_FALSE(heads.of(1, 7).settled);
  EXPECT_TRUE(heads.of(0, 7).settled);
}

TEST(RememberedHeads, NothingIsKnownAfterClear) {
  RememberedHeads heads;
  heads.of(0, 7).settled = true;
  heads.clear();
  EXPECT_FALSE(heads.of(0, 7).settled);
}

}  // namespace
}  // namespace squall::policies
