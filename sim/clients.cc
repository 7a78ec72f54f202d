#include "sim/clients.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/backoff.h"
#include "sim/world.h"

namespace squall::sim {

using reports::ClientCount;

namespace {

bool wanted(const scenarios::ClientRetries& retries, const Answer& answer, bool timed_out) {
  if (timed_out) return retries.on_timeout;
  if (answer.status == 0) return retries.on_reset;
  if (answer.status == 429) return retries.on_429;
  return answer.failed() && retries.on_5xx;
}

}  // namespace

Clients::Clients(World& world) : world_(world) {
  for (const ClientModel& client : world.model.clients) {
    first_state_.push_back(static_cast<std::uint32_t>(states_.size()));
    const std::uint32_t replicas =
        client.load != kNone ? 1 : world.model.workloads[client.workload].pods;
    for (std::uint32_t i = 0; i < replicas; ++i) states_.push_back(fresh(*client.settings));
  }
}

Clients::State Clients::fresh(const scenarios::Client& settings) {
  return {.settings = &settings,
          .budget = ClientBudget(settings.retries.value_or(scenarios::ClientRetries{})),
          .breaker = settings.breaker.transform([](auto& one) { return ClientBreaker(one); }),
          .throttle = settings.throttle.transform([](auto& one) { return ClientThrottle(one); })};
}

Instant Clients::now() const { return world_.engine.now(); }

Call& Clients::asked(const Call& sent) { return world_.calls[apps_[sent.asker].call]; }

void Clients::count(const Call& sent, Call& asked) {
  constexpr int kMost = std::numeric_limits<std::uint16_t>::max();
  asked.attempts = static_cast<std::uint16_t>(std::min(asked.attempts + sent.attempts, kMost));
  if (sent.edge != kNone) asked.edge = sent.edge;
}

void Clients::begin(Call& call, const CallSite& site, std::uint32_t pod, std::uint64_t random) {
  const ClientModel& model = world_.model.clients[site.client];
  AppCall& app = apps_.take();
  app.random = random;
  app.call = call.index;
  app.state = first_state_[site.client];
  if (model.load == kNone) app.state += pod - world_.model.workloads[model.workload].first_pod;
  call.begun = now();
  call.pod = pod;
  call.carrier = Carrier::kClient;
  call.request = app.index;
  ++call.references;
  states_[app.state].budget.on_call(now());
  world_.collector.on_client(call, ClientCount::kCalls);
  start(app);
}

/// Policies' timers, so that an answer at the same instant comes before them.
void Clients::arm(TimerHandle& timer, Duration after, Timer kind, const AppCall& app,
                  std::uint32_t which) {
  timer =
      world_.engine.arm(now() + after, {.kind = static_cast<std::uint8_t>(EventKind::kClientTimer),
                                        .flags = static_cast<std::uint8_t>(kind),
                                        .a = which,
                                        .b = app.index});
}

/// Why its library does not send, if so.
std::optional<ClientCount> Clients::refused(AppCall& app, State& state) {
  const std::uint64_t draw = mix(mix(app.random, kClientDraws), Purpose::kAdmission, app.wished++);
  if (state.throttle && !state.throttle->send(now(), unit(draw))) return ClientCount::kThrottled;
  if (!state.breaker) return std::nullopt;
  const ClientBreaker::Pass pass = state.breaker->send(now());
  app.probe = pass == ClientBreaker::Pass::kProbe;
  if (pass == ClientBreaker::Pass::kNo) return ClientCount::kStopped;
  return std::nullopt;
}

bool Clients::is_full(const State& state) const {
  return state.settings->connections && state.in_flight >= state.settings->connections->max;
}

/// A first try, or a retry that has waited. One that is refused leaves the answer before.
void Clients::start(AppCall& app) {
  State& state = states_[app.state];
  if (const auto why = refused(app, state)) {
    world_.collector.on_client(world_.calls[app.call], *why);
    return finish(app);
  }
  if (is_full(state) || state.first_waiting != kNone) return wait(app, state);
  send(app);
  arm_hedge(app);
}

void Clients::wait(AppCall& app, State& state) {
  if (state.last_waiting == kNone) {
    state.first_waiting = app.index;
  } else {
    apps_[state.last_waiting].next = app.index;
  }
  state.last_waiting = app.index;
  if (const auto& most = state.settings->connections->wait)
    arm(app.timer, *most, Timer::kConnection, app, 0);
}

/// Whoever has waited longest.
void Clients::serve_waiting(State& state) {
  while (state.first_waiting != kNone && !is_full(state)) {
    AppCall& app = apps_[state.first_waiting];
    state.first_waiting = app.next;
    if (app.next == kNone) state.last_waiting = kNone;
    app.next = kNone;
    world_.engine.cancel(app.timer);
    send(app);
    arm_hedge(app);
  }
}

void Clients::give_up_waiting(AppCall& app) {
  forget_waiting(app, states_[app.state]);
  world_.collector.on_client(world_.calls[app.call], ClientCount::kNoConnection);
  finish(app);
}

/// If it waits for a connection.
void Clients::forget_waiting(AppCall& app, State& state) {
  std::uint32_t before = kNone, at = state.first_waiting;
  while (at != kNone && at != app.index) at = apps_[before = at].next;
  if (at == kNone) return;
  (before == kNone ? state.first_waiting : apps_[before].next) = app.next;
  if (app.next == kNone) state.last_waiting = before;
  app.next = kNone;
  if (app.probe) state.breaker->on_probe_lost();
}

void Clients::arm_hedge(AppCall& app) {
  const auto& settings = states_[app.state].settings->hedge;
  if (settings && app.hedges < settings->max)
    arm(app.hedge, settings->after, Timer::kHedge, app, 0);
}

/// One more, where nothing forbids it.
void Clients::hedge(AppCall& app) {
  State& state = states_[app.state];
  if (is_full(state)) return;
  const Call& call = world_.calls[app.call];
  if (const auto why = refused(app, state)) return world_.collector.on_client(call, *why);
  ++app.hedges;
  world_.collector.on_client(call, ClientCount::kHedges);
  send(app);
  arm_hedge(app);
}

/// The first try has the draws that the call would have without a client.
void Clients::send(AppCall& app) {
  const auto place = std::ranges::find(app.tries, kNone, &AppCall::Try::call);
  SQUALL_CHECK(place != app.tries.end());
  State& state = states_[app.state];
  const Call& call = world_.calls[app.call];
  Call& sent = world_.transport.take_call();
  sent.references = 1;
  sent.load = call.load;
  sent.model = call.model;
  sent.asker = app.index;
  sent.of_client = true;
  if (world_.model.carries) [[unlikely]]
    world_.carried[sent.index] = world_.carried[call.index].of_copy();
  ++app.references;
  ++state.in_flight;
  place->call = sent.index;
  place->probe = std::exchange(app.probe, false);
  if (const auto& timeout = state.settings->timeout)
    arm(place->timeout, *timeout, Timer::kTimeout, app,
        static_cast<std::uint32_t>(place - app.tries.begin()));
  const std::uint64_t random =
      app.sent == 0 ? app.random : mix(mix(app.random, kClientDraws), app.sent);
  ++app.sent;
  world_.collector.on_client(call, ClientCount::kTries);
  if (state.settings->balance) return send_to_replica(sent, state, call.pod, random);
  world_.transport.send_call(sent, world_.transport.site_of(call), call.pod, random);
}

/// It is under way no longer.
void Clients::drop(AppCall& app, AppCall::Try& one) {
  count(world_.calls[one.call], world_.calls[app.call]);
  world_.engine.cancel(one.timeout);
  one = {};
  --states_[app.state].in_flight;
}

void Clients::give_up(AppCall& app, AppCall::Try& one) {
  Call& sent = world_.calls[one.call];
  ++sent.references;  // what it came to is read below
  world_.transport.give_up(sent);
  drop(app, one);
  world_.transport.release(sent);
}

/// Those whose answers are not waited for any more.
void Clients::give_up_all(AppCall& app) {
  for (AppCall::Try& one : app.tries) {
    if (one.call == kNone) continue;
    if (one.probe) states_[app.state].breaker->on_probe_lost();
    give_up(app, one);
  }
  world_.engine.cancel(app.timer);
  world_.engine.cancel(app.hedge);
}

void Clients::on_try_done(Call& sent) {
  AppCall& app = apps_[sent.asker];
  const auto place = std::ranges::find(app.tries, sent.index, &AppCall::Try::call);
  SQUALL_CHECK(place != app.tries.end());
  const bool probe = place->probe;
  drop(app, *place);
  end_try(app, {.answer = sent.answer, .flags = sent.flags}, probe);
}

void Clients::on_timer(const Event& event) {
  AppCall& app = apps_[event.b];
  switch (static_cast<Timer>(event.flags)) {
    case Timer::kTimeout: {
      AppCall::Try& one = app.tries[event.a];
      const bool probe = one.probe;
      world_.collector.on_client(world_.calls[app.call], ClientCount::kTimeouts);
      give_up(app, one);
      return end_try(app, {.timed_out = true}, probe);
    }
    case Timer::kRetry:
      return start(app);
    case Timer::kHedge:
      return hedge(app);
    case Timer::kConnection:
      return give_up_waiting(app);
  }
}

/// The first success is the answer; a failure is, once nothing else is under way or to be sent.
void Clients::end_try(AppCall& app, const Outcome& outcome, bool probe) {
  State& state = states_[app.state];
  const bool failed = outcome.failed();
  state.budget.on_result(failed);
  if (state.breaker) state.breaker->on_result(failed, probe, now());
  if (state.throttle) state.throttle->on_result(failed, now());
  app.answer = outcome.answer;
  app.flags = outcome.flags;
  const bool others = std::ranges::any_of(app.tries, [](auto& one) { return one.call != kNone; });
  if (!failed || !others) {
    world_.engine.cancel(app.hedge);
    failed&& may_retry(app, outcome) ? retry(app) : finish(app);
  }
  serve_waiting(state);
}

bool Clients::may_retry(const AppCall& app, const Outcome& outcome) {
  State& state = states_[app.state];
  const auto& retries = state.settings->retries;
  if (!retries || !wanted(*retries, outcome.answer, outcome.timed_out)) return false;
  if (retries->max && app.retries >= *retries->max) return false;
  if (state.breaker && !state.breaker->lets_retry(now())) {
    world_.collector.on_client(world_.calls[app.call], ClientCount::kStopped);
    return false;
  }
  if (state.budget.take(now())) return true;
  world_.collector.on_client(world_.calls[app.call], ClientCount::kOverBudget);
  return false;
}

void Clients::retry(AppCall& app) {
  ++app.retries;
  world_.collector.on_client(world_.calls[app.call], ClientCount::kRetries);
  const auto& backoff = states_[app.state].settings->retries->backoff;
  if (!backoff) return start(app);
  const auto retry = static_cast<std::uint64_t>(app.retries);
  app.waited = backoff_wait(*backoff, retry, app.waited,
                            mix(mix(app.random, kClientDraws), Purpose::kBackoff, retry));
  arm(app.timer, app.waited, Timer::kRetry, app, 0);
}

void Clients::finish(AppCall& app) {
  give_up_all(app);
  world_.transport.answer_call(world_.calls[app.call], app.answer, app.flags);
  release(app);
}

void Clients::give_up(Call& call) {
  AppCall& app = apps_[call.request];
  State& state = states_[app.state];
  forget_waiting(app, state);
  give_up_all(app);
  release(app);
  serve_waiting(state);
}

void Clients::on_try_over(const Call& sent) { release(apps_[sent.asker]); }

void Clients::release(AppCall& app) {
  if (--app.references > 0) return;
  world_.transport.release(world_.calls[app.call]);
  apps_.give_back(app);
}

void Clients::lose(std::uint32_t pod) {
  for (std::uint32_t i = 0; i < apps_.capacity(); ++i) {
    AppCall& app = apps_[i];
    if (app.index == kNone) continue;
    const Call& call = world_.calls[app.call];
    if (call.answered || call.pod != pod) continue;
    give_up_all(app);
    release(app);
  }
  for (std::size_t i = 0; i < first_state_.size(); ++i) {
    const ClientModel& client = world_.model.clients[i];
    if (client.load != kNone || client.workload != world_.model.pods[pod].workload) continue;
    const std::uint32_t replica = pod - world_.model.workloads[client.workload].first_pod;
    states_[first_state_[i] + replica] = fresh(*client.settings);
    look(static_cast<std::uint32_t>(i), states_[first_state_[i] + replica]);
  }
}

}  // namespace squall::sim
