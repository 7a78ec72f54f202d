// Attempts of a request: begun on a host, answered, broken off, timed out, tried again.
// Source: envoy's router and upstream_request, as docs/policies.md, "Retries" and "Timeouts" state
// it.
#include <algorithm>

#include "policies/base/prefetch.h"
#include "policies/grpc.h"
#include "policies/machine/steps.h"

namespace squall::policies {

void WorkerSteps::begin_attempt(Request& request, Instant now) {
  ++request.attempt_count;
  request.canary = false;  // the one before may have said so
  ClusterState& cluster = use_cluster(request.cluster);
  const std::uint32_t host = choose_host(request, cluster, now);
  Pool* const pool = host != kNone ? &pool_in(cluster, host, request.pool) : nullptr;
  if (pool == nullptr || !admits_pool(cluster, *pool, request.pool)) {
    if (pool == nullptr) cluster.stats.add(Stat::kCxNoneHealthy);
    reply(request, 503, Details::kNoHealthyUpstream, ResponseFlag::kUH, now);
    return;
  }
  request.last_host = host;
  enter_pool(request, cluster, *pool, host, now);
}

/// The attempt takes a connection that is ready, or waits for one.
void WorkerSteps::enter_pool(Request& request, ClusterState& cluster, Pool& pool,
                             std::uint32_t host, Instant now) {
  const std::uint32_t ready = pool.ready_head;
  if (ready != kNone) prefetch(&connections_[ready]);  // of one host of many: seldom near
  Attempt& attempt = attempts_.take();
  attempt.request = request.index;
  attempt.host = host;
  attempt.number = request.attempt_count;
  attempt.began = now;
  attempt.next_of_request = request.newest_attempt;
  request.newest_attempt = attempt.index;
  ++request.live;
  const std::uint32_t before = request.attempt_count - 1U;
  if (before < Request::kFirstTried) {
    request.tried_hosts[before] = host;
  } else if (request.retry_policy != nullptr && request.retry_policy->previous_hosts) {
    extras_of(request).tried_hosts.push_back(host);
  }
  if (ready != kNone) {
    attach(attempt, cluster, pool, connections_[ready], now);
    if (cluster.config->preconnect_ratio > 1) [[unlikely]]
      open_connections(cluster, pool, host, request.pool, now);
  } else {
    wait_in_pool(attempt, cluster, pool, now);
  }
}

/// The load that a host reports, in the head of its response or in the trailers: once.
void WorkerSteps::take_report(Attempt& attempt, Headers headers, Instant now) {
  ClusterState& cluster = cluster_of_host(attempt.host);
  if (!attempt.reported)
    attempt.reported = cluster.on_report(attempt.host - cluster.first_host, headers, now);
}

/// What a host says of its own health.
void WorkerSteps::watch_headers(const ClusterState& cluster, const Attempt& attempt,
                                const ResponseHead& head, std::uint16_t code) {
  const ClusterConfig& config = *cluster.config;
  if (config.outlier && config.outlier->detect_degraded_hosts && code < 500 &&
      find_header(head.headers, "x-envoy-degraded"))
    tell(cluster, attempt.host, HostResult::kDegraded);
  if (!config.health_checks.empty() &&
      find_header(head.headers, "x-envoy-immediate-health-check-fail"))
    tell(cluster, attempt.host, HostResult::kImmediateHealthCheckFail);
}

void WorkerSteps::on_pool_ready(Attempt& attempt, const ClusterState& cluster, Instant now) {
  Request& request = requests_[attempt.request];
  if (request.is_tcp()) [[unlikely]]
    return join_tcp(attempt, cluster, now);
  if (cluster.splits_local_origin)
    report(cluster, attempt.host, HostResult::kLocalConnectSuccess, 0);
  if (request.rare_timers) [[unlikely]]
    arm_upstream_duration(attempt, now);
  const bool bare = request.complete && request.body_bytes == 0 && !request.has_trailers;
  push(CommandKind::kStart, attempt.index, attempt.connection, bare);
  if (bare) {
    arm_per_try(request, attempt, now);
    return;
  }
  if (request.body_bytes > 0 || (request.complete && !request.has_trailers)) {
    push_body(attempt, request.body_bytes, true, request.complete && !request.has_trailers);
  }
  if (request.has_trailers) push(CommandKind::kSendTrailers, attempt.index);
  if (!may_need_body(request)) stop_keeping(request);  // from here on its body passes through
  if (request.complete) arm_per_try(request, attempt, now);
}

void WorkerSteps::push_body(const Attempt& attempt, std::uint64_t bytes, bool replay, bool end) {
  commands_.push({.kind = CommandKind::kSendBody,
                  .detail = static_cast<std::uint8_t>(replay ? 1 : 0),
                  .end = end,
                  .subject = attempt.index,
                  .number = bytes});
}

std::uint32_t Worker::expected_timeout_ms(std::uint32_t index) const {
  const Attempt& attempt = attempts_[index];
  const Request& request = requests_[attempt.request];
  return policies::expected_timeout_ms(
      request.timeouts,
      request.complete ? std::max(Duration::zero(), attempt.began - request.completed)
                       : Duration::zero(),
      request.hedging);
}

void WorkerSteps::cancel_timers(Attempt& attempt) {
  if (attempt.per_try_armed) cancel(TimerKind::kPerTry, attempt.index);
  if (attempt.idle_armed) cancel(TimerKind::kPerTryIdle, attempt.index);
  if (attempt.duration_armed) cancel(TimerKind::kUpstreamDuration, attempt.index);
  attempt.per_try_armed = attempt.idle_armed = attempt.duration_armed = false;
}

namespace {

/// A gRPC response has begun well and not said its status yet.
bool owes_status(const Request& request, const Attempt& attempt) {
  return request.grpc && request.response_started && attempt.head_received &&
         request.outcome.status < 500;
}

void count_result(ClusterState& cluster, const Attempt& attempt, bool good) {
  cluster.count(attempt.host, good ? &HostStats::rq_success : &HostStats::rq_error);
}

bool is_success(const GrpcStatus& grpc_status) {
  return grpc_status && grpc_to_http(*grpc_status) < 500;
}

}  // namespace

/// The attempt's stream broke off, or it got none.
void WorkerSteps::fail_attempt(Attempt& attempt, StreamFailure failure, Instant now) {
  Request& request = requests_[attempt.request];
  if (request.is_tcp()) [[unlikely]]
    return fail_tcp(attempt, failure, now);
  const ResetReason why = failure.reason;
  const bool answering = attempt.head_received && request.response_started;
  if (!answering && !attempt.hedged) request.sent_first_byte |= attempt.sent_first_byte;
  forget_attempt(request, attempt);
  if (why != ResetReason::kOverflow)
    report(*clusters_[request.cluster], attempt.host, HostResult::kLocalConnectFailed, 0);
  if (request.ended) return;
  if (!request.answer_begun() || owes_status(request, attempt))
    count_result(*clusters_[request.cluster], attempt, false);
  if (!answering && !attempt.hedged && retry_after_reset(request, why, false, now)) return;
  const std::uint16_t status = why == ResetReason::kProtocolError ? 502 : 503;
  if (!request.answer_begun()) {
    count_answer(request, status, attempt.host);
    if (request.live > 0 || request.in_backoff) return;  // hedging
  }
  request.outcome.reset = why;
  request.outcome.connect_error = failure.connect_error;
  if (request.response_started) {
    request.outcome.flags.set(flag_of(why));
    request.outcome.details = Details::kResetAfterResponse;
    to_client(CommandKind::kResetClient, request);
    finish(request, now);
    return;
  }
  reply(request, status,
        request.had_interim ? Details::kResetAfterResponse : Details::kResetBeforeResponse,
        flag_of(why), now);
}

void Worker::on_first_byte_sent(AttemptId id) {
  Attempt* attempt = find(attempts_, id);
  if (attempt == nullptr) return;
  attempt->sent_first_byte = true;
}

void Worker::on_response(AttemptId id, const ResponseHead& head, bool end, Instant now) {
  begin_event();
  Attempt* attempt = find(attempts_, id);
  if (attempt == nullptr || attempt->head_received) return;
  Request& request = requests_[attempt->request];
  if (!head.headers.empty())
    request.canary = find_header(head.headers, "x-envoy-upstream-canary") == "true";
  if (head.status < 200) [[unlikely]]
    return take_interim(request, *attempt, head.status, now);
  attempt->head_received = true;
  attempt->closes_connection = head.closes_connection;
  std::uint16_t code = head.status;
  GrpcStatus grpc_status;
  if (!head.headers.empty()) {
    grpc_status = find_grpc_status(head.headers);
    if (request.grpc && grpc_status) code = grpc_to_http(*grpc_status);
  }
  if (clusters_[request.cluster]->reads_reports()) [[unlikely]]
    take_report(*attempt, head.headers, now);
  std::uint16_t seen = code;
  if (clusters_[request.cluster]->judges_responses && !request.grpc) [[unlikely]]
    seen = status_for_detection(*clusters_[request.cluster]->config->failures, head);
  report(*clusters_[request.cluster], attempt->host,
         seen >= 500 ? HostResult::kExternalFailure : HostResult::kExternalSuccess, seen);
  if (head.closes_connection && clusters_[request.cluster]->http1)
    clusters_[request.cluster]->stats.add(Stat::kCxCloseNotify);
  if (!head.headers.empty()) {
    const ClusterState& cluster = *clusters_[request.cluster];
    if (cluster.watches_headers) [[unlikely]]
      watch_headers(cluster, *attempt, head, seen);
  }
  if (request.extras != kNone) [[unlikely]]
    attempt->grpc_response = is_grpc(head, end);
  if (attempt->idle_armed) [[unlikely]]
    note_upstream_activity(*attempt, now);
  const std::uint32_t host = attempt->host;
  if (request.retriable) {
    const bool wanted = wants_retry(*request.retry_policy, head, grpc_status);
    // Where no retry was ever begun, there is nothing to give back or to count.
    if ((wanted || request.retry.armed) &&
        retry_after_response(request, *attempt, head, wanted, end, now))
      return clusters_[request.cluster]->count(host, &HostStats::rq_error);
  }
  if (request.may_redirect && ask_redirect(request, *attempt, head.status, grpc_status, end))
      [[unlikely]]
    return;
  take_response(request, *attempt, head.status, grpc_status, end, now);
}

/// A 1xx: the answer will be this attempt's.
void WorkerSteps::take_interim(Request& request, const Attempt& attempt, std::uint16_t status,
                               Instant now) {
  request.last_host = attempt.host;
  count_answer(request, status, attempt.host);
  request.had_interim = true;
  request.retriable = false;
  if (request.hedging) [[unlikely]]
    stop_backoff(request);
  if (!may_need_body(request)) stop_keeping(request);
  reset_attempts(request, attempt.index, now);
}

/// It is the client's.
void WorkerSteps::take_response(Request& request, Attempt& attempt, std::uint16_t status,
                                const GrpcStatus& grpc_status, bool end, Instant now) {
  request.response_started = true;
  if (request.extras != kNone) [[unlikely]]
    tell_filters(request, status, attempt.grpc_response ? &grpc_status : nullptr, now);
  request.retriable = false;
  if (request.hedging) [[unlikely]]
    stop_backoff(request);
  stop_keeping(request);
  note_activity(request, now);
  request.outcome.status = status;
  request.outcome.details = Details::kViaUpstream;
  request.last_host = attempt.host;
  if (!request.grpc || end || status >= 500) {
    const bool good = status < 500 && (!request.grpc || is_success(grpc_status));
    count_result(*clusters_[request.cluster], attempt, good);
  }
  reset_attempts(request, attempt.index, now);
  to_client(CommandKind::kForwardHead, request, attempt.index, end);
  if (end) end_response(request, attempt, now);
}

void Worker::on_response_body(AttemptId id, std::uint64_t bytes, bool end, Instant now) {
  begin_event();
  Attempt* attempt = find(attempts_, id);
  if (attempt == nullptr || !attempt->head_received) return;
  if (attempt->idle_armed) [[unlikely]]
    note_upstream_activity(*attempt, now);
  Request& request = requests_[attempt->request];
  note_activity(request, now);
  if (end && owes_status(request, *attempt))
    count_result(*clusters_[request.cluster], *attempt, false);
  if (request.extras != kNone && extras_[request.extras].filters.pace) [[unlikely]]
    return hold(request, *attempt, bytes, false, end, now);
  to_client(CommandKind::kForwardBody, request, attempt->index, end);
  if (end) end_response(request, *attempt, now);
}

void Worker::on_response_trailers(AttemptId id, Headers trailers, Instant now) {
  begin_event();
  Attempt* attempt = find(attempts_, id);
  if (attempt == nullptr || !attempt->head_received) return;
  Request& request = requests_[attempt->request];
  if (clusters_[request.cluster]->reads_reports()) [[unlikely]]
    take_report(*attempt, trailers, now);
  if (request.extras != kNone) [[unlikely]]
    tell_filters_of_trailers(request, trailers, now);
  if (owes_status(request, *attempt))
    count_result(*clusters_[request.cluster], *attempt, is_success(find_grpc_status(trailers)));
  if (request.extras != kNone) [[unlikely]] {
    const std::optional<ResponsePace>& pace = extras_[request.extras].filters.pace;
    if (pace && pace->held() > 0) return hold(request, *attempt, 0, true, true, now);
  }
  to_client(CommandKind::kForwardTrailers, request, attempt->index);
  end_response(request, *attempt, now);
}

/// The response has been forwarded whole.
void WorkerSteps::end_response(Request& request, Attempt& attempt, Instant now) {
  end_upstream(request, attempt, now);
  finish(request, now);
}

/// The response has come whole. One that overtook its request costs an HTTP/1 connection.
void WorkerSteps::end_upstream(Request& request, Attempt& attempt, Instant now) {
  if (!request.complete) {
    ClusterState& cluster = cluster_of_host(attempt.host);
    if (!cluster.http1) cluster.stats.add(Stat::kRqTxReset);
    push(CommandKind::kReset, attempt.index);
  }
  end_stream(attempt, request.complete ? whole(attempt) : StreamEnd::kBroken, now);
  forget_attempt(request, attempt);
}

void Worker::on_stream_reset(AttemptId id, ResetReason why, Instant now) {
  begin_event();
  Attempt* attempt = find(attempts_, id);
  if (attempt == nullptr) return;
  if (attempt->connection != kNone) {
    ClusterState& cluster = cluster_of_host(attempt->host);
    if (!cluster.http1) {  // a refused stream counts as neither
      if (why == ResetReason::kRemoteReset) cluster.stats.add(Stat::kRqRxReset);
      if (why == ResetReason::kProtocolError) cluster.stats.add(Stat::kRqTxReset);
    }
    end_stream(*attempt, StreamEnd::kBroken, now);
  }
  fail_attempt(*attempt, why, now);
}

/// Breaks the attempt off from our side; it is not reported and not taken from its request.
void WorkerSteps::break_off(Attempt& attempt, Instant now) {
  ClusterState& cluster = cluster_of_host(attempt.host);
  if (attempt.connection == kNone) {
    cluster.stats.add(Stat::kRqCancelled);
    dequeue(pool_of(attempt.host, requests_[attempt.request].pool), attempt);
    return;
  }
  if (connections_[attempt.connection].state != ConnectionState::kClosed) {
    if (!cluster.http1) cluster.stats.add(Stat::kRqTxReset);
    push(CommandKind::kReset, attempt.index);
  }
  end_stream(attempt, StreamEnd::kBroken, now);
}

void WorkerSteps::reset_several(Request& request, std::uint32_t but, Instant now) {
  each_attempt(request, [&](Attempt& attempt) {
    if (attempt.index == but) return;
    break_off(attempt, now);
    forget_attempt(request, attempt);
  });
}

}  // namespace squall::policies
