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
#include "policies/machine/worker_state.h"

namespace squall::policies {

class Worker : private WorkerState {
 public:
  /// `configuration` outlives the worker; `random`: 64 bits of its own, where its balancers start.
  Worker(const Configuration& configuration, std::uint64_t random);

  // Requests. `random` decides everything that is drawn for the request (its stream id).
  RequestId on_request(std::uint32_t listener, const RequestHead& head, std::uint64_t random,
                       bool end, Instant now);
  void on_request_body(RequestId id, std::uint64_t bytes, bool end, Instant now);
  void on_request_trailers(RequestId id, Instant now);
  void on_client_reset(RequestId id, Instant now);

  // Attempts.
  void on_first_byte_sent(AttemptId id);  // also while commands are being carried out
  void on_response(AttemptId id, const ResponseHead& head, bool end, Instant now);
  void on_response_body(AttemptId id, std::uint64_t bytes, bool end, Instant now);
  void on_response_trailers(AttemptId id, Instant now);
  void on_stream_reset(AttemptId id, ResetReason why, Instant now);

  // Connections. A failed or closed one is forgotten.
  void on_connected(ConnectionId id, Instant now);
  void on_connect_failed(ConnectionId id, ResetReason why, Instant now);
  void on_settings(ConnectionId id, std::uint32_t max_streams);
  void on_goaway(ConnectionId id);
  void on_closed(ConnectionId id, ResetReason why, Instant now);

  // Hosts, as the proxy's Control says.
  void on_host_drain(std::uint32_t host);
  void on_host_health(std::uint32_t cluster, std::span<const HealthFlags> flags);

  // Time.
  void on_timer(TimerKind kind, std::uint32_t owner, Instant now);
  void on_turn_end(Instant now);
  bool wants_turn_end() const { return !turn_end_.empty(); }

  // Commands, until there is none.
  bool has_command() const { return !commands_.empty(); }
  Command next_command() { return commands_.pop(); }
  CommandList& commands() { return commands_; }

  // Records, for shells and reports.
  const Configuration& configuration() const { return configuration_; }
  const Request& request(std::uint32_t index) const { return requests_[index]; }
  const Attempt& attempt(std::uint32_t index) const { return attempts_[index]; }
  const Connection& connection(std::uint32_t index) const { return connections_[index]; }
  const Slab<Request>& requests() const { return requests_; }  // the free ones too
  const Slab<Attempt>& attempts() const { return attempts_; }
  const Slab<Connection>& connections() const { return connections_; }
  RequestId request_id(std::uint32_t index) const { return id_of<RequestTag>(requests_[index]); }
  AttemptId attempt_id(std::uint32_t index) const { return id_of<AttemptTag>(attempts_[index]); }
  ConnectionId connection_id(std::uint32_t index) const {
    return id_of<ConnectionTag>(connections_[index]);
  }
  /// x-envoy-expected-rq-timeout-ms of an attempt that has started; 0: no header.
  std::uint32_t expected_timeout_ms(std::uint32_t attempt) const;
  /// Null while the cluster has had no request.
  const ClusterState* cluster(std::uint32_t index) const { return clusters_[index].get(); }
  std::uint64_t stale_events() const { return stale_; }

 private:
  // machine/request.cc
  bool choose_route(Request& request, const RequestHead& head, Instant now);
  Remembered& remembered(std::uint32_t listener, const RequestHead& head);
  void follow(Request& request, const Remembered& known);
  void set_up(Request& request, const Forward& forward, const RequestHead& head);
  void keep(Request& request);
  RequestExtras& extras_of(Request& request);
  std::uint64_t buffer_limit(const Request& request) const;
  void on_complete(Request& request, Instant now);
  void give_up_retries(Request& request, Instant now);
  void stop_keeping(Request& request);
  bool reply(Request& request, std::uint16_t status, Details details, ResponseFlag flag,
             Instant now);
  void count_answer(const Request& request, std::uint16_t status);
  void finish(Request& request, Instant now);
  // machine/hosts.cc
  ClusterState& use_cluster(std::uint32_t cluster);
  void make_cluster(std::uint32_t cluster);
  bool is_rejected(const Request& request, std::uint32_t host) const;
  std::uint32_t choose_host(Request& request, ClusterState& cluster);
  std::uint32_t choose_by_retry(Request& request, ClusterState& cluster);
  // machine/attempt.cc
  void begin_attempt(Request& request, Instant now);
  void on_pool_ready(Attempt& attempt, const ClusterState& cluster, Instant now);
  void push_body(const Attempt& attempt, std::uint64_t bytes, bool replay, bool end);
  void arm_per_try(const Request& request, Attempt& attempt, Instant now);
  void forget_attempt(Request& request, Attempt& attempt);
  void fail_attempt(Attempt& attempt, ResetReason why, Instant now);
  void end_response(Request& request, Attempt& attempt, Instant now);
  void break_off(Attempt& attempt, Instant now);
  void reset_attempts(Request& request, std::uint32_t but, Instant now);
  void reset_several(Request& request, std::uint32_t but, Instant now);
  // machine/retry.cc
  bool retry_after_response(Request& request, Attempt& attempt, const ResponseHead& head,
                            std::optional<std::uint32_t> grpc_status, bool end, Instant now);
  bool retry_after_reset(Request& request, ResetReason why, bool timed_out, Instant now);
  bool decide_retry(Request& request, bool wanted);
  void release_retry(Request& request);
  void wait_and_retry(Request& request, Duration delay, Instant now);
  void on_backoff(Request& request, Instant now);
  std::uint16_t timeout_status(const Request& request) const;
  void on_global_timeout(Request& request, Instant now);
  void on_per_try_timeout(Attempt& attempt, Instant now);
  // machine/pool.cc, machine/connection.cc
  Pool& pool_of(std::uint32_t host, bool high_priority);
  bool admits_pool(ClusterState& cluster, Pool& pool, bool high);
  static void forget_if_unused(Pool& pool, Gauges& gauges);
  void enqueue(Pool& pool, Attempt& attempt);
  void dequeue(Pool& pool, Attempt& attempt);
  void push_ready(Pool& pool, Connection& connection);
  void remove_ready(Pool& pool, Connection& connection);
  void wait_in_pool(Attempt& attempt, ClusterState& cluster, Pool& pool, Instant now);
  void open_connections(ClusterState& cluster, Pool& pool, std::uint32_t host, bool high,
                        Instant now);
  void open_connection(ClusterState& cluster, Pool& pool, std::uint32_t host, bool high,
                       Instant now);
  void attach(Attempt& attempt, ClusterState& cluster, Pool& pool, Connection& connection,
              Instant now);
  void serve_queue(ClusterState& cluster, Pool& pool, std::uint32_t host, bool high, Instant now);
  void drain(Connection& connection);
  void close(Connection& connection);
  void forget(Connection& connection);
  void fail_queue(std::uint32_t host, bool high, ResetReason why, Instant now);
  void unlink_stream(Attempt& attempt, Connection& connection);
  void end_stream(Attempt& attempt, bool reusable, Instant now);
  void want_turn_end(Pool& pool, std::uint32_t host, bool high);
  void note_idle(Connection& connection, Instant now);
  void on_idle_timer(Connection& connection, Instant now);
  void on_connect_timeout(Connection& connection, Instant now);
  void cancel_connect_timer(Connection& connection);
};

}  // namespace squall::policies
