// Whose turn it is at a replica, and who is turned away: before the queue, in it, or after it.
#include "sim/world.h"

namespace squall::sim {

void Applications::start(Stream& stream) {
  Pod& pod = world_.pods[stream.pod];
  Task& task = stream.task;
  ++stream.references;
  stream.has_task = true;
  task.random = mix(stream.random, stream.number);
  task.arrived = world_.engine.now();
  task.behaviour = pod.behaviour != kNone ? pod.behaviour : behaviour_of(pod.workload, stream.head);
  if (stream.of_probe) [[unlikely]] {
    const WorkloadModel& workload = world_.model.workloads[pod.workload];
    const bool usual = task.behaviour + 1 == workload.first_behaviour + workload.behaviours;
    if (usual) task.behaviour = world_.model.idle_behaviour;
  }
  if (pod.watched) [[unlikely]]
    watch(stream);
  if (pod.selective && is_over_limit(pod, stream)) [[unlikely]] {
    const int status = world_.model.workloads[pod.workload].rate_limit->status;
    world_.transport.reply(stream, {.status = static_cast<std::uint16_t>(status)});
    return forget(stream);
  }
  switch (pod.station.enter(stream.index, world_.engine.now())) {
    case Station::Entry::kStarted:
      return begin_next(pod, stream.index);
    case Station::Entry::kQueued:
      return arm_queue_timeout(pod, stream.pod);
    case Station::Entry::kRejected:
      break;
  }
  if (!stream.of_probe) {
    world_.collector.on_shed(stream.pod, false, world_.engine.now());
    if (world_.trace != nullptr) world_.trace->on_shed(stream, false);
  }
  // One that is dropped hears nothing of it, and waits for as long as it will.
  if (!world_.model.workloads[pod.workload].queue.drops)
    world_.transport.reply(stream, {.status = 503});
  forget(stream);
}

/// A process that hangs answers nobody, so it does not count either.
bool Applications::is_over_limit(const Pod& pod, const Stream& stream) {
  if (!world_.model.workloads[pod.workload].rate_limit || stream.of_probe || pod.station.hung())
    return false;
  return extras_[stream.pod]->tokens->consume(1, false, world_.engine.now()) == 0;
}

/// One event at a time: that of who has waited longest.
void Applications::arm_queue_timeout(Pod& pod, std::uint32_t index) {
  const std::optional<Duration>& timeout = world_.model.workloads[pod.workload].queue.timeout;
  const std::uint32_t oldest = pod.station.oldest_waiting();
  if (!timeout || pod.queue_timer || oldest == kNone) return;
  pod.queue_timer = true;
  world_.engine.schedule(world_.streams[oldest].task.arrived + *timeout,
                         {.kind = static_cast<std::uint8_t>(EventKind::kQueueTimeout), .b = index});
}

/// A process that hangs turns nobody away until it goes on.
void Applications::on_queue_timeout(std::uint32_t index) {
  Pod& pod = world_.pods[index];
  pod.queue_timer = false;
  if (pod.station.hung()) return;
  const Duration timeout = *world_.model.workloads[pod.workload].queue.timeout;
  for (;;) {
    const std::uint32_t oldest = pod.station.oldest_waiting();
    if (oldest == kNone || world_.streams[oldest].task.arrived + timeout > world_.engine.now())
      break;
    pod.station.give_up_oldest(world_.engine.now());
    turn_away(world_.streams[oldest], {.status = 503});
  }
  arm_queue_timeout(pod, index);
}

/// It has waited for too long.
void Applications::turn_away(Stream& stream, Answer answer) {
  if (!stream.of_probe) {
    world_.collector.on_shed(stream.pod, true, world_.engine.now());
    if (world_.trace != nullptr) world_.trace->on_shed(stream, true);
  }
  world_.transport.reply(stream, answer);
  forget(stream);
}

/// Whoever has a slot and a core now, or the first after it that is not turned away.
void Applications::begin_next(Pod& pod, std::uint32_t next) {
  while (next != kNone) {
    Stream& stream = world_.streams[next];
    if (!pod.selective || begins(pod, stream)) [[likely]]
      return begin_work(stream);
    next = pod.station.skip(world_.engine.now());
  }
}

/// Of one whose turn it is; false: it is gone.
bool Applications::begins(const Pod& pod, Stream& stream) {
  const WorkloadModel& workload = world_.model.workloads[pod.workload];
  const Instant now = world_.engine.now();
  const bool again = stream.task.step > 0;  // it has waited for a core in between
  const auto gone_from = again ? scenarios::Cancelled::kStop : scenarios::Cancelled::kSkip;
  if (workload.cancelled >= gone_from && !stream.client_open) {
    if (again) tell_done(stream);
    world_.transport.reply(stream, {});  // to nobody
    if (pod.single_flight) leave_flights(stream);
    forget(stream);
    return false;
  }
  if (again) return true;
  if (workload.honours_deadlines && expired(stream)) {
    turn_away(stream, expiry_of(stream));
    return false;
  }
  if (workload.queue.codel && extras_[stream.pod]->codel->rejects(now - stream.task.arrived, now)) {
    turn_away(stream, {.status = 503});
    return false;
  }
  return true;
}

}  // namespace squall::sim
