// Connections of a pool: connected, drained, idle, failed, closed, and what that does to the
// streams on them. Source: envoy's conn_pool_base, as docs/policies.md, "Connection pools" states
// it.
#include <algorithm>

#include "policies/machine/steps.h"

namespace squall::policies {

namespace {

/// How long it may be without a stream; zero: for ever.
Duration idle_timeout(const ClusterState& cluster, const Connection& connection) {
  constexpr Duration kOfTcp = 10min;
  return connection.pool == PoolKind::kTcp ? kOfTcp : cluster.config->idle_timeout;
}

}  // namespace

void Worker::on_connected(ConnectionId id, Instant now) {
  begin_event();
  Connection* connection = find(connections_, id);
  if (connection == nullptr) return;
  if (connection->state != ConnectionState::kConnecting) {
    ++stale_;
    return;
  }
  Pool& pool = pool_of(connection->host, connection->pool);
  ClusterState& cluster = *clusters_[connection->cluster];
  cancel_connect_timer(*connection);
  pool.connecting_capacity -= std::min(pool.connecting_capacity, room(*connection));
  connection->idle_since = now;
  const Duration longest = cluster.config->max_connection_duration.value_or(Duration::zero());
  if (longest > Duration::zero() && connection->pool != PoolKind::kTcp) {
    connection->max_armed = true;
    arm(TimerKind::kConnectionMax, connection->index, now + longest);
  }
  push_ready(pool, *connection);
  serve_queue(cluster, pool, connection->host, connection->pool, now);
  if (connection->state == ConnectionState::kReady && connection->streams == 0)
    note_idle(*connection, now);
}

/// What a connection takes is what its peer says last, and no more than is configured.
void Worker::on_settings(ConnectionId id, std::uint32_t max_streams) {
  begin_event();
  Connection* connection = find(connections_, id);
  if (connection == nullptr) return;
  Pool& pool = pool_of(connection->host, connection->pool);
  const std::uint32_t before = room(*connection);
  connection->capacity =
      std::min(max_streams, clusters_[connection->cluster]->config->max_concurrent_streams);
  const std::uint32_t after = room(*connection);
  if (connection->state == ConnectionState::kConnecting) {
    pool.connecting_capacity -= std::min(pool.connecting_capacity, before);
    pool.connecting_capacity += after;
  } else if (connection->state == ConnectionState::kReady && after == 0) {
    remove_ready(pool, *connection);
    connection->state = ConnectionState::kBusy;
  } else if (connection->state == ConnectionState::kBusy && after > 0) {
    push_ready(pool, *connection);
    if (pool.queue_head != kNone) want_turn_end(pool, connection->host, connection->pool);
  }
}

void Worker::on_goaway(ConnectionId id) {
  begin_event();
  Connection* connection = find(connections_, id);
  if (connection == nullptr) return;
  clusters_[connection->cluster]->stats.add(Stat::kCxCloseNotify);
  drain(*connection);
}

/// No new streams; closed when the last one has ended.
void WorkerSteps::drain(Connection& connection) {
  if (connection.state == ConnectionState::kConnecting ||
      connection.state == ConnectionState::kDraining)
    return;
  Pool& pool = pool_of(connection.host, connection.pool);
  if (connection.state == ConnectionState::kReady) remove_ready(pool, connection);
  connection.state = ConnectionState::kDraining;
  if (connection.streams > 0) return;
  close(connection);
  if (pool.queue_head != kNone) want_turn_end(pool, connection.host, connection.pool);
}

void Worker::on_host_drain(std::uint32_t host, Instant now) {
  begin_event();
  ClusterState* const cluster = clusters_[configuration_->epoch.cluster_of_host(host)].get();
  if (cluster != nullptr) drain_pools(*cluster, host, now);
}

/// The host gets no new streams on the connections that there are.
void WorkerSteps::drain_pools(ClusterState& cluster, std::uint32_t host, Instant now) {
  for (const PoolKind kind : {PoolKind::kDefault, PoolKind::kHigh, PoolKind::kTcp}) {
    if (kind == PoolKind::kHigh && cluster.high_pools == nullptr) continue;
    if (kind == PoolKind::kTcp && cluster.tcp_pools == nullptr) continue;
    if (kind == PoolKind::kTcp && cluster.config->close_connections_on_host_health_failure)
      return close_tcp_pool(host, now);
    Pool& pool = pool_of(host, kind);
    for (std::uint32_t i = pool.connections_head; i != kNone;) {
      Connection& connection = connections_[i];
      i = connection.next_of_host;
      if (connection.state != ConnectionState::kConnecting) {
        drain(connection);
      } else if (pool.queue_head == kNone) {
        cluster.stats.add(Stat::kCxConnectFail);
        cluster.count(host, &HostStats::cx_connect_fail);
        close(connection);
      }
    }
  }
}

/// Forgets the connection and asks the shell to close it.
void WorkerSteps::close(Connection& connection, CloseHow how, bool active) {
  push_close(connection.index, how);
  forget(connection, false, active);
}

/// `active`: while a request on it was under way.
void WorkerSteps::forget(Connection& connection, bool by_host, bool active) {
  ClusterState& cluster = *clusters_[connection.cluster];
  Pool& pool = pool_of(connection.host, connection.pool);
  if (connection.state == ConnectionState::kConnecting) {
    pool.connecting_capacity -= std::min(pool.connecting_capacity, room(connection));
  } else if (connection.state == ConnectionState::kReady) {
    remove_ready(pool, connection);
  }
  cancel_connect_timer(connection);
  if (connection.idle_armed) cancel(TimerKind::kConnectionIdle, connection.index);
  if (connection.max_armed) cancel(TimerKind::kConnectionMax, connection.index);
  (connection.previous_of_host != kNone ? connections_[connection.previous_of_host].next_of_host
                                        : pool.connections_head) = connection.next_of_host;
  if (connection.next_of_host != kNone) {
    connections_[connection.next_of_host].previous_of_host = connection.previous_of_host;
  }
  --pool.connections;
  --cluster.gauges[priority_of(connection.pool)].connections;
  forget_if_unused(pool, cluster.gauges[priority_of(connection.pool)]);
  cluster.stats.add_closed(by_host, active);
  connections_.retire(connection);
}

void Worker::on_connect_failed(ConnectionId id, ResetReason why, ConnectError error, Instant now) {
  begin_event();
  Connection* connection = find(connections_, id);
  if (connection == nullptr) return;
  clusters_[connection->cluster]->stats.add(Stat::kCxConnectFail);
  const std::uint32_t host = connection->host;
  clusters_[connection->cluster]->count(host, &HostStats::cx_connect_fail);
  const PoolKind kind = connection->pool;
  forget(*connection, why == ResetReason::kRemoteConnectionFailure);
  fail_queue(host, kind, {why, error}, now);
}

/// Every stream of the pool fails, not only those that the connection was for: the newest first,
/// each counted as pending until it has failed. Their retries join a new queue. One's failure can
/// be another's end, as of a request's copies.
void WorkerSteps::fail_queue(std::uint32_t host, PoolKind kind, StreamFailure why, Instant now) {
  Pool& pool = pool_of(host, kind);
  failing_.clear();
  for (std::uint32_t next = pool.queue_tail; next != kNone;) {
    Attempt& attempt = attempts_[next];
    failing_.push_back(next);
    next = attempt.previous;
    attempt.previous = attempt.next = kNone;
    attempt.waits = PoolWait::kFailing;
  }
  pool.queue_head = pool.queue_tail = kNone;
  pool.queued = 0;
  ClusterState& cluster = cluster_of_host(host);
  for (const std::uint32_t index : failing_) {
    Attempt& attempt = attempts_[index];
    if (attempt.waits != PoolWait::kFailing) continue;
    attempt.waits = PoolWait::kNone;
    cluster.stats.add(Stat::kRqPendingFailureEject);
    fail_attempt(attempt, why, now);
    --cluster.gauges[priority_of(kind)].pending;
  }
  forget_if_unused(pool, cluster.gauges[priority_of(kind)]);
}

void Worker::on_closed(ConnectionId id, ResetReason why, Instant now, bool by_us) {
  begin_event();
  Connection* connection = find(connections_, id);
  if (connection == nullptr) return;
  const std::uint32_t host = connection->host;
  const PoolKind kind = connection->pool;
  ClusterState& cluster = *clusters_[connection->cluster];
  if (connection->state == ConnectionState::kReady) remove_ready(pool_of(host, kind), *connection);
  if (connection->state != ConnectionState::kConnecting)
    connection->state = ConnectionState::kClosed;
  const bool active = connection->first_attempt != kNone && kind != PoolKind::kTcp;
  if (why == ResetReason::kProtocolError) cluster.stats.add(Stat::kCxProtocolError);
  while (connection->first_attempt != kNone) {
    Attempt& attempt = attempts_[connection->first_attempt];
    unlink_stream(attempt, *connection);
    if (!cluster.http1 && kind != PoolKind::kTcp) cluster.stats.add(Stat::kRqPendingFailureEject);
    fail_attempt(attempt, why, now);
  }
  forget(*connection, !by_us, active);
  Pool& pool = pool_of(host, kind);
  if (pool.queue_head != kNone) open_connections(cluster, pool, host, kind, now);
}

/// Takes the attempt off its connection: gauges and lists only.
void WorkerSteps::unlink_stream(Attempt& attempt, Connection& connection) {
  ClusterState& cluster = *clusters_[connection.cluster];
  (attempt.previous != kNone ? attempts_[attempt.previous].next : connection.first_attempt) =
      attempt.next;
  if (attempt.next != kNone) attempts_[attempt.next].previous = attempt.previous;
  attempt.previous = attempt.next = kNone;
  attempt.connection = kNone;
  --connection.streams;
  --cluster.active[connection.host - cluster.first_host];
  --cluster.gauges[priority_of(connection.pool)].requests;
}

/// The attempt's stream has ended; `how`: of its connection when that has to go.
void WorkerSteps::end_stream(Attempt& attempt, StreamEnd end, Instant now, CloseHow how) {
  Connection& connection = connections_[attempt.connection];
  ClusterState& cluster = *clusters_[connection.cluster];
  const std::uint32_t host = connection.host;
  const PoolKind kind = connection.pool;
  Pool& pool = pool_in(cluster, host, kind);
  unlink_stream(attempt, connection);
  if (connection.state == ConnectionState::kClosed) return;
  const bool http1 = cluster.http1 || kind == PoolKind::kTcp;
  const bool draining = connection.state == ConnectionState::kDraining;
  if ((http1 && end != StreamEnd::kReusable) || draining) {
    if (connection.streams > 0) return;
    close(connection, how, cluster.http1 && kind != PoolKind::kTcp && end == StreamEnd::kBroken);
    if (pool.queue_head != kNone) open_connections(cluster, pool, host, kind, now);
    return;
  }
  if (connection.state == ConnectionState::kBusy && room(connection) > 0)
    push_ready(pool, connection);
  if (connection.streams == 0) note_idle(connection, now);
  if (pool.queue_head == kNone) return;
  if (http1) {
    want_turn_end(pool, host, kind);
  } else {
    serve_queue(cluster, pool, host, kind, now);
  }
}

void WorkerSteps::want_turn_end(Pool& pool, std::uint32_t host, PoolKind kind) {
  if (pool.turn_end) return;
  pool.turn_end = true;
  turn_end_.push_back(PoolName{host, kind});
}

void Worker::on_turn_end(Instant now) {
  begin_event();
  std::swap(turn_end_, turn_end_now_);
  for (const PoolName& name : turn_end_now_) {
    Pool& pool = pool_of(name.host, name.kind);
    pool.turn_end = false;
    serve_queue(cluster_of_host(name.host), pool, name.host, name.kind, now);
  }
  turn_end_now_.clear();
}

/// An idle timer is armed once and looks again when it fires, so a busy connection costs nothing.
void WorkerSteps::note_idle(Connection& connection, Instant now) {
  const Duration timeout = idle_timeout(*clusters_[connection.cluster], connection);
  connection.idle_since = now;
  if (connection.idle_armed || timeout == Duration::zero()) return;
  connection.idle_armed = true;
  arm(TimerKind::kConnectionIdle, connection.index, now + timeout);
}

void WorkerSteps::on_idle_timer(Connection& connection, Instant now) {
  if (!connection.idle_armed) {
    ++stale_;
    return;
  }
  ClusterState& cluster = *clusters_[connection.cluster];
  connection.idle_armed = false;
  if (connection.streams > 0) return;  // note_idle arms it again
  const Instant due = connection.idle_since + idle_timeout(cluster, connection);
  if (now < due) {
    connection.idle_armed = true;
    arm(TimerKind::kConnectionIdle, connection.index, due);
    return;
  }
  cluster.stats.add(Stat::kCxIdleTimeout);
  close(connection);
}

void WorkerSteps::on_max_duration(Connection& connection) {
  if (!connection.max_armed) {
    ++stale_;
    return;
  }
  connection.max_armed = false;
  if (connection.state == ConnectionState::kDraining) return;
  clusters_[connection.cluster]->stats.add(Stat::kCxMaxDurationReached);
  drain(connection);
}

void WorkerSteps::on_connect_timeout(Connection& connection, Instant now) {
  if (!connection.connect_armed) {
    ++stale_;
    return;
  }
  ClusterState& cluster = *clusters_[connection.cluster];
  connection.connect_armed = false;
  cluster.stats.add(Stat::kCxConnectTimeout);
  cluster.stats.add(Stat::kCxConnectFail);
  const std::uint32_t host = connection.host;
  cluster.count(host, &HostStats::cx_connect_fail);
  const PoolKind kind = connection.pool;
  close(connection);
  fail_queue(host, kind, ResetReason::kConnectionTimeout, now);
}

void WorkerSteps::cancel_connect_timer(Connection& connection) {
  if (!connection.connect_armed) return;
  connection.connect_armed = false;
  cancel(TimerKind::kConnect, connection.index);
}

}  // namespace squall::policies
