// The steps of a behaviour, one after the other.
#include "sim/walk.h"
#include "sim/world.h"

namespace squall::sim {

/// Carries out the steps of a request.
struct Applications::Doer {
  Applications& applications;
  Stream& stream;

  World& world() const { return applications.world_; }
  bool stops() const {
    if (!world().pods[stream.pod].watched || !applications.expired(stream)) [[likely]]
      return false;
    applications.finish_task(stream, applications.expiry_of(stream));
    return true;
  }
  void call(std::uint32_t index, std::uint32_t k) const {
    applications.start_call(stream, index, k);
  }
  /// It needs a core again.
  void work(const StepModel&) const {
    Pod& pod = world().pods[stream.pod];
    if (pod.station.enter_again(stream.index, world().engine.now()))
      applications.begin_work(stream);
  }
  double draw(std::uint64_t key) const {
    return unit(mix(stream.task.random, Purpose::kOperation, key));
  }
  void end() const { applications.finish_task(stream, {.status = 200}); }
};

/// On with the steps, until something is waited for or none is left.
void Applications::advance(Stream& stream) {
  walk(world_.model, world_.model.behaviours[stream.task.behaviour], stream.task,
       Doer{*this, stream});
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
  if (!model.detach) [[likely]] {
    ++stream.task.outstanding;
    if (world_.pods[stream.pod].watched) [[unlikely]]
      watch_call(stream, call);
  }
  world_.transport.make_call(call, model.site, stream.pod, random);
}

void Applications::on_call_done(Stream& stream, const Call& call) {
  Task& task = stream.task;
  const CallModel& model = world_.model.calls[call.model];
  if (world_.pods[stream.pod].watched && !model.detach) [[unlikely]]
    unwatch_call(stream, call);
  if (!is_awaited(model, task)) [[unlikely]]
    return;
  --task.outstanding;
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
