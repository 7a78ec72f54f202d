// What proxies command, carried out; what happens to their connections and timers, brought to them.
#include "sim/world.h"

namespace squall::sim {

using policies::Command;
using policies::CommandKind;
using policies::ResetReason;
using policies::TimerKind;

void World::pump(std::uint32_t index) {
  Proxy& proxy = *proxies_[index];
  for (;;) {
    if (proxy.worker.has_command()) {
      carry_out(proxy, index, proxy.worker.next_command());
    } else if (proxy.control.has_command()) {
      carry_out_control(proxy, index, proxy.control.next_command());
    } else {
      break;
    }
  }
  for (const policies::EjectionEvent& event : proxy.control.events()) {
    if (proxy.inbound || proxy.rules.edges[event.host] == kNone) continue;
    collector_.on_ejection(index, proxy.rules.edges[event.host],
                           proxy.rules.targets[event.host].pod, event);
  }
  proxy.control.clear_events();
  if (proxy.worker.wants_turn_end() || proxy.control.wants_turn_end())
    engine_.request_turn_end(index);
}

void World::carry_out(Proxy& proxy, std::uint32_t index, const Command& command) {
  switch (command.kind) {
    case CommandKind::kStart:
      return start(proxy, index, command.subject);
    case CommandKind::kForwardHead:
      return forward(proxy, command.subject, command.other());
    case CommandKind::kAnswer:
    case CommandKind::kResetClient:
      return answer(proxy, command.subject);
    case CommandKind::kLog:
      return log(proxy, command.subject);
    case CommandKind::kReset: {
      AttemptSlot& slot = proxy.attempt(command.subject);
      if (slot.stream != kNone) leave(streams_[slot.stream]);
      slot.stream = kNone;
      return;
    }
    case CommandKind::kOpen:
      return open_connection(proxy, index, command.subject, command.other());
    case CommandKind::kClose:
      proxy.connection(command.subject).open = false;
      return;
    case CommandKind::kArm:
      proxy.timer(command.timer(), command.subject) =
          engine_.arm(command.deadline(), {.kind = static_cast<std::uint8_t>(EventKind::kTimer),
                                           .flags = command.detail,
                                           .a = index,
                                           .b = command.subject});
      return;
    case CommandKind::kCancel:
      engine_.cancel(proxy.timer(command.timer(), command.subject));
      return;
    case CommandKind::kHostResult:
      proxy.control.on_host_result(command.subject, command.result(), command.other(),
                                   engine_.now());
      return;
    case CommandKind::kForwardBody:  // heads are whole messages here
    case CommandKind::kForwardTrailers:
    case CommandKind::kSendBody:
    case CommandKind::kSendTrailers:
    case CommandKind::kKeep:
    case CommandKind::kRelease:
    case CommandKind::kSetHealth:
    case CommandKind::kPublish:
      return;
  }
}

void World::carry_out_control(Proxy& proxy, std::uint32_t index, const Command& command) {
  switch (command.kind) {
    case CommandKind::kSetHealth:
      if (command.end) proxy.worker.on_host_drain(command.subject);
      return;
    case CommandKind::kPublish:
      proxy.worker.on_host_health(command.subject, proxy.control.published(command.subject));
      return;
    default:
      return carry_out(proxy, index, command);  // timers
  }
}

Target World::target_of(const Proxy& proxy, std::uint32_t host) {
  if (!proxy.inbound) return proxy.rules.targets[host];
  return {.pod = proxy.pod, .port = proxy.rules.rules->epoch.host(host).port};
}

/// Nobody at the address: silence until the connect timeout, as from an address that is not in use.
void World::open_connection(Proxy& proxy, std::uint32_t index, std::uint32_t connection,
                            std::uint32_t host) {
  ConnectionSlot& slot = proxy.connection(connection);
  slot.target = target_of(proxy, host);
  slot.generation = proxy.worker.connection(connection).generation;
  slot.open = true;
  if (slot.target.pod == kNone) return;
  const Pod& pod = pods_[slot.target.pod];
  const bool listens = pod.pod_up && (slot.target.sidecar || pod.application_up);
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
        const std::uint32_t edge = proxy.rules.edges[proxy.worker.connection(event.b).host];
        if (edge != kNone) collector_.on_connection(edge, engine_.now());
      }
      proxy.worker.on_connected(id, engine_.now());
      break;
    case EventKind::kRefused:
      slot.open = false;
      proxy.worker.on_connect_failed(id, ResetReason::kRemoteConnectionFailure, engine_.now());
      break;
    default:
      slot.open = false;
      for (std::uint32_t i = proxy.worker.connection(event.b).first_attempt; i != kNone;
           i = proxy.worker.attempt(i).next) {
        AttemptSlot& attempt = proxy.attempt(i);
        if (attempt.stream != kNone) leave(streams_[attempt.stream]);
        attempt.stream = kNone;
      }
      proxy.worker.on_closed(id, ResetReason::kConnectionTermination, engine_.now());
  }
  pump(event.a);
}

