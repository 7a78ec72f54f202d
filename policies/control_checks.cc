// Control's health checks: begun, concluded, told of.
#include <algorithm>
#include <cstddef>
#include <span>

#include "policies/base/mix.h"
#include "policies/control.h"

namespace squall::policies {
namespace {

/// What each of several checks says for itself; the host is what any of them says. Changes of the
/// first three are news to balancing.
constexpr HealthFlag kOfChecks[] = {HealthFlag::kFailedActiveHc, HealthFlag::kDegradedActiveHc,
                                    HealthFlag::kPendingActiveHc, HealthFlag::kActiveHcTimeout,
                                    HealthFlag::kExcludedViaImmediateHcFail};
constexpr std::size_t kNews = 3;

void count(std::uint32_t& hosts, bool before, bool after) {
  if (before != after) hosts += after ? 1U : ~0U;
}
void count(std::uint32_t& healthy, std::uint32_t& degraded, HealthFlags before, HealthFlags after) {
  count(healthy, !before.has(HealthFlag::kFailedActiveHc), !after.has(HealthFlag::kFailedActiveHc));
  count(degraded, before.has(HealthFlag::kDegradedActiveHc),
        after.has(HealthFlag::kDegradedActiveHc));
}

void count(CheckStats& stats, const CheckResult& result) {
  const CheckOutcome outcome = result.outcome;
  ++(passed(outcome) ? stats.success : stats.failure);
  if (outcome == CheckOutcome::kPassive) ++stats.passive_failure;
  if (outcome == CheckOutcome::kNetworkFailure || outcome == CheckOutcome::kTimeout)
    ++stats.network_failure;
  if (result.verified) ++stats.verify_cluster;
}

}  // namespace

/// It is unhealthy until it passes.
void Control::await_checks(State& state, std::uint32_t local) {
  state.flags[local].set(HealthFlag::kFailedActiveHc);
  if (state.config->ignore_new_hosts_until_first_hc)
    state.flags[local].set(HealthFlag::kPendingActiveHc);
}

/// Balancing gets the cluster when as many results have come as it has hosts that are checked.
void Control::start_checks(std::uint32_t cluster, Instant now) {
  State& state = use(cluster);
  const ClusterConfig& config = *state.config;
  for (std::uint32_t local = 0; local < config.hosts.size(); ++local) {
    if (config.hosts[local].disable_active_health_check) continue;
    ++state.checked->awaited;
    await_checks(state, local);
  }
  for (std::uint32_t k = 0; k < state.checked->checkers.size(); ++k) {
    for (std::uint32_t local = 0; local < config.hosts.size(); ++local) {
      if (!config.hosts[local].disable_active_health_check) start_check(state, local, k, now);
    }
  }
  if (state.checked->awaited > 0) ++unready_;
  state.published = state.flags;
  state.published_at = now;
  commands_.push({.kind = CommandKind::kPublish, .subject = cluster});
}

void Control::start_check(State& state, std::uint32_t local, std::uint32_t checker, Instant now) {
  Checker& own = state.checked->checkers[checker];
  own.states[local].flags = state.flags[local];
  const std::uint32_t host = state.first_host + local;
  const std::uint32_t cluster = configuration_->epoch.cluster_of_host(host);
  const std::uint32_t check = configuration_->epoch.number_of_check(host, checker);
  const std::uint64_t random = mix(host_random(cluster, local), Purpose::kCheckJitter, checker);
  const Duration delay = first_check_delay(*own.config, random);
  if (delay > Duration::zero()) {
    arm(TimerKind::kCheckInterval, check, now + delay);
  } else {
    send_check(check, now);
  }
}

/// Of a host that has gone.
void Control::stop_checks(State& state, std::uint32_t local) {
  HealthFlags unchecked;
  unchecked.set(HealthFlag::kFailedActiveHc);
  CheckedHosts& checked = *state.checked;
  const std::uint32_t host = state.first_host + local;
  for (std::uint32_t k = 0; k < checked.checkers.size(); ++k) {
    Checker& checker = checked.checkers[k];
    CheckState& check = checker.states[local];
    const std::uint32_t number = configuration_->epoch.number_of_check(host, k);
    cancel(check.under_way ? TimerKind::kCheckTimeout : TimerKind::kCheckInterval, number);
    if (check.under_way || checker.config->reuse_connection)
      commands_.push({.kind = CommandKind::kEndCheck, .subject = number});
    count(checker.stats.healthy, checker.stats.degraded, check.flags, unchecked);
    const std::uint32_t checks = check.checks;
    check = {};
    check.checks = checks;
  }
  count(checked.healthy, checked.degraded, state.flags[local], unchecked);
  checked.last_pass[local] = PublishedHosts::kNeverPassed;
}

Control::CheckPlace Control::place_of(std::uint32_t check) {
  const HostCheck at = configuration_->epoch.check_at(check);
  State& state = *states_[at.cluster];
  const std::uint32_t local = at.host - state.first_host;
  Checker& checker = state.checked->checkers[at.checker];
  return {state, checker, checker.states[local], check, at.cluster, local};
}

void Control::send_check(std::uint32_t check, Instant now) {
  const CheckPlace at = place_of(check);
  at.check.under_way = true;
  ++at.check.checks;
  ++at.checker.stats.attempt;
  commands_.push({.kind = CommandKind::kSendCheck, .subject = check});
  arm(TimerKind::kCheckTimeout, check, now + at.checker.config->timeout);
}

void Control::on_check_response(std::uint32_t check, const ResponseHead& head, bool body_matches,
                                Instant now) {
  const CheckPlace at = place_of(check);
  const auto* http = std::get_if<HttpCheck>(&at.checker.config->kind);
  if (http == nullptr || !at.check.under_way) return;
  end_check(at, judge(*http, head, body_matches), now);
}

void Control::on_check_result(std::uint32_t check, CheckOutcome outcome, Instant now) {
  const CheckPlace at = place_of(check);
  const bool tcp = std::holds_alternative<TcpCheck>(at.checker.config->kind);
  // A TCP connection that the host closes between two checks is a failure, too.
  if (!at.check.under_way && !tcp) return;
  end_check(at, {.outcome = outcome}, now);
}

void Control::end_check(const CheckPlace& at, CheckResult result, Instant now) {
  const HealthCheck& config = *at.checker.config;
  const bool timeout = result.outcome == CheckOutcome::kTimeout;
  if (!timeout)
    cancel(at.check.under_way ? TimerKind::kCheckTimeout : TimerKind::kCheckInterval, at.number);
  if (timeout || !config.reuse_connection) {
    // The connection outlives a call that is given up, but not a request over HTTP or bytes.
    const bool stays = config.reuse_connection && std::holds_alternative<GrpcCheck>(config.kind);
    commands_.push({.kind = CommandKind::kEndCheck, .end = stays, .subject = at.number});
  }
  at.check.under_way = false;
  const bool awaited = at.state.checked->awaited > 0;
  const CheckTransition transition = conclude(at, result, now);
  const std::uint64_t own = host_random(at.cluster, at.local);
  const std::uint32_t checker = configuration_->epoch.check_at(at.number).checker;
  const std::uint64_t k = std::uint64_t{checker} << 32 | std::uint64_t{at.check.checks} << 1;
  const Duration delay =
      next_check_delay(config, passed(result.outcome), transition, at.state.checked->had_traffic,
                       {.percent = mix(own, Purpose::kCheckJitter, k),
                        .interval = mix(own, Purpose::kCheckJitter, k + 1)});
  arm(TimerKind::kCheckInterval, at.number, now + delay);
  if (awaited && at.state.checked->awaited == 0) get_ready(at.state, at.cluster, now);
}

/// All first results are there.
void Control::get_ready(State& state, std::uint32_t cluster, Instant now) {
  --unready_;
  state.published = state.flags;
  state.published_at = now;
  commands_.push({.kind = CommandKind::kPublish, .subject = cluster});
}

/// Also for a failure that no check found.
CheckTransition Control::conclude(const CheckPlace& at, CheckResult result, Instant now) {
  CheckedHosts& checked = *at.state.checked;
  const HealthFlags& flags = at.state.flags[at.local];
  const HealthFlags before = flags, own_before = at.check.flags;
  const bool first = at.check.first;
  const CheckTransition transition =
      policies::on_check_result(*at.checker.config, at.check, at.check.flags, result);
  count(at.checker.stats, result);
  count(at.checker.stats.healthy, at.checker.stats.degraded, own_before, at.check.flags);
  if (passed(result.outcome) && own_before.has(HealthFlag::kFailedActiveHc))
    checked.last_pass[at.local] = now;
  note_check(at, own_before, first, result, now);
  const bool changed = see(at, transition);
  count(checked.healthy, checked.degraded, before, flags);
  const bool failed = flags.has(HealthFlag::kFailedActiveHc);
  if (flags != before) {
    commands_.push({.kind = CommandKind::kSetHealth,
                    .end = failed && !before.has(HealthFlag::kFailedActiveHc),
                    .subject = at.state.first_host + at.local});
  }
  const bool alone = checked.checkers.size() == 1;
  const bool pending = before.has(HealthFlag::kPendingActiveHc);
  if (!alone && pending && flags.has(HealthFlag::kPendingActiveHc)) return transition;
  if (changed) publish_or_wait(at.state, at.cluster, now);
  if (checked.awaited > 0) --checked.awaited;
  if (!failed && (!alone || passed(result.outcome))) recover(at.state, at.cluster, at.local, now);
  return transition;
}

/// The host's flags, from those of its checks. Whether balancing is to know.
bool Control::see(const CheckPlace& at, CheckTransition transition) {
  HealthFlags& flags = at.state.flags[at.local];
  const HealthFlags before = flags;
  const std::vector<Checker>& checkers = at.state.checked->checkers;
  for (const HealthFlag flag : kOfChecks) {
    flags.set(flag, std::ranges::any_of(checkers, [&](const Checker& checker) {
                return checker.states[at.local].flags.has(flag);
              }));
  }
  if (checkers.size() == 1) return transition == CheckTransition::kChanged;
  return std::ranges::any_of(std::span(kOfChecks).first(kNews),
                             [&](HealthFlag flag) { return flags.has(flag) != before.has(flag); });
}

/// A response asked for it. With several checks it is the last one's failure.
void Control::fail_passively(State& state, std::uint32_t host, Instant now) {
  if (configuration_->epoch.host(host).disable_active_health_check) return;
  const auto last = static_cast<std::uint32_t>(state.checked->checkers.size() - 1);
  conclude(place_of(configuration_->epoch.number_of_check(host, last)),
           {.outcome = CheckOutcome::kPassive, .excludes = true}, now);
}

/// A pass ends an ejection at once, unless the configuration says otherwise.
void Control::recover(State& state, std::uint32_t cluster, std::uint32_t local, Instant now) {
  if (state.monitors.empty() || !state.monitors[local].ejected) return;
  if (!state.config->outlier->successful_active_health_check_uneject_host) return;
  uneject(state.outlier, state.monitors[local], now);
  note(state, {.host = local, .outcome = Ejection::kUnejected}, now);
  publish_or_wait(state, cluster, now);
}

void Control::note_check(const CheckPlace& at, HealthFlags before, bool first, CheckResult result,
                         Instant now) {
  const HealthCheck& config = *at.checker.config;
  if (config.event_logs.empty()) return;
  using Kind = HealthCheckEvent::Kind;
  const HealthFlags after = at.check.flags;
  const HostCheck of = configuration_->epoch.check_at(at.number);
  const auto add = [&](Kind kind) {
    check_events_.push_back({.at = now,
                             .host = of.host,
                             .checker = of.checker,
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
