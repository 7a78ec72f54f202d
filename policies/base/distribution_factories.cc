// How distributions are made: what parameters may be, and the means.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "policies/base/distribution_parts.h"
#include "policies/base/math.h"
#include "policies/base/special.h"

namespace squall {
namespace {

using Kind = Distribution::Kind;

double ns(Duration d) { return static_cast<double>(d.count()); }

/// The first of the checks that fails, in the words of an error.
class Checks {
 public:
  explicit Checks(const char* kind) : kind_(kind) {}

  Checks& time(const char* name, Duration value, Duration least) {
    if (value < least || value > Distribution::kLongest) {
      fail(fmt::format("{}: {} is {}", kind_, name, to_string(value)),
           fmt::format("{} must be {} to {}", name,
                       least == Duration::zero() ? "from 0s" : "from 1ns",
                       to_string(Distribution::kLongest)));
    }
    return *this;
  }
  Checks& number(const char* name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      fail(fmt::format("{}: {} is {}", kind_, name, value),
           fmt::format("{} must be from {} to {}", name, least, most));
    }
    return *this;
  }
  Checks& weight(double value) {
    if (!(value > 0 && value <= 1e9)) {
      fail(fmt::format("{}: weight is {}", kind_, value), "weight must be above 0 and at most 1e9");
    }
    return *this;
  }
  Checks& order(const char* first, Duration a, const char* second, Duration b) {
    if (b < a) {
      fail(fmt::format("{}: {} is {}, {} is {}", kind_, first, to_string(a), second, to_string(b)),
           fmt::format("{} must be at least {}", second, first));
    }
    return *this;
  }
  Checks& that(bool holds, const char* what, const char* advice) {
    if (!holds) fail(fmt::format("{}: {}", kind_, what), advice);
    return *this;
  }

  bool ok() const { return what_.empty(); }
  std::unexpected<Diagnostics> failure() const { return error(what_, advice_); }

 private:
  void fail(std::string what, std::string advice) {
    if (!ok()) return;
    what_ = std::move(what);
    advice_ = std::move(advice);
  }

  const char* kind_;
  std::string what_, advice_;
};

constexpr Duration kTick{1};

/// min to max cut out of a Pareto: its mean, by the integral of x^-alpha.
double pareto_mean(double min, double alpha, double max, double share) {
  const double ratio = max / min;
  if (alpha == 1) return min * exact::log(ratio) / share;
  return min * alpha / share * (exact::pow(ratio, 1 - alpha) - 1) / (1 - alpha);
}

/// What a piece between two normal quantiles adds to the mean (Simpson).
double piece_mean(const LognormalPiece& piece, double z0, double z1) {
  constexpr int kSteps = 4096;
  const double step = (z1 - z0) / kSteps;
  const auto at = [&](int i) {
    const double z = z0 + i * step;
    return exact::exp(piece.mu + piece.sigma * z - 0.5 * z * z);
  };
  double sum = at(0) + at(kSteps);
  for (int i = 1; i < kSteps; ++i) sum += at(i) * (i % 2 == 1 ? 4 : 2);
  return sum * step / 3 * exact::normal_density(0);
}

/// Joined pieces, cut at least and most (0 and infinity: not cut). Only the outer pieces can reach
/// them.
double joined_mean(const std::vector<LognormalPiece>& pieces, double least, double most) {
  constexpr double kFar = 40;
  double sum = 0, from = -kFar;
  const LognormalPiece& first = pieces.front();
  const LognormalPiece& last = pieces.back();
  if (first.sigma > 0)
    from = std::max(from, exact::normal_quantile(first.until) - kFar / first.sigma);
  if (first.sigma > 0 && least > 0) {
    from = (exact::log(least) - first.mu) / first.sigma;
    sum += least * exact::normal_cdf(from);
  }
  double to = last.sigma + 15;
  if (last.sigma > 0 && most < std::numeric_limits<double>::infinity()) {
    to = std::min(to, (exact::log(most) - last.mu) / last.sigma);
    sum += most * exact::normal_cdf(-to);
  }
  for (const LognormalPiece& piece : pieces) {
    const double until = &piece == &last ? to : exact::normal_quantile(piece.until);
    sum += piece_mean(piece, from, until);
    from = until;
  }
  return sum;
}

}  // namespace