void World::on_timer(const Event& event) {
  Proxy& proxy = *proxies_[event.a];
  const auto kind = static_cast<TimerKind>(event.flags);
  if (kind == TimerKind::kSweep || kind == TimerKind::kMergeWindow) {
    proxy.control.on_timer(kind, event.b, engine_.now());
  } else {
    proxy.worker.on_timer(kind, event.b, engine_.now());
  }
  pump(event.a);
}

void World::start(Proxy& proxy, std::uint32_t index, std::uint32_t attempt) {
  const policies::Attempt& record = proxy.worker.attempt(attempt);
  const policies::Request& request = proxy.worker.request(record.request);
  const RequestSlot& slot = proxy.request(record.request);
  const std::uint32_t call = proxy.inbound ? streams_[slot.stream].call : slot.call;
  const Target target = target_of(proxy, record.host);
  Stream& stream = open_stream(call, target.pod, target.sidecar);
  stream.proxy = index;
  stream.attempt = attempt;
  stream.random = proxy.inbound ? streams_[slot.stream].random : request.random;
  stream.number = proxy.inbound ? streams_[slot.stream].number : record.number;
  stream.head = upstream_head(proxy, request, slot.head);
  stream.port = target.port;
  if (!proxy.inbound) {
    calls_[call].edge = proxy.rules.edges[record.host];
    collector_.on_attempt(target.pod, engine_.now());
  }
  proxy.attempt(attempt).stream = stream.index;
  post(EventKind::kArrive, stream.index);
  proxy.worker.on_first_byte_sent(proxy.worker.attempt_id(attempt));
}

/// The head as the route changes it, remembered by route and head.
std::uint32_t World::upstream_head(const Proxy& proxy, const policies::Request& request,
                                   std::uint32_t head) {
  const policies::Route* route = request.route;
  if (!proxy.rules.rewrites) return head;
  const std::uint64_t key = (std::uint64_t{head} << 32) | request.weighted_entry;
  const auto [at, fresh] = rewritten_.try_emplace({route, key}, head);
  if (fresh) at->second = rewritten_head(proxy, request, head);
  return at->second;
}

void World::forward(Proxy& proxy, std::uint32_t request, std::uint32_t) {
  deliver(proxy, request, proxy.arriving);
}

void World::answer(Proxy& proxy, std::uint32_t request) {
  const policies::Outcome& outcome = proxy.worker.request(request).outcome;
  Answer answer{.status = outcome.status};
  if (outcome.details == policies::Details::kResetAfterResponse) answer.status = 0;
  if (outcome.grpc) {
    answer.grpc = true;
    answer.grpc_status = static_cast<std::uint8_t>(outcome.grpc_status);
  }
  deliver(proxy, request, answer);
}

void World::deliver(Proxy& proxy, std::uint32_t request, const Answer& answer) {
  const RequestSlot& slot = proxy.request(request);
  proxy.delivered = answer;
  if (proxy.inbound) {
    if (slot.stream != kNone) reply(streams_[slot.stream], answer);
  } else if (slot.call != kNone) {
    Call& call = calls_[slot.call];
    answer_call(call, answer, proxy.worker.request(request).outcome.flags.packed);
  }
}

namespace {
/// Begun on a host: neither those that found none nor those that a limit stopped.
std::uint32_t attempts_of(const policies::Request& request) {
  const policies::Outcome& outcome = request.outcome;
  const bool stopped = outcome.details == policies::Details::kNoHealthyUpstream ||
                       (outcome.local && outcome.reset == ResetReason::kOverflow);
  return request.attempt_count - (stopped ? 1U : 0U);
}
}  // namespace

void World::log(Proxy& proxy, std::uint32_t request) {
  RequestSlot& slot = proxy.request(request);
  if (!proxy.inbound) {
    const policies::Request& record = proxy.worker.request(request);
    const ConfigurationModel& rules = proxy.rules;
    const std::uint32_t edge = record.last_host != kNone ? rules.edges[record.last_host]
                               : record.cluster != kNone ? rules.cluster_edges[record.cluster]
                               : slot.call != kNone      ? site_of(calls_[slot.call]).unrouted_edge
                                                         : kNone;
    const std::uint32_t attempts = attempts_of(record);
    if (edge != kNone)
      collector_.on_edge_request(edge, record, proxy.delivered, attempts, engine_.now());
    if (slot.call != kNone) {
      calls_[slot.call].edge = edge;
      calls_[slot.call].attempts = static_cast<std::uint16_t>(attempts);
    }
  }
  slot.call = slot.stream = kNone;
}

}  // namespace squall::sim
