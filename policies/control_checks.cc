// Control's health checks: begun, concluded, told of.
#include "policies/base/mix.h"
#include "policies/control.h"

namespace squall::policies {

/// Hosts are unhealthy until they pass; balancing gets the cluster when each has had a result.
void Control::start_checks(std::uint32_t cluster, Instant now) {
  State& state = use(cluster);
  const ClusterConfig& config = *state.config;
  for (std::uint32_t local = 0; local < config.hosts.size(); ++local) {
    if (config.hosts[local].disable_active_health_check) {
      ++state.checked->stats.healthy;
      continue;
    }
    ++state.checked->awaited;
    state.flags[local].set(HealthFlag::kFailedActiveHc);
    if (config.ignore_new_hosts_until_first_hc)
      state.flags[local].set(HealthFlag::kPendingActiveHc);
    const std::uint64_t random = mix(host_random(cluster, local), Purpose::kCheckJitter, 0);
    const Duration delay = first_check_delay(*config.health_check, random);
    const std::uint32_t host = state.first_host + local;
    if (delay > Duration::zero()) {
      arm(TimerKind::kCheckInterval, host, now + delay);
    } else {
      send_check(state, host, now);
    }
  }
  if (state.checked->awaited > 0) ++unready_;
  state.published = state.flags;
  state.published_at = now;
  commands_.push({.kind = CommandKind::kPublish, .subject = cluster});
}

void Control::send_check(State& state, std::uint32_t host, Instant now) {
  CheckState& check = state.checked->states[host - state.first_host];
  check.under_way = true;
  ++check.checks;
  ++state.checked->stats.attempt;
  commands_.push({.kind = CommandKind::kSendCheck, .subject = host});
  arm(TimerKind::kCheckTimeout, host, now + state.config->health_check->timeout);
}

void Control::on_check_response(std::uint32_t host, const ResponseHead& head, Instant now) {
  State& state = *states_[configuration_.epoch.cluster_of_host(host)];
  const auto* http = std::get_if<HttpCheck>(&state.config->health_check->kind);
  if (http == nullptr || !state.checked->states[host - state.first_host].under_way) return;
  CheckResult result = judge(*http, head);
  result.status = head.status;
  end_check(state, host, result, now);
}

void Control::on_check_result(std::uint32_t host, CheckOutcome outcome, Instant now) {
  State& state = *states_[configuration_.epoch.cluster_of_host(host)];
  const bool tcp = std::holds_alternative<TcpCheck>(state.config->health_check->kind);
  // A TCP connection that the host closes between two checks is a failure, too.
  if (!state.checked->states[host - state.first_host].under_way && !tcp) return;
  end_check(state, host, {outcome}, now);
}

void Control::end_check(State& state, std::uint32_t host, CheckResult result, Instant now) {
  const std::uint32_t cluster = configuration_.epoch.cluster_of_host(host);
  const std::uint32_t local = host - state.first_host;
  const HealthCheck& config = *state.config->health_check;
  CheckState& check = state.checked->states[local];
  const bool first = check.under_way && check.checks == 1;
  if (result.outcome != CheckOutcome::kTimeout)
    cancel(check.under_way ? TimerKind::kCheckTimeout : TimerKind::kCheckInterval, host);
  if (result.outcome == CheckOutcome::kTimeout || !config.reuse_connection)
    commands_.push({.kind = CommandKind::kEndCheck, .subject = host});
  check.under_way = false;
  const CheckTransition transition = conclude(state, cluster, local, result, now);
  const std::uint64_t own = host_random(cluster, local);
  const std::uint64_t k = std::uint64_t{check.checks} << 1;
  const Duration delay =
      next_check_delay(config, passed(result.outcome), transition, state.checked->had_traffic,
                       {.percent = mix(own, Purpose::kCheckJitter, k),
                        .interval = mix(own, Purpose::kCheckJitter, k + 1)});
  arm(TimerKind::kCheckInterval, host, now + delay);
  if (!first || --state.checked->awaited > 0) return;
  --unready_;
  state.published = state.flags;
  state.published_at = now;
  commands_.push({.kind = CommandKind::kPublish, .subject = cluster});
}

/// Also for a failure that no check found.
CheckTransition Control::conclude(State& state, std::uint32_t cluster, std::uint32_t local,
                                  CheckResult result, Instant now) {
  CheckStats& stats = state.checked->stats;
  HealthFlags& flags = state.flags[local];
  const HealthFlags before = flags;
  const bool first = state.checked->states[local].first;
  const CheckTransition transition = policies::on_check_result(
      *state.config->health_check, state.checked->states[local], flags, result);
  const bool failed = flags.has(HealthFlag::kFailedActiveHc);
  const bool was_failed = before.has(HealthFlag::kFailedActiveHc);
  if (passed(result.outcome)) {
    ++stats.success;
    if (was_failed) state.checked->last_pass[local] = now;
  } else {
    ++stats.failure;
    if (result.outcome == CheckOutcome::kPassive) ++stats.passive_failure;
    if (result.outcome == CheckOutcome::kNetworkFailure || result.outcome == CheckOutcome::kTimeout)
      ++stats.network_failure;
  }
  if (failed && !was_failed) --stats.healthy;
  if (!failed && was_failed) ++stats.healthy;
  const bool degraded = flags.has(HealthFlag::kDegradedActiveHc);
  if (degraded != before.has(HealthFlag::kDegradedActiveHc)) stats.degraded += degraded ? 1U : ~0U;
  note_check(state, local, before, first, result, now);
  if (flags != before) {
    commands_.push({.kind = CommandKind::kSetHealth,
                    .end = failed && !was_failed,
                    .subject = state.first_host + local});
  }
  if (transition == CheckTransition::kChanged) publish_or_wait(state, cluster, now);
  if (passed(result.outcome) && !failed) recover(state, cluster, local, now);
  return transition;
}

/// A pass ends an ejection at once, unless the configuration says otherwise.
void Control::recover(State& state, std::uint32_t cluster, std::uint32_t local, Instant now) {
  if (state.monitors.empty() || !state.monitors[local].ejected) return;
  if (!state.config->outlier->successful_active_health_check_uneject_host) return;
  uneject(state.outlier, state.monitors[local], now);
  note(state, local, {}, Ejection::kUnejected, now);
  publish_or_wait(state, cluster, now);
}

void Control::note_check(const State& state, std::uint32_t local, HealthFlags before, bool first,
                         CheckResult result, Instant now) {
  const HealthCheck& config = *state.config->health_check;
  if (config.event_log_path.empty()) return;
  using Kind = HealthCheckEvent::Kind;
  const HealthFlags after = state.flags[local];
  const auto add = [&](Kind kind) {
    check_events_.push_back({.at = now,
                             .host = state.first_host + local,
                             .kind = kind,
                             .outcome = result.outcome,
                             .status = result.status,
                             .first = first});
  };
  const auto turned = [&](HealthFlag flag, bool on) {
    return after.has(flag) == on && before.has(flag) != on;
  };
  if (turned(HealthFlag::kFailedActiveHc, false)) {
    add(Kind::kAddHealthy);
  } else if (passed(result.outcome) && config.always_log_success) {
    add(Kind::kSuccess);
  }
  if (turned(HealthFlag::kFailedActiveHc, true)) add(Kind::kEjectUnhealthy);
  if (turned(HealthFlag::kDegradedActiveHc, true)) add(Kind::kDegraded);
  if (turned(HealthFlag::kDegradedActiveHc, false)) add(Kind::kNoLongerDegraded);
  if (!passed(result.outcome) && (first || config.always_log_failures)) add(Kind::kFailure);
}

}  // namespace squall::policies
