// The unit exponential of 64 drawn bits: -log(1 - u), inline because every arrival and most service
// times take it.
//
// With u = (k + 1/2) / 2^52, k the upper 52 bits, 1 - u is an odd number of 2^-53; its logarithm is
// that of the nearest of 257 points plus four terms of log(1 + r), |r| <= 2^-9. Larger bits never
// give less by more than the error. Plain double arithmetic in a fixed order: the same bits in
// every build. Not for tails of log itself: the error is absolute, below 1e-14. Cost: 2 ns; a table
// of 4 KiB.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

#include "policies/base/math.h"

namespace squall::exact {

struct ExponentialPoint {
  double inverse, log;  // of F = 1 + i / 256
};
extern const std::array<ExponentialPoint, 257> kExponentialPoints;

/// 0 < result < 37.5.
inline double unit_exponential(std::uint64_t bits) {
  constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;
  constexpr std::uint64_t kOneBits = std::bit_cast<std::uint64_t>(1.0);
  const auto odd = static_cast<double>(
      static_cast<std::int64_t>((std::uint64_t{1} << 53) - 2 * (bits >> 12) - 1));
  const auto all = std::bit_cast<std::uint64_t>(odd);
  const std::uint64_t mantissa = all & kMantissa;
  const auto halvings = static_cast<double>(static_cast<std::int64_t>(1023 + 53) -
                                            static_cast<std::int64_t>(all >> 52));
  const std::uint64_t i = (mantissa + (std::uint64_t{1} << 43)) >> 44;
  const auto& [inverse, log_of_point] = kExponentialPoints[i];
  const auto point = std::bit_cast<double>(kOneBits + (i << 44));  // 1 + i / 256, 2 too
  const double r = (std::bit_cast<double>(kOneBits | mantissa) - point) * inverse;
  const double square = r * r;
  const double rest = r - square * ((0.5 - r * (1.0 / 3)) + square * 0.25);
  return (halvings * kLn2 - log_of_point) - rest;
}

}  // namespace squall::exact
