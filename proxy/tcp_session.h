// TcpSession: one client's connection to a listener with a tcp_proxy; and what both its ends are
// written to by.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/machine/command.h"
#include "proxy/byte_queue.h"
#include "proxy/socket.h"
#include "proxy/stream_id.h"

namespace squall::proxy {

/// The sending side of a connection whose bytes are passed on.
struct Outlet {
  bool end = false;    // its half closes when all is sent
  bool close = false;  // all of it does
  bool shut = false;   // its half is closed

  enum class State : std::uint8_t { kOpen, kDone, kBroken };
  /// Sends what waits and then `more`, as far as the socket takes it; the rest waits in `out`.
  /// kDone: all is sent, and the connection is to be closed.
  State send(const Fd& socket, ByteQueue& out, bool& blocked, std::string_view more);
};

struct TcpSession {
  std::uint32_t index = kNone, generation = 0;
  Fd socket;
  std::uint32_t listener = 0;
  policies::RequestId id;
  std::uint32_t upstream = kNone;  // the slot of its connection to a host, once they are joined
  bool blocked = false;            // the socket takes no more for the moment
  bool input_waits = true;         // the socket may have more, but reading is paused
  bool woken = false;              // it is read on in the next turn
  bool paused = false;             // because its host is slower
  bool host_paused = false;        // its host's, because the client is slower
  bool ended = false;              // nothing more comes from the client
  Outlet outlet;
  ByteQueue out;

  Ends ends;
  Instant began{};
  StreamId stream_id;
  std::uint64_t received = 0, sent = 0;  // bytes from the client, to it
};

/// What is counted of a listener's TCP connections, beside what the worker decides of them.
struct TcpTraffic {
  std::uint64_t received = 0, sent = 0;     // bytes from clients, to them
  std::uint64_t paused = 0, resumed = 0;    // reading from a client
  std::uint64_t flushes = 0, flushing = 0;  // hosts' connections that outlived the client's
};

}  // namespace squall::proxy
