#include "sim/lifecycle.h"

#include <algorithm>

#include "policies/base/mix.h"
#include "sim/backoff.h"
#include "sim/walk.h"
#include "sim/world.h"

namespace squall::sim {
namespace {

constexpr Duration kDrainTime = 5s;  // how long a sidecar waits at least (terminationDrainDuration)
constexpr Duration kLookAgain = 1s;
constexpr std::uint32_t kStepDraws = 16;  // those before are of the start as a whole

}  // namespace

Lifecycle::Lifecycle(World& world) : world_(world), replicas_(world.model.pods.size()) {}

void Lifecycle::schedule(Step step, Instant at, std::uint32_t a, std::uint32_t b) {
  world_.engine.schedule(at, {.kind = static_cast<std::uint8_t>(EventKind::kLifecycle),
                              .flags = static_cast<std::uint8_t>(step),
                              .a = a,
                              .b = b});
}

/// An event of this start or end of the replica, and of no other.
void Lifecycle::schedule_own(Step step, Instant at, std::uint32_t pod) {
  schedule(step, at, replicas_[pod].begun, pod);
}

void Lifecycle::start() {
  for (const WorkloadModel& workload : world_.model.workloads) {
    for (std::uint32_t i = workload.members; i < workload.pods; ++i) {
      const std::uint32_t pod = workload.first_pod + i;
      replicas_[pod].state = State::kGone;
      world_.set_up(pod, false, false);
      world_.endpoints.leave_out(pod);
    }
  }
  for (std::uint32_t i = 0; i < world_.model.changes.size(); ++i)
    schedule(Step::kChange, Instant(world_.model.changes[i].change->at), 0, i);
}

void Lifecycle::on_event(const Event& event) {
  const auto step = static_cast<Step>(event.flags);
  if (step == Step::kChange) return on_change(event.b);
  if (step == Step::kRestartNext) return restart_next(event.a, event.b);
  if (replicas_[event.b].begun != event.a) return;  // it has begun anew since
  switch (step) {
    case Step::kBegin:
      world_.collector.on_restart(event.b, world_.engine.now());
      return begin(event.b);
    case Step::kRun:
      return run(event.b);
    case Step::kWorked:
      return advance(event.b);
    case Step::kTooLong:
      return fail(event.b);
    default:
      return look(event.b);
  }
}

void Lifecycle::on_change(std::uint32_t index) {
  const ChangeModel& model = world_.model.changes[index];
  if (model.epoch != 0) return world_.control_plane.apply(index);
  for (const auto& [workload, wanted] : model.scale) set_replicas(workload, wanted);
  if (model.workload == kNone) return;
  world_.collector.on_restarting(model.workload, world_.engine.now());
  restart_next(index, 0);
}

/// The n-th replica's turn, then the next one's.
void Lifecycle::restart_next(std::uint32_t index, std::uint32_t which) {
  const ChangeModel& model = world_.model.changes[index];
  const WorkloadModel& workload = world_.model.workloads[model.workload];
  const double pace = model.change->pace_per_s;
  for (; which < workload.pods; ++which) {
    const std::uint32_t pod = workload.first_pod + which;
    if (replicas_[pod].state == State::kGone) continue;
    leave(pod, true);
    if (pace > 0) {
      const auto gap = Duration(static_cast<std::int64_t>(1e9 / pace));
      return schedule(Step::kRestartNext, world_.engine.now() + gap, index, which + 1);
    }
  }
}

std::uint32_t Lifecycle::replicas(std::uint32_t index) const {
  const WorkloadModel& workload = world_.model.workloads[index];
  std::uint32_t there = 0;
  for (std::uint32_t i = 0; i < workload.pods; ++i)
    there += stays(workload.first_pod + i) ? 1U : 0U;
  return there;
}

void Lifecycle::set_replicas(std::uint32_t index, std::uint32_t wanted, std::string_view by) {
  const WorkloadModel& workload = world_.model.workloads[index];
  std::uint32_t there = replicas(index);
  if (there == wanted) return;
  world_.collector.on_scale(index, there, wanted, by, world_.engine.now());
  for (std::uint32_t i = 0; i < workload.pods && there < wanted; ++i) {
    if (stays(workload.first_pod + i)) continue;
    appear(workload.first_pod + i);
    ++there;
  }
  for (std::uint32_t i = workload.pods; i-- > 0 && there > wanted;) {
    if (!stays(workload.first_pod + i)) continue;
    world_.collector.on_scale_in(workload.first_pod + i, world_.engine.now());
    leave(workload.first_pod + i, false);
    --there;
  }
}

/// Whether it is a replica that is wanted.
bool Lifecycle::stays(std::uint32_t pod) const {
  const Replica& replica = replicas_[pod];
  return replica.state == State::kStarting || replica.state == State::kUp || replica.returns;
}

/// A pod is there, and its container starts. One that is leaving does so first.
void Lifecycle::appear(std::uint32_t pod) {
  Replica& replica = replicas_[pod];
  if (replica.state == State::kLeaving) {
    replica.returns = true;
    return;
  }
  replica.since = replica.created = world_.engine.now();
  replica.has_run = false;
  world_.set_up(pod, true, world_.pods[pod].application_up);
  world_.certificates.on_start(pod);
  world_.dns.on_start(pod);
  world_.health_checks.on_up(pod);
  begin(pod);
}

void Lifecycle::leave(std::uint32_t pod, bool returns) {
  Replica& replica = replicas_[pod];
  if (replica.state == State::kLeaving) {
    replica.returns = returns;
    return;
  }
  const Instant now = world_.engine.now();
  const Duration grace = world_.model.workloads[world_.pods[pod].workload].grace;
  ++replica.begun;
  replica.returns = returns;
  replica.until = replica.state == State::kUp ? now + grace : now;  // nothing to finish
  replica.state = State::kLeaving;
  list(pod);
  schedule_own(Step::kLook, std::min(now + kDrainTime, replica.until), pod);
}

bool Lifecycle::is_idle(std::uint32_t index) const {
  const Pod& pod = world_.pods[index];
  const auto busy = [&](std::uint32_t proxy) {
    return proxy != kNone && world_.proxies[proxy]->worker.requests().in_use() > 0;
  };
  return pod.station.serving() == 0 && pod.station.waiting() == 0 && !busy(pod.outbound) &&
         !busy(pod.inbound);
}

/// At a replica that is to go: has it finished?
void Lifecycle::look(std::uint32_t pod) {
  Replica& replica = replicas_[pod];
  const Instant now = world_.engine.now();
  if (now < replica.until && !is_idle(pod))
    return schedule_own(Step::kLook, std::min(now + kLookAgain, replica.until), pod);
  replica.state = State::kGone;
  replica.there += now - replica.since;
  world_.faults.take_down(pod, scenarios::Fault::Of::kPod);
  if (!std::exchange(replica.returns, false)) return;
  world_.collector.on_restart(pod, now);
  appear(pod);
}

void Lifecycle::on_down(std::uint32_t pod) {
  Replica& replica = replicas_[pod];
  world_.probes.on_down(pod);
  const WorkloadModel& workload = world_.model.workloads[world_.pods[pod].workload];
  const bool watched = workload.start != nullptr || !workload.probes.empty();
  if (replica.state == State::kLeaving || replica.state == State::kGone || !watched) return;
  ++replica.begun;
  replica.state = State::kStarting;
  list(pod);
}

bool Lifecycle::may_restart(std::uint32_t pod) const {
  const State state = replicas_[pod].state;
  return state == State::kUp || state == State::kStarting;
}

void Lifecycle::begin(std::uint32_t pod) {
  Replica& replica = replicas_[pod];
  ++replica.begun;
  ++replica.starts;
  const scenarios::Start* const start = world_.model.workloads[world_.pods[pod].workload].start;
  if (start == nullptr) return up(pod);
  replica.state = State::kStarting;
  const Duration delay = start->delay ? start->delay->sample(draw(pod, 0)) : Duration{};
  schedule_own(Step::kRun, world_.engine.now() + delay, pod);
}

/// Of the replica's latest start.
std::uint64_t Lifecycle::draw(std::uint32_t pod, std::uint64_t k) const {
  return mix(mix(mix(world_.seed, world_.model.pods[pod].key), Purpose::kStart, k),
             replicas_[pod].starts);
}

void Lifecycle::run(std::uint32_t pod) {
  const scenarios::Start& start = *world_.model.workloads[world_.pods[pod].workload].start;
  Replica& replica = replicas_[pod];
  replica.step = replica.outstanding = 0;
  replica.times_left = 0;
  if (start.fail_after) schedule_own(Step::kTooLong, world_.engine.now() + *start.fail_after, pod);
  advance(pod);
}

/// Carries out the steps of a start.
struct Lifecycle::Doer {
  Lifecycle& lifecycle;
  std::uint32_t pod;

