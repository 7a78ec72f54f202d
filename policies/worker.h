// Worker: the life of an upstream request in one worker thread of one proxy, as a state machine.
//
// Events come in with the instant at which they happen, commands (machine/command.h) go out; the
// shell carries them out in order before it brings the next event, and calls on_turn_end after the
// last I/O event of an instant when wants_turn_end(). The worker knows no bytes, clocks, sockets or
// generators: the simulator and the proxy drive this very object. Late events are ignored and
// counted. Cost: a request without failure is six commands; no allocation once slabs have grown.
#pragma once
#include <cstdint>
#include <span>

#include "policies/head.h"
#include "policies/machine/worker_steps.h"

namespace squall::policies {

class Worker : private WorkerSteps {
 public:
  /// `configuration` outlives the worker; `random`: 64 bits of its own, where its balancers start;
  /// `start`: when the proxy began.
  Worker(const Configuration& configuration, std::uint64_t random, Instant start = Instant{});

  // Requests. `random` decides everything that is drawn for the request (its stream id).
  RequestId on_request(std::uint32_t listener, const RequestHead& head, std::uint64_t random,
                       bool end, Instant now);
  void on_request_body(RequestId id, std::uint64_t bytes, bool end, Instant now);
  void on_request_trailers(RequestId id, Instant now);
  /// `why`: kDownstreamDisconnect, kStreamReset, or kNone (a reset that says there is no error).
  void on_client_reset(RequestId id, Instant now, Details why = Details::kDownstreamDisconnect);
  /// A client's connection is gone (RequestHead::connection), of which there is no request.
  void on_client_gone(std::uint64_t connection) { filters_.of_connections.erase(connection); }
  /// Whether on_client_gone() makes a difference.
  bool remembers_client(std::uint64_t connection) const {
    return filters_.of_connections.contains(connection);
  }

  /// kRedirect's answer: the head to go on with (internal_redirect.h) and its random bits, or null:
  /// there is none. The new request, when it goes on; none: the client gets the response. The new
  /// one's path and host are the head's by the listener's rules.
  RequestId on_redirect(RequestId id, const RequestHead* head, std::uint64_t random, Instant now);

  // TCP connections of listeners with a tcp_proxy: requests without heads (Request::is_tcp).
  /// `peer`: the client's address, without its port.
  RequestId on_tcp_open(std::uint32_t listener, std::string_view peer, std::uint64_t random,
                        Instant now);
  /// From one side came so many bytes and, with `end`, the last; 0 bytes: some were sent on.
  void on_tcp_bytes(RequestId id, TcpSide from, std::uint64_t bytes, bool end, Instant now);
  /// The client's connection is gone; `reset`: it broke, or is given up.
  void on_tcp_closed(RequestId id, bool reset, Instant now);

  // Attempts.
  void on_first_byte_sent(AttemptId id);  // also while commands are being carried out
  void on_response(AttemptId id, const ResponseHead& head, bool end, Instant now);
  void on_response_body(AttemptId id, std::uint64_t bytes, bool end, Instant now);
  void on_response_trailers(AttemptId id, Headers trailers, Instant now);
  void on_stream_reset(AttemptId id, ResetReason why, Instant now);

  // Connections. A failed or closed one is forgotten. `by_us`: the shell closed it.
  void on_connected(ConnectionId id, Instant now);
  /// `error`: of kRemoteConnectionFailure.
  void on_connect_failed(ConnectionId id, ResetReason why, ConnectError error, Instant now);
  void on_settings(ConnectionId id, std::uint32_t max_streams);
  void on_goaway(ConnectionId id);
  void on_closed(ConnectionId id, ResetReason why, Instant now, bool by_us = false);

  /// The overload manager's stop_accepting_requests: the share of requests that is turned away.
  void on_overload(double level) { overload_ = level; }
  /// Likewise reduce_timeouts: how far those under way and to come are, 0 to 1.
  void on_reduced_timeouts(double level, Instant now);

  // Hosts, as the proxy's Control says.
  void on_host_drain(std::uint32_t host, Instant now);
  void on_host_health(std::uint32_t cluster, const PublishedHosts& published);
  /// Hosts of a cluster have come or gone (Configuration::layout_without). Those that are gone get
  /// no more attempts; their connections end with their streams.
  /// `members` outlives the worker.
  void on_hosts(std::uint32_t cluster, const lb::ClusterLayout& members, Instant now);

  /// From now on requests go by another configuration with the same clusters (alike.h); those under
  /// way keep their routes. A cluster that it lacks gets no more attempts: retries go to the one of
  /// its name, and connections end with their streams. `next` outlives the worker.
  void on_config(const Configuration& next, Instant now);

  // Time.
  void on_timer(TimerKind kind, std::uint32_t owner, Instant now);
  void on_turn_end(Instant now);
  bool wants_turn_end() const { return !turn_end_.empty(); }

  // Commands, until there is none.
  bool has_command() const { return !commands_.empty(); }
  Command next_command() { return commands_.pop(); }
  CommandList& commands() { return commands_; }

  // Records, for shells and reports.
  const Configuration& configuration() const { return *configuration_; }
  const Request& request(std::uint32_t index) const { return requests_[index]; }
  const Attempt& attempt(std::uint32_t index) const { return attempts_[index]; }
  const RequestExtras& extras(std::uint32_t index) const { return extras_[index]; }
  const Connection& connection(std::uint32_t index) const { return connections_[index]; }
  const Slab<Request>& requests() const { return requests_; }  // the free ones too
  const Slab<Attempt>& attempts() const { return attempts_; }
  const Slab<Connection>& connections() const { return connections_; }
  RequestId request_id(std::uint32_t index) const { return id_of<RequestTag>(requests_[index]); }
  AttemptId attempt_id(std::uint32_t index) const { return id_of<AttemptTag>(attempts_[index]); }
  ConnectionId connection_id(std::uint32_t index) const {
    return id_of<ConnectionTag>(connections_[index]);
  }
  /// Null for most.
  const RequestExtras* extras(const Request& request) const {
    return request.extras == kNone ? nullptr : &extras_[request.extras];
  }
  const FilterStates& filters() const { return filters_; }
  /// x-envoy-expected-rq-timeout-ms of an attempt that has started; 0: no header.
  std::uint32_t expected_timeout_ms(std::uint32_t attempt) const;
  /// Null while the cluster has had no request.
  const ClusterState* cluster(std::uint32_t index) const { return clusters_[index].get(); }
  /// What was counted of virtual clusters, by number; empty: nothing yet.
  std::span<const ClusterStats> virtual_clusters() const { return virtual_clusters_; }
  const TcpStats& tcp_stats(std::uint32_t listener) const {
    static constexpr TcpStats kNothing;
    return listener < tcp_stats_.size() ? tcp_stats_[listener] : kNothing;
  }
  std::uint64_t stale_events() const { return stale_; }

  static constexpr int kFetchSteps = 5;
  /// A hint: on_request() with such a head comes before long.
  void fetch_request(std::uint32_t listener, std::uint32_t known_as, int step) const;

 private:
  bool find_route(Request& request, const RequestHead& head, Instant now);
  bool find_route_by_text(Request& request, const RequestHead& head, Instant now);

  static constexpr std::size_t kFewHosts = 4;  // of which each is likely to be chosen
};

}  // namespace squall::policies
