// Faults: what breaks, when, and what that does to work, connections and proxies.
#include <algorithm>
#include <utility>

#include "sim/stretched.h"
#include "sim/world.h"

namespace squall::sim {

namespace {

using Of = scenarios::Fault::Of;

/// What crashes: where nobody says, the application beside a sidecar, else the pod, as where there
/// is no application.
Of crashing(const PodModel& pod, Of said) {
  if (pod.waypoint) return said == Of::kNode ? Of::kNode : Of::kPod;
  if (said != Of::kDefault) return said;
  return pod.inbound != kNone ? Of::kContainer : Of::kPod;
}

}  // namespace

void Faults::start() {
  const auto slows_cpu = [](const FaultModel& one) {
    return one.fault->kind == scenarios::Fault::Kind::kCpu;
  };
  if (std::ranges::any_of(world_.model.faults, slows_cpu)) cpu_.resize(world_.pods.size());
  for (Pod& pod : world_.pods) pod.cpu_slowed = world_.model.workloads[pod.workload].cpu_speed < 1;
  for (std::uint32_t i = 0; i < world_.model.faults.size(); ++i) {
    const scenarios::Fault& fault = *world_.model.faults[i].fault;
    world_.engine.schedule(Instant(fault.at),
                           {.kind = static_cast<std::uint8_t>(EventKind::kFaultStart), .b = i});
    if (fault.lasts) {
      world_.engine.schedule(Instant(fault.at + *fault.lasts),
                             {.kind = static_cast<std::uint8_t>(EventKind::kFaultEnd), .b = i});
    }
  }
}

/// How far a ramp has come, in [0, 1].
double Faults::ramped(const FaultModel& model) const {
  const scenarios::Fault& fault = *model.fault;
  const Duration since = world_.engine.now() - Instant(fault.at);
  if (fault.ramp <= Duration::zero() || since >= fault.ramp) return 1;
  return static_cast<double>(since.count()) / static_cast<double>(fault.ramp.count());
}

/// Each leaves its share of what others leave, and of what the workload's limit does.
Duration Faults::at_cpu(std::uint32_t pod, Duration work) const {
  if (!world_.pods[pod].cpu_slowed) return work;
  double speed = world_.model.workloads[world_.pods[pod].workload].cpu_speed;
  if (!cpu_.empty()) {
    for (const std::uint32_t index : cpu_[pod]) {
      const FaultModel& model = world_.model.faults[index];
      speed *= 1 + (model.fault->factor - 1) * ramped(model);
    }
  }
  return stretched(work, 1 / speed);
}

void Faults::on_start(std::uint32_t index) {
  using Kind = scenarios::Fault::Kind;
  const FaultModel& model = world_.model.faults[index];
  world_.collector.on_fault(index, true, world_.engine.now());
  if (model.fault->kind == Kind::kDropConnections) drop_connections(index);
  if (model.fault->kind == Kind::kDns) world_.dns.on_fault(index, true);
  for (std::uint32_t pod : model.pods) {
    switch (model.fault->kind) {
      case Kind::kSlow:
        world_.pods[pod].slow = index;
        break;
      case Kind::kError:
        world_.pods[pod].errors.push_back(index);
        break;
      case Kind::kHang:
        ++world_.pods[pod].hangs;
        world_.pods[pod].station.hang(world_.engine);
        break;
      case Kind::kUnready:
        world_.lifecycle.set_unready(pod, true);
        break;
      case Kind::kCertificate:
        world_.certificates.on_fault(pod, index, true);
        break;
      case Kind::kCpu:
        cpu_[pod].push_back(index);
        world_.pods[pod].cpu_slowed = true;
        break;
      case Kind::kFlush:
        world_.applications.flush(pod);
        break;
      case Kind::kCrash: {
        const Of of = crashing(world_.model.pods[pod], model.fault->of);
        const std::optional<Duration> after =
            model.fault->restart_after ? model.fault->restart_after : model.fault->lasts;
        if (crash(pod, of) && after) {
          world_.engine.schedule(world_.engine.now() + *after,
                                 {.kind = static_cast<std::uint8_t>(EventKind::kRestart),
                                  .a = world_.pods[pod].crashes,
                                  .b = pod});
        }
        break;
      }
      default:  // a surge stands in the load's rate; messages ask for theirs
        break;
    }
  }
}

void Faults::drop_connections(std::uint32_t index) {
  for (const LinkFault& link : world_.model.network.faults) {
    if (link.fault == index) world_.sidecars.close_connections_of(link);
  }
}

void Faults::on_end(std::uint32_t index) {
  using Kind = scenarios::Fault::Kind;
  const FaultModel& model = world_.model.faults[index];
  world_.collector.on_fault(index, false, world_.engine.now());
  if (model.fault->kind == Kind::kDns) world_.dns.on_fault(index, false);
  for (std::uint32_t pod : model.pods) {
    switch (model.fault->kind) {
      case Kind::kSlow:
        if (world_.pods[pod].slow == index) world_.pods[pod].slow = slow_before(index, pod);
        break;
      case Kind::kError:
        std::erase(world_.pods[pod].errors, index);
        break;
      case Kind::kHang:
        if (--world_.pods[pod].hangs > 0) break;
        world_.pods[pod].station.revive(world_.engine);
        world_.applications.arm_queue_timeout(world_.pods[pod], pod);
        break;
      case Kind::kUnready:
        world_.lifecycle.set_unready(pod, false);
        break;
      case Kind::kCertificate:
        world_.certificates.on_fault(pod, index, false);
        break;
      case Kind::kCpu:
        std::erase(cpu_[pod], index);
        world_.pods[pod].cpu_slowed =
            !cpu_[pod].empty() || world_.model.workloads[world_.pods[pod].workload].cpu_speed < 1;
        break;
      default:  // a crash's restart is an event of its own
        break;
    }
  }
}

/// The slow fault that still lasts when `ended` does: the last that started.
std::uint32_t Faults::slow_before(std::uint32_t ended, std::uint32_t pod) const {
  std::uint32_t found = kNone;
  for (std::uint32_t i = 0; i < world_.model.faults.size(); ++i) {
    const scenarios::Fault& fault = *world_.model.faults[i].fault;
    if (i == ended || fault.kind != scenarios::Fault::Kind::kSlow) continue;
    if (std::ranges::find(world_.model.faults[i].pods, pod) == world_.model.faults[i].pods.end())
      continue;
    const bool on = Instant(fault.at) <= world_.engine.now() &&
                    (!fault.lasts || world_.engine.now() < Instant(fault.at + *fault.lasts));
    if (on && (found == kNone || fault.at >= world_.model.faults[found].fault->at)) found = i;
  }
  return found;
}

/// False: what would crash is down already. Only the latest crash of a pod has a restart.
bool Faults::crash(std::uint32_t index, Of of) {
  Pod& pod = world_.pods[index];
  const bool whole_pod = of != Of::kContainer;
  if (!pod.pod_up || (!pod.application_up && !whole_pod)) return false;
  ++pod.crashes;
  world_.set_up(index, !whole_pod, false);
  world_.collector.on_crash(index, world_.ready_pods(world_.model.pods[index].workload),
                            world_.engine.now());
  take_down(index, of);
  return true;
}

void Faults::take_down(std::uint32_t index, Of of) {
  Pod& pod = world_.pods[index];
  const bool whole_pod = of != Of::kContainer;
  world_.set_up(index, pod.pod_up && !whole_pod, false);
  world_.lifecycle.on_down(index);
  world_.collector.on_ready(index, false, world_.ready_pods(pod.workload), world_.engine.now());
  const bool silent = of == Of::kNode;
  if (silent) world_.network.silence(index, true);
  world_.network.forget_handshakes(index);
  world_.applications.lose_tasks(index);
  lose_calls(index);
  pod.station.crash(world_.engine);
  if (!silent) world_.sidecars.close_connections_to(index, !whole_pod);
  if (!whole_pod) return;
  for (std::uint32_t proxy :
       {world_.model.pods[index].outbound, world_.model.pods[index].inbound}) {
    if (proxy != kNone) world_.sidecars.restart(proxy);
  }
  world_.sidecar_costs.lose(index);
}

void Faults::on_restart(std::uint32_t index, std::uint32_t crash) {
  Pod& pod = world_.pods[index];
  if (pod.crashes != crash || !world_.lifecycle.may_restart(index)) return;
  const bool was_down = !pod.pod_up;
  if (was_down) {
    world_.set_up(index, true, pod.application_up);
    world_.certificates.on_start(index);
    world_.dns.on_start(index);
  }
  if (world_.network.is_silent(index)) {  // and knows nothing of the connections that it had
    world_.network.silence(index, false);
    world_.sidecars.close_connections_to(index, false);
    world_.transport.reset_hanging(index);
  }
  world_.collector.on_restart(index, world_.engine.now());
  if (was_down) world_.health_checks.on_up(index);
  world_.lifecycle.begin(index);
}

/// And so is whoever waits for what it asked: its sidecar, or whom it asked itself, sees a reset.
void Faults::lose_calls(std::uint32_t index) {
  world_.clients.lose(index);
  for (std::uint32_t i = 0; i < world_.streams.capacity(); ++i) {
    Stream& stream = world_.streams[i];
    if (stream.index != kNone && stream.proxy == kNone && world_.calls[stream.call].pod == index)
      world_.transport.leave(stream);
  }
  for (std::uint32_t i = 0; i < world_.calls.capacity(); ++i) {
    Call& call = world_.calls[i];
    if (call.index == kNone || call.pod != index || call.answered) continue;
    if (call.carrier == Carrier::kSidecar) world_.transport.reset_at_sidecar(call);
    if (call.load != kNone) {
      world_.transport.answer_call(call, {}, 0);  // the load's own, which counts it
      continue;
    }
    call.answered = true;
    call.pod = kNone;
    world_.transport.release(call);
  }
}

}  // namespace squall::sim
