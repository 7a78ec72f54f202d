// TcpShell: a Shell whose only listener passes TCP on, to a plan's cluster.
#pragma once
#include <utility>

#include "tests/policies/machine/shell.h"

namespace squall::policies {

struct TcpPlan : Plan {
  explicit TcpPlan(std::size_t hosts = 1) : Plan(hosts) {
    proxy.route.action = forward_to({{"backend", 1}});
    proxy.idle_timeout = Duration::zero();
  }
  TcpProxy proxy;
  Forward& to() { return std::get<Forward>(proxy.route.action); }
  Epoch epoch() const {
    Epoch made = Plan::epoch();
    made.listeners.front().tcp = proxy;
    return made;
  }
};

class TcpShell : public Shell {
 public:
  explicit TcpShell(const TcpPlan& plan) : Shell(plan.epoch()) {}

  /// Its index.
  std::uint32_t open(std::uint64_t random = 0, std::string_view peer = "10.0.0.9") {
    std::uint32_t index = kNone;
    event([&] { index = worker.on_tcp_open(0, peer, random, now).index; });
    return index;
  }
  void bytes(std::uint32_t tcp, TcpSide from, std::uint64_t count, bool end = false) {
    event([&] { worker.on_tcp_bytes(worker.request_id(tcp), from, count, end, now); });
  }
  void leave(std::uint32_t tcp, bool reset = true) {
    event([&] { worker.on_tcp_closed(worker.request_id(tcp), reset, now); });
  }
  void time_out(std::uint32_t connection) {
    event([&] { worker.on_timer(TimerKind::kConnect, connection, now); });
  }
  /// Nothing is under way and nothing is counted.
  bool idle() const {
    const Gauges& left = gauges();
    return worker.requests().live() == 0 && worker.attempts().live() == 0 &&
           worker.connections().live() == 0 && worker.cluster(0)->active[0] == 0 &&
           left.connections + left.pending + left.requests + left.pools == 0;
  }
  /// Lets the worker give back what has ended.
  void sweep() {
    event([&] { worker.on_turn_end(now); });
  }
};

}  // namespace squall::policies
