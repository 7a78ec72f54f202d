// The steps of which a worker's events (policies/worker.h) are made, by the file that has them.
#pragma once
#include <cstdint>

#include "policies/control_headers.h"
#include "policies/grpc.h"
#include "policies/head.h"
#include "policies/machine/worker_state.h"

namespace squall::policies {

class WorkerSteps : protected WorkerState {
 protected:
  using WorkerState::WorkerState;
  // machine/request.cc, machine/routing.cc, machine/mirror.cc
  void proceed(Request& request, const RequestHead& head, bool routed, Instant now);
  bool choose_route(Request& request, const RequestHead& head, Instant now);
  bool choose_anew(Request& of, const RequestHead& head, Remembered* known, Instant now);
  void resolve(Request& request, const RouteChoice& choice, const RequestHead& head);
  bool act(Request& request, bool require_tls, Instant now);
  void follow(Request& request, const Remembered& known);
  void set_up(Request& request, const Forward& forward, const RequestHead& head,
              const RequestHead& sent);
  void set_up_attempts(Request& request, const Forward& forward, const RetryPolicy* policy,
                       const ControlHeaders& control);
  void keep(Request& request), stop_keeping(Request& request), count(const Request& of, Stat stat);
  RequestExtras& extras_of(Request& request);
  std::uint64_t buffer_limit(const Request& request) const;
  void on_complete(Request& request, Instant now), give_up_retries(Request& request, Instant now);
  bool may_need_body(const Request& request) const, needs_kept_body(const Request& request);
  bool reply(Request& to, std::uint16_t status, Details details, ResponseFlag flag, Instant now);
  void count_answer(const Request& request, std::uint16_t status, std::uint32_t host);
  void count_answer_apart(const Request& of, ClusterState& in, std::uint16_t, std::uint32_t host);
  void finish(Request& request, Instant now);
  ClusterStats* virtual_cluster_of(const Request& request);
  // machine/filters.cc
  bool enter_filters(Request& request, bool require_tls, const RequestHead& head, Instant now);
  bool pass_filters(Request& request, const RequestHead& head, Instant now);
  template <class Config>  // by what the filter is
  bool pass_filter(Request& request, const FilterStep& step, const Config& config,
                   const RequestHead& head, Instant now);
  bool counts_as_fault(const Request& request, const FilterStep& step, const FaultConfig& config);
  bool pass_abort(Request& request, const FilterStep& step, const FaultConfig& config, Instant now);
  bool waits_in_filter(const Request& request) const {
    return request.extras != kNone &&
           extras_[request.extras].filters.waits != FilterProgress::Waits::kNo;
  }
  void on_fault_delay(Request& request, Instant now), leave_filters(Request& request, Instant now);
  void hold(Request& of, Attempt& from, std::uint64_t bytes, bool trailers, bool end, Instant now);
  void on_more_in_filters(Request& request, std::uint64_t bytes, bool end, Instant now);
  void tell_filters(const Request& of, std::uint16_t status, const GrpcStatus* grpc, Instant now);
  void tell_filters_of_trailers(const Request& request, Headers trailers, Instant now);
  void shape_reply(Request& request, Instant now), end_filters(Request& request, Instant now);
  void plan_measurement(std::uint32_t filter, Instant now), on_response_pace(Request& of, Instant);
  void on_filter_timer(TimerKind kind, std::uint32_t filter, Instant now);
  // machine/hosts.cc, machine/reconfigure.cc
  ClusterState& use_cluster(std::uint32_t cluster);
  void make_cluster(std::uint32_t cluster), follow_cluster(Request& request);
  void note_callers(ClusterState& cluster), note_callers_of_all(const ClusterState& changed);
  ClusterState* callers_cluster();
  void read_balancing(Request& request, const Forward& forward, const RequestHead& head);
  bool is_rejected(const Request& request, std::uint32_t host) const;
  std::uint32_t choose_host(Request& request, ClusterState& cluster, Instant now);
  std::uint32_t choose_with_care(Request& request, ClusterState& cluster, Instant now);
  std::uint32_t choose_in(Request& request, ClusterState& cluster, HostSets& sets, Instant now);
  std::uint32_t choose_in_subsets(Request& request, ClusterState& cluster, Instant now);
  void forward(Request& request, Instant now), give_up_mirrors(Request& request, Instant now);
  void mirror(Request& request, const Forward& forward, Instant now);
  void mirror_body(Request& request, std::uint64_t bytes, bool end, Instant now);
  void to_client(CommandKind kind, const Request& of, std::uint64_t other = 0, bool end = false);
  // machine/attempt.cc
  void begin_attempt(Request& request, Instant now);
  void enter_pool(Request& of, ClusterState& in, Pool& pool, std::uint32_t host, Instant now);
  void take_report(Attempt& attempt, Headers headers, Instant now);
  void watch_headers(const ClusterState& cluster, const Attempt& attempt, const ResponseHead& head,
                     std::uint16_t code);
  void on_pool_ready(Attempt& attempt, const ClusterState& cluster, Instant now);
  void push_body(const Attempt& attempt, std::uint64_t bytes, bool replay, bool end);
  void arm_per_try(const Request& request, Attempt& attempt, Instant now);
  void arm_per_try_idle(Attempt& of, Instant now), arm_upstream_duration(Attempt& of, Instant now);
  void note_upstream_activity(Attempt& attempt, Instant now), cancel_timers(Attempt& attempt);
  void forget_attempt(Request& of, Attempt& it), end_response(Request& of, Attempt&, Instant now);
  void fail_attempt(Attempt& attempt, StreamFailure failure, Instant now);
  void take_interim(Request& request, const Attempt& attempt, std::uint16_t status, Instant now);
  void take_response(Request& request, Attempt& attempt, std::uint16_t status,
                     const GrpcStatus& grpc_status, bool end, Instant now);
  void end_upstream(Request& of, Attempt& attempt, Instant now), break_off(Attempt& one, Instant);
  void reset_attempts(Request& request, std::uint32_t but, Instant now);
  void reset_several(Request& request, std::uint32_t but, Instant now);
  // machine/internal_redirect.cc, machine/retry.cc
  bool ask_redirect(Request& request, const Attempt& attempt, std::uint16_t status,
                    const GrpcStatus& grpc_status, bool end);
  bool retry_after_response(Request& request, Attempt& attempt, const ResponseHead& head,
                            bool wanted, bool end, Instant now);
  bool retry_after_reset(Request& request, ResetReason why, bool timed_out, Instant now);
  bool decide_retry(Request& request, bool wanted);
  void release_retry(Request& request), stop_backoff(Request& request);
  void back_off(Request& request, std::uint64_t random, Instant now);
  void retry_after_headers(Request& request, const ResponseHead& head, Instant now);
  void wait_and_retry(Request& request, Duration delay, Backoff kind, Instant now);
  std::uint16_t timeout_status(const Request& request) const;
  void on_global_timeout(Request& request, Instant now);
  void on_per_try_timeout(Attempt& of, Instant now), on_per_try_idle(Attempt& of, Instant now);
  void on_soft_timeout(Request& request, Attempt& attempt, Instant now);
  void on_upstream_duration(Attempt& attempt, Instant now);
  void time_out(Request& request, Attempt& attempt, Details details, Instant now);
  void answer_or_reset(Request& request, std::uint16_t status, Details details, ResponseFlag flag,
                       Instant now);
  // machine/stream_limits.cc
  void limit_stream(Request& request, const RequestHead& head, Instant now);
  void unlimit_stream(Request& of), note_activity(const Request& request, Instant now);
  Duration stream_idle(const Request& request) const;
  bool is_coming(const Request& request) const;
  void end_stream_of(Request& request, Details details, ResponseFlag flag, Instant now);
  void on_stream_idle(Request& request, Instant now), on_request_overall(Request& of, Instant now);
  void on_stream_duration(Request& of, Instant now), on_backoff(Request& request, Instant now);
  // machine/tcp_sessions.cc
  void connect_tcp(Request& tcp, Instant now), connect_again(Request& tcp, Instant now);
  void join_tcp(Attempt& attempt, const ClusterState& cluster, Instant now);
  void fail_tcp(Attempt& attempt, StreamFailure failure, Instant now);
  void on_host_left(Request& tcp, ResetReason why, Instant now);
  void let_go_of_host(Request& tcp, CloseHow how, Instant now);
  void drain_pools(ClusterState& cluster, std::uint32_t host, Instant now);
  void close_tcp_pool(std::uint32_t host, Instant now);
  void close_when_sent(Request& tcp), finish_tcp(Request& tcp), stop_tcp_idle(Request& tcp);
  void end_tcp(Request& tcp, ResponseFlag flag, Details details, CloseHow how, Instant now);
  void on_tcp_idle(Request& tcp, Instant now), on_tcp_duration(Request& tcp, Instant now);
  // machine/pool.cc, machine/connection.cc
  Pool& pool_of(std::uint32_t host, PoolKind kind);
  bool admits_pool(ClusterState& cluster, Pool& pool, PoolKind kind);
  void enqueue(Pool& pool, Attempt& attempt), dequeue(Pool& pool, Attempt& attempt);
  void push_ready(Pool& pool, Connection& one), remove_ready(Pool& pool, Connection& one);
  void wait_in_pool(Attempt& attempt, ClusterState& cluster, Pool& pool, Instant now);
  bool wants_connection(const ClusterState& cluster, const Pool& pool, std::uint32_t host) const;
  void open_connections(ClusterState& in, Pool& to, std::uint32_t host, PoolKind kind, Instant now);
  void open_connection(ClusterState& in, Pool& to, std::uint32_t host, PoolKind kind, Instant now);
  void attach(Attempt& one, ClusterState& in, Pool& pool, Connection& to, Instant now);
  void serve_queue(ClusterState& in, Pool& pool, std::uint32_t host, PoolKind kind, Instant now);
  void close_excess(const ClusterState& in, Pool& pool), drain(Connection& of);
  void close(Connection& one, CloseHow how = CloseHow::kAtOnce, bool active = false);
  void fail_queue(std::uint32_t host, PoolKind kind, StreamFailure why, Instant now);
  void forget(Connection& connection, bool by_host = false, bool active = false);
  void unlink_stream(Attempt& attempt, Connection& connection);
  void end_stream(Attempt& of, StreamEnd end, Instant now, CloseHow how = CloseHow::kAtOnce);
  void want_turn_end(Pool& pool, std::uint32_t host, PoolKind kind), on_max_duration(Connection&);
  void note_idle(Connection& one, Instant now), cancel_connect_timer(Connection& connection);
  void on_idle_timer(Connection& of, Instant now), on_connect_timeout(Connection& of, Instant now);
};

}  // namespace squall::policies
