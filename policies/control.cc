#include "policies/control.h"

#include "policies/base/mix.h"

namespace squall::policies {

Control::Control(const Configuration& configuration, std::uint64_t random, Instant start)
    : states_(configuration.epoch.clusters.size()),
      configuration_(&configuration),
      random_(random),
      start_(start) {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (!configuration.epoch.clusters[i].health_checks.empty()) start_checks(i, start);
  }
}

void Control::arm(TimerKind kind, std::uint32_t owner, Instant deadline) {
  commands_.push({.kind = CommandKind::kArm,
                  .detail = static_cast<std::uint8_t>(kind),
                  .subject = owner,
                  .number = static_cast<std::uint64_t>(to_ns(deadline))});
}

void Control::cancel(TimerKind kind, std::uint32_t owner) {
  commands_.push(
      {.kind = CommandKind::kCancel, .detail = static_cast<std::uint8_t>(kind), .subject = owner});
}

void Control::make_state(std::uint32_t cluster) {
  states_[cluster] = std::make_unique<State>(configuration_->epoch.clusters[cluster],
                                             configuration_->epoch.hosts_begin(cluster));
  states_[cluster]->began = start_;
  if (!members_.empty()) states_[cluster]->members = members_[cluster];
}

/// Sweeps keep to the grid that began with the proxy or the cluster, whenever that is first heard
/// of.
void Control::watch_outliers(State& state, std::uint32_t cluster, Instant now) {
  const std::size_t hosts = state.config->hosts.size();
  const OutlierDetection& config = *state.config->outlier;
  state.outlier.host_count =
      state.members == nullptr ? static_cast<std::uint32_t>(hosts) : state.members->members;
  state.monitors.resize(hosts);
  if (config.detect_degraded_hosts) state.degraded.resize(hosts);
  if (!configuration_->epoch.has(cluster)) return;  // a late result
  arm(TimerKind::kSweep, cluster,
      state.began + ((now - state.began) / config.interval + 1) * config.interval);
}

void Control::on_host_result(std::uint32_t cluster, std::uint32_t host, HostResult result,
                             std::uint32_t code, Instant now) {
  State& state = use(cluster);
  if (result >= HostResult::kDegraded) [[unlikely]]
    return on_notice(state, host, result);
  if (state.monitors.empty()) [[unlikely]]
    watch_outliers(state, cluster, now);
  HostMonitor& monitor = state.monitors[host - state.first_host];
  if (result == HostResult::kExternalSuccess) [[likely]] {
    on_external_code(*state.config->outlier, monitor, code);
    return;
  }
  const Triggers triggers = on_result(*state.config->outlier, monitor, result, code);
  const auto push = [&](Detector detector) {
    triggers_.push_back({.host = host, .detector = detector});
  };
  if (triggers.gateway_failure) push(Detector::kConsecutiveGatewayFailure);
  if (triggers.any_5xx) push(Detector::kConsecutive5xx);
  if (triggers.local_origin) push(Detector::kConsecutiveLocalOriginFailure);
}

/// What is no attempt's outcome.
void Control::on_notice(State& state, std::uint32_t host, HostResult result) {
  if (result == HostResult::kFirstConnection) {
    state.checked->had_traffic = true;
  } else {
    const bool degraded = result == HostResult::kDegraded;
    triggers_.push_back(
        {.host = host,
         .kind = degraded ? Trigger::Kind::kDegraded : Trigger::Kind::kPassiveFailure});
  }
}

std::uint64_t Control::host_random(std::uint32_t cluster, std::uint32_t local) const {
  const ClusterConfig& config = configuration_->epoch.clusters[cluster];
  const HostConfig& host = config.hosts[local];
  return mix(mix(mix(random_, hash_name(config.name)), hash_name(host.address)), host.port);
}

EjectionDraws Control::draws(std::uint32_t cluster, std::uint32_t local,
                             const HostMonitor& monitor) const {
  const std::uint64_t own = host_random(cluster, local);
  return {.enforce = mix(own, Purpose::kEnforce, monitor.detections),
          .jitter = mix(own, Purpose::kEjectionJitter, monitor.detections)};
}

