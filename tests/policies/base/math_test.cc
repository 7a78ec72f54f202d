// log, exp, pow, log1p against long double libm, at their limits, and the special functions.
#include "policies/base/math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "policies/base/mix.h"
#include "policies/base/special.h"

namespace squall::exact {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();
constexpr int kDraws = 300'000;

/// How far `got` is from `want`, in units of the last place of want.
double ulps(double got, long double want) {
  int exponent;
  std::frexp(want, &exponent);
  return static_cast<double>(std::fabs(got - want) /
                             std::ldexp(1.0L, std::max(exponent, -1021) - 53));
}
/// Of an order of magnitude from 2^-most to 2^most.
double wide(std::uint64_t bits, double most) { return std::exp2((2 * unit(bits) - 1) * most); }

TEST(Log, IsWithinOneUlpEverywhere) {
  double everywhere = 0, near_one = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const std::uint64_t bits = mix(1, i);
    const double any = std::bit_cast<double>((bits >> 2) % std::bit_cast<std::uint64_t>(kInfinity));
    everywhere = std::max(everywhere, ulps(log(any), std::log(static_cast<long double>(any))));
    const double near = 1 + (unit(bits) - 0.5) * std::ldexp(1.0, -static_cast<int>(i % 50));
    near_one = std::max(near_one, ulps(log(near), std::log(static_cast<long double>(near))));
  }
  EXPECT_LT(everywhere, 1);
  EXPECT_LT(near_one, 1);
}

TEST(Log, RisesAcrossTheBordersOfItsTable) {
  for (double x = 0.6; x < 1.6; x += 1.0 / 1024) {
    double last = log(std::nextafter(std::nextafter(x, 0.0), 0.0));
    for (double y = std::nextafter(x, 0.0), i = 0; i < 4; y = std::nextafter(y, 2.0), ++i) {
      ASSERT_LE(last, log(y)) << y;
      last = log(y);
    }
  }
}

TEST(Log, OfSpecialNumbers) {
  EXPECT_EQ(log(1), 0);
  EXPECT_EQ(log(0), -kInfinity);
  EXPECT_EQ(log(-0.0), -kInfinity);
  EXPECT_EQ(log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(log(-1)));
  EXPECT_TRUE(std::isnan(log(kNan)));
  EXPECT_LT(ulps(log(kLeast), std::log(static_cast<long double>(kLeast))), 1);
}

TEST(Exp, IsWithinOneUlp) {
  double worst = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double x = -745 + unit(mix(2, i)) * (745 + 709.78),
                 small = (unit(mix(3, i)) - 0.5) * std::ldexp(1.0, -static_cast<int>(i % 60));
    worst = std::max(worst, ulps(exp(x), std::exp(static_cast<long double>(x))));
    worst = std::max(worst, ulps(exp(small), std::exp(static_cast<long double>(small))));
  }
  EXPECT_LT(worst, 1);
}

TEST(Exp, OfSpecialNumbers) {
  EXPECT_EQ(exp(0), 1);
  EXPECT_EQ(exp(-kInfinity), 0);
  EXPECT_EQ(exp(kInfinity), kInfinity);
  EXPECT_EQ(exp(710), kInfinity);
  EXPECT_LT(ulps(exp(709.75), std::exp(709.75L)), 1);
  EXPECT_EQ(exp(-745.13), kLeast);
  EXPECT_EQ(exp(-746), 0);
  EXPECT_TRUE(std::isnan(exp(kNan)));
}

TEST(Pow, IsWithinOneUlp) {
  double worst = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const std::uint64_t a = mix(4, i), b = mix(5, i);
    const double x = wide(a, 30), y = (unit(b) - 0.5) * 40;
    worst = std::max(
        worst, ulps(pow(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y))));
    const double near = 1 + (unit(b) - 0.5) * 0.01, large = (unit(a) - 0.5) * 1e5;
    worst = std::max(worst, ulps(pow(near, large), std::pow(static_cast<long double>(near),
                                                            static_cast<long double>(large))));
  }
  EXPECT_LT(worst, 1);
}

TEST(Pow, OfSubnormalNumbersIsWithinOneUlp) {
  EXPECT_EQ(pow(kLeast, 0.5), std::ldexp(1.0, -537));
  EXPECT_EQ(pow(kLeast, -0.5), std::ldexp(1.0, 537));
  double worst = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const double x = static_cast<double>(1 + (mix(11, i) >> 12)) * kLeast;
    const double y = (unit(mix(12, i)) - 0.5) * 1.8;
    worst = std::max(
        worst, ulps(pow(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y))));
  }
  EXPECT_LT(worst, 1);
}

