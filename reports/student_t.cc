#include "reports/student_t.h"

#include <cmath>

#include "policies/base/check.h"
#include "policies/base/math.h"
#include "policies/base/special.h"

namespace squall::reports {
namespace {

/// P(T > 1/end): the density at 1/u, over u squared, from 0 to `end`.
double tail_of(double end, double degrees) {
  constexpr int kSteps = 400;
  const double half = (degrees + 1) / 2;
  // Of the density times nu^half, and in logarithms, as the gamma function soon overflows.
  const double scale = exact::log_gamma(half) - exact::log_gamma(degrees / 2) -
                       exact::log(degrees * exact::kPi) / 2 + half * exact::log(degrees);
  const auto density = [&](double u) {
    if (u <= 0) return degrees > 1 ? 0.0 : exact::exp(scale);
    return exact::exp(scale + (degrees - 1) * exact::log(u) - half * exact::log1p(degrees * u * u));
  };
  const double step = end / kSteps;
  double sum = density(0) + density(end);
  for (int i = 1; i < kSteps; ++i) sum += density(step * i) * (i % 2 == 1 ? 4 : 2);
  return sum * step / 3;
}

}  // namespace

double student_t(double tail, std::uint64_t degrees) {
  SQUALL_CHECK(tail > 0 && tail <= 0.25 && degrees > 0);
  constexpr std::uint64_t kAsNormal = 1'000'000;
  if (degrees >= kAsNormal) return -exact::normal_quantile(tail);
  double low = 0;   // reciprocals: the tail grows with them
  double high = 4;  // 0.25 has 0.674 at the least
  for (int i = 0; i < 200 && high - low > high * 1e-13; ++i) {
    const double middle = (low + high) / 2;
    (tail_of(middle, static_cast<double>(degrees)) < tail ? low : high) = middle;
  }
  return 2 / (low + high);
}

}  // namespace squall::reports
