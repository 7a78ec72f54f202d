// Faults: what breaks, when, and what that does to work, connections and proxies.
#include <algorithm>

#include "sim/world.h"

namespace squall::sim {

void World::start_faults() {
  for (std::uint32_t i = 0; i < model_.faults.size(); ++i) {
    const scenarios::Fault& fault = *model_.faults[i].fault;
    engine_.schedule(Instant(fault.at),
                     {.kind = static_cast<std::uint8_t>(EventKind::kFaultStart), .b = i});
    if (fault.lasts) {
      engine_.schedule(Instant(fault.at + *fault.lasts),
                       {.kind = static_cast<std::uint8_t>(EventKind::kFaultEnd), .b = i});
    }
  }
}

/// How far a ramp has come, in [0, 1].
double World::ramped(const FaultModel& model) const {
  const scenarios::Fault& fault = *model.fault;
  const Duration since = engine_.now() - Instant(fault.at);
  if (fault.ramp <= Duration::zero() || since >= fault.ramp) return 1;
  return static_cast<double>(since.count()) / static_cast<double>(fault.ramp.count());
}

void World::on_fault_start(std::uint32_t index) {
  using Kind = scenarios::Fault::Kind;
  const FaultModel& model = model_.faults[index];
  collector_.on_fault(index, true, engine_.now());
  for (std::uint32_t pod : model.pods) {
    switch (model.fault->kind) {
      case Kind::kSlow:
        pods_[pod].slow = index;
        break;
      case Kind::kError:
        pods_[pod].errors.push_back(index);
        break;
      case Kind::kHang:
        ++pods_[pod].hangs;
        pods_[pod].station.hang(engine_);
        break;
      case Kind::kSurge:
        break;  // stands in the load's rate
      case Kind::kCrash: {
        const bool sidecar = model_.pods[pod].inbound != kNone;
        const bool whole = model.fault->of == scenarios::Fault::Of::kPod ||
                           (model.fault->of == scenarios::Fault::Of::kDefault && !sidecar);
        const std::optional<Duration> after =
            model.fault->restart_after ? model.fault->restart_after : model.fault->lasts;
        if (crash(pod, whole) && after) {
          engine_.schedule(engine_.now() + *after,
                           {.kind = static_cast<std::uint8_t>(EventKind::kRestart),
                            .a = pods_[pod].crashes,
                            .b = pod});
        }
        break;
      }
    }
  }
}

void World::on_fault_end(std::uint32_t index) {
  using Kind = scenarios::Fault::Kind;
  const FaultModel& model = model_.faults[index];
  collector_.on_fault(index, false, engine_.now());
  for (std::uint32_t pod : model.pods) {
    switch (model.fault->kind) {
      case Kind::kSlow:
        if (pods_[pod].slow == index) pods_[pod].slow = slow_before(index, pod);
        break;
      case Kind::kError:
        std::erase(pods_[pod].errors, index);
        break;
      case Kind::kHang:
        if (--pods_[pod].hangs > 0) break;
        pods_[pod].station.revive(engine_);
        arm_queue_timeout(pods_[pod], pod);
        break;
      case Kind::kCrash:  // its restart is an event of its own
      case Kind::kSurge:
        break;
    }
  }
}

/// The slow fault that still lasts when `ended` does: the last that started.
std::uint32_t World::slow_before(std::uint32_t ended, std::uint32_t pod) const {
  std::uint32_t found = kNone;
  for (std::uint32_t i = 0; i < model_.faults.size(); ++i) {
    const scenarios::Fault& fault = *model_.faults[i].fault;
    if (i == ended || fault.kind != scenarios::Fault::Kind::kSlow) continue;
    if (std::ranges::find(model_.faults[i].pods, pod) == model_.faults[i].pods.end()) continue;
    const bool on = Instant(fault.at) <= engine_.now() &&
                    (!fault.lasts || engine_.now() < Instant(fault.at + *fault.lasts));
    if (on && (found == kNone || fault.at >= model_.faults[found].fault->at)) found = i;
  }
  return found;
}

/// False: what would crash is down already. Only the latest crash of a pod has a restart.
bool World::crash(std::uint32_t index, bool whole_pod) {
  Pod& pod = pods_[index];
  if (!pod.pod_up || (!pod.application_up && !whole_pod)) return false;
  ++pod.crashes;
  pod.application_up = false;
  pod.pod_up = !whole_pod;
  collector_.on_crash(index, ready_pods(model_.pods[index].workload), engine_.now());
  lose_tasks(index);
  lose_calls(index);
  pod.station.crash(engine_);
  close_connections_to(index, !whole_pod);
  if (!whole_pod) return true;
  for (std::uint32_t proxy : {model_.pods[index].outbound, model_.pods[index].inbound}) {
    if (proxy != kNone) restart_proxy(proxy);
  }
  return true;
}

std::uint32_t World::ready_pods(std::uint32_t workload) const {
  const WorkloadModel& model = model_.workloads[workload];
  std::uint32_t ready = 0;
  for (std::uint32_t i = model.first_pod; i < model.first_pod + model.pods; ++i)
    ready += pods_[i].application_up ? 1U : 0U;
  return ready;
}

void World::on_restart(std::uint32_t index, std::uint32_t crash) {
  Pod& pod = pods_[index];
  if (pod.crashes != crash) return;
  pod.application_up = pod.pod_up = true;
  if (pod.hangs > 0) pod.station.hang(engine_);
  collector_.on_restart(index, engine_.now());
  const std::vector<ParkedUser> waiting = std::move(parked_);
  parked_.clear();
  for (const ParkedUser& user : waiting) on_user(user.load, user.user);
}

/// What the application was asked is gone.
void World::lose_tasks(std::uint32_t index) {
  for (std::uint32_t i = 0; i < streams_.capacity(); ++i) {
    Stream& stream = streams_[i];
    if (stream.index == kNone || !stream.has_task || stream.pod != index) continue;
    if (!stream.task.answered && stream.server_open) lose_stream(stream);
    forget_task(stream);
  }
}

/// And so is whoever waits for what it asked: its sidecar, or whom it asked itself, sees a reset.
void World::lose_calls(std::uint32_t index) {
  for (std::uint32_t i = 0; i < streams_.capacity(); ++i) {
    Stream& stream = streams_[i];
    if (stream.index != kNone && stream.proxy == kNone && calls_[stream.call].pod == index)
      leave(stream);
  }
  const std::uint32_t outbound = model_.pods[index].outbound;
  for (std::uint32_t i = 0; i < calls_.capacity(); ++i) {
    Call& call = calls_[i];
    if (call.index == kNone || call.pod != index || call.answered) continue;
    if (call.request != kNone) {  // else made without the sidecar's policies
      Proxy& proxy = *proxies_[outbound];
      proxy.delivered = {};
      proxy.worker.on_client_reset(proxy.worker.request_id(call.request), engine_.now());
      pump(outbound);
    }
    if (call.load != kNone) {
      answer_call(call, {}, 0);  // the load's own, which counts it
      continue;
    }
    call.answered = true;
    call.pod = kNone;
    release(call);
  }
}

/// The server is gone. A client without a proxy sees a reset; a proxy sees its connection close.
void World::lose_stream(Stream& stream) {
  stream.server_open = false;
  if (stream.proxy == kNone && stream.client_open) {
    stream.client_open = false;
    answer_call(calls_[stream.call], {}, 0);
    release(stream);
  }
  release(stream);
}

void World::close_connections_to(std::uint32_t pod, bool application_only) {
  for (std::uint32_t i = 0; i < proxies_.size(); ++i) {
    Proxy& proxy = *proxies_[i];
    for (std::uint32_t c = 0; c < proxy.connections.size(); ++c) {
      const ConnectionSlot& slot = proxy.connections[c];
      if (!slot.open || slot.target.pod != pod || (application_only && slot.target.sidecar))
        continue;
      engine_.post({.kind = static_cast<std::uint8_t>(EventKind::kConnectionClosed),
                    .small = static_cast<std::uint16_t>(slot.generation),
                    .a = i,
                    .b = c});
    }
  }
}

/// A sidecar dies with its pod: what it served is lost; it begins anew at once,
/// unreachable while the pod is down.
void World::restart_proxy(std::uint32_t index) {
  Proxy& proxy = *proxies_[index];
  collector_.read_counters(proxy);
  collector_.on_proxy_lost(index, engine_.now());
  proxy.cancel_timers(engine_);
  const policies::Worker& worker = proxy.worker;
  for (std::uint32_t i = 0; i < worker.attempts().capacity(); ++i) {
    const policies::Attempt& attempt = worker.attempt(i);
    if (attempt.index != kNone && attempt.tag != kNone) leave(streams_[attempt.tag]);
  }
  for (std::uint32_t i = 0; i < worker.requests().capacity(); ++i) {
    const policies::Request& request = worker.request(i);
    if (request.index == kNone || request.tag == kNone) continue;
    SQUALL_DCHECK(proxy.inbound);  // those who asked an outbound one are gone
    lose_stream(streams_[request.tag]);
  }
  proxies_[index] = make_proxy(index);
}

}  // namespace squall::sim
