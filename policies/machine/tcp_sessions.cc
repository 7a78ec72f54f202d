// TCP connections that pass through the proxy: their hosts, their ends, what they are limited by.
//
// A request without heads: its attempts are those to connect, their pools the hosts' own for TCP,
// whose connections carry one each and are never used again. It is logged when its client's
// connection is gone; what its host has not been sent by then goes out after it, and the record
// lives as long. Source: envoy's tcp_proxy and conn_pool_base, as docs/policies.md, "TCP
// connections" states it.
#include "policies/machine/steps.h"

namespace squall::policies {

namespace {

const TcpProxy& proxy_of(const Configuration& configuration, const Request& session) {
  return *configuration.epoch.listeners[session.listener].tcp;
}

}  // namespace

RequestId Worker::on_tcp_open(std::uint32_t listener, std::string_view peer, std::uint64_t random,
                              Instant now) {
  begin_event();
  Request& session = requests_.take();
  const RequestId id = id_of<RequestTag>(session);
  session.pool = PoolKind::kTcp;
  session.random = random;
  session.listener = listener;
  session.received = now;
  const TcpProxy& proxy = proxy_of(*configuration_, session);
  session.route = &proxy.route;
  if (proxy.backoff) session.retry = RetryState(*proxy.backoff);
  if (tcp_stats_.empty()) tcp_stats_.resize(configuration_->epoch.listeners.size());
  ++tcp_stats_[listener].total;
  RequestExtras& extras = extras_of(session);
  extras.active_at = now;
  if (proxy.idle_timeout > Duration::zero()) {
    extras.idle_armed = true;
    arm(TimerKind::kStreamIdle, session.index, now + proxy.idle_timeout);
  }
  if (const auto most = longest_life(proxy, random)) {
    extras.duration_armed = true;
    arm(TimerKind::kStreamDuration, session.index, now + *most);
  }
  extras.hash = tcp_hash(proxy, peer);
  connect_tcp(session, now);
  return id;
}

/// An attempt, for which a cluster is chosen anew. What a pool would grant its first connection
/// beyond max_connections is refused here.
void WorkerSteps::connect_tcp(Request& session, Instant now) {
  const TcpProxy& proxy = proxy_of(*configuration_, session);
  const auto& clusters = std::get<Forward>(proxy.route.action).clusters;
  session.weighted_entry = pick_tcp_cluster(proxy, session.random, session.attempt_count);
  session.cluster =
      session.weighted_entry < clusters.size() ? clusters[session.weighted_entry].index : kNone;
  if (session.cluster == kNone) {
    ++tcp_stats_[session.listener].no_route;
    return end_tcp(session, ResponseFlag::kNC, Details::kClusterNotFound, CloseHow::kAtOnce, now);
  }
  ClusterState& cluster = use_cluster(session.cluster);
  if (!grants(cluster.config->thresholds[0].max_connections, cluster.gauges[0].connections)) {
    cluster.stats.add(Stat::kCxOverflow);
    return end_tcp(session, ResponseFlag::kUO, Details::kNone, CloseHow::kAtOnce, now);
  }
  ++session.attempt_count;
  const std::uint32_t host = choose_host(session, cluster, now);
  if (host == kNone) {
    --session.attempt_count;  // it was none
    cluster.stats.add(Stat::kCxNoneHealthy);
    return end_tcp(session, ResponseFlag::kUH, Details::kNoHealthyUpstream, CloseHow::kAtOnce, now);
  }
  enter_pool(session, cluster, pool_in(cluster, host, PoolKind::kTcp), host, now);
}

/// After a failed attempt. The next one is never begun inside the failure of this one, so that all
/// who waited in a pool have failed before the first of them comes back.
void WorkerSteps::connect_again(Request& session, Instant now) {
  const TcpProxy& proxy = proxy_of(*configuration_, session);
  if (session.attempt_count >= proxy.max_connect_attempts) {
    clusters_[session.cluster]->stats.add(Stat::kCxConnectAttemptsExceeded);
    return end_tcp(session, ResponseFlag::kURX, Details::kNone, CloseHow::kAtOnce, now);
  }
  Duration delay{};
  if (proxy.backoff)
    delay = next_backoff(*proxy.backoff, session.retry, draw(session, Purpose::kBackoff, 0));
  session.in_backoff = true;
  arm(TimerKind::kBackoff, session.index, now + delay);
}

void WorkerSteps::join_tcp(Attempt& attempt, const ClusterState& cluster, Instant now) {
  Request& session = requests_[attempt.request];
  attempt.head_received = true;
  session.last_host = attempt.host;
  extras_[session.extras].active_at = now;
  report(cluster, attempt.host, HostResult::kLocalConnectSuccessFinal, 0);
  push(CommandKind::kJoin, session.index, attempt.connection);
}

/// Its attempt has failed, or the host's connection is gone.
void WorkerSteps::fail_tcp(Attempt& attempt, StreamFailure failure, Instant now) {
  const ResetReason why = failure.reason;
  Request& session = requests_[attempt.request];
  const bool connected = attempt.head_received;
  const std::uint32_t host = attempt.host;
  forget_attempt(session, attempt);
  if (connected) return on_host_left(session, why, now);
  session.last_host = why == ResetReason::kOverflow ? kNone : host;
  session.outcome.reset = why;
  session.outcome.connect_error = failure.connect_error;
  const bool timed_out = why == ResetReason::kConnectionTimeout;
  if (timed_out || why == ResetReason::kRemoteConnectionFailure) {
    session.outcome.flags.set(ResponseFlag::kUF);
    report(*clusters_[session.cluster], host,
           timed_out ? HostResult::kLocalTimeout : HostResult::kLocalConnectFailed, 0);
  }
  connect_again(session, now);
}

/// The client gets what is still to be sent, but of a host that reset the connection a reset.
void WorkerSteps::on_host_left(Request& session, ResetReason why, Instant now) {
  stop_tcp_idle(session);
  if (session.ended) {  // its client has left before: this was all that was waited for
    requests_.retire(session);
  } else if (why == ResetReason::kRemoteReset) {
    end_tcp(session, ResponseFlag::kUR, Details::kNone, CloseHow::kReset, now);
  } else {
    close_when_sent(session);
  }
}

void WorkerSteps::close_when_sent(Request& session) {
  bool& closing = extras_[session.extras].closing;
  if (closing) return;
  closing = true;
  commands_.push({.kind = CommandKind::kCloseTcp,
                  .detail = static_cast<std::uint8_t>(CloseHow::kWhenSent),
                  .subject = session.index});
}

void Worker::on_tcp_bytes(RequestId id, TcpSide from, std::uint64_t bytes, bool end, Instant now) {
  begin_event();
  Request* session = find(requests_, id);
  if (session == nullptr) return;
  RequestExtras& extras = extras_[session->extras];
  extras.active_at = now;
  if (session->newest_attempt == kNone || (bytes == 0 && !end)) return;
  const Attempt& attempt = attempts_[session->newest_attempt];
  bool& ended = from == TcpSide::kClient ? extras.client_ended : extras.host_ended;
  if (!attempt.head_received || ended) return;
  ended = end;
  const TcpSide to = from == TcpSide::kClient ? TcpSide::kHost : TcpSide::kClient;
  commands_.push({.kind = CommandKind::kPass,
                  .detail = static_cast<std::uint8_t>(to),
                  .end = end,
                  .subject = session->index,
                  .number = bytes});
  if (!extras.client_ended || !extras.host_ended) return;
  push_close(attempt.connection, CloseHow::kWhenSent);
  close_when_sent(*session);
}

void Worker::on_tcp_closed(RequestId id, bool reset, Instant now) {
  begin_event();
  Request* session = find(requests_, id);
  if (session == nullptr || session->ended) return;
  RequestExtras& extras = extras_[session->extras];
  const bool both_ended = extras.client_ended && extras.host_ended;
  if (reset || !both_ended) let_go_of_host(*session, CloseHow::kReset, now);
  finish_tcp(*session);
}

/// Its attempts end here: it will not be told of them.
void WorkerSteps::let_go_of_host(Request& session, CloseHow how, Instant now) {
  each_attempt(session, [&](Attempt& attempt) {
    if (attempt.connection != kNone) {
      end_stream(attempt, StreamEnd::kBroken, now, how);
    } else {
      ClusterState& cluster = cluster_of_host(attempt.host);
      Pool& pool = pool_in(cluster, attempt.host, PoolKind::kTcp);
      cluster.stats.add(Stat::kRqCancelled);
      dequeue(pool, attempt);
      close_excess(cluster, pool);
    }
    forget_attempt(session, attempt);
  });
}

/// The proxy ends it.
void WorkerSteps::end_tcp(Request& session, ResponseFlag flag, Details details, CloseHow how,
                          Instant now) {
  if (flag != ResponseFlag::kNone) session.outcome.flags.set(flag);
  session.outcome.details = details;
  let_go_of_host(session, how, now);
  commands_.push({.kind = CommandKind::kCloseTcp,
                  .detail = static_cast<std::uint8_t>(how),
                  .subject = session.index});
  finish_tcp(session);
}

/// Its client is gone, so it is logged; without a connection to a host that is all.
void WorkerSteps::finish_tcp(Request& session) {
  RequestExtras& extras = extras_[session.extras];
  if (session.in_backoff) cancel(TimerKind::kBackoff, session.index);
  if (extras.duration_armed) cancel(TimerKind::kStreamDuration, session.index);
  session.in_backoff = extras.duration_armed = false;
  session.ended = true;
  push(CommandKind::kLog, session.index);
  if (session.live > 0) return;
  stop_tcp_idle(session);
  requests_.retire(session);
}

void WorkerSteps::stop_tcp_idle(Request& session) {
  bool& armed = extras_[session.extras].idle_armed;
  if (armed) cancel(TimerKind::kStreamIdle, session.index);
  armed = false;
}

void WorkerSteps::on_tcp_idle(Request& session, Instant now) {
  if (session.extras == kNone || !extras_[session.extras].idle_armed) {
    ++stale_;
    return;
  }
  RequestExtras& extras = extras_[session.extras];
  const Instant due = extras.active_at + proxy_of(*configuration_, session).idle_timeout;
  if (now < due) return arm(TimerKind::kStreamIdle, session.index, due);
  extras.idle_armed = false;
  ++tcp_stats_[session.listener].idle_timeout;
  if (!session.ended)
    return end_tcp(session, ResponseFlag::kNone, Details::kStreamIdle, CloseHow::kAtOnce, now);
  let_go_of_host(session, CloseHow::kAtOnce, now);
  requests_.retire(session);
}

void WorkerSteps::on_tcp_duration(Request& session, Instant now) {
  if (session.extras == kNone || !extras_[session.extras].duration_armed) {
    ++stale_;
    return;
  }
  extras_[session.extras].duration_armed = false;
  ++tcp_stats_[session.listener].max_duration;
  end_tcp(session, ResponseFlag::kDT, Details::kMaxDuration, CloseHow::kAtOnce, now);
}

/// The host has failed, and the cluster closes connections to such.
void WorkerSteps::close_tcp_pool(std::uint32_t host, Instant now) {
  Pool& pool = pool_of(host, PoolKind::kTcp);
  bool was_connecting = false;
  for (std::uint32_t i = pool.connections_head; i != kNone;) {
    Connection& connection = connections_[i];
    i = connection.next_of_host;
    if (connection.first_attempt == kNone) {
      was_connecting = was_connecting || connection.state == ConnectionState::kConnecting;
      close(connection);
      continue;
    }
    Attempt& attempt = attempts_[connection.first_attempt];
    end_stream(attempt, StreamEnd::kBroken, now);
    fail_attempt(attempt, ResetReason::kConnectionTermination, now);
  }
  if (was_connecting) fail_queue(host, PoolKind::kTcp, ResetReason::kLocalConnectionFailure, now);
}

}  // namespace squall::policies
