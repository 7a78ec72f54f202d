// Distribution: how long something takes, drawn from 64 bits.
//
// A value: kind, up to three numbers, and a shared constant table for kinds that need one. `sample`
// is a pure function: the same bits give the same nanoseconds in every build. All kinds but three
// invert their distribution function, so larger bits never give a shorter time and one draw serves;
// hyperexponential and mixture draw the part from `bits` and the rest from mix(bits,
// Purpose::kSplit, 0). Normal: below 0 is 0. Pareto's max truncates. Empirical values are drawn as
// they are; empirical quantiles are joined by pieces of lognormal, the outer pieces going on, cut
// at p0 and p100 if given ({p50, p99} is the lognormal of those). Samples are whole nanoseconds, at
// most 2^60 (36 years). Cost: constant, uniform 1 ns; exponential 2; lognormal, normal, gamma,
// quantiles 10-25; weibull, pareto 15; gamma's construction 10 ms.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "policies/base/exponential.h"
#include "policies/base/result.h"
#include "policies/base/time.h"

namespace squall {

struct DistributionParts;

class Distribution {
 public:
  enum class Kind : std::uint8_t {
    kConstant,
    kExponential,
    kLognormal,
    kUniform,
    kNormal,
    kGamma,
    kWeibull,
    kPareto,
    kHyperexponential,
    kEmpirical,
    kQuantiles,
    kMixture,
  };
  struct WeightedMean {
    double weight;
    Duration mean;
  };
  struct Quantile {
    double q;  // 0.99: p99
    Duration value;
  };
  struct Part;

  /// Every time parameter is from 0 to this.
  static constexpr Duration kLongest = 2500h;
  static constexpr double kLongestSample = 0x1p60;  // ns

  /// Always 0.
  Distribution() = default;

  // What is outside its range is an error that names the parameter.
  static Result<Distribution> constant(Duration value);
  static Result<Distribution> exponential(Duration mean);
  /// 0 < p50 <= p99.
  static Result<Distribution> lognormal_quantiles(Duration p50, Duration p99);
  /// The distribution's mean > 0, and sigma of its logarithm, 0 to 10.
  static Result<Distribution> lognormal(Duration mean, double sigma);
  static Result<Distribution> uniform(Duration min, Duration max);
  static Result<Distribution> normal(Duration mean, Duration sd);
  /// shape 0.05 to 10 000 (1: exponential; k: the sum of k exponentials).
  static Result<Distribution> gamma(Duration mean, double shape);
  /// shape 0.1 to 100.
  static Result<Distribution> weibull(Duration scale, double shape);
  /// min > 0, alpha 0.05 to 1000, max > min.
  static Result<Distribution> pareto(Duration min, double alpha,
                                     std::optional<Duration> max = std::nullopt);
  /// Weights are relative, > 0.
  static Result<Distribution> hyperexponential(std::span<const WeightedMean> parts);
  /// Any order; at least one.
  static Result<Distribution> empirical(std::vector<Duration> values);
  /// At least two with 0 < q < 1 and values > 0 that do not fall as q rises; p0 and p100 may stand
  /// beside them.
  static Result<Distribution> empirical_quantiles(std::vector<Quantile> quantiles);
  static Result<Distribution> mixture(std::span<const Part> parts);

  Duration sample(std::uint64_t bits) const {
    if (kind_ == Kind::kConstant) return Duration(static_cast<std::int64_t>(a_));
    if (kind_ == Kind::kExponential) return whole_ns(a_ * exact::unit_exponential(bits));
    return draw(bits);
  }
  /// Of what is drawn (normal: after the cut at 0); infinity for pareto with alpha <= 1 and no max.
  double mean_s() const { return mean_ * 1e-9; }
  /// The time that a share q of samples stays below, 0 < q < 1; none for hyperexponential and
  /// mixture.
  std::optional<double> quantile_s(double q) const;
  Kind kind() const { return kind_; }

 private:
  Distribution(Kind kind, double a, double b, double c, double mean)
      : kind_(kind), a_(a), b_(b), c_(c), mean_(mean) {}
  static Duration whole_ns(double ns) {
    if (!(ns > 0)) return Duration::zero();
    return Duration(static_cast<std::int64_t>((ns < kLongestSample ? ns : kLongestSample) + 0.5));
  }
  Duration draw(std::uint64_t bits) const;
  double inverse(double u) const;
  double join(double z, double u) const;

  // Nanoseconds and plain numbers, by kind:
  //   constant value · exponential mean · lognormal mu, sigma (of ns) · uniform min, max - min ·
  //   normal mean, sd gamma scale · weibull scale, 1 / shape · pareto min, -1 / alpha, share below
  //   max
  Kind kind_ = Kind::kConstant;
  double a_ = 0, b_ = 0, c_ = 0;
  double mean_ = 0;
  std::shared_ptr<const DistributionParts> parts_;
};

struct Distribution::Part {
  double weight;
  Distribution of;
};

}  // namespace squall