  static bool stops() { return false; }
  void call(std::uint32_t index, std::uint32_t k) const { lifecycle.start_call(pod, index, k); }
  /// No request is there that it could contend with.
  void work(const StepModel& step) const {
    const Duration takes = step.work->sample(lifecycle.draw(pod, kStepDraws + step.key));
    lifecycle.schedule_own(Step::kWorked, lifecycle.world_.engine.now() + takes, pod);
  }
  double draw(const StepModel& step) const {
    return unit(lifecycle.draw(pod, kStepDraws + step.key));
  }
  static bool has(const StepModel&) { return false; }  // a start has no cache
  static void fill(const StepModel&) {}
  void end() const { lifecycle.up(pod); }
};

/// On with the start's steps, until something is waited for or none is left.
void Lifecycle::advance(std::uint32_t pod) {
  const Model& model = world_.model;
  walk(model, model.behaviours[model.workloads[world_.pods[pod].workload].start_behaviour],
       replicas_[pod], Doer{*this, pod});
}

void Lifecycle::start_call(std::uint32_t pod, std::uint32_t index, std::uint32_t k) {
  const CallModel& model = world_.model.calls[index];
  const std::uint64_t random = mix(mix(draw(pod, 1), model.site.key), k);
  if (model.probability < 1 && unit(mix(random, Purpose::kCall, 0)) >= model.probability) return;
  Call& call = world_.transport.take_call();
  call.references = 1;
  call.asker = pod;
  call.asker_generation = replicas_[pod].begun;
  call.of_start = true;
  call.model = index;
  if (!model.detach) ++replicas_[pod].outstanding;
  world_.transport.make_call(call, model.site, pod, random);
}

void Lifecycle::on_call_done(const Call& call) {
  const std::uint32_t pod = call.asker;
  Replica& replica = replicas_[pod];
  if (replica.begun != call.asker_generation) return;
  const CallModel& model = world_.model.calls[call.model];
  if (!is_awaited(model, replica)) return;
  --replica.outstanding;
  const bool fatal = model.on_error.kind != scenarios::OnError::Kind::kIgnore;
  call.answer.failed() && fatal ? fail(pod) : advance(pod);
}

void Lifecycle::fail(std::uint32_t pod) {
  Replica& replica = replicas_[pod];
  const scenarios::Start& start = *world_.model.workloads[world_.pods[pod].workload].start;
  ++replica.begun;
  ++replica.failures;
  world_.faults.lose_calls(pod);
  world_.collector.on_start_failed(pod, world_.engine.now());
  replica.waited = backoff_wait(start.backoff, replica.failures, replica.waited, draw(pod, 2));
  schedule_own(Step::kBegin, world_.engine.now() + replica.waited, pod);
}

void Lifecycle::up(std::uint32_t index) {
  Replica& replica = replicas_[index];
  Pod& pod = world_.pods[index];
  ++replica.begun;
  replica.state = State::kUp;
  replica.failures = 0;
  replica.waited = {};
  replica.up_since = world_.engine.now();
  replica.has_run = true;
  world_.set_up(index, pod.pod_up, true);
  const scenarios::Start* const start = world_.model.workloads[pod.workload].start;
  pod.warming = start != nullptr && start->warm_factor > 1;
  if (pod.hangs > 0) pod.station.hang(world_.engine);
  replica.passing = !world_.model.workloads[pod.workload].becomes_ready;
  world_.probes.on_up(index);
  list(index);
  world_.loads.on_restart();
}

void Lifecycle::set_passing(std::uint32_t pod, bool passing) {
  Replica& replica = replicas_[pod];
  if (replica.passing == passing || replica.state != State::kUp) return;
  replica.passing = passing;
  world_.collector.on_probed(pod, passing, world_.engine.now());
  list(pod);
}

void Lifecycle::kill(std::uint32_t pod, std::string_view why) {
  Replica& replica = replicas_[pod];
  if (replica.state != State::kUp) return;
  const Instant now = world_.engine.now();
  const Duration wait = replica.restarts.next(now, replica.up_since, {});
  world_.collector.on_killed(pod, std::string(why) + " failed", now);
  world_.faults.take_down(pod, scenarios::Fault::Of::kContainer);
  schedule_own(Step::kBegin, now + wait, pod);
}

void Lifecycle::set_unready(std::uint32_t pod, bool unready) {
  unready ? ++replicas_[pod].unready : --replicas_[pod].unready;
  list(pod);
}

/// Service discovery and the report learn whether it is ready.
void Lifecycle::list(std::uint32_t index) {
  Replica& replica = replicas_[index];
  const bool ready = replica.state == State::kUp && replica.passing && replica.unready == 0;
  if (std::exchange(replica.ready, ready) != ready) replica.turned = world_.engine.now();
  world_.endpoints.set(index, ready);
  const std::uint32_t workload = world_.pods[index].workload;
  world_.collector.on_ready(index, world_.is_ready(index), world_.ready_pods(workload),
                            world_.engine.now());
}

Lifecycle::Condition Lifecycle::condition(std::uint32_t pod) const {
  const Replica& replica = replicas_[pod];
  return {.wanted = stays(pod),
          .has_run = replica.has_run && replica.state != State::kLeaving,
          .running = world_.pods[pod].application_up,
          .ready = replica.ready,
          .created = replica.created,
          .running_since = replica.up_since,
          .turned = replica.turned};
}

Duration Lifecycle::time_there(std::uint32_t pod, Instant now) const {
  const Replica& replica = replicas_[pod];
  return replica.there + (replica.state == State::kGone ? Duration{} : now - replica.since);
}

double Lifecycle::warm_factor(std::uint32_t index) {
  Pod& pod = world_.pods[index];
  const scenarios::Start& start = *world_.model.workloads[pod.workload].start;
  const Duration since = world_.engine.now() - replicas_[index].up_since;
  if (since >= start.warm_for) {
    pod.warming = false;
    return 1;
  }
  const double left =
      1 - static_cast<double>(since.count()) / static_cast<double>(start.warm_for.count());
  return 1 + (start.warm_factor - 1) * left;
}

}  // namespace squall::sim
