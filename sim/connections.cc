// Connections of sidecars: made, refused, closed by whom they lead to.
#include "sim/world.h"

namespace squall::sim {

using config::TransportFit;
using policies::ConnectError;
using policies::ConnectionState;
using policies::ResetReason;

/// Nobody at the address: silence until the connect timeout, as from an address that is not in use.
void Sidecars::open_connection(Proxy& proxy, std::uint32_t index, std::uint32_t connection,
                               std::uint32_t host) {
  ConnectionSlot& slot = proxy.connection(connection);
  slot.target = proxy.target_of(host);
  slot.generation = proxy.worker.connection(connection).generation;
  slot.open = true;
  slot.unread = false;
  if (slot.target.pod == kNone) return;
  bool listens = world_.listens(slot.target.pod, slot.target.sidecar);
  if (slot.target.fit == TransportFit::kHandshakeFails && listens) [[unlikely]] {
    world_.collector.on_misfit(slot.target.misfit);
    listens = false;
  }
  const Event event{
      .kind = static_cast<std::uint8_t>(listens ? EventKind::kConnected : EventKind::kRefused),
      .small = static_cast<std::uint16_t>(slot.generation),
      .a = index,
      .b = connection};
  if (world_.network.takes_time()) [[unlikely]]
    return world_.network.connect(event, proxy, slot);
  world_.engine.post(event);
}

void Sidecars::end(const Proxy& proxy, ConnectionSlot& slot) {
  slot.open = false;
  if (world_.sidecar_costs.weighs()) [[unlikely]]
    world_.sidecar_costs.on_connection_end(proxy.pod, slot);
  if (!slot.counted) return;
  slot.counted = false;
  world_.collector.on_connection_end(slot.target.edge, world_.engine.now());
}

void Sidecars::on_connection(const Event& event) {
  Proxy& proxy = *world_.proxies[event.a];
  ConnectionSlot& slot = proxy.connection(event.b);
  if (!slot.open || static_cast<std::uint16_t>(slot.generation) != event.small) return;
  const policies::ConnectionId id{event.b, slot.generation};
  auto kind = static_cast<EventKind>(event.kind);
  const bool fails = kind == EventKind::kConnectionClosed &&
                     proxy.worker.connection(event.b).state == ConnectionState::kConnecting;
  if (fails) kind = EventKind::kRefused;
  if (kind != EventKind::kConnectionClosed &&
      !world_.listens(slot.target.pod, slot.target.sidecar)) {
    // It may have gone while the connection was in the making.
    if (world_.network.is_silent(slot.target.pod)) return;
    kind = EventKind::kRefused;
  }
  ConnectError why = policies::kConnectionRefused;
  if (kind == EventKind::kConnected && world_.certificates.matter() &&
      !takes_certificates(proxy, slot)) [[unlikely]] {
    kind = EventKind::kRefused;
    why = {};
  }
  switch (kind) {
    case EventKind::kHandshake:
      return world_.network.on_handshake(event, slot);
    case EventKind::kConnected:
      if (!proxy.inbound) {
        if (slot.target.edge != kNone) {
          slot.counted = true;
          world_.collector.on_connection(slot.target.edge, world_.engine.now());
        }
      }
      if (world_.sidecar_costs.weighs()) [[unlikely]]
        world_.sidecar_costs.on_connection(proxy.pod, slot);
      proxy.worker.on_connected(id, world_.engine.now());
      if (slot.unread) [[unlikely]]
        closed(proxy, event.a, event.b, true);
      break;
    case EventKind::kRefused:
      end(proxy, slot);
      proxy.worker.on_connect_failed(id, ResetReason::kRemoteConnectionFailure, why,
                                     world_.engine.now());
      break;
    default:
      end(proxy, slot);
      for (std::uint32_t i = proxy.worker.connection(event.b).first_attempt; i != kNone;
           i = proxy.worker.attempt(i).next) {
        const policies::Attempt& attempt = proxy.worker.attempt(i);
        if (attempt.tag != kNone) world_.transport.leave(world_.streams[attempt.tag]);
        attempt.tag = kNone;
      }
      proxy.worker.on_closed(id, ResetReason::kConnectionTermination, world_.engine.now());
  }
  pump(event.a);
}

/// False: the client refuses the server's. Where the server refuses the client's it learns of that
/// after what it sends next.
bool Sidecars::takes_certificates(Proxy& proxy, ConnectionSlot& slot) {
  using Verdict = Certificates::Verdict;
  if (!slot.target.mutual) return true;
  const auto [verdict, fault] = world_.certificates.shake(proxy.pod, slot.target.pod);
  if (verdict == Verdict::kTaken) return true;
  world_.collector.on_misfit(world_.model.faults[fault].misfit);
  slot.unread = verdict == Verdict::kServerRefuses;
  return slot.unread;
}

/// No request comes to the server.
void Sidecars::lose_unread(Stream& stream) {
  if (!stream.server_open) return;  // lost on its way
  stream.server_open = false;
  world_.transport.release(stream);
}

/// The server reads that this is no TLS, and closes.
void Sidecars::close_unread(Proxy& proxy, std::uint32_t index, Stream& stream,
                            std::uint32_t connection) {
  const ConnectionSlot& slot = proxy.connection(connection);
  world_.collector.on_misfit(slot.target.misfit);
  lose_unread(stream);
  closed(proxy, index, connection, true);
}

/// By the server; `reads_first`: what was sent now.
void Sidecars::closed(const Proxy& proxy, std::uint32_t index, std::uint32_t connection,
                      bool reads_first) {
  const ConnectionSlot& slot = proxy.connections[connection];
  const Event event{.kind = static_cast<std::uint8_t>(EventKind::kConnectionClosed),
                    .small = static_cast<std::uint16_t>(slot.generation),
                    .a = index,
                    .b = connection};
  if (world_.network.takes_time()) [[unlikely]]
    return world_.network.close(event, proxy, slot, reads_first);
  world_.engine.post(event);
}

template <class Holds>
void Sidecars::close_connections(const Holds& holds) {
  for (std::uint32_t i = 0; i < world_.proxies.size(); ++i) {
    const Proxy& proxy = *world_.proxies[i];
    for (std::uint32_t c = 0; c < proxy.connections.size(); ++c) {
      const ConnectionSlot& slot = proxy.connections[c];
      if (slot.open && holds(proxy, slot.target)) closed(proxy, i, c, false);
    }
  }
}

void Sidecars::close_connections_to(std::uint32_t pod, bool application_only) {
  close_connections([&](const Proxy&, const Target& target) {
    return target.pod == pod && !(application_only && target.sidecar);
  });
  world_.held.close_to(pod, application_only);
  world_.health_checks.close_to(pod, application_only);
}

void Sidecars::close_connections_to_sidecar(std::uint32_t pod) {
  close_connections(
      [&](const Proxy&, const Target& target) { return target.pod == pod && target.sidecar; });
  world_.held.close_to(pod, false);
  world_.health_checks.close_to(pod, false);
}

void Sidecars::close_connections_of(const LinkFault& fault) {
  close_connections([&](const Proxy& proxy, const Target& target) {
    return target.pod != kNone &&
           fault.meets(proxy.pod, target.pod, scenarios::Fault::Direction::kBoth);
  });
  world_.held.close_of(fault);
  world_.health_checks.close_of(fault);
}

}  // namespace squall::sim