void Control::on_turn_end(Instant now) {
  std::swap(triggers_, triggers_now_);
  for (const Trigger& trigger : triggers_now_) {
    const std::uint32_t cluster = configuration_->epoch.cluster_of_host(trigger.host);
    State& state = *states_[cluster];
    const std::uint32_t local = trigger.host - state.first_host;
    if (!state.has(local)) continue;  // it has gone meanwhile
    switch (trigger.kind) {
      case Trigger::Kind::kOutlier:
        eject(state, cluster, local, trigger.detector, now);
        break;
      case Trigger::Kind::kDegraded:
        mark(state, cluster, local, now);
        break;
      case Trigger::Kind::kPassiveFailure:
        fail_passively(state, trigger.host, now);
        break;
    }
  }
  triggers_now_.clear();
}

void Control::eject(State& state, std::uint32_t cluster, std::uint32_t local, Detector cause,
                    Instant now) {
  HostMonitor& monitor = state.monitors[local];
  const Ejection outcome = on_trigger(*state.config->outlier, state.outlier, monitor, cause, now,
                                      draws(cluster, local, monitor));
  note(state, {.host = local, .outcome = outcome, .cause = cause}, now);
  if (outcome == Ejection::kEjected) publish_or_wait(state, cluster, now);
}

/// The host says that it is degraded. Its pools stay.
void Control::mark(State& state, std::uint32_t cluster, std::uint32_t local, Instant now) {
  if (state.degraded.empty()) {
    if (!state.monitors.empty()) return;
    watch_outliers(state, cluster, now);
  }
  DegradedMonitor& monitor = state.degraded[local];
  const std::uint64_t jitter =
      mix(host_random(cluster, local), Purpose::kDegradedJitter, monitor.marks);
  if (!mark_degraded(*state.config->outlier, monitor, jitter, now)) return;
  if (state.outlier_stats == nullptr) state.outlier_stats = std::make_unique<OutlierStats>();
  ++state.outlier_stats->degradations;
  set_flag(state, local, HealthFlag::kDegradedOutlierDetection, true, false);
  publish_or_wait(state, cluster, now);
}

/// What became of a host, by its local number.
void Control::note(State& state, const SweepChange& change, Instant now) {
  const std::uint32_t local = change.host;
  const Ejection outcome = change.outcome;
  if (outcome == Ejection::kIgnored) return;
  const auto detector = static_cast<std::size_t>(change.cause);
  if (state.outlier_stats == nullptr) state.outlier_stats = std::make_unique<OutlierStats>();
  if (outcome != Ejection::kUnejected) ++state.outlier_stats->detected[detector];
  if (outcome == Ejection::kOverflow) ++state.outlier_stats->overflow;
  if (outcome == Ejection::kEjected) ++state.outlier_stats->enforced[detector];
  const bool older_one =
      change.cause == Detector::kConsecutive5xx || change.cause == Detector::kSuccessRate;
  if (older_one && (outcome == Ejection::kEjected || outcome == Ejection::kNotEnforced))
    ++state.outlier_stats->total;
  if (outcome == Ejection::kOverflow) return;  // nobody is told of that
  events_.push_back({.at = now,
                     .host = state.first_host + local,
                     .outcome = outcome,
                     .cause = change.cause,
                     .figures = change.figures});
  if (outcome == Ejection::kEjected)
    set_flag(state, local, HealthFlag::kFailedOutlierCheck, true, true);
  if (outcome == Ejection::kUnejected)
    set_flag(state, local, HealthFlag::kFailedOutlierCheck, false, false);
}

void Control::set_flag(State& state, std::uint32_t local, HealthFlag flag, bool on, bool drain) {
  state.flags[local].set(flag, on);
  commands_.push(
      {.kind = CommandKind::kSetHealth, .end = drain, .subject = state.first_host + local});
}

