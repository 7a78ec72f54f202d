#include "policies/control.h"

#include "policies/base/mix.h"

namespace squall::policies {

Control::Control(const Configuration& configuration, std::uint64_t random, Instant start)
    : states_(configuration.epoch.clusters.size()),
      configuration_(configuration),
      random_(random),
      start_(start) {}

void Control::arm(TimerKind kind, std::uint32_t cluster, Instant deadline) {
  commands_.push({.kind = CommandKind::kArm,
                  .detail = static_cast<std::uint8_t>(kind),
                  .subject = cluster,
                  .number = static_cast<std::uint64_t>(to_ns(deadline))});
}

/// Sweeps keep to the grid that began with the proxy, whenever a cluster is first heard of.
Control::State& Control::use(std::uint32_t cluster, Instant now) {
  std::unique_ptr<State>& state = states_[cluster];
  if (state != nullptr) [[likely]]
    return *state;
  state = std::make_unique<State>();
  state->config = &configuration_.epoch.clusters[cluster];
  state->first_host = configuration_.epoch.hosts_begin(cluster);
  const std::size_t hosts = state->config->hosts.size();
  state->outlier.host_count = static_cast<std::uint32_t>(hosts);
  state->monitors.resize(hosts);
  for (const HostConfig& host : state->config->hosts) state->flags.emplace_back(host.health);
  const Duration interval = state->config->outlier->interval;
  arm(TimerKind::kSweep, cluster, start_ + ((now - start_) / interval + 1) * interval);
  return *state;
}

void Control::on_host_result(std::uint32_t cluster, std::uint32_t host, HostResult result,
                             std::uint32_t code, Instant now) {
  State& state = use(cluster, now);
  HostMonitor& monitor = state.monitors[host - state.first_host];
  if (result == HostResult::kExternalSuccess) [[likely]] {
    on_external_code(*state.config->outlier, monitor, code);
    return;
  }
  const Triggers triggers = on_result(*state.config->outlier, monitor, result, code);
  if (triggers.gateway_failure) triggers_.push_back({host, Detector::kConsecutiveGatewayFailure});
  if (triggers.any_5xx) triggers_.push_back({host, Detector::kConsecutive5xx});
  if (triggers.local_origin) triggers_.push_back({host, Detector::kConsecutiveLocalOriginFailure});
}

EjectionDraws Control::draws(std::uint32_t cluster, std::uint32_t local,
                             const HostMonitor& monitor) const {
  const ClusterConfig& config = configuration_.epoch.clusters[cluster];
  const HostConfig& host = config.hosts[local];
  const std::uint64_t own =
      mix(mix(mix(random_, hash_name(config.name)), hash_name(host.address)), host.port);
  return {.enforce = mix(own, Purpose::kEnforce, monitor.detections),
          .jitter = mix(own, Purpose::kEjectionJitter, monitor.detections)};
}

void Control::on_turn_end(Instant now) {
  std::swap(triggers_, triggers_now_);
  for (const Trigger& trigger : triggers_now_) {
    const std::uint32_t cluster = configuration_.epoch.cluster_of_host(trigger.host);
    const std::uint32_t local = trigger.host - configuration_.epoch.hosts_begin(cluster);
    State& state = *states_[cluster];
    HostMonitor& monitor = state.monitors[local];
    const Ejection outcome = on_trigger(*state.config->outlier, state.outlier, monitor,
                                        trigger.detector, now, draws(cluster, local, monitor));
    note(state, cluster, local, trigger.detector, outcome, now);
    if (outcome == Ejection::kEjected) publish_or_wait(state, cluster, now);
  }
  triggers_now_.clear();
}

void Control::note(State& state, std::uint32_t cluster, std::uint32_t local, Detector cause,
                   Ejection outcome, Instant now) {
  if (outcome == Ejection::kIgnored) return;
  const std::uint32_t host = configuration_.epoch.hosts_begin(cluster) + local;
  const auto detector = static_cast<std::size_t>(cause);
  if (outcome != Ejection::kUnejected) ++state.stats.detected[detector];
  if (outcome == Ejection::kOverflow) ++state.stats.overflow;
  if (outcome == Ejection::kEjected) ++state.stats.enforced[detector];
  events_.push_back({.at = now, .host = host, .outcome = outcome, .cause = cause});
  if (outcome == Ejection::kEjected) set_ejected(state, cluster, local, true);
  if (outcome == Ejection::kUnejected) set_ejected(state, cluster, local, false);
}

void Control::set_ejected(State& state, std::uint32_t cluster, std::uint32_t local, bool ejected) {
  state.flags[local].set(HealthFlag::kFailedOutlierCheck, ejected);
  commands_.push({.kind = CommandKind::kSetHealth,
                  .end = ejected,
                  .subject = configuration_.epoch.hosts_begin(cluster) + local});
}

/// Outside the window since the last update a change acts at once; inside it waits, with those that
/// follow, for a whole window from the first of them.
void Control::publish_or_wait(State& state, std::uint32_t cluster, Instant now) {
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
    commands_.push({.kind = CommandKind::kCancel,
                    .detail = static_cast<std::uint8_t>(TimerKind::kMergeWindow),
                    .subject = cluster});
  }
  state.last_update = now;
  state.published = state.flags;
  commands_.push({.kind = CommandKind::kPublish, .subject = cluster});
}

void Control::on_sweep(State& state, std::uint32_t cluster, Instant now) {
  changes_.clear();
  sweep(
      *state.config->outlier, state.outlier, state.monitors, now,
      [&](std::uint32_t local, const HostMonitor& monitor) {
        return draws(cluster, local, monitor);
      },
      changes_);
  for (const SweepChange& change : changes_) {
    note(state, cluster, change.host, change.cause, change.outcome, now);
    if (change.outcome == Ejection::kEjected || change.outcome == Ejection::kUnejected) {
      publish_or_wait(state, cluster, now);
    }
  }
  arm(TimerKind::kSweep, cluster, now + state.config->outlier->interval);
}

void Control::on_timer(TimerKind kind, std::uint32_t cluster, Instant now) {
  State& state = *states_[cluster];
  if (kind == TimerKind::kSweep) {
    on_sweep(state, cluster, now);
  } else if (kind == TimerKind::kMergeWindow && state.update_waits) {
    state.update_waits = false;
    ++updates_via_merge_;
    publish(state, cluster, now);
  }
}

std::span<const HealthFlags> Control::flags(std::uint32_t cluster) const {
  if (states_[cluster] == nullptr) return {};
  return states_[cluster]->flags;
}

std::span<const HealthFlags> Control::published(std::uint32_t cluster) const {
  if (states_[cluster] == nullptr) return {};
  return states_[cluster]->published;
}

const OutlierStats* Control::stats(std::uint32_t cluster) const {
  return states_[cluster] == nullptr ? nullptr : &states_[cluster]->stats;
}

std::uint32_t Control::active_ejections(std::uint32_t cluster) const {
  return states_[cluster] == nullptr ? 0 : states_[cluster]->outlier.active_ejections;
}

}  // namespace squall::policies
