// The unit exponential against long double libm, at its ends, in order, and its moments.
#include "policies/base/exponential.h"

#include <gtest/gtest.h>

#include <cmath>

#include "policies/base/mix.h"

namespace squall::exact {
namespace {

constexpr int kDraws = 300'000;

long double wanted(std::uint64_t bits) {
  const long double u = (static_cast<long double>(bits >> 12) + 0.5L) * 0x1p-52L;
  return -std::log1p(-u);
}

TEST(UnitExponential, IsTheLogarithmWithinTenToTheMinusFourteen) {
  long double worst = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    // From all bits, and ever nearer to both ends.
    const std::uint64_t any = mix(1, i), low = any >> (i % 64), high = ~low;
    for (const std::uint64_t bits : {any, low, high}) {
      const double got = unit_exponential(bits);
      worst = std::max(worst, std::fabs(static_cast<long double>(got) - wanted(bits)));
    }
  }
  EXPECT_LT(worst, 1e-14L);
}

TEST(UnitExponential, OfNoBitsAndOfAllIsPositiveAndFinite) {
  EXPECT_NEAR(unit_exponential(0), 0x1p-53, 1e-17);
  EXPECT_NEAR(unit_exponential(~std::uint64_t{0}), 53 * kLn2, 1e-14);
}

// Neighbours across all 256 borders between the table's points, in several octaves.
TEST(UnitExponential, LargerBitsGiveNoLess) {
  for (std::uint64_t octave = 1; octave < 30; ++octave) {
    for (std::uint64_t i = 0; i < 512; ++i) {
      const std::uint64_t odd = (512 + i) << (43 - octave);  // 1 - u, in units of 2^-52
      const std::uint64_t k = (std::uint64_t{1} << 52) - odd;
      EXPECT_LE(unit_exponential((k - 1) << 12), unit_exponential((k + 1) << 12) + 1e-14);
    }
  }
}

// Of n draws the mean is within 1 / sqrt(n) and the mean square within sqrt(20 / n); four times
// that.
TEST(UnitExponential, HasMeanOneAndMeanSquareTwo) {
  double sum = 0, squares = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double x = unit_exponential(mix(2, i));
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 1, 4 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 2, 4 * std::sqrt(20.0 / kDraws));
}

}  // namespace
}  // namespace squall::exact