Result<Distribution> Distribution::constant(Duration value) {
  const Checks checks = Checks("constant").time("value", value, Duration::zero());
  if (!checks.ok()) return checks.failure();
  return Distribution(Kind::kConstant, ns(value), 0, 0, ns(value));
}

Result<Distribution> Distribution::exponential(Duration mean) {
  const Checks checks = Checks("exponential").time("mean", mean, Duration::zero());
  if (!checks.ok()) return checks.failure();
  return Distribution(Kind::kExponential, ns(mean), 0, 0, ns(mean));
}

Result<Distribution> Distribution::lognormal_quantiles(Duration p50, Duration p99) {
  const Checks checks = Checks("lognormal")
                            .time("p50", p50, kTick)
                            .time("p99", p99, kTick)
                            .order("p50", p50, "p99", p99);
  if (!checks.ok()) return checks.failure();
  const double mu = exact::log(ns(p50));
  const double sigma = (exact::log(ns(p99)) - mu) / exact::normal_quantile(0.99);
  return Distribution(Kind::kLognormal, mu, sigma, 0, exact::exp(mu + 0.5 * sigma * sigma));
}

Result<Distribution> Distribution::lognormal(Duration mean, double sigma) {
  const Checks checks = Checks("lognormal").time("mean", mean, kTick).number("sigma", sigma, 0, 10);
  if (!checks.ok()) return checks.failure();
  return Distribution(Kind::kLognormal, exact::log(ns(mean)) - 0.5 * sigma * sigma, sigma, 0,
                      ns(mean));
}

Result<Distribution> Distribution::uniform(Duration min, Duration max) {
  const Checks checks = Checks("uniform")
                            .time("min", min, Duration::zero())
                            .time("max", max, Duration::zero())
                            .order("min", min, "max", max);
  if (!checks.ok()) return checks.failure();
  return Distribution(Kind::kUniform, ns(min), ns(max - min), 0, 0.5 * (ns(min) + ns(max)));
}

Result<Distribution> Distribution::normal(Duration mean, Duration sd) {
  const Checks checks =
      Checks("normal").time("mean", mean, Duration::zero()).time("sd", sd, Duration::zero());
  if (!checks.ok()) return checks.failure();
  const double m = ns(mean), s = ns(sd);
  const double cut = s == 0 ? m : m * exact::normal_cdf(m / s) + s * exact::normal_density(m / s);
  return Distribution(Kind::kNormal, m, s, 0, cut);
}

