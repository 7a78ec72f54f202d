// The steps of a behaviour, one after the other.
#include "sim/world.h"

namespace squall::sim {

/// On with the calls, until one is waited for or none is left.
void Applications::advance(Stream& stream) {
  Task& task = stream.task;
  const BehaviourModel& behaviour = world_.model.behaviours[task.behaviour];
  while (task.outstanding == 0) {
    const bool calls = task.times_left > 0 || task.step < behaviour.steps;
    if (calls && world_.pods[stream.pod].watched && expired(stream)) [[unlikely]]
      return finish_task(stream, expiry_of(stream));
    if (task.times_left > 0) {
      const std::uint32_t call =
          world_.model.steps[behaviour.first_step + task.step - 1].first_call;
      start_call(stream, call,
                 static_cast<std::uint32_t>(world_.model.calls[call].times - task.times_left--));
      continue;
    }
    if (task.step == behaviour.steps) return finish_task(stream, {.status = 200});
    const StepModel& step = world_.model.steps[behaviour.first_step + task.step++];
    if (!step.parallel) {
      task.times_left = world_.model.calls[step.first_call].times;
      continue;
    }
    for (std::uint32_t i = step.first_call; i < step.first_call + step.calls; ++i) {
      for (int k = 0; k < world_.model.calls[i].times; ++k)
        start_call(stream, i, static_cast<std::uint32_t>(k));
    }
    SQUALL_DCHECK(stream.has_task);
  }
}

void Applications::start_call(Stream& stream, std::uint32_t index, std::uint32_t k) {
  const CallModel& model = world_.model.calls[index];
  const std::uint64_t random = mix(mix(stream.task.random, model.site.key), k);
  if (model.probability < 1 && unit(mix(random, Purpose::kCall, 0)) >= model.probability) return;
  Call& call = world_.transport.take_call();
  call.references = 1;
  call.asker = stream.index;
  call.asker_generation = stream.generation;
  call.model = index;
  ++stream.task.outstanding;
  if (world_.pods[stream.pod].watched) [[unlikely]]
    watch_call(stream, call);
  world_.transport.make_call(call, model.site, stream.pod, random);
}

void Applications::on_call_done(Stream& stream, const Call& call) {
  Task& task = stream.task;
  --task.outstanding;
  if (world_.pods[stream.pod].watched) [[unlikely]]
    unwatch_call(stream, call);
  const CallModel& model = world_.model.calls[call.model];
  if (!task.answered && call.answer.failed()) {
    switch (model.on_error.kind) {
      case scenarios::OnError::Kind::kIgnore:
        break;
      case scenarios::OnError::Kind::kAnswer:
        return finish_task(stream, answer_of(model.on_error.status, model.on_error.grpc));
      case scenarios::OnError::Kind::kFail:
        return finish_task(stream, failure_of(stream));
    }
  }
  if (!task.answered) return advance(stream);
  if (task.outstanding == 0) forget(stream);
}

}  // namespace squall::sim
