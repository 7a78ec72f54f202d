#include "sim/health_checks.h"

#include <algorithm>

#include "policies/base/mix.h"
#include "sim/world.h"

namespace squall::sim {

using config::TransportFit;
using policies::CheckOutcome;

namespace {

/// What checks draw moves no draw of a kubelet's probes.
constexpr std::uint64_t kCheckDraws = hash_name("health checks");

}  // namespace

void HealthChecks::start() {
  const std::vector<ConfigurationModel>& configurations = world_.model.configurations;
  if (std::ranges::all_of(configurations, [](const auto& one) { return one.checks.empty(); }))
    return;
  rows_.resize(world_.proxies.size());
  for (std::uint32_t i = 0; i < rows_.size(); ++i) {
    const ConfigurationModel& rules = world_.proxies[i]->rules;
    if (rules.checks.empty()) continue;
    rows_[i].checks.resize(rules.checks.size());
    rows_[i].failed.resize(rules.targets.size());
    world_.sidecars.pump(i);
  }
}

void HealthChecks::on_up(std::uint32_t pod) {
  const std::uint32_t proxy = world_.pods[pod].outbound;
  if (proxy == kNone || !has_checks(proxy)) return;
  world_.sidecars.restart(proxy);
  world_.sidecars.pump(proxy);
}

void HealthChecks::on_proxy_down(std::uint32_t proxy) {
  if (!has_checks(proxy)) return;
  Row& row = rows_[proxy];
  for (Check& check : row.checks) {
    leave(check);
    check.connected = false;
  }
  for (std::uint32_t host = 0; host < row.failed.size(); ++host) {
    if (row.failed[host] == 0) continue;
    row.failed[host] = 0;
    world_.collector.forget_check(proxy, host, world_.engine.now());
  }
}

const CheckModel& HealthChecks::model_of(std::uint32_t proxy, std::uint32_t check) const {
  return world_.proxies[proxy]->rules.checks[check];
}

std::uint64_t HealthChecks::random_of(std::uint32_t proxy, std::uint32_t check) const {
  const std::uint64_t own =
      mix(mix(world_.seed, world_.model.pods[world_.proxies[proxy]->pod].key), kCheckDraws);
  return mix(own, std::uint64_t{check} << 32 | rows_[proxy].checks[check].asked);
}

/// One that is down asks nobody; it begins anew.
void HealthChecks::send(std::uint32_t proxy, std::uint32_t number) {
  if (!has_checks(proxy)) return;
  const Pod& own = world_.pods[world_.proxies[proxy]->pod];
  Check& check = rows_[proxy].checks[number];
  ++check.asked;
  if (!own.pod_up || !own.sidecar_up) return;
  check.connected ? ask(proxy, number) : connect(proxy, number);
}

/// Nobody at the address: silence, until the check's timeout.
void HealthChecks::connect(std::uint32_t proxy, std::uint32_t number) {
  const Target& target = model_of(proxy, number).target;
  if (target.pod == kNone) return;
  std::optional<Duration> takes = Duration::zero();
  if (world_.network.takes_time())
    takes = world_.network.connecting(world_.proxies[proxy]->pod, target, random_of(proxy, number));
  if (!takes) return;
  const Event event{.kind = static_cast<std::uint8_t>(EventKind::kCheck),
                    .small = static_cast<std::uint16_t>(rows_[proxy].checks[number].asked),
                    .a = proxy,
                    .b = number};
  if (*takes == Duration::zero()) return world_.engine.post(event);
  world_.engine.schedule(world_.engine.now() + *takes, event);
}

/// A connection is made, or refused.
void HealthChecks::on_event(const Event& event) {
  Check& check = rows_[event.a].checks[event.b];
  if (static_cast<std::uint16_t>(check.asked) != event.small || check.connected) return;
  const Target& target = model_of(event.a, event.b).target;
  const std::uint32_t client = world_.proxies[event.a]->pod;
  if (!world_.pods[client].pod_up || world_.network.is_silent(target.pod)) return;
  const bool expired =
      target.mutual && world_.certificates.matter() &&
      world_.certificates.shake(client, target.pod).verdict != Certificates::Verdict::kTaken;
  if (!world_.listens(target.pod, target.sidecar) || target.fit != TransportFit::kFits || expired)
    return conclude(event.a, event.b, CheckOutcome::kNetworkFailure);
  if (model_of(event.a, event.b).how == CheckModel::How::kTcp)
    return conclude(event.a, event.b, CheckOutcome::kSuccess);
  check.connected = true;
  ask(event.a, event.b);
}

void HealthChecks::ask(std::uint32_t proxy, std::uint32_t number) {
  const CheckModel& model = model_of(proxy, number);
  Check& check = rows_[proxy].checks[number];
  Call& call = world_.transport.take_call();
  call.references = 1;
  call.begun = world_.engine.now();
  call.asker = proxy;
  call.asker_generation = check.asked;
  call.request = number;
  call.of_probe = call.of_check = true;
  Stream& stream = world_.transport.open_stream(call, model.target.pod, model.target.sidecar);
  stream.random = random_of(proxy, number);
  stream.head = model.head;
  stream.port = model.target.port;
  check.stream = stream.index;
  check.stream_generation = stream.generation;
  world_.transport.send(EventKind::kArrive, stream);
}

std::uint32_t HealthChecks::client_of(const Call& call) const {
  return world_.proxies[call.asker]->pod;
}

void HealthChecks::on_call_done(const Call& call) {
  Check& check = rows_[call.asker].checks[call.request];
  if (check.asked != call.asker_generation || check.stream == kNone) return;
  check.stream = kNone;
  const Answer& answer = call.answer;
  if (answer.status == 0) {
    check.connected = false;
    return conclude(call.asker, call.request, CheckOutcome::kNetworkFailure);
  }
  if (model_of(call.asker, call.request).how == CheckModel::How::kGrpc) {
    const bool serving = answer.status == 200 && !answer.failed();
    return conclude(call.asker, call.request,
                    serving ? CheckOutcome::kSuccess : CheckOutcome::kFailure);
  }
  world_.proxies[call.asker]->control.on_check_response(
      call.request, {.status = answer.status, .headers = {}}, true, world_.engine.now());
  world_.sidecars.pump(call.asker);
}

void HealthChecks::conclude(std::uint32_t proxy, std::uint32_t check, CheckOutcome outcome) {
  world_.proxies[proxy]->control.on_check_result(check, outcome, world_.engine.now());
  world_.sidecars.pump(proxy);
}

/// The application is told as of any client that leaves.
void HealthChecks::leave(Check& check) {
  ++check.asked;
  if (check.stream == kNone) return;
  Stream* const stream = world_.streams.find({check.stream, check.stream_generation});
  check.stream = kNone;
  if (stream == nullptr || !stream->client_open) return;
  Call& call = world_.calls[stream->call];
  world_.transport.leave(*stream);
  call.answered = true;
  world_.transport.release(call);
}

void HealthChecks::end(std::uint32_t proxy, std::uint32_t number, bool stays) {
  if (!has_checks(proxy)) return;
  Check& check = rows_[proxy].checks[number];
  leave(check);
  if (!stays) check.connected = false;
}

/// A host that has not passed yet has not failed.
void HealthChecks::on_health(std::uint32_t proxy, std::uint32_t host) {
  if (!has_checks(proxy)) return;
  const policies::Control& control = world_.proxies[proxy]->control;
  const policies::Epoch& epoch = world_.proxies[proxy]->rules.rules->epoch;
  const std::uint32_t cluster = epoch.cluster_of_host(host);
  const bool failed = control.flags(cluster)[host - epoch.hosts_begin(cluster)].has(
      policies::HealthFlag::kFailedActiveHc);
  std::uint8_t& known = rows_[proxy].failed[host];
  if ((known != 0) == failed) return;
  known = failed ? 1 : 0;
  world_.collector.on_checked(proxy, host, !failed, world_.engine.now());
}

bool HealthChecks::is_over(policies::TimerKind kind, Instant deadline) const {
  return kind == policies::TimerKind::kCheckInterval &&
         deadline >= Instant(world_.model.scenario->duration);
}

/// Who waits for an answer sees a reset; the others connect anew when they ask again.
template <class Holds>
void HealthChecks::close(const Holds& holds) {
  for (std::uint32_t proxy = 0; proxy < rows_.size(); ++proxy) {
    for (std::uint32_t i = 0; i < rows_[proxy].checks.size(); ++i) {
      Check& check = rows_[proxy].checks[i];
      if (!check.connected || !holds(proxy, model_of(proxy, i).target)) continue;
      check.connected = false;
      if (check.stream == kNone) continue;
      leave(check);
      conclude(proxy, i, CheckOutcome::kNetworkFailure);
    }
  }
}

void HealthChecks::close_to(std::uint32_t pod, bool application_only) {
  close([&](std::uint32_t, const Target& target) {
    return target.pod == pod && !(application_only && target.sidecar);
  });
}

void HealthChecks::close_of(const LinkFault& fault) {
  close([&](std::uint32_t proxy, const Target& target) {
    return fault.meets(world_.proxies[proxy]->pod, target.pod, scenarios::Fault::Direction::kBoth);
  });
}

}  // namespace squall::sim
