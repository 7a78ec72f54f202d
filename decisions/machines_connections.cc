// Events of connections: those to hosts, and clients'.
#include <bit>
#include <utility>

#include "decisions/machines.h"

namespace squall::decisions {
namespace {

bool is_level(double level) { return level >= 0 && level <= 1; }

}  // namespace

std::string Machines::bring_about_connections(policies::Worker& worker, const Decision& decision) {
  const policies::ConnectionId id{decision.subject(), decision.generation()};
  if (decision.detail() >= policies::kResetReasons) return "no such reason";
  const auto why = static_cast<policies::ResetReason>(decision.detail());
  switch (decision.event()) {
    case CONNECTED:
      worker.on_connected(id, now_);
      return "";
    case CONNECT_FAILED:
      if (decision.number() > policies::kMostErrorNumber) return "no such error";
      worker.on_connect_failed(
          id, why,
          {.number = static_cast<std::uint16_t>(decision.number()), .immediate = decision.end()},
          now_);
      return "";
    case SETTINGS:
      worker.on_settings(id, static_cast<std::uint32_t>(decision.number()));
      return "";
    case GOAWAY:
      worker.on_goaway(id);
      return "";
    default:
      worker.on_closed(id, why, now_, decision.end());
      return "";
  }
}

std::string Machines::bring_about_tcp(policies::Worker& worker, const Decision& decision) {
  const policies::RequestId id{decision.subject(), decision.generation()};
  if (decision.event() == TCP_OPEN) {
    const auto& listeners = worker.configuration().epoch.listeners;
    policies::RequestHead head;
    const bool whole = read_head(decision.head(), head);
    head.method = {};
    if (whole) note(decision, head, worker);
    if (decision.detail() >= listeners.size() || !listeners[decision.detail()].tcp)
      return "no such listener";
    if (!whole) return "its head is broken";
    const policies::RequestId given =
        worker.on_tcp_open(decision.detail(), head.peer, decision.number(), now_);
    return given == id ? "" : "the connection got another slot";
  }
  if (is_of(worker.requests(), id) && !worker.request(id.index).is_tcp())
    return "the request is no TCP connection";
  if (decision.event() == TCP_CLOSED) {
    worker.on_tcp_closed(id, decision.detail() != 0, now_);
    return "";
  }
  if (decision.detail() > static_cast<std::uint32_t>(policies::TcpSide::kHost))
    return "no such side";
  worker.on_tcp_bytes(id, static_cast<policies::TcpSide>(decision.detail()), decision.number(),
                      decision.end(), now_);
  return "";
}

/// What is about all clients' connections, or about one that is gone.
std::string Machines::bring_about_clients(policies::Worker& worker, const Decision& decision) {
  if (decision.event() == CLIENT_GONE) {
    worker.on_client_gone(decision.number());
    return "";
  }
  const auto level = std::bit_cast<double>(decision.number());
  if (!is_level(level)) return "no such level";
  worker.on_reduced_timeouts(level, now_);
  return "";
}

std::string Machines::bring_to_client(Proxy& proxy, const Decision& decision) {
  const std::uint32_t owner = decision.subject();
  const auto& listeners = proxy.worker->configuration().epoch.listeners;
  const bool opens = decision.event() == CLIENT_OPEN;
  if (opens && decision.detail() >= listeners.size()) return "no such listener";
  if (opens) proxy.clients[owner] = {};
  const auto at = proxy.clients.find(owner);
  if (at == proxy.clients.end()) return "the client's connection is not open";
  Client& client = at->second;
  std::string wrong;
  if (opens) {
    client.machine.on_open(listeners[decision.detail()], owner, now_, client_commands_);
  } else {
    wrong = bring_to(client, decision);
  }
  each_timer(client_commands_, [&](policies::TimerKind kind, std::uint32_t, bool arms) {
    client.armed[static_cast<std::size_t>(kind)] = arms;
  });
  return wrong;
}

std::string Machines::bring_to(Client& client, const Decision& decision) {
  policies::Downstream& machine = client.machine;
  switch (decision.event()) {
    case CLIENT_FIRST_BYTE:
      machine.on_first_byte(now_, client_commands_);
      return "";
    case CLIENT_REQUEST:
      machine.on_request(decision.detail() != 0, now_, client_commands_);
      return "";
    case CLIENT_REQUEST_END:
      machine.on_request_end(now_, client_commands_);
      return "";
    case CLIENT_CLOSED:
      machine.on_closed(client_commands_);
      return "";
    case CLIENT_REDUCED_TIMEOUTS: {
      const auto level = std::bit_cast<double>(decision.number());
      if (!is_level(level)) return "no such level";
      machine.on_reduced_timeouts(level, now_, client_commands_);
      return "";
    }
    case CLIENT_TIMER:
      if (decision.detail() >= policies::kTimerKinds ||
          !std::exchange(client.armed[decision.detail()], false))
        return "no such timer is armed";
      machine.on_timer(static_cast<policies::TimerKind>(decision.detail()), now_, client_commands_);
      return "";
    default:
      return "an event that this version does not know";
  }
}

}  // namespace squall::decisions
