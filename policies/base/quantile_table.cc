#include "policies/base/quantile_table.h"

#include "policies/base/math.h"
#include "policies/base/special.h"

namespace squall {

template <class Value, class Slope>
std::vector<QuantileTable::Cell> QuantileTable::fit(Value value, Slope slope) {
  std::vector<Cell> cells;
  cells.reserve(kCells);
  double from = 0x1p-53, from_value = value(from), from_slope = slope(from_value);
  for (std::uint64_t i = 1; i <= kCells; ++i) {
    const double to = std::bit_cast<double>(kFirst + (i << 48));
    const double to_value = value(to), to_slope = slope(to_value);
    const double width = to - from, rise = to_value - from_value;
    const double s0 = from_slope * width, s1 = to_slope * width;
    cells.push_back({from_value, s0, 3 * rise - 2 * s0 - s1, s0 + s1 - 2 * rise});
    from = to, from_value = to_value, from_slope = to_slope;
  }
  return cells;
}

QuantileTable QuantileTable::gamma(double shape) {
  const double log_norm = exact::log_gamma(shape);
  const auto inverse_density = [&](double x) {
    // 1e-308 and less is 0 ns at any scale, and its slope may be what it will.
    return x < 1e-300 ? 0 : exact::exp(log_norm + x - (shape - 1) * exact::log(x));
  };
  QuantileTable table;
  table.lower_ = fit([&](double p) { return exact::gamma_quantile(shape, p); }, inverse_density);
  table.upper_ = fit([&](double q) { return exact::gamma_upper_quantile(shape, q); },
                     [&](double x) { return -inverse_density(x); });
  return table;
}

}  // namespace squall
