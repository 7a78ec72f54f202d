// What proxies command, carried out; what happens to their connections and timers, brought to them.
#include "policies/base/prefetch.h"
#include "sim/world.h"

namespace squall::sim {

using config::TransportFit;
using policies::Command;
using policies::CommandKind;
using policies::ResetReason;
using policies::TimerKind;

inline void World::arm(Proxy& proxy, std::uint32_t index, Command command) {
  const TimerHandle handle =
      engine_.arm(command.deadline(), {.kind = static_cast<std::uint8_t>(EventKind::kTimer),
                                       .flags = static_cast<std::uint8_t>(command.timer()),
                                       .a = index,
                                       .b = command.subject()});
  proxy.set_timer(command.timer(), command.subject(), handle);
}

/// Inlined into the loop that takes them: most commands are a handful of stores.
[[gnu::always_inline]] inline void World::carry_out(Proxy& proxy, std::uint32_t index,
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
      if (attempt.tag != kNone) leave(streams_[attempt.tag]);
      attempt.tag = kNone;
      return;
    }
    case CommandKind::kOpen:
      return open_connection(proxy, index, command.subject(), command.other());
    case CommandKind::kClose:
      proxy.connection(command.subject()).open = false;
      return;
    case CommandKind::kArm:
      return arm(proxy, index, command);
    case CommandKind::kCancel:
      engine_.cancel(proxy.timer(command.timer(), command.subject()));
      return;
    case CommandKind::kHostResult:
      return proxy.control.on_host_result(command.cluster(), command.subject(), command.result(),
                                          command.code(), engine_.now());
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

void World::pump(std::uint32_t index) {
  Proxy& proxy = *proxies_[index];
  do {
    proxy.worker.commands().drain([&](Command command) { carry_out(proxy, index, command); });
  } while (proxy.control.has_news() && pump_control(proxy, index));
  if (proxy.worker.wants_turn_end()) [[unlikely]]
    engine_.request_turn_end(index);
}

/// One command of Control's, to which the worker may have to say something; false: none was left.
bool World::pump_control(Proxy& proxy, std::uint32_t index) {
  if (proxy.control.has_command()) {
    carry_out_control(proxy, index, proxy.control.next_command());
    return true;
  }
  for (const policies::EjectionEvent& event : proxy.control.events()) {
    if (proxy.inbound) continue;
    const Target& target = proxy.rules.targets[event.host];
    const std::string& address = proxy.rules.rules->epoch.host(event.host).address;
    if (target.edge != kNone) collector_.on_ejection(index, target, address, event);
  }
  proxy.control.clear_events();
  if (proxy.control.wants_turn_end()) engine_.request_turn_end(index);
  return false;
}

void World::carry_out_control(Proxy& proxy, std::uint32_t index, Command command) {
  switch (command.kind()) {
    case CommandKind::kSetHealth:
      if (command.end()) proxy.worker.on_host_drain(command.subject(), engine_.now());
      return;
    case CommandKind::kPublish:
      return proxy.worker.on_host_health(command.subject(),
                                         proxy.control.published(command.subject()));
    case CommandKind::kArm:
      return arm(proxy, index, command);
    case CommandKind::kCancel:
      engine_.cancel(proxy.timer(command.timer(), command.subject()));
      return;
    default:  // a worker's
      return;
  }
}

/// Nobody at the address: silence until the connect timeout, as from an address that is not in use.
void World::open_connection(Proxy& proxy, std::uint32_t index, std::uint32_t connection,
                            std::uint32_t host) {
  ConnectionSlot& slot = proxy.connection(connection);
  slot.target = proxy.target_of(host);
  slot.generation = proxy.worker.connection(connection).generation;
  slot.open = true;
  if (slot.target.pod == kNone) return;
  const Pod& pod = pods_[slot.target.pod];
  bool listens = pod.pod_up && (slot.target.sidecar || pod.application_up);
  if (slot.target.fit == TransportFit::kHandshakeFails && listens) [[unlikely]] {
    collector_.on_misfit(slot.target.misfit);
    listens = false;
  }
  engine_.post(
      {.kind = static_cast<std::uint8_t>(listens ? EventKind::kConnected : EventKind::kRefused),
       .small = static_cast<std::uint16_t>(slot.generation),
       .a = index,
       .b = connection});
}

void World::on_connection(const Event& event) {
  Proxy& proxy = *proxies_[event.a];
  ConnectionSlot& slot = proxy.connection(event.b);
  if (!slot.open || static_cast<std::uint16_t>(slot.generation) != event.small) return;
  const policies::ConnectionId id{event.b, slot.generation};
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kConnected:
      if (!proxy.inbound) {
        if (slot.target.edge != kNone) collector_.on_connection(slot.target.edge, engine_.now());
      }
      proxy.worker.on_connected(id, engine_.now());
      break;
    case EventKind::kRefused:
      slot.open = false;
      proxy.worker.on_connect_failed(id, ResetReason::kRemoteConnectionFailure,
                                     policies::kConnectionRefused, engine_.now());
      break;
    default:
      slot.open = false;
      for (std::uint32_t i = proxy.worker.connection(event.b).first_attempt; i != kNone;
           i = proxy.worker.attempt(i).next) {
        const policies::Attempt& attempt = proxy.worker.attempt(i);
        if (attempt.tag != kNone) leave(streams_[attempt.tag]);
        attempt.tag = kNone;
      }
      proxy.worker.on_closed(id, ResetReason::kConnectionTermination, engine_.now());
  }
  pump(event.a);
}

