// QuantileTable: the inverse of a distribution function that has no closed form, for one draw a
// sample.
//
// Cells as floating-point numbers have them: each halving of the distance to 0 or to 1 is 16 cells,
// down to 2^-53, so both tails are as good as the middle. A cubic in each cell, fitted to values
// and slopes. Relative error below 1e-5 for gamma. Cost: 2 ns when in cache; 53 KB, of which draws
// touch the first 4.
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace squall {

class QuantileTable {
 public:
  /// The gamma distribution with scale 1.
  static QuantileTable gamma(double shape);

  /// u in (0, 1), not 1/2, a multiple of 2^-53.
  double operator()(double u) const {
    const bool upper = u > 0.5;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(upper ? 1 - u : u) - kFirst;
    const Cell& cell = (upper ? upper_ : lower_)[bits >> 48];
    const double t = static_cast<double>(bits & 0xffff'ffff'ffffU) * 0x1p-48;
    return cell.c0 + t * (cell.c1 + t * (cell.c2 + t * cell.c3));
  }

 private:
  static constexpr std::uint64_t kFirst = std::bit_cast<std::uint64_t>(0x1p-53);
  static constexpr std::uint64_t kCells = (std::bit_cast<std::uint64_t>(0.5) - kFirst) >> 48;
  struct Cell {
    double c0, c1, c2, c3;
  };
  template <class Value, class Slope>
  static std::vector<Cell> fit(Value value, Slope slope);

  std::vector<Cell> lower_, upper_;
};

}  // namespace squall
