#include "policies/health_check.h"

#include <algorithm>

namespace squall::policies {
namespace {

std::uint64_t whole_ms(Duration d) { return static_cast<std::uint64_t>(to_ms(d)); }

Duration bounded(const HealthCheck& config, std::uint64_t base_ms) {
  const auto delay = std::chrono::milliseconds(base_ms);
  return std::max<Duration>(
      1ms, std::max(std::min<Duration>(delay, config.max_interval), config.min_interval));
}

/// Whoever waited for the first result of this host has it now.
CheckTransition end_pending(HealthFlags& flags, CheckTransition transition) {
  if (!flags.has(HealthFlag::kPendingActiveHc)) return transition;
  flags.set(HealthFlag::kPendingActiveHc, false);
  return CheckTransition::kChanged;
}

CheckTransition on_pass(const HealthCheck& config, CheckState& state, HealthFlags& flags,
                        bool degraded) {
  state.unhealthy = 0;
  auto transition = CheckTransition::kUnchanged;
  if (flags.has(HealthFlag::kFailedActiveHc)) {
    if (state.first || ++state.healthy == config.healthy_threshold) {
      flags.set(HealthFlag::kActiveHcTimeout, false);
      flags.set(HealthFlag::kFailedActiveHc, false);
      flags.set(HealthFlag::kExcludedViaImmediateHcFail, false);
      transition = CheckTransition::kChanged;
    } else {
      transition = CheckTransition::kChangePending;
    }
  }
  if (flags.has(HealthFlag::kDegradedActiveHc) != degraded) {
    flags.set(HealthFlag::kDegradedActiveHc, degraded);
    if (transition == CheckTransition::kUnchanged) transition = CheckTransition::kChanged;
  }
  return end_pending(flags, transition);
}

CheckTransition on_failure(const HealthCheck& config, CheckState& state, HealthFlags& flags,
                           CheckOutcome outcome) {
  state.healthy = 0;
  auto transition = CheckTransition::kUnchanged;
  const bool counts_up = outcome == CheckOutcome::kNetworkFailure ||
                         outcome == CheckOutcome::kTimeout || outcome == CheckOutcome::kRetriable;
  if (!flags.has(HealthFlag::kFailedActiveHc)) {
    if (!counts_up || ++state.unhealthy == config.unhealthy_threshold) {
      flags.set(HealthFlag::kFailedActiveHc);
      transition = CheckTransition::kChanged;
    } else {
      transition = CheckTransition::kChangePending;
    }
  }
  flags.set(HealthFlag::kActiveHcTimeout,
            outcome == CheckOutcome::kTimeout && flags.has(HealthFlag::kFailedActiveHc));
  return end_pending(flags, transition);
}

}  // namespace

bool contains(const std::vector<StatusRange>& ranges, std::uint32_t status) {
  return std::ranges::any_of(ranges, [&](const StatusRange& range) {
    return status >= range.first && status < range.last;
  });
}

CheckTransition on_check_result(const HealthCheck& config, CheckState& state, HealthFlags& flags,
                                CheckResult result) {
  if (result.excludes) flags.set(HealthFlag::kExcludedViaImmediateHcFail);
  const CheckTransition transition =
      passed(result.outcome)
          ? on_pass(config, state, flags, result.outcome == CheckOutcome::kDegraded)
          : on_failure(config, state, flags, result.outcome);
  state.first = false;
  return transition;
}

Duration first_check_delay(const HealthCheck& config, std::uint64_t random) {
  const std::uint64_t jitter = whole_ms(config.initial_jitter);
  if (jitter == 0) return Duration::zero();
  return bounded(config, random % jitter);
}

Duration next_check_delay(const HealthCheck& config, bool healthy, CheckTransition transition,
                          bool had_traffic, CheckDraws draws) {
  const bool pending = transition == CheckTransition::kChangePending;
  const Duration unhealthy = config.unhealthy_interval.value_or(config.interval);
  Duration base{};
  if (!had_traffic) {
    const Duration still = config.no_traffic_healthy_interval.value_or(config.no_traffic_interval);
    base = healthy && !pending ? still : config.no_traffic_interval;
  } else if (healthy) {
    base = pending ? config.healthy_edge_interval.value_or(config.interval) : config.interval;
  } else {
    base = pending ? config.unhealthy_edge_interval.value_or(unhealthy) : unhealthy;
  }
  std::uint64_t ms = whole_ms(base);
  const std::uint64_t percent = config.interval_jitter_percent * ms / 100;
  if (percent > 0) ms += draws.percent % percent;
  const std::uint64_t jitter = whole_ms(config.interval_jitter);
  if (jitter > 0) ms += draws.interval % jitter;
  return bounded(config, ms);
}

CheckResult judge(const HttpCheck& check, const ResponseHead& head, bool body_matches) {
  if (!body_matches || !contains(check.expected, head.status)) {
    const bool excludes =
        find_header(head.headers, "x-envoy-immediate-health-check-fail").has_value();
    const bool retriable = body_matches && contains(check.retriable, head.status);
    return {.outcome = retriable ? CheckOutcome::kRetriable : CheckOutcome::kFailure,
            .excludes = excludes,
            .status = head.status};
  }
  CheckResult result{.status = head.status, .verified = check.service_name.has_value()};
  if (find_header(head.headers, "x-envoy-degraded")) result.outcome = CheckOutcome::kDegraded;
  if (check.service_name) {
    const auto name = find_header(head.headers, "x-envoy-upstream-healthchecked-cluster");
    if (!check.service_name->matches(name.value_or(""))) result.outcome = CheckOutcome::kFailure;
  }
  return result;
}

bool matches(const std::vector<std::string>& blocks, std::string_view received) {
  for (const std::string& block : blocks) {
    const std::size_t at = received.find(block);
    if (at == std::string_view::npos) return false;
    received.remove_prefix(at + block.size());
  }
  return true;
}

}  // namespace squall::policies
