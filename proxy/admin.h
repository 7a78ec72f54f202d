// Admin: the small HTTP server of the admin pages; one request a connection.
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
  /// Errors: as listen_on.
  Result<void> open(const SocketName& name, Poller& poller);
  /// Null: there is none.
  const SocketName* address() const { return address_ ? &*address_ : nullptr; }

  void on_ready(const Ready& ready, Poller& poller, const ProxyState& state);

 private:
  static constexpr std::uint32_t kMostConnections = 64;
  struct Connection {
    std::uint32_t index = kNone, generation = 0;
    Fd socket;
    ByteQueue in, out;
    HeadScanner scanner;
    bool answered = false;
  };
  void accept(Poller& poller);
  void read(Connection& connection, const ProxyState& state);
  void answer(Connection& connection, std::size_t head, HeadError error, const ProxyState& state);
  void flush(Connection& connection);
  void close(Connection& connection);

  Fd listener_;
  std::optional<SocketName> address_;
  Slab<Connection> connections_;
};

}  // namespace squall::proxy
