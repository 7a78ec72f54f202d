// A proxy's machines that write down what they are told and what they command.
//
// They are the machines themselves: every other function is theirs, and without a log each event
// costs one branch. Events are recorded once they have been decided, with the commands that they
// added. Whoever calls them through their bases goes unrecorded.
#pragma once
#include <cstdint>

#include "decisions/log_writer.h"
#include "policies/control.h"
#include "policies/downstream.h"
#include "policies/worker.h"

namespace squall::decisions {

/// Where a proxy's machines are recorded, and as which; without a log they are not.
struct Recording {
  LogWriter* log = nullptr;
  std::uint32_t machine = 0;
  std::uint32_t bootstrap = 0;  // its configuration, by number in the log's Start
};

class RecordedWorker : public policies::Worker {
 public:
  RecordedWorker(const policies::Configuration& configuration, std::uint64_t random, Instant start,
                 const Recording& to);

  policies::RequestId on_request(std::uint32_t listener, const policies::RequestHead& head,
                                 std::uint64_t random, bool end, Instant now);
  policies::RequestId on_redirect(policies::RequestId id, const policies::RequestHead* head,
                                  std::uint64_t random, Instant now);
  void on_request_body(policies::RequestId id, std::uint64_t bytes, bool end, Instant now);
  void on_request_trailers(policies::RequestId id, Instant now);
  void on_client_reset(policies::RequestId id, Instant now,
                       policies::Details why = policies::Details::kDownstreamDisconnect);
  policies::RequestId on_tcp_open(std::uint32_t listener, std::string_view peer,
                                  std::uint64_t random, Instant now);
  void on_tcp_bytes(policies::RequestId id, policies::TcpSide from, std::uint64_t bytes, bool end,
                    Instant now);
  void on_tcp_closed(policies::RequestId id, bool reset, Instant now);
  void on_first_byte_sent(policies::AttemptId id);
  void on_response(policies::AttemptId id, const policies::ResponseHead& head, bool end,
                   Instant now);
  void on_response_body(policies::AttemptId id, std::uint64_t bytes, bool end, Instant now);
  void on_response_trailers(policies::AttemptId id, policies::Headers trailers, Instant now);
  void on_stream_reset(policies::AttemptId id, policies::ResetReason why, Instant now);
  void on_connected(policies::ConnectionId id, Instant now);
  void on_connect_failed(policies::ConnectionId id, policies::ResetReason why,
                         policies::ConnectError error, Instant now);
  // With their instant, which no worker asks for: a turn may begin with them.
  void on_settings(policies::ConnectionId id, std::uint32_t max_streams, Instant now);
  void on_goaway(policies::ConnectionId id, Instant now);
  void on_closed(policies::ConnectionId id, policies::ResetReason why, Instant now,
                 bool by_us = false);
  void on_overload(double level);
  void on_reduced_timeouts(double level, Instant now);
  void on_client_gone(std::uint64_t connection);
  void on_host_drain(std::uint32_t host, Instant now);
  void on_host_health(std::uint32_t cluster, const policies::PublishedHosts& published);
  void on_hosts(std::uint32_t cluster, const policies::lb::ClusterLayout& members, Instant now);
  /// `bootstrap`: the configuration's number in the log's Start.
  void on_config(const policies::Configuration& next, std::uint32_t bootstrap, Instant now);
  void on_timer(policies::TimerKind kind, std::uint32_t owner, Instant now);
  void on_turn_end(Instant now);

 private:
  /// Decides, and records it when there is a log.
  template <class Decide>
  void decide(Entry entry, const Decide& decide);
  template <class Decide>
  void record(Entry& entry, const Decide& decide);

  Recording to_;
};

class RecordedControl : public policies::Control {
 public:
  RecordedControl(const policies::Configuration& configuration, std::uint64_t random, Instant start,
                  const Recording& to);

  void on_host_result(std::uint32_t cluster, std::uint32_t host, policies::HostResult result,
                      std::uint32_t code, Instant now);
  void on_check_response(std::uint32_t check, const policies::ResponseHead& head, bool body_matches,
                         Instant now);
  void on_check_result(std::uint32_t check, policies::CheckOutcome outcome, Instant now);
  void on_hosts(std::uint32_t cluster, const policies::lb::ClusterLayout& members, Instant now);
  void on_config(const policies::Configuration& next, std::uint32_t bootstrap, Instant now);
  void on_timer(policies::TimerKind kind, std::uint32_t owner, Instant now);
  void on_turn_end(Instant now);

 private:
  template <class Decide>
  void decide(Entry entry, const Decide& decide);

  Recording to_;
};

class RecordedDownstream : public policies::Downstream {
 public:
  /// `listener` is a number in the configuration.
  void on_open(const policies::Configuration& configuration, std::uint32_t listener,
               std::uint32_t owner, Instant now, policies::CommandList& out, const Recording& to);
  void on_first_byte(Instant now, policies::CommandList& out);
  void on_request(bool http2, Instant now, policies::CommandList& out);
  void on_request_end(Instant now, policies::CommandList& out);
  void on_reduced_timeouts(double level, Instant now, policies::CommandList& out);
  void on_closed(Instant now, policies::CommandList& out);
  void on_timer(policies::TimerKind kind, Instant now, policies::CommandList& out);

 private:
  template <class Decide>
  void decide(Entry entry, policies::CommandList& out, const Decide& decide);

  Recording to_;
  std::uint32_t owner_ = 0;
};

}  // namespace squall::decisions
