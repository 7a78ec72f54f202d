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
  /// By key: the same part of the weights, whoever asks.
  double draw(const StepModel& step) const {
    const std::uint32_t key = step.by_key ? applications.key_of(stream) : kNone;
    return unit(key == kNone ? mix(stream.task.random, Purpose::kOperation, step.key)
                             : mix(key, Purpose::kOperation, 0));
  }
  bool has(const StepModel& step) const {
    const Instant now = world().engine.now();
    Cache& cache = applications.cache_of(stream, step);
    const bool fresh = cache.find(applications.key_of(stream), now) == Cache::Found::kFresh;
    world().collector.on_look_up(stream.pod, fresh, now);
    if (!fresh && cache.single_flight()) applications.join_flight(stream, step);
    return fresh;
  }
  void fill(const StepModel& step) const {
    Cache& cache = applications.cache_of(stream, step);
    const bool kept =
        cache.keeps_late() ||
        (cache.single_flight() ? applications.is_wanted(stream, step.cache) : stream.client_open);
    if (kept) cache.put(applications.key_of(stream), world().engine.now());
    if (cache.single_flight()) applications.end_flight(stream, step.cache, stream.task.step);
  }
  void end() const { applications.finish_task(stream, {.status = 200}); }
};

/// On with the steps, until something is waited for or none is left.
void Applications::advance(Stream& stream) {
  walk(world_.model, world_.model.behaviours[stream.task.behaviour], stream.task,
       Doer{*this, stream});
}

std::uint32_t Applications::key_of(const Stream& stream) {
  return world_.model.carries ? world_.carried[stream.call].key : kNone;
}

Cache& Applications::cache_of(const Stream& stream, const StepModel& step) {
  return extras_[stream.pod]->caches[step.cache];
}

/// Where a call has failed that was to fill a cache: on with what has expired there, or in the
/// nearest cache around it.
bool Applications::falls_back(Stream& stream, const CallModel& call) {
  Task& task = stream.task;
  const StepModel* const steps =
      &world_.model.steps[world_.model.behaviours[task.behaviour].first_step];
  std::uint32_t at = call.cache;
  while (at != kNone && !has_expired_entry(stream, steps[at])) at = steps[at].around;
  if (at == kNone) return false;
  task.step = steps[at].to;
  task.outstanding = 0;  // its siblings are late
  task.times_left = 0;
  for (std::uint32_t inner = call.cache;; inner = steps[inner].around) {
    if (cache_of(stream, steps[inner]).single_flight())
      end_flight(stream, steps[inner].cache, steps[at].to);
    if (inner == at) return true;
  }
}

bool Applications::has_expired_entry(const Stream& stream, const StepModel& step) {
  Cache& cache = cache_of(stream, step);
  return cache.keeps_expired() &&
         cache.find(key_of(stream), world_.engine.now()) != Cache::Found::kNothing;
}

void Applications::flush(std::uint32_t pod) {
  if (!extras_[pod]) return;
  for (Cache& cache : extras_[pod]->caches) cache.clear();
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
  if (world_.model.carries) [[unlikely]]
    world_.carried[call.index].key = key_of(stream);
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
        return fail(stream, model);
      case scenarios::OnError::Kind::kFail:
        if (falls_back(stream, model)) break;
        return fail(stream, model);
    }
  }
  if (!task.answered) return advance(stream);
  if (task.outstanding == 0) forget(stream);
}

}  // namespace squall::sim
