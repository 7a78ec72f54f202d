// Draws: numbers made from keys look random, and different keys have nothing to do with each other.
#include "policies/base/mix.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace squall {
namespace {

TEST(Mix, FlipsHalfTheBitsForEachBitOfStateAndKey) {
  constexpr int kTrials = 4000;
  for (int which = 0; which < 2; ++which) {
    for (int in = 0; in < 64; ++in) {
      std::array<int, 64> flipped{};
      for (int t = 0; t < kTrials; ++t) {
        const std::uint64_t a = finalise(static_cast<std::uint64_t>(t)), b = finalise(a);
        const std::uint64_t flip = std::uint64_t{1} << in;
        const std::uint64_t change = mix(a, b) ^ (which == 0 ? mix(a ^ flip, b) : mix(a, b ^ flip));
        for (std::size_t out = 0; out < 64; ++out)
          flipped[out] += static_cast<int>(change >> out & 1);
      }
      // Six standard deviations: one false alarm in 10^5 runs of all 8192 pairs.
      for (int count : flipped) ASSERT_NEAR(count, kTrials / 2, 6 * std::sqrt(kTrials) / 2) << in;
    }
  }
}

/// Chi-square of counts that should be equal, as standard deviations from its mean.
double deviation(const std::vector<int>& counts) {
  double total = 0, sum = 0;
  for (int count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  for (int count : counts) sum += (count - expected) * (count - expected) / expected;
  const double freedom = static_cast<double>(counts.size()) - 1;
  return (sum - freedom) / std::sqrt(2 * freedom);
}

TEST(Mix, FillsEveryByteEvenlyForCountingKeys) {
  for (int byte = 0; byte < 8; ++byte) {
    std::vector<int> counts(256);
    for (std::uint64_t i = 0; i < 256 * 400; ++i)
      ++counts[mix(1, Purpose::kService, i) >> (8 * byte) & 255];
    EXPECT_LT(std::abs(deviation(counts)), 5) << byte;
  }
}

TEST(Mix, ConsecutiveDrawsArePairwiseIndependent) {
  std::vector<int> counts(32 * 32);
  for (std::uint64_t i = 0; i < counts.size() * 200; ++i) {
    const std::uint64_t request = mix(mix(1, hash_name("load")), i);
    const std::uint64_t a = mix(request, Purpose::kBackoff, 0) >> 59,
                        b = mix(request, Purpose::kBackoff, 1) >> 59;
    ++counts[a * 32 + b];
  }
  EXPECT_LT(std::abs(deviation(counts)), 5);
}

TEST(Mix, PurposesAreUncorrelated) {
  constexpr int kPurposes = static_cast<int>(Purpose::kRequestId);
  constexpr int kDraws = 20'000;
  for (int p = 1; p <= kPurposes; ++p) {
    for (int q = p + 1; q <= kPurposes; ++q) {
      double product = 0;
      for (std::uint64_t i = 0; i < kDraws; ++i) {
        const std::uint64_t state = finalise(i);
        product += (unit(mix(state, static_cast<Purpose>(p), 0)) - 0.5) *
                   (unit(mix(state, static_cast<Purpose>(q), 0)) - 0.5);
      }
      // Correlation has standard deviation 1 / sqrt(draws).
      EXPECT_LT(std::abs(product / kDraws * 12), 5 / std::sqrt(kDraws)) << p << ' ' << q;
    }
  }
}

TEST(Mix, NamesAndNumbersDoNotCollide) {
  EXPECT_NE(hash_name("a"), hash_name("b"));
  EXPECT_NE(hash_name(""), hash_name(std::string_view("\0", 1)));
  EXPECT_NE(mix(1, Purpose::kHost, "web-0", 1), mix(1, Purpose::kHost, "web-1", 0));
}

TEST(Unit, StaysInsideItsInterval) {
  EXPECT_EQ(unit(0), 0);
  EXPECT_LT(unit(~std::uint64_t{0}), 1);
  EXPECT_EQ(open_unit(0), 0x1p-53);
  EXPECT_EQ(open_unit(~std::uint64_t{0}), 1 - 0x1p-53);
}

}  // namespace
}  // namespace squall
