// Tables of math.cc: logarithms and powers of two at 128 points, to 100 bits.
//
// Computed by the compiler in 128-bit integers (112 bits behind the point), so there is nothing to
// copy wrongly and no rounding of the host's. Internal to math.cc.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace squall::exact::tables {

using Fixed = unsigned __int128;  // a number below 2^16 in steps of 2^-112
inline constexpr int kPoint = 112;
inline constexpr Fixed kOne = Fixed{1} << kPoint;

constexpr Fixed times(Fixed a, Fixed b) {
  constexpr Fixed kLow = ~std::uint64_t{0};
  const Fixed low = (a & kLow) * (b & kLow) >> 64;
  const Fixed middle = (a >> 64) * (b & kLow), other = (a & kLow) * (b >> 64);
  const Fixed carry = (low + (middle & kLow) + (other & kLow)) >> 64;
  const Fixed high = (a >> 64) * (b >> 64) + (middle >> 64) + (other >> 64) + carry;
  const Fixed rest = low + (middle & kLow) + (other & kLow);
  return high << (128 - kPoint) | (rest & kLow) >> (kPoint - 64);
}

/// log(p / q) for p >= q, both below 512: 2 artanh((p - q) / (p + q)).
constexpr Fixed log_ratio(std::uint32_t p, std::uint32_t q) {
  const Fixed over = Fixed{p - q} * (p - q), under = Fixed{p + q} * (p + q);
  Fixed power = 2 * kOne * (p - q) / (p + q);
  Fixed sum = 0;
  for (std::uint32_t n = 1; power != 0; n += 2) {
    sum += power / n;
    power = power * over / under;
  }
  return sum;
}
inline constexpr Fixed kFixedLn2 = log_ratio(128, 64);

constexpr Fixed exp_fixed(Fixed x) {
  Fixed term = kOne, sum = 0;
  for (std::uint32_t n = 1; term != 0; ++n) {
    sum += term;
    term = times(term, x) / n;
  }
  return sum;
}

/// The nearest double; ties cannot matter here.
constexpr double to_double(Fixed x) {
  constexpr double kScale = 0x1p-112;
  int drop = 0;
  while (x >> drop >= (Fixed{1} << 53)) ++drop;
  Fixed kept = x >> drop;
  if (drop > 0 && (x >> (drop - 1) & 1) != 0) ++kept;
  double scale = kScale;
  for (int i = 0; i < drop; ++i) scale *= 2;
  return static_cast<double>(static_cast<std::uint64_t>(kept)) * scale;
}

/// x as a double of few bits, so that sums of it are exact, and the rest.
struct Split {
  double high, low;
};
constexpr Split split(Fixed x, int bits_behind_point) {
  const Fixed step = Fixed{1} << (kPoint - bits_behind_point);
  const Fixed high = (x + step / 2) / step * step;
  return {to_double(high), high > x ? -to_double(high - x) : to_double(x - high)};
}

inline constexpr int kLogBits =
    42;  // 10 in front of the point, 42 behind it: exact with any exponent
inline constexpr Split kLn2Split = split(kFixedLn2, kLogBits);

/// The grid of log: F from 181/256 to 180/128, 7 bits of mantissa, 1 among them.
inline constexpr std::uint64_t kLogFirst = std::bit_cast<std::uint64_t>(181.0 / 256.0);
struct LogPoint {
  double inverse, high, low, unused;
};
constexpr std::array<LogPoint, 128> make_log_points() {
  std::array<LogPoint, 128> points{};
  for (std::uint32_t i = 0; i < 128; ++i) {
    const bool below_one = i < 75;
    const std::uint32_t p = below_one ? 181 + i : 53 + i;
    const Split s =
        below_one ? split(log_ratio(256, p), kLogBits) : split(log_ratio(p, 128), kLogBits);
    const double sign = below_one ? -1.0 : 1.0;
    points[i] = {(below_one ? 256.0 : 128.0) / p, sign * s.high, sign * s.low, 0};
  }
  return points;
}
inline constexpr std::array<LogPoint, 128> kLogPoints = make_log_points();

/// 2^(j/128) = high (1 + low).
constexpr std::array<Split, 128> make_exp_points() {
  std::array<Split, 128> points{};
  for (std::uint32_t j = 0; j < 128; ++j) {
    const Split s = split(exp_fixed(kFixedLn2 * j / 128), 52);
    points[j] = {s.high, s.low / s.high};
  }
  return points;
}
inline constexpr std::array<Split, 128> kExpPoints = make_exp_points();

/// ln 2 / 128: n of it is exact for |n| < 2^18 in the high part.
inline constexpr Split kExpStep = split(kFixedLn2 / 128, 42);

}  // namespace squall::exact::tables
