#include "policies/lb/weighted.h"

#include "policies/base/math.h"

namespace squall::policies::lb {

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
  schedule_.restart(entries, seed_, [&](std::uint32_t i) { return weight(view, i); });
  return true;
}

std::size_t Weighted::pick(const HostView& view, Draws&) {
  return schedule_.pick([&](std::uint32_t i) { return weight(view, i); });
}

double Weighted::weight(const HostView& view, std::uint32_t position) const {
  const auto own = static_cast<double>(view.weights[position]);
  if (!by_load_ || bias_ == 0) return own;
  const double load = static_cast<double>(view.active[view.hosts[position]]) + 1;
  return own / (bias_ == 1 ? load : exact::pow(load, bias_));
}

}  // namespace squall::policies::lb