void World::on_timer(const Event& event) {
  Proxy& proxy = *proxies_[event.a];
  const auto kind = static_cast<TimerKind>(event.flags);
  if (policies::is_controls(kind)) {
    proxy.control.on_timer(kind, event.b, engine_.now());
  } else {
    proxy.worker.on_timer(kind, event.b, engine_.now());
  }
  pump(event.a);
}

void World::start(Proxy& proxy, std::uint32_t index, std::uint32_t attempt) {
  const policies::Attempt& record = proxy.worker.attempt(attempt);
  const policies::Request& request = proxy.worker.request(record.request);
  const Stream* const bringer = proxy.inbound ? &streams_[request.tag] : nullptr;
  Call& call = calls_[bringer != nullptr ? bringer->call : request.tag];
  const Target target = proxy.target_of(record.host);
  if (target.pod != kNone) prefetch_lines<Pod::kVisited>(&pods_[target.pod]);
  Stream& stream = open_stream(call, target.pod, target.sidecar);
  stream.proxy = index;
  stream.attempt = attempt;
  stream.asked = record.request;
  stream.port = target.port;
  if (bringer != nullptr) {
    stream.random = bringer->random;
    stream.number = bringer->number;
    stream.head = upstream_head(proxy, request, bringer->head);
  } else {
    stream.random = request.random;
    stream.number = record.number;
    stream.head = upstream_head(proxy, request, site_of(call).head);
    call.edge = target.edge;
    collector_.on_attempt(target.pod, engine_.now());
  }
  record.tag = stream.index;
  post(EventKind::kArrive, stream.index);
  if (target.fit == TransportFit::kClosed) [[unlikely]]
    close_unread(proxy, index, stream, record.connection);
  proxy.worker.on_first_byte_sent({record.index, record.generation});
}

/// The server reads that this is no TLS, and closes; no request comes to it.
void World::close_unread(Proxy& proxy, std::uint32_t index, Stream& stream,
                         std::uint32_t connection) {
  const ConnectionSlot& slot = proxy.connection(connection);
  collector_.on_misfit(slot.target.misfit);
  stream.server_open = false;
  release(stream);
  engine_.post({.kind = static_cast<std::uint8_t>(EventKind::kConnectionClosed),
                .small = static_cast<std::uint16_t>(slot.generation),
                .a = index,
                .b = connection});
}

/// The head as the route changes it, remembered: heads are few, and so are the routes of each.
std::uint32_t World::upstream_head(const Proxy& proxy, const policies::Request& request,
                                   std::uint32_t head) {
  head = heads_.receive(proxy.rules.receives[request.listener], head).head;
  if (!proxy.rules.rewrites) return head;
  if (head >= rewritten_.size()) rewritten_.resize(std::size_t{head} + 1);
  for (const RewrittenHead& known : rewritten_[head]) {
    if (known.route == request.route && known.entry == request.weighted_entry) return known.head;
  }
  const std::uint32_t changed = rewritten_head(proxy, request, head);
  rewritten_[head].push_back({request.route, request.weighted_entry, changed});
  return changed;
}

void World::answer(Proxy& proxy, const policies::Request& request) {
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

void World::deliver(Proxy& proxy, const policies::Request& request, Answer answer) {
  proxy.delivered = answer;
  if (request.tag == kNone) return;
  if (proxy.inbound) {
    reply(streams_[request.tag], answer);
  } else {
    answer_call(calls_[request.tag], answer, request.outcome.flags.packed);
  }
}

/// A copy is a call of its own, of the same kind, whose answer nobody waits for.
void World::mirror(Proxy& proxy, std::uint32_t copy, std::uint32_t request) {
  if (proxy.worker.request(request).tag == kNone) return;
  const Call& main = calls_[proxy.worker.request(request).tag];
  Call& call = calls_.take();
  call.begun = engine_.now();
  call.load = main.load;
  call.model = main.model;
  call.pod = main.pod;
  call.request = copy;
  call.references = 1;
  call.mirrored = true;
  proxy.worker.request(copy).tag = call.index;
}

Way World::way_of(const Proxy& proxy, const policies::Request& request) const {
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
    way.edge = site_of(calls_[request.tag]).unrouted_edge;
  }
  return way;
}

void World::log(Proxy& proxy, const policies::Request& request) {
  if (request.mirror != 0) [[unlikely]] {  // answered, or given up
    const std::uint32_t to = proxy.rules.cluster_edges[request.cluster];
    if (to != kNone) collector_.on_mirrored(to, engine_.now());
    if (request.tag != kNone) answer_call(calls_[request.tag], {}, 0);
    request.tag = kNone;
    return;
  }
  if (!proxy.inbound) {
    const auto [edge, attempts] = way_of(proxy, request);
    if (edge != kNone)
      collector_.on_edge_request(edge, request, proxy.delivered, attempts, engine_.now());
    if (request.tag != kNone) {
      Call& call = calls_[request.tag];
      call.edge = edge;
      call.attempts = static_cast<std::uint16_t>(attempts);
    }
  }
  request.tag = kNone;
}

}  // namespace squall::sim