Result<Distribution> Distribution::gamma(Duration mean, double shape) {
  const Checks checks =
      Checks("gamma").time("mean", mean, Duration::zero()).number("shape", shape, 0.05, 10'000);
  if (!checks.ok()) return checks.failure();
  Distribution out(Kind::kGamma, ns(mean) / shape, shape, 0, ns(mean));
  auto parts = std::make_shared<DistributionParts>();
  parts->table = QuantileTable::gamma(shape);
  out.parts_ = std::move(parts);
  return out;
}

Result<Distribution> Distribution::weibull(Duration scale, double shape) {
  const Checks checks =
      Checks("weibull").time("scale", scale, Duration::zero()).number("shape", shape, 0.1, 100);
  if (!checks.ok()) return checks.failure();
  return Distribution(Kind::kWeibull, ns(scale), 1 / shape, 0,
                      ns(scale) * exact::exp(exact::log_gamma(1 + 1 / shape)));
}

Result<Distribution> Distribution::pareto(Duration min, double alpha, std::optional<Duration> max) {
  Checks checks("pareto");
  checks.time("min", min, kTick).number("alpha", alpha, 0.05, 1000);
  if (max) checks.time("max", *max, kTick).order("min", min, "max", *max);
  if (max) checks.that(*max > min, "min and max are the same", "max must be above min");
  if (!checks.ok()) return checks.failure();
  if (!max) {
    const double mean =
        alpha > 1 ? ns(min) * alpha / (alpha - 1) : std::numeric_limits<double>::infinity();
    return Distribution(Kind::kPareto, ns(min), -1 / alpha, 1, mean);
  }
  const double share = 1 - exact::pow(ns(min) / ns(*max), alpha);
  return Distribution(Kind::kPareto, ns(min), -1 / alpha, share,
                      pareto_mean(ns(min), alpha, ns(*max), share));
}

Result<Distribution> Distribution::hyperexponential(std::span<const WeightedMean> list) {
  Checks checks("hyperexponential");
  checks.that(!list.empty(), "there are no parts", "list at least one {weight, mean}");
  double total = 0;
  for (const auto& [weight, mean] : list) {
    checks.weight(weight).time("mean", mean, Duration::zero());
    total += weight;
  }
  if (!checks.ok()) return checks.failure();
  auto parts = std::make_shared<DistributionParts>();
  double sum = 0, weighted = 0;
  for (const auto& [weight, mean] : list) {
    sum += weight;
    weighted += weight * ns(mean);
    parts->cumulated.push_back(sum / total);
    parts->values.push_back(ns(mean));
  }
  Distribution out(Kind::kHyperexponential, 0, 0, 0, weighted / total);
  out.parts_ = std::move(parts);
  return out;
}

Result<Distribution> Distribution::mixture(std::span<const Part> list) {
  Checks checks("mixture");
  checks.that(!list.empty(), "there are no parts", "list at least one {weight, of}");
  double total = 0;
  for (const Part& part : list) {
    checks.weight(part.weight);
    total += part.weight;
  }
  if (!checks.ok()) return checks.failure();
  auto parts = std::make_shared<DistributionParts>();
  double sum = 0, weighted = 0;
  for (const Part& part : list) {
    sum += part.weight;
    weighted += part.weight * part.of.mean_;
    parts->cumulated.push_back(sum / total);
    parts->of.push_back(part.of);
  }
  Distribution out(Kind::kMixture, 0, 0, 0, weighted / total);
  out.parts_ = std::move(parts);
  return out;
}

Result<Distribution> Distribution::empirical(std::vector<Duration> values) {
  Checks checks("empirical");
  checks.that(!values.empty(), "there are no values", "list at least one value");
  for (Duration value : values) checks.time("a value", value, Duration::zero());
  if (!checks.ok()) return checks.failure();
  std::ranges::sort(values);
  auto parts = std::make_shared<DistributionParts>();
  double sum = 0;
  for (Duration value : values) {
    parts->values.push_back(ns(value));
    sum += ns(value);
  }
  Distribution out(Kind::kEmpirical, 0, 0, 0, sum / static_cast<double>(values.size()));
  out.parts_ = std::move(parts);
  return out;
}

Result<Distribution> Distribution::empirical_quantiles(std::vector<Quantile> list) {
  Checks checks("empirical");
  std::ranges::sort(list, {}, &Quantile::q);
  std::size_t inner = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& [q, value] = list[i];
    checks.number("a quantile", q, 0, 1)
        .time("a quantile's value", value, q == 0 ? Duration::zero() : kTick);
    inner += q > 0 && q < 1 ? 1 : 0;
    if (i == 0) continue;
    checks.that(list[i - 1].q < q, "a quantile is given twice", "give each once");
    checks.order("a quantile", list[i - 1].value, "a higher one", value);
  }
  checks.that(inner >= 2, "fewer than two quantiles between p0 and p100",
              "give at least two, such as p50 and p99");
  if (!checks.ok()) return checks.failure();
  const double least = list.front().q == 0 ? ns(list.front().value) : 0;
  const double most =
      list.back().q == 1 ? ns(list.back().value) : std::numeric_limits<double>::infinity();
  if (list.front().q == 0) list.erase(list.begin());
  if (list.back().q == 1) list.pop_back();

  auto parts = std::make_shared<DistributionParts>();
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    const double z0 = exact::normal_quantile(list[i].q), z1 = exact::normal_quantile(list[i + 1].q);
    const double y0 = exact::log(ns(list[i].value)), y1 = exact::log(ns(list[i + 1].value));
    const double sigma = (y1 - y0) / (z1 - z0);
    parts->pieces.push_back({list[i + 1].q, y0 - sigma * z0, sigma});
  }
  const bool endless =
      most == std::numeric_limits<double>::infinity() && parts->pieces.back().sigma > 10;
  checks.that(!endless, "the last two quantiles are too steep to go on beyond them",
              "give p100 too");
  if (!checks.ok()) return checks.failure();
  Distribution out(Kind::kQuantiles, least, most, 0, joined_mean(parts->pieces, least, most));
  out.parts_ = std::move(parts);
  return out;
}

}  // namespace squall
