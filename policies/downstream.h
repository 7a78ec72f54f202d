// Downstream: one client's connection to a listener, as a state machine: when does it have to go?
//
// It is told when requests begin and end and what its timers do; commands go into a list that its
// shell carries out after each event: timers, GOAWAY, a refusal, the close. An idle or old
// connection drains: clients are told (`connection: close`, GOAWAY), what is under way ends, and
// after drain_timeout it closes. What limits a request once its head is here is the Worker's.
// Source: envoy's conn_manager_impl (docs/policies.md, "Clients' connections"). Cost: a few
// branches a request; an idle timer is armed once and looks again when it fires.
#pragma once
#include <cstdint>

#include "policies/base/time.h"
#include "policies/epoch.h"
#include "policies/machine/command.h"
#include "policies/response_flags.h"

namespace squall::policies {

class Downstream {
 public:
  /// Accepted. `listener` outlives it; its commands and timers name `owner`.
  void on_open(const Listener& listener, std::uint32_t owner, Instant now, CommandList& out);
  /// HTTP/1.1: a request has begun whose head is not all here. May be said again.
  void on_first_byte(Instant now, CommandList& out);
  /// A request's head is here.
  void on_request(bool http2, Instant now, CommandList& out);
  /// A request has ended, its response with it.
  void on_request_end(Instant now, CommandList& out);
  /// An overloaded proxy reduces the timeouts so far, 0 to 1.
  void on_reduced_timeouts(double level, Instant now, CommandList& out);
  /// The connection is gone.
  void on_closed(CommandList& out);
  void on_timer(TimerKind kind, Instant now, CommandList& out);

  /// Whether responses of HTTP/1.1 have to say that the connection closes.
  bool closes() const { return state_ != State::kOpen; }
  /// When the request that on_request was last told of began.
  Instant began() const { return began_; }

 private:
  enum class State : std::uint8_t { kOpen, kDraining, kClosing };
  void arm(TimerKind kind, bool& armed, Instant deadline, CommandList& out) const;
  void cancel(TimerKind kind, bool& armed, CommandList& out) const;
  void note_idle(Instant now, CommandList& out);
  Duration idle_timeout() const, longest() const;
  void on_idle(Instant now, CommandList& out);
  void start_drain(Instant now, CommandList& out);
  void close(bool at_once, CommandList& out) const;

  const Listener* listener_ = nullptr;
  std::uint32_t owner_ = 0;
  std::uint32_t streams_ = 0;   // requests under way, one whose head is coming among them
  std::uint64_t requests_ = 0;  // so far
  State state_ = State::kOpen;
  bool http2_ = false;
  bool spoke_ = false;  // the client has sent something
  bool head_comes_ = false;
  bool headers_armed_ = false, idle_armed_ = false, drain_armed_ = false, max_armed_ = false;
  Details late_ = Details::kNone;  // what a head is that takes too long
  Instant began_{}, idle_since_{}, opened_{};
  double reduction_ = 0;
};

}  // namespace squall::policies
