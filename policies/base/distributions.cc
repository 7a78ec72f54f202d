#include "policies/base/distributions.h"

#include <algorithm>

#include "policies/base/distribution_parts.h"
#include "policies/base/math.h"
#include "policies/base/mix.h"
#include "policies/base/special.h"

namespace squall {
namespace {

/// The first whose cumulated weight is above u.
std::size_t choose(const std::vector<double>& cumulated, double u) {
  std::size_t i = 0;
  while (i + 1 < cumulated.size() && u >= cumulated[i]) ++i;
  return i;
}

}  // namespace

/// Empirical quantiles: the pieces of lognormal; z is u's normal quantile.
double Distribution::join(double z, double u) const {
  const std::vector<LognormalPiece>& pieces = parts_->pieces;
  std::size_t i = 0;
  while (i + 1 < pieces.size() && u >= pieces[i].until) ++i;
  return std::clamp(exact::exp(pieces[i].mu + pieces[i].sigma * z), a_, b_);
}

/// The distribution function's inverse, in nanoseconds; 0 < u < 1.
double Distribution::inverse(double u) const {
  switch (kind_) {
    case Kind::kConstant:
      return a_;
    case Kind::kExponential:
      return -a_ * exact::log(1 - u);
    case Kind::kLognormal:
      return exact::exp(a_ + b_ * exact::normal_quantile(u));
    case Kind::kUniform:
      return a_ + b_ * u;
    case Kind::kNormal:
      return std::max(0.0, a_ + b_ * exact::normal_quantile(u));
    case Kind::kGamma:
      return a_ * parts_->table(u);
    case Kind::kWeibull:
      return a_ * exact::exp(b_ * exact::log(-exact::log(1 - u)));
    case Kind::kPareto:
      return a_ * exact::exp(b_ * exact::log(1 - u * c_));
    case Kind::kEmpirical: {
      const std::vector<double>& values = parts_->values;
      const auto place = static_cast<std::size_t>(u * static_cast<double>(values.size()));
      return values[std::min(place, values.size() - 1)];
    }
    case Kind::kQuantiles:
      return join(exact::normal_quantile(u), u);
    case Kind::kHyperexponential:
    case Kind::kMixture:
      break;
  }
  return 0;
}

Duration Distribution::draw(std::uint64_t bits) const {
  if (kind_ == Kind::kHyperexponential) {
    const double mean = parts_->values[choose(parts_->cumulated, unit(bits))];
    return whole_ns(mean * exact::unit_exponential(mix(bits, Purpose::kSplit, 0)));
  }
  if (kind_ == Kind::kMixture) {
    return parts_->of[choose(parts_->cumulated, unit(bits))].sample(mix(bits, Purpose::kSplit, 0));
  }
  return whole_ns(inverse(open_unit(bits)));
}

std::optional<double> Distribution::quantile_s(double q) const {
  if (kind_ == Kind::kHyperexponential || kind_ == Kind::kMixture || !(q > 0 && q < 1))
    return std::nullopt;
  if (kind_ != Kind::kGamma) return inverse(q) * 1e-9;
  return a_ * exact::gamma_quantile(b_, q) * 1e-9;
}

}  // namespace squall
