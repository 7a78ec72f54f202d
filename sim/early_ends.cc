// Tasks that end before they are done: their client has left, or their deadline is over.
//
// A replica that stops with its clients ends own work and calls under way; one that honours
// deadlines begins nothing after them, and hands on what is left of its own with each call. What
// waits for its turn is passed over when that comes (sim/turns.cc). A process that hangs notices
// nothing of it.
#include <algorithm>
#include <utility>

#include "policies/grpc.h"
#include "sim/world.h"

namespace squall::sim {

/// One that begins.
void Applications::watch(Stream& stream) {
  Watched& watched = world_.watched[stream.index] = {};
  if (!world_.model.workloads[world_.pods[stream.pod].workload].honours_deadlines) return;
  const Carried& carried = world_.carried[stream.call];
  watched.deadline = std::min(carried.deadline, carried.expected);
  if (const std::optional<Duration> timeout = world_.heads.timeout(stream.head))
    watched.deadline = std::min(watched.deadline, world_.engine.now() + *timeout);
}

bool Applications::expired(const Stream& stream) {
  return world_.watched[stream.index].deadline <= world_.engine.now();
}

/// 504, or 4 to a gRPC request.
Answer Applications::expiry_of(const Stream& stream) const {
  if (!policies::is_grpc(world_.heads.view(stream.head))) return {.status = 504};
  return {.status = 200, .grpc_status = 4, .grpc = true};
}

/// A call that its task waits for, and for its deadline too.
void Applications::watch_call(Stream& stream, const Call& call) {
  Watched& watched = world_.watched[stream.index];
  Carried& carried = world_.carried[call.index];
  carried.deadline = watched.deadline;
  carried.next = watched.first_call;
  if (carried.next != kNone) world_.carried[carried.next].previous = call.index;
  watched.first_call = call.index;
  await_deadline(stream);
}

/// Of a task that waits.
void Applications::await_deadline(const Stream& stream) {
  Watched& watched = world_.watched[stream.index];
  if (watched.deadline == kNever || watched.awaits_deadline) return;
  watched.awaits_deadline = true;
  world_.engine.arm(watched.deadline, {.kind = static_cast<std::uint8_t>(EventKind::kDeadline),
                                       .a = stream.generation,
                                       .b = stream.index});
}

void Applications::unwatch_call(Stream& stream, const Call& call) {
  const Carried carried = world_.carried[call.index];
  if (carried.previous == kNone) {
    world_.watched[stream.index].first_call = carried.next;
  } else {
    world_.carried[carried.previous].next = carried.next;
  }
  if (carried.next != kNone) world_.carried[carried.next].previous = carried.previous;
}

void Applications::end_calls(Stream& stream) {
  std::uint32_t call = std::exchange(world_.watched[stream.index].first_call, kNone);
  stream.task.outstanding = 0;
  stream.task.times_left = 0;
  while (call != kNone) {
    const std::uint32_t next = world_.carried[call].next;
    world_.transport.give_up(world_.calls[call]);
    call = next;
  }
}

void Applications::on_deadline(Id<Stream> id) {
  Stream* const stream = world_.streams.find(id);
  if (stream == nullptr || !stream->has_task || stream->task.answered) return;
  if (stream->task.outstanding == 0 || world_.pods[stream->pod].station.hung()) return;
  end_calls(*stream);
  finish_task(*stream, expiry_of(*stream));
}

void Applications::on_client_left(Stream& stream) {
  Pod& pod = world_.pods[stream.pod];
  Task& task = stream.task;
  if (world_.model.workloads[pod.workload].cancelled != scenarios::Cancelled::kStop) return;
  if (task.answered || pod.station.hung()) return;
  const Watched watched = world_.watched[stream.index];
  std::uint32_t next = kNone;
  if (watched.works) {
    const auto begins = pod.station.stop(world_.engine, stream.index, watched.work);
    if (!begins) return;
    next = *begins;
    task.work = watched.done + (world_.engine.now() - watched.began);
  } else if (task.outstanding > 0) {
    end_calls(stream);
  } else {
    return;  // waits for its turn
  }
  finish_task(stream, {});  // to nobody
  begin_next(pod, next);
}

}  // namespace squall::sim
