// Control's hosts and clusters that come and go.
#include "policies/control.h"

namespace squall::policies {

/// Envoy tells balancing of it at once, with what waited for the merge window.
void Control::on_hosts(std::uint32_t cluster, const lb::ClusterLayout& members, Instant now) {
  if (states_[cluster] == nullptr) {  // nothing is known that could be forgotten
    members_.resize(states_.size());
    members_[cluster] = &members;
    return;
  }
  State& state = *states_[cluster];
  const lb::ClusterLayout* const before = state.members;
  state.members = &members;
  state.outlier.host_count = members.members;
  for (std::uint32_t local = 0; local < state.flags.size(); ++local) {
    const bool was_there = before == nullptr || before->has(local);
    if (was_there == state.has(local)) continue;
    was_there ? forget(state, local) : welcome(state, local, now);
  }
  if (state.checked == nullptr || state.checked->awaited == 0) return publish(state, cluster, now);
  CheckedHosts& checked = *state.checked;
  checked.awaited = 0;
  for (std::uint32_t local = 0; local < state.flags.size(); ++local) {
    const bool is_checked = !state.config->hosts[local].disable_active_health_check;
    if (is_checked && state.has(local) && checked.checkers.front().states[local].first)
      ++checked.awaited;
  }
  if (checked.awaited == 0) get_ready(state, cluster, now);
}

void Control::on_config(const Configuration& next, Instant now) {
  const Configuration& before = *configuration_;
  configuration_ = &next;
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (before.epoch.has(i) == next.epoch.has(i)) continue;
    const bool known = states_[i] != nullptr;
    if (known && !states_[i]->monitors.empty()) cancel(TimerKind::kSweep, i);
    const bool leaves = !next.epoch.has(i);
    if (known || leaves || !members_.empty()) on_hosts(i, next.layouts[i], now);
    if (leaves || !next.epoch.clusters[i].outlier) continue;
    State& state = use(i);
    state.began = now;
    if (!state.monitors.empty()) watch_outliers(state, i, now);
  }
}

void Control::forget(State& state, std::uint32_t local) {
  if (!state.monitors.empty()) {
    HostMonitor& monitor = state.monitors[local];
    if (monitor.ejected) --state.outlier.active_ejections;
    const std::uint32_t detections = monitor.detections;  // its draws are not made twice
    monitor = {};
    monitor.detections = detections;
  }
  if (!state.degraded.empty()) {
    const std::uint32_t marks = state.degraded[local].marks;
    state.degraded[local] = {};
    state.degraded[local].marks = marks;
  }
  if (state.checked != nullptr && !state.config->hosts[local].disable_active_health_check)
    stop_checks(state, local);
  state.flags[local] = HealthFlags(state.config->hosts[local].health);
}

void Control::welcome(State& state, std::uint32_t local, Instant now) {
  state.flags[local] = HealthFlags(state.config->hosts[local].health);
  if (state.checked == nullptr || state.config->hosts[local].disable_active_health_check) return;
  await_checks(state, local);
  for (std::uint32_t k = 0; k < state.checked->checkers.size(); ++k)
    start_check(state, local, k, now);
}

}  // namespace squall::policies
