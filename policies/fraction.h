// Fraction: a share of requests, as Envoy's FractionalPercent and its runtime form say it.
#pragma once
#include <cstdint>
#include <string>

namespace squall::policies {

struct Fraction {
  std::uint32_t numerator = 100;
  std::uint32_t denominator = 100;  // 100, 10 000 or 1 000 000
  std::string runtime_key;  // Epoch::index replaces the fraction by its percentage; may be empty
};
/// Whether the share has the request with this number.
constexpr bool holds(const Fraction& fraction, std::uint64_t random) {
  return random % fraction.denominator < fraction.numerator;
}

}  // namespace squall::policies
