// Distributions: samples against theory, the same bytes in every build, and what parameters are
// refused.
#include "policies/base/distributions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "policies/base/mix.h"

namespace squall {
namespace {

using D = Distribution;

struct Named {
  std::string name;
  D distribution;
};

std::vector<Named> make_every_kind() {
  const std::vector<D::WeightedMean> phases = {{0.9, 10ms}, {0.1, 100ms}};
  const D slow = *D::lognormal_quantiles(1s, 2s);
  const std::vector<D::Part> parts = {{95, *D::exponential(10ms)}, {5, slow}};
  return {
      {"constant", *D::constant(30s)},
      {"exponential", *D::exponential(20ms)},
      {"lognormal_quantiles", *D::lognormal_quantiles(50ms, 180ms)},
      {"lognormal", *D::lognormal(50ms, 1)},
      {"uniform", *D::uniform(10ms, 30ms)},
      {"normal", *D::normal(50ms, 10ms)},
      {"normal_cut", *D::normal(10ms, 20ms)},
      {"gamma_0.5", *D::gamma(20ms, 0.5)},
      {"gamma_4", *D::gamma(20ms, 4)},
      {"gamma_2.7", *D::gamma(20ms, 2.7)},
      {"weibull", *D::weibull(20ms, 0.7)},
      {"pareto", *D::pareto(1ms, 3.5)},
      {"pareto_max", *D::pareto(1ms, 1.2, 1s)},
      {"hyperexponential", *D::hyperexponential(phases)},
      {"empirical", *D::empirical({5ms, 1ms, 1ms, 9ms, 100ms})},
      {"empirical_quantiles",
       *D::empirical_quantiles({{0, 1ms}, {0.5, 10ms}, {0.9, 30ms}, {0.99, 200ms}, {1, 400ms}})},
      {"mixture", *D::mixture(parts)}};
}

const std::vector<Named>& every_kind() {
  static const std::vector<Named> all = make_every_kind();
  return all;
}

std::vector<double> draw_sorted(const D& distribution, int count) {
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    out.push_back(to_seconds(distribution.sample(mix(1, static_cast<std::uint64_t>(i)))));
  std::ranges::sort(out);
  return out;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// A stratified sweep over the bits: the mean and quantiles without a sample's noise.
std::vector<double> sweep(const D& distribution, int count) {
  std::vector<double> out;
  const std::uint64_t step = ~std::uint64_t{0} / static_cast<std::uint64_t>(count);
  for (int i = 0; i < count; ++i)
    out.push_back(to_seconds(distribution.sample(step / 2 + step * static_cast<std::uint64_t>(i))));
  return out;
}

TEST(Distribution, MeansAndQuantilesOfAMillionDrawsAreThoseOfTheory) {
  constexpr int kDraws = 1'000'000;
  for (const auto& [name, distribution] : every_kind()) {
    const std::vector<double> drawn = draw_sorted(distribution, kDraws);
    double square = 0;
    const double mean = mean_of(drawn);
    for (double value : drawn) square += (value - mean) * (value - mean);
    const double sd = std::sqrt(square / kDraws);
    EXPECT_NEAR(mean, distribution.mean_s(), 4.5 * sd / std::sqrt(kDraws) + 1e-9) << name;
    for (double q : {0.1, 0.5, 0.9, 0.99, 0.999}) {
      if (!distribution.quantile_s(q)) continue;
      // The place of the theory's quantile among the draws is binomial.
      const double at = *distribution.quantile_s(q), slack = 4.5 * std::sqrt(q * (1 - q) / kDraws);
      const auto below = std::ranges::lower_bound(drawn, at - 1e-9) - drawn.begin();
      const auto up_to = std::ranges::upper_bound(drawn, at + 1e-9) - drawn.begin();
      EXPECT_LE(static_cast<double>(below) / kDraws, q + slack) << name << ' ' << q;
      EXPECT_GE(static_cast<double>(up_to) / kDraws, q - slack) << name << ' ' << q;
    }
  }
}

TEST(Distribution, InvertsItsFunctionWithoutBias) {
  constexpr int kSteps = 200'000;
  for (const auto& [name, distribution] : every_kind()) {
    if (!distribution.quantile_s(0.5) || distribution.mean_s() > 10) continue;
    const std::vector<double> swept = sweep(distribution, kSteps);
    EXPECT_TRUE(std::ranges::is_sorted(swept)) << name << ": more bits, never less time";
    EXPECT_NEAR(mean_of(swept) / distribution.mean_s(), 1, 5e-4) << name;
    if (distribution.kind() == D::Kind::kEmpirical) continue;
    for (double q : {0.01, 0.5, 0.99, 0.9999}) {
      const auto place = static_cast<std::size_t>(q * kSteps);
      const double got = swept[place];
      const double want = *distribution.quantile_s((static_cast<double>(place) + 0.5) / kSteps);
      EXPECT_NEAR(got, want, want * 2e-3 + 1e-8) << name << ' ' << q;
    }
  }
}

TEST(Distribution, HasTheMomentsOfItsFormulas) {
  const auto seconds = [](const Result<D>& d) { return d->mean_s(); };
  EXPECT_NEAR(seconds(D::lognormal(50ms, 1)), 0.05, 1e-15);
  EXPECT_NEAR(*D::lognormal_quantiles(50ms, 180ms)->quantile_s(0.99), 0.18, 1e-14);
  EXPECT_NEAR(*D::lognormal_quantiles(50ms, 180ms)->quantile_s(0.5), 0.05, 1e-15);
  EXPECT_NEAR(seconds(D::weibull(20ms, 0.5)), 0.04, 1e-14);
  EXPECT_NEAR(seconds(D::weibull(20ms, 2)), 0.02 * std::sqrt(3.14159265358979) / 2, 1e-14);
  EXPECT_NEAR(seconds(D::pareto(1ms, 3)), 0.0015, 1e-15);
  EXPECT_NEAR(seconds(D::pareto(1ms, 1, 10ms)), 0.01 / 9 * std::log(10), 1e-15);
  EXPECT_TRUE(std::isinf(seconds(D::pareto(1ms, 1))));
  EXPECT_NEAR(seconds(D::normal(0s, 10ms)), 0.01 / std::sqrt(2 * 3.14159265358979), 1e-12);
  EXPECT_EQ(D().sample(123), 0ns);
}

TEST(Distribution, ParetoIsTruncatedNotClamped) {
  const D pareto = *D::pareto(1ms, 1.2, 10ms);
  int at_max = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const Duration drawn = pareto.sample(mix(1, i));
    ASSERT_GE(drawn, 1ms);
    ASSERT_LE(drawn, 10ms);
    at_max += drawn > 9'999us;
  }
  EXPECT_LT(at_max, 50);
}

TEST(Distribution, TwoQuantilesAreTheLognormalOfThem) {
  const D joined = *D::empirical_quantiles({{0.99, 180ms}, {0.5, 50ms}});
  const D lognormal = *D::lognormal_quantiles(50ms, 180ms);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const double want = to_seconds(lognormal.sample(mix(2, i)));
    ASSERT_NEAR(to_seconds(joined.sample(mix(2, i))), want, 1e-12 * want + 2e-9);
  }
  EXPECT_NEAR(joined.mean_s(), lognormal.mean_s(), 1e-9);
}

TEST(Distribution, QuantilesArePassedThroughAndBoundedByP0AndP100) {
  const D d = *D::empirical_quantiles({{0, 9ms}, {0.5, 10ms}, {0.9, 30ms}, {1, 40ms}});
  EXPECT_NEAR(*d.quantile_s(0.5), 0.010, 1e-12);
  EXPECT_NEAR(*d.quantile_s(0.9), 0.030, 1e-12);
  EXPECT_EQ(d.sample(0), 9ms);
  EXPECT_EQ(d.sample(~std::uint64_t{0}), 40ms);
}

TEST(Distribution, ExtremeBitsStayInRange) {
  for (const auto& [name, distribution] : every_kind()) {
    for (std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63,
                               (std::uint64_t{1} << 63) - 1}) {
      EXPECT_GE(distribution.sample(bits), 0ns) << name;
      EXPECT_LE(distribution.sample(bits), 10'000h) << name;
    }
  }
  const D heavy = *D::pareto(2000h, 0.05);
  EXPECT_EQ(heavy.sample(~std::uint64_t{0}), Duration(std::int64_t{1} << 60))
      << "cut, not overflowed";
}

TEST(Distribution, RefusesParametersByName) {
  const std::map<std::string, Result<D>> cases = {
      {"exponential: mean is -1s; mean must be from 0s to 2500h", D::exponential(-1s)},
      {"constant: value is 2501h; value must be from 0s to 2500h", D::constant(2501h)},
      {"lognormal: p50 is 0s; p50 must be from 1ns to 2500h", D::lognormal_quantiles(0s, 1s)},
      {"lognormal: p50 is 2s, p99 is 1s; p99 must be at least p50", D::lognormal_quantiles(2s, 1s)},
      {"lognormal: sigma is 11; sigma must be from 0 to 10", D::lognormal(1s, 11)},
      {"uniform: min is 3s, max is 2s; max must be at least min", D::uniform(3s, 2s)},
      {"gamma: shape is 0; shape must be from 0.05 to 10000", D::gamma(1s, 0)},
      {"weibull: shape is nan; shape must be from 0.1 to 100", D::weibull(1s, std::nan(""))},
      {"pareto: alpha is 0; alpha must be from 0.05 to 1000", D::pareto(1s, 0)},
      {"pareto: min and max are the same; max must be above min", D::pareto(1s, 1, 1s)},
      {"hyperexponential: there are no parts; list at least one {weight, mean}",
       D::hyperexponential({})},
      {"hyperexponential: weight is 0; weight must be above 0 and at most 1e9",
       D::hyperexponential(std::vector<D::WeightedMean>{{0, 1s}})},
      {"mixture: there are no parts; list at least one {weight, of}", D::mixture({})},
      {"empirical: there are no values; list at least one value", D::empirical({})},
      {"empirical: fewer than two quantiles between p0 and p100; give at least two, such as p50 "
       "and p99",
       D::empirical_quantiles({{0, 1ms}, {0.5, 1s}})},
      {"empirical: a quantile is 2s, a higher one is 1s; a higher one must be at least a quantile",
       D::empirical_quantiles({{0.5, 2s}, {0.9, 1s}})},
      {"empirical: the last two quantiles are too steep to go on beyond them; give p100 too",
       D::empirical_quantiles({{0.99, 1ms}, {0.991, 1s}})},
  };
  for (const auto& [text, result] : cases) {
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(to_string(result.error().all().front()), "error: " + text);
  }
}

/// Written by any build, read by all: the samples' bytes are those of this file.
TEST(Distribution, SamplesAreTheSameBytesInEveryBuild) {
  std::ifstream file("tests/policies/base/distributions.golden");
  ASSERT_TRUE(file) << "run in the root of the repository";
  std::map<std::string, std::string> golden;
  for (std::string name, hash; file >> name >> hash;) golden[name] = hash;
  for (const auto& [name, distribution] : every_kind()) {
    std::uint64_t hash = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      hash = mix(hash, static_cast<std::uint64_t>(distribution.sample(mix(42, i)).count()));
    }
    EXPECT_EQ(golden[name], std::to_string(hash)) << name;
  }
}

}  // namespace
}  // namespace squall
