// ShellState: what a Shell keeps between its turns.
#pragma once
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "config/bootstrap.h"
#include "decisions/recorded.h"
#include "proxy/access_log.h"
#include "proxy/admin.h"
#include "proxy/client.h"
#include "proxy/clock.h"
#include "proxy/event_log.h"
#include "proxy/overload.h"
#include "proxy/pinger.h"
#include "proxy/poller.h"
#include "proxy/prober.h"
#include "proxy/timers.h"
#include "proxy/upstream.h"

namespace squall::proxy {

/// What is not the bootstrap's.
struct ShellOptions {
  std::uint64_t seed = 0;      // what chance starts from
  std::string decision_log{};  // empty: none
  std::uint64_t decision_log_bytes = std::uint64_t{1} << 30;
  std::string bootstrap_text{}, bootstrap_name{};  // what was read, for the log and /config_dump
};

class ShellState {
 protected:
  ShellState(config::Bootstrap bootstrap, const ShellOptions& options, const Clock& clock,
             std::unique_ptr<decisions::LogWriter> decisions);

  struct Door {  // a listener
    Fd socket;
    std::vector<AccessLog> logs;
    policies::DownstreamStats stats;  // of HTTP
    TcpTraffic traffic;               // of a tcp_proxy
  };
  // What carrying a command out has led to: its machine hears of it when all commands before it
  // are carried out, in the order in which it happened.
  struct FailedStart {
    policies::ConnectionId connection;
    policies::AttemptId attempt;
  };
  struct Redirected {
    policies::RequestId request;
    std::uint32_t attempt;
  };
  struct FailedConnect {
    policies::ConnectionId id;
    policies::ResetReason why;
    policies::ConnectError error{};
  };
  struct SlowMirror {
    policies::AttemptId attempt;
  };
  using FollowUp = std::variant<FailedConnect, FailedStart, Redirected, SlowMirror>;

  config::Bootstrap bootstrap_;
  const std::string bootstrap_text_, bootstrap_name_;
  Clock clock_;
  const policies::Configuration configuration_;
  std::uint64_t seed_;
  std::unique_ptr<decisions::LogWriter> decisions_;  // null: not recorded
  decisions::RecordedWorker worker_;
  decisions::RecordedControl control_;
  policies::CommandList client_commands_;  // the Downstreams'
  Poller poller_;
  Prober prober_;
  Overload overload_;
  double reduction_ = 0;  // of timeouts
  EventLog event_log_;
  Timers timers_;
  Pinger pinger_;
  Instant now_{};
  int reopen_ = -1;  // a descriptor that asks for the logs to be reopened; -1: none
  bool stopping_ = false;
  bool listening_ = false;
  bool accepting_ = true;          // not while the process is too pressed for more connections
  std::uint64_t connections_ = 0;  // accepted so far
  bool log_flush_armed_ = false;
  std::vector<Door> doors_;
  std::vector<SocketName> addresses_;
  Admin admin_;
  Fd spare_;  // given up for a moment when no descriptor is left

  Slab<TcpSession> tcp_sessions_;
  std::vector<std::uint32_t> tcp_of_;  // by the worker's request slot
  std::string_view tcp_piece_;         // what is being passed on
  std::vector<Id<TcpSession>> woken_tcp_, tcp_now_;
  std::deque<Id<TcpSession>> closed_tcp_, broken_tcp_;  // of clients: when all was sent, or not
  std::deque<FailedConnect> ended_connections_;         // of hosts
  const policies::KeptRequest no_head_{};               // what is logged of a TCP connection

  Slab<Client> clients_;
  std::deque<Upstream> upstreams_;          // by the worker's connection slot
  std::vector<std::uint32_t> client_of_;    // by its request slot
  std::vector<std::uint32_t> upstream_of_;  // by its attempt slot
  std::vector<Http2Stream*> stream_of_;     // likewise; null: HTTP/1.1, or it has ended
  std::vector<SocketName> host_names_;      // by host
  std::vector<std::string> host_texts_;
  std::deque<FollowUp> follow_ups_;
  PingTimeouts ping_timeouts_;
  std::vector<std::unique_ptr<Http2>> closed_http2_;  // until nobody can be inside
  std::vector<std::uint32_t> ended_streams_;          // clients to be given back
  std::vector<Id<Client>> dirty_clients_, woken_clients_, clients_now_;
  std::vector<std::uint32_t> dirty_upstreams_, woken_upstreams_, upstreams_now_;

  static constexpr std::size_t kScratch = std::size_t{64} * 1024;
  std::unique_ptr<char[]> scratch_;   // what a read brings, at most kScratch bytes
  TextArena log_texts_;               // of what is being logged
  policies::KeptRequest sending_;     // an attempt's head on its way
  policies::KeptRequest redirected_;  // the head that takes the place of a client's
  policies::HeaderEdits edits_;
  std::uint64_t requests_ = 0;  // so far; what each one's random number is drawn from
  std::int64_t date_second_ = -1;
  std::array<char, 40> date_{};
  std::size_t date_size_ = 0;
};

}  // namespace squall::proxy