/// Outside the window since the last update a change acts at once; inside it waits, with those that
/// follow, for a whole window from the first of them.
void Control::publish_or_wait(State& state, std::uint32_t cluster, Instant now) {
  if (state.checked && state.checked->awaited > 0)
    return;  // balancing does not have the cluster yet
  const Duration window = state.config->update_merge_window;
  if (window == Duration::zero() || to_ms(now - state.last_update) > to_ms(window)) {
    publish(state, cluster, now);
    return;
  }
  if (state.update_waits) return;
  state.update_waits = true;
  arm(TimerKind::kMergeWindow, cluster, now + window);
}

void Control::publish(State& state, std::uint32_t cluster, Instant now) {
  if (state.update_waits) {
    state.update_waits = false;
    cancel(TimerKind::kMergeWindow, cluster);
  }
  state.last_update = now;
  state.published = state.flags;
  state.published_at = now;
  commands_.push({.kind = CommandKind::kPublish, .subject = cluster});
}

void Control::on_sweep(State& state, std::uint32_t cluster, Instant now) {
  changes_.clear();
  for (std::uint32_t local = 0; state.members != nullptr && local < state.monitors.size(); ++local)
    if (!state.has(local)) state.monitors[local].external = state.monitors[local].local = {};
  if (configuration_->epoch.counts_hosts && state.rates == nullptr)
    state.rates = std::make_unique<SweptRates>();
  sweep(
      *state.config->outlier, state.outlier, state.monitors, now,
      [&](std::uint32_t local, const HostMonitor& monitor) {
        return draws(cluster, local, monitor);
      },
      changes_, state.rates.get());
  for (const SweepChange& change : changes_) {
    note(state, change, now);
    if (change.outcome == Ejection::kEjected || change.outcome == Ejection::kUnejected) {
      publish_or_wait(state, cluster, now);
    }
  }
  for (std::uint32_t local = 0; local < state.degraded.size(); ++local) {
    if (!sweep_degraded(*state.config->outlier, state.degraded[local], now)) continue;
    set_flag(state, local, HealthFlag::kDegradedOutlierDetection, false, false);
    publish_or_wait(state, cluster, now);
  }
  arm(TimerKind::kSweep, cluster, now + state.config->outlier->interval);
}

void Control::on_timer(TimerKind kind, std::uint32_t owner, Instant now) {
  if (kind == TimerKind::kCheckInterval || kind == TimerKind::kCheckTimeout) {
    if (kind == TimerKind::kCheckInterval) return send_check(owner, now);
    return on_check_result(owner, CheckOutcome::kTimeout, now);
  }
  State& state = *states_[owner];
  if (kind == TimerKind::kSweep) {
    on_sweep(state, owner, now);
  } else if (kind == TimerKind::kMergeWindow && state.update_waits) {
    state.update_waits = false;
    ++updates_via_merge_;
    publish(state, owner, now);
  }
}

std::span<const HealthFlags> Control::flags(std::uint32_t cluster) const {
  if (states_[cluster] == nullptr) return {};
  return states_[cluster]->flags;
}

PublishedHosts Control::published(std::uint32_t cluster) const {
  if (states_[cluster] == nullptr) return {};
  const State& state = *states_[cluster];
  return {.flags = state.published, .last_pass = last_passes(cluster), .at = state.published_at};
}

std::span<const Instant> Control::last_passes(std::uint32_t cluster) const {
  if (states_[cluster] == nullptr || states_[cluster]->checked == nullptr) return {};
  return states_[cluster]->checked->last_pass;
}

const OutlierStats* Control::stats(std::uint32_t cluster) const {
  const State* state = states_[cluster].get();
  if (state == nullptr || state->monitors.empty()) return nullptr;
  static constexpr OutlierStats kNothing;
  return state->outlier_stats == nullptr ? &kNothing : state->outlier_stats.get();
}

const CheckedHosts* Control::checked(std::uint32_t cluster) const {
  return states_[cluster] == nullptr ? nullptr : states_[cluster]->checked.get();
}

std::uint32_t Control::active_ejections(std::uint32_t cluster) const {
  return states_[cluster] == nullptr ? 0 : states_[cluster]->outlier.active_ejections;
}

}  // namespace squall::policies
