#include "sim/zipf.h"

#include <gtest/gtest.h>

namespace squall::sim {
namespace {

TEST(Zipf, TheKthKeyIsAskedForInProportionToItsRank) {
  const std::vector<double> shares = zipf_shares(1, 4);  // 12, 6, 4, 3 of 25
  EXPECT_DOUBLE_EQ(shares[0], 12.0 / 25);
  EXPECT_DOUBLE_EQ(shares[1], 18.0 / 25);
  EXPECT_DOUBLE_EQ(shares[2], 22.0 / 25);
  EXPECT_EQ(shares[3], 1);
  EXPECT_EQ(zipf_key(shares, 0), 0U);
  EXPECT_EQ(zipf_key(shares, 0.5), 1U);
  EXPECT_EQ(zipf_key(shares, 0.999), 3U);
}

TEST(Zipf, WithoutASlopeAllAreAlike) {
  const std::vector<double> shares = zipf_shares(0, 1000);
  EXPECT_NEAR(shares[499], 0.5, 1e-12);
  EXPECT_EQ(zipf_key(shares, 0.2505), 250U);
}

}  // namespace
}  // namespace squall::sim
