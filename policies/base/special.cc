#include "policies/base/special.h"

#include <array>
#include <cmath>
#include <limits>

#include "policies/base/math.h"

namespace squall::exact {
namespace {

template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double value = coefficients[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

// AS 241, PPND16: numerators and denominators of its three ranges.
constexpr std::array<double, 8> kCentreOver = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                               1.9715909503065514427e3, 1.3731693765509461125e4,
                                               4.5921953931549871457e4, 6.7265770927008700853e4,
                                               3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr std::array<double, 8> kCentreUnder = {1.0,
                                                4.2313330701600911252e1,
                                                6.8718700749205790830e2,
                                                5.3941960214247511077e3,
                                                2.1213794301586595867e4,
                                                3.9307895800092710610e4,
                                                2.8729085735721942674e4,
                                                5.2264952788528545610e3};
constexpr std::array<double, 8> kMiddleOver = {
    1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> kMiddleUnder = {1.0,
                                                2.05319162663775882187e0,
                                                1.67638483018380384940e0,
                                                6.89767334985100004550e-1,
                                                1.48103976427480074590e-1,
                                                1.51986665636164571966e-2,
                                                5.47593808499534494600e-4,
                                                1.05075007164441684324e-9};
constexpr std::array<double, 8> kTailOver = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                             1.78482653991729133580e0,  2.96560571828504891230e-1,
                                             2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> kTailUnder = {1.0,
                                              5.99832206555887937690e-1,
                                              1.36929880922735805310e-1,
                                              1.48753612908506148525e-2,
                                              7.86869131145613259100e-4,
                                              1.84631831751005468180e-5,
                                              1.42151175831644588870e-7,
                                              2.04426310338993978564e-15};

/// x^shape e^-x / gamma(shape + 1), from log x.
double gamma_prefactor(double shape, double log_x, double x) {
  return exp(shape * log_x - x - log_gamma(shape + 1));
}

double lower_series(double shape, double x, double prefactor) {
  double term = 1, sum = 1;
  for (double n = shape + 1; term > sum * 0x1p-56; n += 1) {
    term *= x / n;
    sum += term;
  }
  return prefactor * sum;
}

/// The continued fraction of the upper function, from the front (modified Lentz).
double upper_fraction(double shape, double x, double prefactor) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - shape;
  double c = 1 / kTiny;
  double d = 1 / b;
  double value = d;
  for (int n = 1; n < 100'000; ++n) {
    const double a = n * (shape - n);
    b += 2;
    d = a * d + b;
    if (std::fabs(d) < kTiny) d = kTiny;
    d = 1 / d;
    c = b + a / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    value *= c * d;
    if (std::fabs(c * d - 1) < 0x1p-52) break;
  }
  return prefactor * shape * value;
}

struct Tails {
  double lower, upper;
};
Tails gamma_tails(double shape, double log_x, double x) {
  const double prefactor = gamma_prefactor(shape, log_x, x);
  if (x < shape + 1) {
    const double lower = lower_series(shape, x, prefactor);
    return {lower, 1 - lower};
  }
  const double upper = upper_fraction(shape, x, prefactor);
  return {1 - upper, upper};
}

/// Newton's steps for log(tail / target) in log x, kept inside a shrinking bracket.
double solve(double shape, double target, bool lower, double log_start) {
  double low = -745, high = log(shape + 1) + 8, at = log_start;
  for (int step = 0; step < 200; ++step) {
    if (!(at > low && at < high)) at = 0.5 * (low + high);
    const double x = exp(at);
    const Tails tails = gamma_tails(shape, at, x);
    const double tail = lower ? tails.lower : tails.upper;
    const bool right = lower ? tail > target : tail < target;
    (right ? high : low) = at;
    // d tail / d log x
    const double slope = gamma_prefactor(shape, at, x) * shape;
    const double move = tail > 0 && slope > 0 ? log(tail / target) * tail / slope : high - low;
    const double next = lower ? at - move : at + move;
    if (std::fabs(next - at) <= 0x1p-50 * (std::fabs(at) + 1)) return exp(next);
    at = next;
    if (high - low <= 0x1p-50 * (std::fabs(at) + 1)) break;
  }
  return exp(at);
}

/// Wilson and Hilferty's cube, as a place to start.
double start(double shape, double z) {
  const double root = 1 - 1 / (9 * shape) + z / (3 * std::sqrt(shape));
  return root > 0.05 ? log(shape) + 3 * log(root) : -745;
}

}  // namespace

double normal_quantile(double p) {
  const double from_centre = p - 0.5;
  if (std::fabs(from_centre) <= 0.425) {
    const double r = 0.180625 - from_centre * from_centre;
    return from_centre * polynomial(kCentreOver, r) / polynomial(kCentreUnder, r);
  }
  const double r = std::sqrt(-log(from_centre < 0 ? p : 1 - p));
  const double z = r <= 5 ? polynomial(kMiddleOver, r - 1.6) / polynomial(kMiddleUnder, r - 1.6)
                          : polynomial(kTailOver, r - 5) / polynomial(kTailUnder, r - 5);
  return from_centre < 0 ? -z : z;
}

double normal_density(double z) { return exp(-0.5 * z * z) * 0.39894228040143267794; }

double normal_cdf(double z) {
  if (z == 0) return 0.5;
  const double tail = 0.5 * gamma_upper(0.5, 0.5 * z * z);
  return z < 0 ? tail : 1 - tail;
}

double log_gamma(double x) {
  // Stirling's series from 12 on; the recurrence leads there.
  double product = 1;
  for (; x < 12; x += 1) product *= x;
  constexpr std::array<double, 8> kSeries = {1.0 / 12,    -1.0 / 360,        1.0 / 1260,
                                             -1.0 / 1680, 1.0 / 1188,        -691.0 / 360360.0,
                                             1.0 / 156,   -3617.0 / 122400.0};
  constexpr double kHalfLogTwoPi = 0.91893853320467274178;
  const double series = polynomial(kSeries, 1 / (x * x)) / x;
  return (x - 0.5) * log(x) - x + kHalfLogTwoPi + series - log(product);
}

double gamma_lower(double shape, double x) {
  return x > 0 ? gamma_tails(shape, log(x), x).lower : 0;
}
double gamma_upper(double shape, double x) {
  return x > 0 ? gamma_tails(shape, log(x), x).upper : 1;
}

double gamma_quantile(double shape, double p) {
  if (p > 0.5) return gamma_upper_quantile(shape, 1 - p);
  const double log_first_term = (log(p) + log_gamma(shape + 1)) / shape;
  if (log_first_term < -34) return exp(log_first_term);  // the series' first term is all of it
  const double guess = start(shape, normal_quantile(p));
  return solve(shape, p, true, guess > log_first_term ? guess : log_first_term);
}

double gamma_upper_quantile(double shape, double q) {
  if (q > 0.5) return gamma_quantile(shape, 1 - q);
  return solve(shape, q, false, start(shape, -normal_quantile(q)));
}

}  // namespace squall::exact
