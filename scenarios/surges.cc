#include "scenarios/surges.h"

#include <algorithm>
#include <utility>

namespace squall::scenarios {
namespace {

/// A value that goes to `to` in a straight line over `ramp` from `at`, to stay there.
struct Slope {
  Duration at{}, ramp{};
  double to = 0;
};

/// Before the first change it is `start`. At an instant at which it jumps: after the jump, or
/// before.
double value_at(std::span<const Slope> changes, double start, Duration t, bool before) {
  double value = start;
  for (const Slope& change : changes) {
    if (before ? change.at >= t : change.at > t) break;
    const Duration since = t - change.at;
    if (since >= change.ramp) {
      value = change.to;
    } else {
      value += (change.to - value) * static_cast<double>(since.count()) /
               static_cast<double>(change.ramp.count());
    }
  }
  return value;
}

std::vector<Slope> changes_of(const Load& load) {
  std::vector<Slope> changes;
  for (const RateStep& step : load.steps)
    changes.push_back({.at = step.at, .ramp = step.ramp, .to = step.per_s});
  return changes;
}

std::vector<Slope> changes_of(const Fault& surge) {
  std::vector<Slope> changes = {{.at = surge.at, .ramp = surge.ramp, .to = surge.factor}};
  if (surge.lasts) changes.push_back({.at = surge.at + *surge.lasts, .ramp = {}, .to = 1});
  return changes;
}

}  // namespace

std::optional<std::vector<RateStep>> surged(const Load& load, std::span<const Fault> faults) {
  std::vector<std::vector<Slope>> factors;
  for (const Fault& fault : faults) {
    if (fault.kind == Fault::Kind::kSurge && fault.load == load.name)
      factors.push_back(changes_of(fault));
  }
  if (factors.empty()) return load.steps;
  const std::vector<Slope> rate = changes_of(load);
  std::vector<Duration> breaks;
  const auto add_breaks = [&](const std::vector<Slope>& changes) {
    for (const Slope& change : changes)
      breaks.insert(breaks.end(), {change.at, change.at + change.ramp});
  };
  add_breaks(rate);
  for (const std::vector<Slope>& factor : factors) add_breaks(factor);
  std::ranges::sort(breaks);
  breaks.erase(std::ranges::unique(breaks).begin(), breaks.end());
  std::vector<RateStep> out;
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    const Duration from = breaks[i];
    const Duration to = i + 1 < breaks.size() ? breaks[i + 1] : from;
    double begin = value_at(rate, 0, from, false);
    double end = to > from ? value_at(rate, 0, to, true) : begin;
    bool ramps = begin != end;
    for (const std::vector<Slope>& factor : factors) {
      const double first = value_at(factor, 1, from, false);
      const double last = to > from ? value_at(factor, 1, to, true) : first;
      if (first != last && std::exchange(ramps, true)) return std::nullopt;
      begin *= first;
      end *= last;
    }
    out.push_back({.at = from, .per_s = begin, .ramp = {}});
    if (begin != end) out.push_back({.at = from, .per_s = end, .ramp = to - from});
  }
  return out;
}

}  // namespace squall::scenarios