TEST(Pow, OfWholeNumbersIsExact) {
  for (int x = 1; x <= 20; ++x) {
    double power = 1;
    for (int y = 0; y <= 12; ++y, power *= x) EXPECT_EQ(pow(x, y), power) << x << '^' << y;
  }
}

TEST(Pow, OfSpecialNumbers) {
  EXPECT_EQ(pow(0, 0), 1);
  EXPECT_EQ(pow(0, 2), 0);
  EXPECT_EQ(pow(0, -2), kInfinity);
  EXPECT_EQ(pow(1, kNan), 1);
  EXPECT_EQ(pow(kInfinity, -1), 0);
  EXPECT_EQ(pow(0.5, kInfinity), 0);
  EXPECT_EQ(pow(2, kInfinity), kInfinity);
  EXPECT_EQ(pow(2, 2000), kInfinity);
  EXPECT_EQ(pow(2, -2000), 0);
  EXPECT_EQ(pow(2, -1074), kLeast);
  EXPECT_EQ(pow(3, 1e-300), 1);
  EXPECT_TRUE(std::isnan(pow(-2, 2)));
  EXPECT_TRUE(std::isnan(pow(2, kNan)));
}

TEST(Log1p, IsWithinTwoUlps) {
  double worst = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double x = (unit(mix(6, i)) - 0.5) * std::ldexp(1.9, 1 - static_cast<int>(i % 60));
    if (x > -1) worst = std::max(worst, ulps(log1p(x), std::log1p(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2);
  EXPECT_EQ(log1p(-1), -kInfinity);
  EXPECT_EQ(log1p(1e-300), 1e-300);
}

TEST(Normal, QuantileAndItsFunctionAgreeWithTheErrorFunction) {
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const double p = open_unit(mix(7, i)) * std::ldexp(1.0, -static_cast<int>(i % 3 * (i % 100)));
    const long double z = normal_quantile(p);
    const long double back = std::erfc(-z / std::sqrt(2.0L)) / 2;
    const long double density = std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846L);
    ASSERT_LT(std::fabs((back - p) / density), 2e-15 * (1 + std::fabs(z))) << p;
    const double w = (unit(mix(8, i)) - 0.5) * 20;
    ASSERT_LT(
        std::fabs(normal_cdf(w) / (std::erfc(-static_cast<long double>(w) / std::sqrt(2.0L)) / 2) -
                  1),
        1e-13L);
  }
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.99), 2.3263478740408411, 1e-15);
}

TEST(Gamma, LogarithmOfTheFunction) {
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const double x = wide(mix(9, i), 14);
    const long double want = std::lgamma(static_cast<long double>(x));
    ASSERT_LT(std::fabs(log_gamma(x) - want), 3e-14L * std::max(1.0L, std::fabs(want))) << x;
  }
}

TEST(Gamma, TailsOfWholeShapesAreSums) {
  // P(X > x) = e^-x (1 + x + ... + x^(k-1) / (k-1)!).
  for (int shape : {1, 2, 5, 20}) {
    for (double x = 0.01; x < 60; x *= 1.7) {
      long double term = std::exp(-static_cast<long double>(x)), upper = 0;
      for (int n = 1; n <= shape; ++n) {
        upper += term;
        term *= static_cast<long double>(x) / n;
      }
      ASSERT_LT(std::fabs(gamma_upper(shape, x) / upper - 1), 1e-13L) << shape << ' ' << x;
      ASSERT_LT(std::fabs(gamma_lower(shape, x) - (1 - upper)), 1e-14L);
    }
  }
}

TEST(Gamma, QuantilesInvertBothTails) {
  for (double shape : {0.05, 0.5, 1.0, 2.0, 7.3, 100.0, 10'000.0}) {
    for (std::uint64_t i = 0; i < 500; ++i) {
      const double p = open_unit(mix(10, i)) * std::ldexp(1.0, -static_cast<int>(i % 2 * (i % 50)));
      const double x = gamma_quantile(shape, p), y = gamma_upper_quantile(shape, p);
      if (x > 1e-290) {
        ASSERT_NEAR(gamma_lower(shape, x) / p, 1, 1e-10) << shape << ' ' << p;
      }
      if (y > 1e-290) {
        ASSERT_NEAR(gamma_upper(shape, y) / p, 1, 1e-10) << shape << ' ' << p;
      }
    }
  }
}

}  // namespace
}  // namespace squall::exact
