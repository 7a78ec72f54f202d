#include "policies/base/math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "policies/base/math_tables.h"

namespace squall::exact {
namespace {

using tables::kExpPoints;
using tables::kExpStep;
using tables::kLn2Split;
using tables::kLogFirst;
using tables::kLogPoints;
using tables::LogPoint;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kExponent = 0xfff0'0000'0000'0000U;

double from_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }
std::uint64_t to_bits(double x) { return std::bit_cast<std::uint64_t>(x); }

/// x = 2^k (F + f), F the nearest point of the grid: |f / F| <= 2^-8.
struct Reduced {
  double k, point, rest;
  const LogPoint& entry;
};
/// x positive, finite, normal; `k_offset` for one that was scaled up.
Reduced reduce(double x, std::int64_t k_offset) {
  constexpr std::uint64_t kHalfStep = std::uint64_t{1} << 44;
  const std::uint64_t bits = to_bits(x);
  const std::uint64_t from_first = bits + kHalfStep - kLogFirst;
  const std::uint64_t exponent = from_first & kExponent;
  const double point = from_bits((bits + kHalfStep - exponent) & ~(2 * kHalfStep - 1));
  const auto k = static_cast<std::int64_t>(from_first) >> 52;
  return {static_cast<double>(k + k_offset), point, from_bits(bits - exponent) - point,
          kLogPoints[from_first >> 45 & 127]};
}

/// What log makes of 0, negative numbers, infinity and NaN.
double log_special(double x) {
  if (x == 0) return -kInfinity;
  if (x < 0) return kNan;
  return x;
}

bool is_positive_normal(double x) {
  return to_bits(x) - 0x0010'0000'0000'0000U < 0x7ff0'0000'0000'0000U - 0x0010'0000'0000'0000U;
}

double log_reduced(const Reduced& x) {
  const double r = x.rest * x.entry.inverse;
  const double square = r * r;
  // log(1 + r) - r to 2^-67.
  const double even = -0.5 + square * (-0.25 + square * (-1.0 / 6));
  const double odd = 1.0 / 3 + square * (0.2 + square * (1.0 / 7));
  const double tail = square * (even + r * odd);
  const double base = x.k * kLn2Split.high + x.entry.high;  // exact
  const double sum = base + r;
  const double lost = base - sum + r;
  return sum + (lost + (x.k * kLn2Split.low + x.entry.low) + tail);
}

/// A number as the sum of two, for 65 bits and more.
struct Double2 {
  double high, low;
};
Double2 sum_exactly(double a, double b) {
  const double sum = a + b;
  const double of_b = sum - a;
  return {sum, (a - (sum - of_b)) + (b - of_b)};
}
double leading_bits(double x) {
  return from_bits(to_bits(x) & ~std::uint64_t{0x7ff'ffff});
}  // 26 of them
Double2 multiply_exactly(double a, double b) {
  const double product = a * b;
  const double a1 = leading_bits(a), a2 = a - a1, b1 = leading_bits(b), b2 = b - b1;
  return {product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}

Double2 log_twice_as_long(const Reduced& x) {
  // r = r1 + r2 with r1 of 26 bits: r1 F and r1^2 are exact.
  const double r1 = leading_bits(x.rest * x.entry.inverse);
  const double r2 = (x.rest - r1 * x.point) / x.point;
  const double r = r1 + r2;
  const double square = r * r;
  const double cube =
      square * r * (1.0 / 3 + square * (0.2 + square * (1.0 / 7 + square * (1.0 / 9)))) -
      square * square * (0.25 + square * (1.0 / 6 + square * 0.125));
  const double base = x.k * kLn2Split.high + x.entry.high;
  const Double2 first = sum_exactly(base, r1);
  const Double2 second = sum_exactly(first.high, -0.5 * r1 * r1);
  const double low = first.low + second.low + (x.k * kLn2Split.low + x.entry.low) +
                     (r2 - (r1 * r2 + 0.5 * r2 * r2)) + cube;
  return sum_exactly(second.high, low);
}

/// e^(x + low), |low| far below 1 ulp of x.
double exp_sum(double x, double low) {
  if (!(x < 709.79)) return x >= 709.79 ? kInfinity : x;
  if (x < -745.2) return 0;
  constexpr double kShift = 0x1.8p52;  // adding it rounds to an integer, in the low bits
  const double shifted = x * (128 / kLn2) + kShift;
  const double n = shifted - kShift;
  const auto index = static_cast<std::int64_t>(to_bits(shifted) << 13) >> 13;
  const double r = (x - n * kExpStep.high) - n * kExpStep.low + low;
  const double square = r * r;
  const double tail = r + square * (0.5 + r * (1.0 / 6) + square * (1.0 / 24 + r * (1.0 / 120)));
  const auto& [high, relative] = kExpPoints[static_cast<std::uint64_t>(index) & 127];
  const double mantissa = high + high * (relative + tail);
  const std::int64_t k = index >> 7;
  const auto power_of_two = [](std::int64_t e) {
    return from_bits(static_cast<std::uint64_t>(e + 1023) << 52);
  };
  if (k >= -1021 && k <= 1022) return mantissa * power_of_two(k);
  return mantissa * power_of_two(k / 2) * power_of_two(k - k / 2);
}

}  // namespace

double log(double x) {
  if (!is_positive_normal(x)) {
    if (!(x > 0 && x < kInfinity)) return log_special(x);
    return log_reduced(reduce(x * 0x1p54, -54));
  }
  return log_reduced(reduce(x, 0));
}

double exp(double x) { return exp_sum(x, 0); }

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (!(x >= 0) || y != y) return kNan;
  if (x == 0 || x == kInfinity || std::fabs(y) == kInfinity) {
    return (x > 1) == (y > 0) ? kInfinity : 0;
  }
  if (y == 1) return x;
  const bool subnormal = !is_positive_normal(x);
  const Double2 log2 = log_twice_as_long(subnormal ? reduce(x * 0x1p54, -54) : reduce(x, 0));
  const double about = y * log2.high;
  if (!(std::fabs(about) < 800)) return about > 0 ? kInfinity : 0;
  if (std::fabs(y) < 0x1p-900) return 1;  // its parts would be subnormal
  const Double2 product = multiply_exactly(y, log2.high);
  return exp_sum(product.high, product.low + y * log2.low);
}

double log1p(double x) {
  const double sum = 1 + x;
  if (!(std::fabs(x) > 0x1p-54)) return x;
  if (!(sum > 0 && sum < kInfinity)) return log_special(sum);
  // What the rounding of 1 + x lost, to first order.
  const double lost = x - (sum - 1);
  return log(sum) + lost / sum;
}

}  // namespace squall::exact
