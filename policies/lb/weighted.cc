#include "policies/lb/weighted.h"

#include <cmath>

namespace squall::policies::lb {
namespace {

/// base^exponent for base >= 1, exponent >= 0, by squares and square roots: the same bits everywhere.
double power(double base, double exponent) {
  double whole = std::floor(exponent);
  double fraction = exponent - whole;
  double result = 1;
  for (double square = base; whole >= 1; square *= square) {
    const double half = std::floor(whole / 2);
    if (whole - 2 * half > 0) result *= square;
    whole = half;
  }
  for (double root = std::sqrt(base); fraction > 0 && root > 1; root = std::sqrt(root)) {
    fraction *= 2;
    if (fraction < 1) continue;
    result *= root;
    fraction -= 1;
  }
  return result;
}

}  // namespace

bool weights_differ(const HostView& view) {
  if (view.hosts.size() < 2) return false;
  for (const std::uint32_t weight : view.weights) {
    if (weight != view.weights.front()) return true;
  }
  return false;
}

bool Weighted::on_hosts(const HostView& view) {
  if (!weights_differ(view)) return false;
  const auto entries = static_cast<std::uint32_t>(view.hosts.size());
  schedule_ = Edf(entries, seed_, [&](std::uint32_t i) { return weight(view, i); });
  return true;
}

std::size_t Weighted::pick(const HostView& view, Draws&) {
  return schedule_.pick([&](std::uint32_t i) { return weight(view, i); });
}

double Weighted::weight(const HostView& view, std::uint32_t position) const {
  const auto own = static_cast<double>(view.weights[position]);
  if (!by_load_ || bias_ == 0) return own;
  const double load = static_cast<double>(view.loads.active(view.hosts[position])) + 1;
  return own / (bias_ == 1 ? load : power(load, bias_));
}

}  // namespace squall::policies::lb
