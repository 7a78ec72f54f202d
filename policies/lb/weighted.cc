#include "policies/lb/weighted.h"

#include <algorithm>

#include "policies/base/math.h"
#include "policies/lb/slow_start.h"

namespace squall::policies::lb {
namespace {

std::uint32_t own_weight(const HostView& view, std::uint32_t position) {
  if (view.lives != nullptr && !view.lives->reported.empty())
    return view.lives->reported[view.hosts[position]];
  return view.weights.empty() ? 1 : view.weights[position];
}

bool weights_differ(const HostView& view) {
  for (std::uint32_t i = 1; i < view.hosts.size(); ++i) {
    if (own_weight(view, i) != own_weight(view, 0)) return true;
  }
  return false;
}

bool any_starts_slowly(const HostChange& change) {
  const SlowStart& config = change.cluster.slow_start;
  if (config.window == Duration::zero() || change.view.lives == nullptr) return false;
  return std::ranges::any_of(change.view.hosts, [&](std::uint32_t host) {
    const Instant since = change.view.lives->healthy_since[host];
    return since != kNever && to_ms(change.now - since) <= to_ms(config.window);
  });
}

}  // namespace

bool needs_turns(const HostChange& change) {
  return change.view.hosts.size() > 1 && (weights_differ(change.view) || any_starts_slowly(change));
}

Weighted::Weighted(const HostChange& change)
    : slow_start_(change.cluster.slow_start.window > Duration::zero() ? &change.cluster.slow_start
                                                                      : nullptr),
      bias_(change.cluster.least_request.active_request_bias),
      by_load_(change.cluster.lb == LbPolicy::kLeastRequest) {}

bool Weighted::on_hosts(const HostChange& change) {
  if (!needs_turns(change)) return false;
  const auto entries = static_cast<std::uint32_t>(change.view.hosts.size());
  schedule_.restart(entries, change.seed,
                    [&](std::uint32_t i) { return weight(change.view, i, change.now); });
  return true;
}

std::size_t Weighted::pick(const HostView& view, Draws& draws) {
  return schedule_.pick([&](std::uint32_t i) { return weight(view, i, draws.now); });
}

double Weighted::weight(const HostView& view, std::uint32_t position, Instant now) const {
  const std::uint32_t host = view.hosts[position];
  double result = own_weight(view, position);
  if (by_load_ && bias_ != 0) {
    const double load = static_cast<double>(view.active[host]) + 1;
    result /= bias_ == 1 ? load : exact::pow(load, bias_);
  }
  if (slow_start_ == nullptr || view.lives == nullptr || !view.lives->healthy[host]) return result;
  const Instant since = view.lives->healthy_since[host];
  return since == kNever ? result : result * slow_start_factor(*slow_start_, now - since);
}

}  // namespace squall::policies::lb
