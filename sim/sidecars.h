// Sidecars: what proxies command, carried out; what happens to their connections and timers,
// brought to them.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/event.h"
#include "sim/heads.h"
#include "sim/proxy.h"
#include "sim/records.h"

namespace squall::sim {

struct World;

class Sidecars {
 public:
  explicit Sidecars(World& world) : world_(world) {}

  std::unique_ptr<Proxy> make(std::uint32_t index) const;
  /// It dies, and begins anew.
  void restart(std::uint32_t index);
  /// Until no command is left.
  void pump(std::uint32_t index);
  void on_turn_end(std::uint32_t index);
  void on_timer(const Event& event);
  Way way_of(const Proxy& proxy, const policies::Request& request) const;

  // connections.cc
  void on_connection(const Event& event);
  /// Those that lead to a pod; `application_only`: its sidecar keeps its own.
  void close_connections_to(std::uint32_t pod, bool application_only);
  /// Those that lead to its sidecar.
  void close_connections_to_sidecar(std::uint32_t pod);
  /// Those that it meets, of both directions.
  void close_connections_of(const LinkFault& fault);

 private:
  bool pump_control(Proxy& proxy, std::uint32_t index);
  void arm(Proxy& proxy, std::uint32_t index, policies::Command command);
  void carry_out(Proxy& proxy, std::uint32_t index, policies::Command command);
  void carry_out_control(Proxy& proxy, std::uint32_t index, policies::Command command);
  void start(Proxy& proxy, std::uint32_t index, std::uint32_t attempt);
  Instant expected_end(const Proxy& proxy, std::uint32_t attempt) const;
  std::uint32_t upstream_head(const Proxy& proxy, const policies::Request& request,
                              std::uint32_t head);
  void answer(Proxy& proxy, const policies::Request& request);
  void deliver(Proxy& proxy, const policies::Request& request, Answer answer);
  void mirror(Proxy& proxy, std::uint32_t copy, std::uint32_t request);
  Call& call_of(const Proxy& proxy, const policies::Request& request) const;
  void log(Proxy& proxy, const policies::Request& request);

  // connections.cc
  void open_connection(Proxy& proxy, std::uint32_t index, std::uint32_t connection,
                       std::uint32_t host);
  template <class Holds>
  void close_connections(const Holds& holds);
  void closed(const Proxy& proxy, std::uint32_t index, std::uint32_t connection, bool reads_first);
  void end(const Proxy& proxy, ConnectionSlot& slot);
  bool takes_certificates(Proxy& proxy, ConnectionSlot& slot);
  void lose_unread(Stream& stream);
  void close_unread(Proxy& proxy, std::uint32_t index, Stream& stream, std::uint32_t connection);

  World& world_;
  std::vector<std::vector<RewrittenHead>> rewritten_;  // by head
};

}  // namespace squall::sim
