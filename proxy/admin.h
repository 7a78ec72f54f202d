// Admin: the small HTTP server of the admin pages; one request a connection.
//
// Its clients may never close: beyond kMostConnections, and when descriptors run out, the one that
// has been silent for longest makes room for the next. What a client may send in all is limited.
#pragma once
#include <memory>
#include <optional>

#include "proxy/admin_pages.h"
#include "proxy/byte_queue.h"
#include "proxy/http1_head.h"
#include "proxy/poller.h"

namespace squall::proxy {

class Admin {
 public:
  static constexpr std::uint32_t kMostConnections = 64;
  static constexpr std::size_t kMostBytes = 2 * kMostHeadBytes;  // of a client

  /// Errors: as listen_on.
  Result<void> open(const SocketName& name, Poller& poller);
  /// Null: there is none.
  const SocketName* address() const { return address_ ? &*address_ : nullptr; }

  void on_ready(const Ready& ready, Poller& poller, const ProxyState& state);

 private:
  struct Connection {
    std::uint32_t index = kNone, generation = 0;
    Fd socket;
    ByteQueue in, out;
    HeadScanner scanner;
    std::size_t received = 0;
    std::uint64_t heard = 0;  // when it last sent, in events
    bool answered = false;
  };
  void accept(Poller& poller);
  bool close_most_silent();
  void read(Connection& connection, const ProxyState& state);
  void answer(Connection& connection, std::size_t head, HeadError error, const ProxyState& state);
  void flush(Connection& connection);
  void close(Connection& connection);

  Fd listener_;
  Fd spare_;  // given up for a moment when no descriptor is left
  std::optional<SocketName> address_;
  std::uint64_t events_ = 0;
  Slab<Connection> connections_;
};

}  // namespace squall::proxy
