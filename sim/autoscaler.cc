#include "sim/autoscaler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace squall::sim {
namespace {

using config::CpuTarget;
using config::HorizontalPodAutoscaler;
using config::ScalingPolicy;
using config::ScalingRules;

// The controller's own, where a manifest has no `behavior`.
constexpr Duration kDownWindow = std::chrono::minutes(5);
constexpr std::uint32_t kUpFactor = 2, kUpAtLeast = 4;

/// The use of so many replicas, as a part of the target. The controller computes in integers.
double ratio_of(const CpuTarget& target, std::int64_t request, std::int64_t used,
                std::uint32_t replicas) {
  const std::int64_t of =
      target.of_request ? used * 100 / (request * replicas) : used / std::int64_t{replicas};
  return static_cast<double>(of) / static_cast<double>(target.value);
}

bool within_tolerance(const HorizontalPodAutoscaler& rules, double ratio) {
  static const config::ScalingBehavior usual;
  const config::ScalingBehavior& behavior = rules.behavior ? *rules.behavior : usual;
  return ratio >= 1 - behavior.down.tolerance && ratio <= 1 + behavior.up.tolerance;
}

std::uint32_t times(double ratio, std::uint32_t replicas) {
  constexpr double kMost = 1e9;
  return static_cast<std::uint32_t>(std::min(-std::floor(-ratio * replicas), kMost));
}

std::optional<std::uint32_t> wished(const HorizontalPodAutoscaler& rules, const CpuTarget& target,
                                    const ScalingNow& now) {
  if (now.counted == 0 || (target.of_request && now.request == 0)) return std::nullopt;
  const double ratio = ratio_of(target, now.request, now.used, now.counted);
  const bool idle_too = now.unready > 0 && ratio > 1;
  if (!idle_too && now.missing == 0)
    return within_tolerance(rules, ratio) ? now.replicas : times(ratio, now.counted);
  std::int64_t used = now.used;
  std::uint32_t replicas = now.counted + (idle_too ? now.unready : 0);
  if (!(target.of_request && ratio == 1)) replicas += now.missing;
  if (ratio < 1) {
    const std::int64_t busy = target.of_request
                                  ? now.request * std::max<std::int64_t>(100, target.value) / 100
                                  : target.value;
    used += now.missing * busy;
  }
  const double again = ratio_of(target, now.request, used, replicas);
  const bool turned = (ratio < 1 && again > 1) || (ratio > 1 && again < 1);
  if (within_tolerance(rules, again) || turned) return now.replicas;
  const std::uint32_t wish = times(again, replicas);
  return (again < 1 && wish > now.replicas) || (again > 1 && wish < now.replicas) ? now.replicas
                                                                                  : wish;
}

/// How many there may be by one policy, when a period began with so many.
std::int64_t allowed(const ScalingPolicy& policy, std::int64_t begun_with, bool up) {
  const std::int64_t sign = up ? 1 : -1;
  if (!policy.percent) return begun_with + sign * policy.value;
  const double part = 1 + static_cast<double>(sign * policy.value) / 100;
  const double all = static_cast<double>(begun_with) * part;
  return static_cast<std::int64_t>(up ? -std::floor(-all) : std::floor(all));
}

}  // namespace

std::optional<std::uint32_t> wished(const HorizontalPodAutoscaler& rules, const ScalingNow& now) {
  std::optional<std::uint32_t> most;
  for (const CpuTarget& target : rules.targets) {
    const auto wish = wished(rules, target, now);
    if (wish && (!most || *wish > *most)) most = wish;
  }
  return most;
}

/// Without a `behavior`: the highest wish of the window; at most twice as many, or four.
std::uint32_t Autoscaler::by_default(const ScalingNow& now, std::uint32_t wish) const {
  for (const Wish& one : wishes_) {
    if (now.at - one.at <= kDownWindow) wish = std::max(wish, one.replicas);
  }
  const auto least = static_cast<std::uint32_t>(rules_.least);
  const std::uint32_t most = std::min(static_cast<std::uint32_t>(rules_.most),
                                      std::max(kUpFactor * now.replicas, kUpAtLeast));
  return wish < least ? least : std::min(wish, most);
}

/// As near to what there is as the lowest and the highest wish of their windows let it be.
std::uint32_t Autoscaler::stabilized(const ScalingNow& now, std::uint32_t wish) const {
  std::uint32_t lowest = wish, highest = wish;
  for (const Wish& one : wishes_) {
    const Duration age = now.at - one.at;
    if (age < rules_.behavior->up.stabilization) lowest = std::min(lowest, one.replicas);
    if (age < rules_.behavior->down.stabilization) highest = std::max(highest, one.replicas);
  }
  return std::clamp(now.replicas, lowest, highest);
}

/// The most that there may be, or the least.
std::int64_t Autoscaler::limit(const ScalingNow& now, bool up) const {
  const ScalingRules& rules = up ? rules_.behavior->up : rules_.behavior->down;
  if (rules.select == ScalingRules::Select::kDisabled) return now.replicas;
  const bool highest = (rules.select == ScalingRules::Select::kMax) == up;
  std::optional<std::int64_t> out;
  for (const ScalingPolicy& policy : rules.policies) {
    std::int64_t begun_with = now.replicas;
    for (const Change& change : changes_) {
      if (now.at - change.at < policy.period) begun_with -= change.by;
    }
    const std::int64_t one = allowed(policy, begun_with, up);
    out = !out ? one : highest ? std::max(*out, one) : std::min(*out, one);
  }
  return out.value_or(now.replicas);
}

std::uint32_t Autoscaler::limited(const ScalingNow& now, std::uint32_t wish) const {
  if (wish == now.replicas) return wish;
  const bool up = wish > now.replicas;
  const std::int64_t there = now.replicas, bound = limit(now, up);
  const std::int64_t out =
      up ? std::min<std::int64_t>({wish, std::max(bound, there), rules_.most})
         : std::max<std::int64_t>({wish, std::min(bound, there), rules_.least});
  return static_cast<std::uint32_t>(out);
}

std::uint32_t Autoscaler::decide(const ScalingNow& now) {
  if (now.replicas == 0) return 0;                                 // somebody has switched it off
  if (wishes_.empty()) wishes_.push_back({now.at, now.replicas});  // what there is was wanted
  std::uint32_t decided = std::clamp(now.replicas, static_cast<std::uint32_t>(rules_.least),
                                     static_cast<std::uint32_t>(rules_.most));
  if (decided == now.replicas) {
    const std::optional<std::uint32_t> wish = wished(rules_, now);
    if (!wish) return now.replicas;
    decided = rules_.behavior ? limited(now, stabilized(now, *wish)) : by_default(now, *wish);
    wishes_.push_back({now.at, *wish});
  }
  if (decided != now.replicas) {
    changes_.push_back({now.at, std::int64_t{decided} - std::int64_t{now.replicas}});
  }
  forget(now.at);
  return decided;
}

/// What no window and no period reaches back to.
void Autoscaler::forget(Instant now) {
  constexpr Duration kLongest = std::chrono::hours(1);
  while (!wishes_.empty() && now - wishes_.front().at > kLongest) wishes_.pop_front();
  while (!changes_.empty() && now - changes_.front().at > kLongest) changes_.pop_front();
}

}  // namespace squall::sim
