// What proxies command, carried out; what happens to their connections and timers, brought to them.
#include "policies/base/prefetch.h"
#include "sim/rewrite.h"
#include "sim/world.h"

namespace squall::sim {

using config::TransportFit;
using policies::Command;
using policies::CommandKind;
using policies::ResetReason;
using policies::TimerKind;

namespace {

/// Whether a stream brought the request, which its tag names: else that names a call.
bool brought(const Proxy& proxy, const policies::Request& request) {
  return proxy.serves && request.mirror == 0;
}

}  // namespace

/// REQUIRES: who asked is still there.
Call& Sidecars::call_of(const Proxy& proxy, const policies::Request& request) const {
  return world_.calls[brought(proxy, request) ? world_.streams[request.tag].call : request.tag];
}

std::unique_ptr<Proxy> Sidecars::make(std::uint32_t index) const {
  const ProxyModel& proxy = world_.model.proxies[index];
  const std::uint64_t random = mix(world_.seed, Purpose::kBalancerSeed,
                                   world_.model.pods[proxy.pod].name, proxy.inbound ? 1 : 0);
  return std::make_unique<Proxy>(
      world_.model.configurations[proxy.configuration], proxy, random, world_.engine.now(),
      decisions::Recording{
          .log = world_.decisions, .machine = index, .bootstrap = proxy.configuration});
}

void Sidecars::on_turn_end(std::uint32_t index) {
  Proxy& proxy = *world_.proxies[index];
  if (proxy.worker.wants_turn_end()) proxy.worker.on_turn_end(world_.engine.now());
  if (proxy.control.wants_turn_end()) proxy.control.on_turn_end(world_.engine.now());
  pump(index);
}

inline void Sidecars::arm(Proxy& proxy, std::uint32_t index, Command command) {
  const TimerHandle handle =
      world_.engine.arm(command.deadline(), {.kind = static_cast<std::uint8_t>(EventKind::kTimer),
                                             .flags = static_cast<std::uint8_t>(command.timer()),
                                             .a = index,
                                             .b = command.subject()});
  proxy.set_timer(command.timer(), command.subject(), handle);
}

/// Inlined into the loop that takes them: most commands are a handful of stores.
[[gnu::always_inline]] inline void Sidecars::carry_out(Proxy& proxy, std::uint32_t index,
                                                       Command command) {
  switch (command.kind()) {
    case CommandKind::kStart:
      return start(proxy, index, command.subject());
    case CommandKind::kForwardHead:
      return deliver(proxy, proxy.worker.request(command.subject()), proxy.arriving);
    case CommandKind::kAnswer:
    case CommandKind::kResetClient:
      return answer(proxy, proxy.worker.request(command.subject()));
    case CommandKind::kMirror:
      return mirror(proxy, command.subject(), command.other());
    case CommandKind::kLog:
      return log(proxy, proxy.worker.request(command.subject()));
    case CommandKind::kReset: {
      const policies::Attempt& attempt = proxy.worker.attempt(command.subject());
      if (attempt.tag != kNone) world_.transport.leave(world_.streams[attempt.tag]);
      attempt.tag = kNone;
      return;
    }
    case CommandKind::kOpen:
      return open_connection(proxy, index, command.subject(), command.other());
    case CommandKind::kClose:
      return end(proxy, proxy.connection(command.subject()));
    case CommandKind::kArm:
      return arm(proxy, index, command);
    case CommandKind::kCancel:
      world_.engine.cancel(proxy.timer(command.timer(), command.subject()));
      return;
    case CommandKind::kHostResult:
      return proxy.control.on_host_result(command.cluster(), command.subject(), command.result(),
                                          command.code(), world_.engine.now());
    case CommandKind::kRedirect:     // no route of a mesh asks for it
    case CommandKind::kForwardBody:  // heads are whole messages here
    case CommandKind::kForwardTrailers:
    case CommandKind::kHoldBody:
    case CommandKind::kSendHeld:
    case CommandKind::kSendBody:
    case CommandKind::kSendTrailers:
    case CommandKind::kMirrorBody:
    case CommandKind::kKeep:
    case CommandKind::kRelease:
    case CommandKind::kSetHealth:
    case CommandKind::kRefuseClient:  // a Downstream's
    case CommandKind::kGoAway:
    case CommandKind::kCloseClient:
    case CommandKind::kPublish:
    case CommandKind::kSendCheck:
    case CommandKind::kEndCheck:
    case CommandKind::kJoin:  // of TCP, which no mesh here has
    case CommandKind::kPass:
    case CommandKind::kCloseTcp:
      return;
  }
}

void Sidecars::pump(std::uint32_t index) {
  Proxy& proxy = *world_.proxies[index];
  do {
    proxy.worker.commands().drain([&](Command command) { carry_out(proxy, index, command); });
  } while (proxy.control.has_news() && pump_control(proxy, index));
  if (proxy.worker.wants_turn_end()) [[unlikely]]
    world_.engine.request_turn_end(index);
}

/// One command of Control's, to which the worker may have to say something; false: none was left.
bool Sidecars::pump_control(Proxy& proxy, std::uint32_t index) {
  if (proxy.control.has_command()) {
    carry_out_control(proxy, index, proxy.control.next_command());
    return true;
  }
  for (const policies::EjectionEvent& event : proxy.control.events()) {
    if (proxy.inbound) continue;
    const Target& target = proxy.rules.targets[event.host];
    const std::string& address = proxy.rules.rules->epoch.host(event.host).address;
    if (target.edge != kNone) world_.collector.on_ejection(index, target, address, event);
  }
  proxy.control.clear_events();
  if (proxy.control.wants_turn_end()) world_.engine.request_turn_end(index);
  return false;
}

void Sidecars::carry_out_control(Proxy& proxy, std::uint32_t index, Command command) {
  switch (command.kind()) {
    case CommandKind::kSetHealth:
      if (command.end()) proxy.worker.on_host_drain(command.subject(), world_.engine.now());
      return world_.health_checks.on_health(index, command.subject());
    case CommandKind::kPublish:
      return proxy.worker.on_host_health(command.subject(),
                                         proxy.control.published(command.subject()));
    case CommandKind::kArm:
      if (world_.health_checks.is_over(command.timer(), command.deadline())) return;
      return arm(proxy, index, command);
    case CommandKind::kCancel:
      world_.engine.cancel(proxy.timer(command.timer(), command.subject()));
      return;
    case CommandKind::kSendCheck:
      return world_.health_checks.send(index, command.subject());
    case CommandKind::kEndCheck:
      return world_.health_checks.end(index, command.subject(), command.end());
    default:  // a worker's
      return;
  }
}

void Sidecars::on_timer(const Event& event) {
  Proxy& proxy = *world_.proxies[event.a];
  const auto kind = static_cast<TimerKind>(event.flags);
  if (policies::is_controls(kind)) {
    proxy.control.on_timer(kind, event.b, world_.engine.now());
  } else {
    proxy.worker.on_timer(kind, event.b, world_.engine.now());
  }
  pump(event.a);
}

void Sidecars::start(Proxy& proxy, std::uint32_t index, std::uint32_t attempt) {
  const policies::Attempt& record = proxy.worker.attempt(attempt);
  const policies::Request& request = proxy.worker.request(record.request);
  const Stream* const bringer = brought(proxy, request) ? &world_.streams[request.tag] : nullptr;
  Call& call = world_.calls[bringer != nullptr ? bringer->call : request.tag];
  const Target target = proxy.target_of(record.host);
  if (target.pod != kNone) prefetch_lines<Pod::kVisited>(&world_.pods[target.pod]);
  Stream& stream = world_.transport.open_stream(call, target.pod, target.sidecar);
  stream.proxy = index;
  stream.attempt = attempt;
  stream.asked = record.request;
  stream.port = target.port;
  const std::uint32_t head = bringer != nullptr
                                 ? bringer->head
                                 : world_.transport.head_of(call, world_.transport.site_of(call));
  stream.head = upstream_head(proxy, request, head);
  if (proxy.inbound) {
    stream.random = bringer->random;
    stream.number = bringer->number;
  } else {
    stream.random = request.random;
    stream.number = record.number;
    call.edge = target.edge;
    if (world_.model.carries) [[unlikely]]
      world_.carried[call.index].expected = expected_end(proxy, attempt);
    world_.collector.on_attempt(target.pod, world_.engine.now());
    if (world_.trace != nullptr) [[unlikely]]
      world_.trace->on_attempt(call, record.number, target.pod, world_.engine.now());
  }
  record.tag = stream.index;
  world_.transport.send(EventKind::kArrive, stream);
  if (target.fit == TransportFit::kClosed) [[unlikely]]
    close_unread(proxy, index, stream, record.connection);
  if (world_.certificates.matter() && proxy.connections[record.connection].unread) [[unlikely]]
    lose_unread(stream);
  proxy.worker.on_first_byte_sent({record.index, record.generation});
}

/// What x-envoy-expected-rq-timeout-ms says of an attempt.
Instant Sidecars::expected_end(const Proxy& proxy, std::uint32_t attempt) const {
  const std::uint32_t ms = proxy.worker.expected_timeout_ms(attempt);
  return ms == 0 ? kNever : world_.engine.now() + std::chrono::milliseconds(ms);
}

/// The head as the route changes it, remembered: heads are few, and so are the routes of each.
std::uint32_t Sidecars::upstream_head(const Proxy& proxy, const policies::Request& request,
                                      std::uint32_t head) {
  head = world_.heads.receive(proxy.rules.receives[request.listener], head).head;
  if (!proxy.rules.rewrites) return head;
  if (head >= rewritten_.size()) rewritten_.resize(std::size_t{head} + 1);
  for (const RewrittenHead& known : rewritten_[head]) {
    if (known.route == request.route && known.entry == request.weighted_entry) return known.head;
  }
  const policies::Listener& listener = proxy.rules.rules->epoch.listeners[request.listener];
  const auto& clusters = std::get<policies::Forward>(request.route->action).clusters;
  const std::uint32_t changed = rewritten_head(
      world_.heads,
      {.table = listener.routes,
       .host = *request.virtual_host,
       .route = *request.route,
       .entry =
           request.weighted_entry < clusters.size() ? &clusters[request.weighted_entry] : nullptr},
      head);
  rewritten_[head].push_back({request.route, request.weighted_entry, changed});
  return changed;
}

void Sidecars::answer(Proxy& proxy, const policies::Request& request) {
  const policies::Outcome& outcome = request.outcome;
  Answer answer{.status = outcome.status};
  if (outcome.details == policies::Details::kResetAfterResponse && !outcome.local)
    answer.status = 0;
  if (outcome.grpc) {
    answer.grpc = true;
    answer.grpc_status = static_cast<std::uint8_t>(outcome.grpc_status);
  }
  deliver(proxy, request, answer);
}

void Sidecars::deliver(Proxy& proxy, const policies::Request& request, Answer answer) {
  proxy.delivered = answer;
  if (request.tag == kNone) return;
  if (brought(proxy, request)) {
    world_.transport.reply(world_.streams[request.tag], answer);
  } else {
    world_.transport.answer_call(world_.calls[request.tag], answer, request.outcome.flags.packed);
  }
}

/// A copy is a call of its own, of the same kind, whose answer nobody waits for.
void Sidecars::mirror(Proxy& proxy, std::uint32_t copy, std::uint32_t request) {
  const policies::Request& original = proxy.worker.request(request);
  if (original.tag == kNone) return;
  const Call& main = call_of(proxy, original);
  Call& call = world_.calls.take();
  if (world_.model.carries) [[unlikely]]
    world_.carried[call.index] = world_.carried[main.index].of_copy();
  call.begun = world_.engine.now();
  call.load = main.load;
  call.model = main.model;
  call.pod = proxy.serves ? kNone : main.pod;  // who asks a waypoint knows nothing of it
  call.carrier = Carrier::kSidecar;
  call.request = copy;
  call.references = 1;
  call.mirrored = true;
  proxy.worker.request(copy).tag = call.index;
}

Way Sidecars::way_of(const Proxy& proxy, const policies::Request& request) const {
  const ConfigurationModel& rules = proxy.rules;
  const policies::Outcome& outcome = request.outcome;
  // Neither one that found no host nor one that a limit stopped.
  const bool stopped = outcome.details == policies::Details::kNoHealthyUpstream ||
                       (outcome.local && outcome.reset == ResetReason::kOverflow);
  Way way{.edge = kNone, .attempts = request.attempt_count - (stopped ? 1U : 0U)};
  if (request.last_host != kNone) {
    way.edge = rules.targets[request.last_host].edge;
  } else if (request.cluster != kNone) {
    way.edge = rules.cluster_edges[request.cluster];
  } else if (request.tag != kNone) {
    way.edge = world_.transport.site_of(call_of(proxy, request)).unrouted_edge;
  }
  return way;
}

void Sidecars::log(Proxy& proxy, const policies::Request& request) {
  if (request.mirror != 0) [[unlikely]] {  // answered, or given up
    const std::uint32_t to = proxy.rules.cluster_edges[request.cluster];
    if (to != kNone) world_.collector.on_mirrored(to, world_.engine.now());
    if (request.tag != kNone) world_.transport.answer_call(world_.calls[request.tag], {}, 0);
    request.tag = kNone;
    return;
  }
  if (!proxy.inbound) {
    const auto [edge, attempts] = way_of(proxy, request);
    if (edge != kNone)
      world_.collector.on_edge_request(edge, request, proxy.delivered, attempts,
                                       world_.engine.now());
    if (request.tag != kNone) {
      Call& call = call_of(proxy, request);
      if (world_.trace != nullptr) [[unlikely]]
        world_.trace->on_request_end(call, request, proxy.rules, world_.engine.now());
      call.edge = edge;
      call.attempts = static_cast<std::uint16_t>(attempts);
    }
  }
  request.tag = kNone;
}

/// A sidecar dies with its pod: what it served is lost; it begins anew at once,
/// unreachable while the pod is down.
void Sidecars::restart(std::uint32_t index) {
  Proxy& proxy = *world_.proxies[index];
  world_.collector.read_counters(proxy);
  world_.collector.on_proxy_lost(index, world_.engine.now());
  world_.health_checks.on_proxy_down(index);
  proxy.cancel_timers(world_.engine);
  for (ConnectionSlot& slot : proxy.connections) end(proxy, slot);
  const policies::Worker& worker = proxy.worker;
  for (std::uint32_t i = 0; i < worker.attempts().capacity(); ++i) {
    const policies::Attempt& attempt = worker.attempt(i);
    if (attempt.index != kNone && attempt.tag != kNone)
      world_.transport.leave(world_.streams[attempt.tag]);
  }
  for (std::uint32_t i = 0; i < worker.requests().capacity(); ++i) {
    const policies::Request& request = worker.request(i);
    if (request.index == kNone || request.tag == kNone) continue;
    SQUALL_DCHECK(proxy.serves);  // those who asked an outbound one are gone
    if (brought(proxy, request)) {
      world_.transport.lose_stream(world_.streams[request.tag]);
    } else {
      world_.transport.answer_call(world_.calls[request.tag], {}, 0);
    }
  }
  world_.proxies[index] = make(index);
  world_.control_plane.on_proxy_start(index);
  world_.endpoints.on_proxy_start(index);
}

}  // namespace squall::sim
