// Applications: a request's own work, its errors, its calls, its answer.
#include <algorithm>

#include <re2/re2.h>

#include "sim/world.h"

namespace squall::sim {
namespace {

bool holds(const scenarios::TextMatch& match, std::string_view text) {
  switch (match.kind) {
    case scenarios::TextMatch::Kind::kExact:
      return text == match.text;
    case scenarios::TextMatch::Kind::kPrefix:
      return text.starts_with(match.text);
    case scenarios::TextMatch::Kind::kRegex:
      return RE2::FullMatch(text, match.text);
  }
  return false;
}

bool holds(const scenarios::RequestMatch& match, const OwnHead& head) {
  const std::string_view path = std::string_view(head.path).substr(0, head.path.find('?'));
  if (match.path && !holds(*match.path, path)) return false;
  if (!match.method.empty() && match.method != head.method) return false;
  for (const scenarios::HeaderMatch& wanted : match.headers) {
    const bool found = std::ranges::any_of(head.headers, [&](const auto& header) {
      return header.first == wanted.name && holds(wanted.value, header.second);
    });
    if (!found) return false;
  }
  return true;
}

Answer answer_of(int status, std::optional<int> grpc) {
  return {.status = static_cast<std::uint16_t>(status),
          .grpc_status = static_cast<std::uint8_t>(grpc.value_or(0)),
          .grpc = grpc.has_value()};
}

}  // namespace

/// Which operation a head asks for; remembered, since heads are few.
std::uint32_t World::behaviour_of(std::uint32_t workload, std::uint32_t head) {
  std::vector<std::uint32_t>& memo = behaviour_memo_[workload];
  if (head >= memo.size()) memo.resize(std::size_t{head} + 1, kNone);
  if (memo[head] != kNone) return memo[head];
  const WorkloadModel& model = model_.workloads[workload];
  std::uint32_t chosen = model.behaviours - 1;
  for (std::uint32_t i = 0; i < model.matches.size(); ++i) {
    if (!holds(model.matches[i], heads_.own(head))) continue;
    chosen = i;
    break;
  }
  return memo[head] = model.first_behaviour + chosen;
}

void World::start_task(Stream& stream) {
  Pod& pod = pods_[stream.pod];
  Task& task = stream.task;
  ++stream.references;
  stream.has_task = true;
  task.random = mix(stream.random, stream.number);
  task.arrived = engine_.now();
  task.behaviour = pod.behaviour != kNone ? pod.behaviour : behaviour_of(pod.workload, stream.head);
  switch (pod.station.enter(stream.index, engine_.now())) {
    case Station::Entry::kStarted:
      return begin_work(stream);
    case Station::Entry::kQueued:
      return arm_queue_timeout(pod, stream.pod);
    case Station::Entry::kRejected:
      break;
  }
  collector_.on_shed(stream.pod, false, engine_.now());
  // One that is dropped hears nothing of it, and waits for as long as it will.
  if (!model_.workloads[pod.workload].queue.drops) reply(stream, {.status = 503});
  forget_task(stream);
}

/// One event at a time: that of who has waited longest.
void World::arm_queue_timeout(Pod& pod, std::uint32_t index) {
  const std::optional<Duration>& timeout = model_.workloads[pod.workload].queue.timeout;
  const std::uint32_t oldest = pod.station.oldest_waiting();
  if (!timeout || pod.queue_timer || oldest == kNone) return;
  pod.queue_timer = true;
  engine_.schedule(streams_[oldest].task.arrived + *timeout,
                   {.kind = static_cast<std::uint8_t>(EventKind::kQueueTimeout), .b = index});
}

/// A process that hangs turns nobody away until it goes on.
void World::on_queue_timeout(std::uint32_t index) {
  Pod& pod = pods_[index];
  pod.queue_timer = false;
  if (pod.station.hung()) return;
  const Duration timeout = *model_.workloads[pod.workload].queue.timeout;
  for (;;) {
    const std::uint32_t oldest = pod.station.oldest_waiting();
    if (oldest == kNone || streams_[oldest].task.arrived + timeout > engine_.now()) break;
    pod.station.give_up_oldest(engine_.now());
    collector_.on_shed(index, true, engine_.now());
    reply(streams_[oldest], {.status = 503});
    forget_task(streams_[oldest]);
  }
  arm_queue_timeout(pod, index);
}

void World::forget_task(Stream& stream) {
  stream.has_task = false;
  release(stream);
}

void World::begin_work(Stream& stream) {
  Call& call = calls_[stream.call];
  Task& task = stream.task;
  if (call.executions < 2) {  // that there was a second is all that is told
    ++call.executions;
    if (call.executions == 2) collector_.on_duplicate(call);
  }
  Pod& pod = pods_[stream.pod];
  const BehaviourModel& behaviour = model_.behaviours[task.behaviour];
  Duration work{};
  if (behaviour.latency) work = behaviour.latency->sample(mix(task.random, Purpose::kService, 0));
  if (pod.slow != kNone) work = slowed(task, pod.slow, work);
  task.work = work;
  pod.station.begin(engine_, stream.index, work);
}

/// Whoever has a slot and a core now; where clients that have left are skipped, the first that has
/// not.
void World::begin_next(Pod& pod, std::uint32_t next) {
  while (next != kNone) {
    Stream& stream = streams_[next];
    const bool left = pod.skips_cancelled && !stream.client_open;
    if (!left) [[likely]]
      return begin_work(stream);
    reply(stream, {});  // to nobody
    forget_task(stream);
    next = pod.station.skip(engine_.now());
  }
}

/// Work that begins while a slow fault lasts.
Duration World::slowed(const Task& task, std::uint32_t index, Duration work) {
  const FaultModel& model = model_.faults[index];
  const scenarios::Fault& fault = *model.fault;
  if (fault.ratio < 1 && unit(mix(task.random, Purpose::kFault, model.key)) >= fault.ratio)
    return work;
  if (fault.latency) return fault.latency->sample(mix(task.random, Purpose::kService, 1));
  const double factor = 1 + (fault.factor - 1) * ramped(model);
  constexpr double kLongest = 1e18;  // ns, thirty years
  return Duration(
      static_cast<std::int64_t>(std::min(static_cast<double>(work.count()) * factor, kLongest)));
}

void World::on_work(const Event& event) {
  Pod& pod = pods_[event.a];
  const Station::Done done = pod.station.done(engine_, event);
  begin_next(pod, done.begins);
  if (done.ended != kNone) after_work(streams_[done.ended]);
}

bool World::draw_error(Stream& stream, const scenarios::ErrorSpec& error, std::uint64_t key,
                       double share) {
  if (unit(mix(stream.task.random, Purpose::kError, key)) >= error.ratio * share) return false;
  Answer answer = answer_of(error.status, error.grpc);
  answer.in_trailers = answer.grpc && error.in == scenarios::ErrorSpec::In::kTrailers;
  finish_task(stream, answer);
  return true;
}

void World::after_work(Stream& stream) {
  for (std::uint32_t fault : pods_[stream.pod].errors) {
    const FaultModel& model = model_.faults[fault];
    if (draw_error(stream, model.fault->error, model.key, ramped(model))) return;
  }
  const BehaviourModel& behaviour = model_.behaviours[stream.task.behaviour];
  for (std::uint32_t i = 0; i < behaviour.errors.size(); ++i) {
    if (draw_error(stream, behaviour.errors[i], i, 1)) return;
  }
  advance(stream);
}

/// On with the calls, until one is waited for or none is left.
void World::advance(Stream& stream) {
  Task& task = stream.task;
  const BehaviourModel& behaviour = model_.behaviours[task.behaviour];
  while (task.outstanding == 0) {
    if (task.times_left > 0) {
      const std::uint32_t call = model_.steps[behaviour.first_step + task.step - 1].first_call;
      start_call(stream, call,
                 static_cast<std::uint32_t>(model_.calls[call].times - task.times_left--));
      continue;
    }
    if (task.step == behaviour.steps) return finish_task(stream, {.status = 200});
    const StepModel& step = model_.steps[behaviour.first_step + task.step++];
    if (!step.parallel) {
      task.times_left = model_.calls[step.first_call].times;
      continue;
    }
    for (std::uint32_t i = step.first_call; i < step.first_call + step.calls; ++i) {
      for (int k = 0; k < model_.calls[i].times; ++k)
        start_call(stream, i, static_cast<std::uint32_t>(k));
    }
    SQUALL_DCHECK(stream.has_task);
  }
}

void World::start_call(Stream& stream, std::uint32_t index, std::uint32_t k) {
  const CallModel& model = model_.calls[index];
  const std::uint64_t random = mix(mix(stream.task.random, model.site.key), k);
  if (model.probability < 1 && unit(mix(random, Purpose::kCall, 0)) >= model.probability) return;
  Call& call = take_call();
  call.references = 1;
  call.asker = stream.index;
  call.asker_generation = stream.generation;
  call.model = index;
  ++stream.task.outstanding;
  make_call(call, model.site, stream.pod, random);
}

void World::on_task_call_done(Stream& stream, const Call& call) {
  Task& task = stream.task;
  --task.outstanding;
  const CallModel& model = model_.calls[call.model];
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
  if (task.outstanding == 0) forget_task(stream);
}

/// What a caller answers when a call of its own fails: 500, or 13 to a gRPC request.
Answer World::failure_of(const Stream& stream) const {
  Answer answer{.status = 500};
  if (policies::is_grpc(heads_.view(stream.head))) {
    answer = {.status = 200, .grpc_status = 13, .grpc = true};
  }
  return answer;
}

/// Answers; parallel calls that are still under way run on.
void World::finish_task(Stream& stream, Answer answer) {
  Task& task = stream.task;
  Pod& pod = pods_[stream.pod];
  task.answered = true;
  collector_.on_task_done(pod.workload, stream.pod, task, engine_.now());
  if (!stream.client_open) collector_.on_wasted(stream.pod, task.work, task.arrived);
  reply(stream, answer);
  const std::uint32_t next = pod.station.leave(engine_.now());
  if (task.outstanding == 0) forget_task(stream);
  begin_next(pod, next);
}

}  // namespace squall::sim
