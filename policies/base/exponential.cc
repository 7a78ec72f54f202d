#include "policies/base/exponential.h"

#include "policies/base/math_tables.h"

namespace squall::exact {
namespace {

constexpr std::array<ExponentialPoint, 257> make_points() {
  std::array<ExponentialPoint, 257> points{};
  for (std::uint32_t i = 0; i < 256; ++i)
    points[i] = {256.0 / (256 + i), tables::to_double(tables::log_ratio(256 + i, 256))};
  points[256] = {0.5, tables::to_double(tables::kFixedLn2)};
  return points;
}

}  // namespace

constinit const std::array<ExponentialPoint, 257> kExponentialPoints = make_points();

}  // namespace squall::exact
