// Applications: a request's own work, its errors, its calls, its answer.
#include <algorithm>

#include "sim/contention.h"
#include "sim/operations.h"
#include "sim/stretched.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

/// Which of a behaviour's errors a request is answered with when its work is done, null: none. Each
/// ratio is one of all requests.
const scenarios::ErrorSpec* drawn_error(const BehaviourModel& behaviour, const Task& task) {
  double left = unit(mix(task.random, Purpose::kError, 0));
  for (const scenarios::ErrorSpec& error : behaviour.errors) {
    if (left < error.ratio) return &error;
    left -= error.ratio;
  }
  return nullptr;
}

}  // namespace

Answer Applications::answer_of(int status, std::optional<int> grpc) {
  return {.status = static_cast<std::uint16_t>(status),
          .grpc_status = static_cast<std::uint8_t>(grpc.value_or(0)),
          .grpc = grpc.has_value()};
}

Applications::Applications(World& world)
    : world_(world), behaviour_memo_(world.model.workloads.size()) {
  for (const PodModel& pod : world.model.pods)
    extras_.push_back(PodExtras::of(world.model.workloads[pod.workload], {}));
}

/// Which operation a head asks for; remembered, since heads are few.
std::uint32_t Applications::behaviour_of(std::uint32_t workload, std::uint32_t head) {
  std::vector<std::uint32_t>& memo = behaviour_memo_[workload];
  if (head >= memo.size()) memo.resize(std::size_t{head} + 1, kNone);
  if (memo[head] != kNone) return memo[head];
  return memo[head] = operation_of(world_.model.workloads[workload], world_.heads.own(head));
}

void Applications::forget(Stream& stream) {
  stream.has_task = false;
  world_.transport.release(stream);
}

void Applications::begin_work(Stream& stream) {
  Task& task = stream.task;
  const Duration done = task.work;  // before a step of work
  if (task.step == 0) [[likely]] {
    Call& call = world_.calls[stream.call];
    count_execution(call);
    if (call.of_client) [[unlikely]]
      count_execution(world_.clients.asked(call));
    task.work = work_of(task, stream.pod);
  } else {
    const BehaviourModel& behaviour = world_.model.behaviours[task.behaviour];
    const StepModel& step = world_.model.steps[behaviour.first_step + task.step - 1];
    task.work +=
        at_pace(task, stream.pod, step.work->sample(mix(task.random, Purpose::kService, step.key)));
  }
  Pod& pod = world_.pods[stream.pod];
  const EventHandle work = pod.station.begin(world_.engine, stream.index, task.work - done);
  if (!pod.watched) [[likely]]
    return;
  Watched& watched = world_.watched[stream.index];
  watched.began = world_.engine.now();
  watched.done = done;
  watched.work = work;
  watched.works = true;
}

Duration Applications::work_of(const Task& task, std::uint32_t index) {
  const BehaviourModel& behaviour = world_.model.behaviours[task.behaviour];
  const std::optional<Distribution>* latency = &behaviour.latency;
  if (behaviour.quick_errors) [[unlikely]] {
    const scenarios::ErrorSpec* const error = drawn_error(behaviour, task);
    if (error != nullptr && error->latency) latency = &error->latency;
  }
  Duration work{};
  if (*latency) work = (*latency)->sample(mix(task.random, Purpose::kService, 0));
  return at_pace(task, index, work);
}

/// As long as it takes at the replica just now.
Duration Applications::at_pace(const Task& task, std::uint32_t index, Duration work) {
  const Pod& pod = world_.pods[index];
  if (pod.slow != kNone) work = slowed(task, pod.slow, work);
  if (pod.warming) [[unlikely]]
    work = stretched(work, world_.lifecycle.warm_factor(index));
  if (pod.contended) [[unlikely]]
    work = contended(world_.model.workloads[pod.workload].contention, pod.station.serving(), work);
  if (pod.cpu_slowed) [[unlikely]]
    work = world_.faults.at_cpu(index, work);
  return work;
}

/// That there was a second is all that is told.
void Applications::count_execution(Call& call) {
  if (call.executions >= 2) return;
  ++call.executions;
  if (call.executions == 2) world_.collector.on_duplicate(call);
}

/// Work that begins while a slow fault lasts.
Duration Applications::slowed(const Task& task, std::uint32_t index, Duration work) {
  const FaultModel& model = world_.model.faults[index];
  const scenarios::Fault& fault = *model.fault;
  if (fault.ratio < 1 && unit(mix(task.random, Purpose::kFault, model.key)) >= fault.ratio)
    return work;
  if (fault.latency) return fault.latency->sample(mix(task.random, Purpose::kService, 1));
  return stretched(work, 1 + (fault.factor - 1) * world_.faults.ramped(model));
}

void Applications::on_work(const Event& event) {
  Pod& pod = world_.pods[event.a];
  const Station::Done done = pod.station.done(world_.engine, event);
  begin_next(pod, done.begins);
  if (done.ended != kNone) after_work(world_.streams[done.ended]);
}

/// False: it is a 200's turn, which goes on.
bool Applications::answer_in_turn(Stream& stream, const scenarios::ErrorSpec& error,
                                  std::uint32_t sequence) {
  std::uint32_t& taken = extras_[stream.pod]->sequences[sequence];
  const std::uint16_t status = error.sequence[taken];
  if (++taken == error.sequence.size()) taken = 0;
  if (status == 200) return false;
  finish_task(stream, {.status = status});
  return true;
}

void Applications::answer_error(Stream& stream, const scenarios::ErrorSpec& error) {
  Answer answer = answer_of(error.status, error.grpc);
  answer.in_trailers = answer.grpc && error.in == scenarios::ErrorSpec::In::kTrailers;
  finish_task(stream, answer);
}

void Applications::after_work(Stream& stream) {
  if (world_.pods[stream.pod].watched) [[unlikely]]
    world_.watched[stream.index].works = false;
  if (stream.task.step > 0) [[unlikely]]
    return advance(stream);  // it was a step
  const auto drawn = [&](std::uint64_t key) {
    return unit(mix(stream.task.random, Purpose::kError, key));
  };
  for (std::uint32_t fault : world_.pods[stream.pod].errors) {
    const FaultModel& model = world_.model.faults[fault];
    const scenarios::ErrorSpec& error = model.fault->error;
    if (drawn(model.key) < error.ratio * world_.faults.ramped(model))
      return answer_error(stream, error);
  }
  const BehaviourModel& behaviour = world_.model.behaviours[stream.task.behaviour];
  if (!behaviour.errors.empty()) {
    std::uint32_t sequence = behaviour.first_sequence;
    for (const scenarios::ErrorSpec& error : behaviour.errors) {
      if (!error.sequence.empty() && answer_in_turn(stream, error, sequence++)) return;
    }
    const scenarios::ErrorSpec* const error = drawn_error(behaviour, stream.task);
    if (error != nullptr) return answer_error(stream, *error);
  }
  advance(stream);
}

/// What a caller answers when a call of its own fails: 500, or 13 to a gRPC request.
Answer Applications::failure_of(const Stream& stream) const {
  Answer answer{.status = 500};
  if (policies::is_grpc(world_.heads.view(stream.head))) {
    answer = {.status = 200, .grpc_status = 13, .grpc = true};
  }
  return answer;
}

void Applications::tell_done(Stream& stream) {
  Task& task = stream.task;
  task.answered = true;
  if (!stream.of_probe)
    world_.collector.on_task_done(world_.pods[stream.pod].workload, stream.pod, task,
                                  world_.engine.now());
  if (!stream.client_open) world_.collector.on_wasted(stream.pod, task.work, task.arrived);
}

/// Answers; parallel calls that are still under way run on.
void Applications::finish_task(Stream& stream, Answer answer) {
  Task& task = stream.task;
  Pod& pod = world_.pods[stream.pod];
  tell_done(stream);
  world_.transport.reply(stream, answer);
  if (pod.single_flight) [[unlikely]]
    leave_flights(stream);
  const std::uint32_t next = pod.station.leave(world_.engine.now());
  if (task.outstanding == 0) forget(stream);
  begin_next(pod, next);
}

/// What the application was asked is gone, and what it knew.
void Applications::lose_tasks(std::uint32_t index) {
  extras_[index] =
      PodExtras::of(world_.model.workloads[world_.pods[index].workload], world_.engine.now());
  for (std::uint32_t i = 0; i < world_.streams.capacity(); ++i) {
    Stream& stream = world_.streams[i];
    if (stream.index == kNone || !stream.has_task || stream.pod != index) continue;
    if (!stream.task.answered && stream.server_open) world_.transport.lose_stream(stream);
    world_.applications.forget(stream);
  }
}

}  // namespace squall::sim
