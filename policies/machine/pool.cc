// Connection pools: which connection serves an attempt, when one is opened, what its end does to
// the others. Source: envoy's conn_pool_base, as docs/policies.md, "Connection pools" states it.
#include <algorithm>

#include "policies/machine/steps.h"

namespace squall::policies {

namespace {
constexpr std::uint32_t kConnectionsPerStream = 3;  // opened at most for one new stream
}

Pool& other_pool(ClusterState& cluster, std::uint32_t local, PoolKind kind) {
  std::unique_ptr<Pool[]>& pools = kind == PoolKind::kHigh ? cluster.high_pools : cluster.tcp_pools;
  if (pools == nullptr) pools = std::make_unique<Pool[]>(cluster.hosts.size());
  return pools[local];
}

/// A pool is one that has a connection or a queue; false: there may not be one more. TCP's are not
/// counted.
bool WorkerSteps::admits_pool(ClusterState& cluster, Pool& pool, PoolKind kind) {
  if (pool.exists || kind == PoolKind::kTcp) return true;
  Gauges& gauges = cluster.gauges[priority_of(kind)];
  if (!grants(cluster.config->thresholds[priority_of(kind)].max_connection_pools, gauges.pools)) {
    cluster.stats.add(Stat::kCxPoolOverflow);
    return false;
  }
  pool.exists = true;
  ++gauges.pools;
  return true;
}

/// A pool without connection and queue counts no longer.
void forget_if_unused(Pool& pool, Gauges& gauges) {
  if (!pool.exists || pool.connections > 0 || pool.queued > 0) return;
  pool.exists = false;
  --gauges.pools;
}

void WorkerSteps::enqueue(Pool& pool, Attempt& attempt) {
  attempt.previous = pool.queue_tail;
  attempt.next = kNone;
  (pool.queue_tail != kNone ? attempts_[pool.queue_tail].next : pool.queue_head) = attempt.index;
  pool.queue_tail = attempt.index;
  attempt.waits = PoolWait::kQueue;
  ++pool.queued;
}

/// Whether it waits in the queue, or the queue fails just now and its turn has not come.
void WorkerSteps::dequeue(Pool& pool, Attempt& attempt) {
  if (attempt.waits == PoolWait::kQueue) {
    (attempt.previous != kNone ? attempts_[attempt.previous].next : pool.queue_head) = attempt.next;
    (attempt.next != kNone ? attempts_[attempt.next].previous : pool.queue_tail) = attempt.previous;
    attempt.previous = attempt.next = kNone;
    --pool.queued;
  }
  attempt.waits = PoolWait::kNone;
  const PoolKind kind = requests_[attempt.request].pool;
  Gauges& gauges = cluster_of_host(attempt.host).gauges[priority_of(kind)];
  --gauges.pending;
  forget_if_unused(pool, gauges);
}

void WorkerSteps::push_ready(Pool& pool, Connection& connection) {
  connection.state = ConnectionState::kReady;
  connection.next = pool.ready_head;
  if (pool.ready_head != kNone) connections_[pool.ready_head].previous = connection.index;
  pool.ready_head = connection.index;
}

void WorkerSteps::remove_ready(Pool& pool, Connection& connection) {
  if (pool.ready_head == connection.index) [[likely]] {
    pool.ready_head = connection.next;  // whose `previous` nobody asks for
    return;
  }
  connections_[connection.previous].next = connection.next;
  if (connection.next != kNone) connections_[connection.next].previous = connection.previous;
}

/// No connection is ready: the attempt queues, if the limits let it.
void WorkerSteps::wait_in_pool(Attempt& attempt, ClusterState& cluster, Pool& pool, Instant now) {
  const PoolKind kind = requests_[attempt.request].pool;
  Gauges& gauges = cluster.gauges[priority_of(kind)];
  if (!grants(cluster.config->thresholds[priority_of(kind)].max_pending_requests, gauges.pending)) {
    cluster.stats.add(Stat::kRqPendingOverflow);
    forget_if_unused(pool, gauges);
    fail_attempt(attempt, ResetReason::kOverflow, now);
    return;
  }
  ++gauges.pending;
  cluster.stats.add(Stat::kRqPendingTotal);
  enqueue(pool, attempt);
  open_connections(cluster, pool, attempt.host, kind, now);
}

/// More streams are to be expected than its connections will take.
bool WorkerSteps::wants_connection(const ClusterState& cluster, const Pool& pool,
                                   std::uint32_t host) const {
  if (pool.queued > pool.connecting_capacity) return true;
  const double ratio = cluster.config->preconnect_ratio;
  const HealthFlags health = cluster.hosts[host - cluster.first_host].health;
  if (ratio <= 1 || health.coarse() != CoarseHealth::kHealthy) return false;
  std::uint64_t streams = 0, unused = pool.connecting_capacity;
  for (std::uint32_t i = pool.connections_head; i != kNone; i = connections_[i].next_of_host) {
    const Connection& connection = connections_[i];
    streams += connection.streams;
    if (connection.state == ConnectionState::kReady) unused += room(connection);
  }
  return static_cast<double>(pool.queued + streams) * ratio > static_cast<double>(unused + streams);
}

void WorkerSteps::open_connections(ClusterState& cluster, Pool& pool, std::uint32_t host,
                                   PoolKind kind, Instant now) {
  for (std::uint32_t i = 0; i < kConnectionsPerStream; ++i) {
    if (!wants_connection(cluster, pool, host)) return;
    Gauges& gauges = cluster.gauges[priority_of(kind)];
    const bool within =
        grants(cluster.config->per_host_max_connections[priority_of(kind)],
               cluster.connections_to(host - cluster.first_host)) &&
        grants(cluster.config->thresholds[priority_of(kind)].max_connections, gauges.connections);
    if (!within) {
      cluster.stats.add(Stat::kCxOverflow);
      if (pool.connections > 0) return;  // the first connection of a pool is always granted
    }
    open_connection(cluster, pool, host, kind, now);
    if (!within) return;
  }
}

void WorkerSteps::open_connection(ClusterState& cluster, Pool& pool, std::uint32_t host,
                                  PoolKind kind, Instant now) {
  const ClusterConfig& config = *cluster.config;
  Connection& connection = connections_.take();
  connection.host = host;
  connection.cluster = cluster.index;
  connection.pool = kind;
  const bool http2 = config.protocol == Protocol::kHttp2 && kind != PoolKind::kTcp;
  connection.capacity = http2 ? config.max_concurrent_streams : 1;
  if (config.max_requests_per_connection != 0)
    connection.remaining = config.max_requests_per_connection;
  connection.next_of_host = pool.connections_head;
  if (pool.connections_head != kNone)
    connections_[pool.connections_head].previous_of_host = connection.index;
  pool.connections_head = connection.index;
  ++pool.connections;
  pool.connecting_capacity += room(connection);
  ++cluster.gauges[priority_of(kind)].connections;
  if (!config.health_checks.empty() && cluster.stats.get(Stat::kCxTotal) == 0)
    tell(cluster, host, HostResult::kFirstConnection);
  cluster.stats.add(Stat::kCxTotal);
  cluster.count(host, &HostStats::cx_total);
  push(CommandKind::kOpen, connection.index, host);
  connection.connect_armed = true;
  arm(TimerKind::kConnect, connection.index, now + config.connect_timeout);
}

void WorkerSteps::attach(Attempt& attempt, ClusterState& cluster, Pool& pool,
                         Connection& connection, Instant now) {
  Gauges& gauges = cluster.gauges[priority_of(connection.pool)];
  const Thresholds& thresholds = cluster.config->thresholds[priority_of(connection.pool)];
  const bool limited = connection.pool != PoolKind::kTcp;  // by max_requests
  if (limited && !grants(thresholds.max_requests, gauges.requests)) {
    cluster.stats.add(Stat::kRqActiveOverflow);
    fail_attempt(attempt, ResetReason::kOverflow, now);
    return;
  }
  ++gauges.requests;
  ++cluster.active[connection.host - cluster.first_host];
  count(requests_[attempt.request], Stat::kRqTotal);
  cluster.count(connection.host, &HostStats::rq_total);
  ++connection.streams;
  if (connection.remaining != ~std::uint32_t{0}) --connection.remaining;
  attempt.connection = connection.index;
  attempt.previous = kNone;
  attempt.next = connection.first_attempt;
  if (connection.first_attempt != kNone)
    attempts_[connection.first_attempt].previous = attempt.index;
  connection.first_attempt = attempt.index;
  if (connection.remaining == 0) {
    cluster.stats.add(Stat::kCxMaxRequests);
    remove_ready(pool, connection);
    connection.state = ConnectionState::kDraining;
  } else if (room(connection) == 0) {
    remove_ready(pool, connection);
    connection.state = ConnectionState::kBusy;
  }
  on_pool_ready(attempt, cluster, now);
}

void WorkerSteps::serve_queue(ClusterState& cluster, Pool& pool, std::uint32_t host, PoolKind kind,
                              Instant now) {
  while (pool.queue_head != kNone && pool.ready_head != kNone) {
    Attempt& oldest = attempts_[pool.queue_head];
    dequeue(pool, oldest);
    attach(oldest, cluster, pool, connections_[pool.ready_head], now);
  }
  if (pool.queue_head != kNone) open_connections(cluster, pool, host, kind, now);
}

/// A stream that waited gave up: the newest connection on its way is closed when those that wait
/// can do without it.
void WorkerSteps::close_excess(const ClusterState& cluster, Pool& pool) {
  std::uint64_t streams = 0;
  Connection* newest = nullptr;
  for (std::uint32_t i = pool.connections_head; i != kNone; i = connections_[i].next_of_host) {
    streams += connections_[i].streams;
    if (newest == nullptr && connections_[i].state == ConnectionState::kConnecting)
      newest = &connections_[i];
  }
  if (newest == nullptr) return;
  const std::uint64_t left = pool.connecting_capacity - room(*newest);
  const double wanted =
      static_cast<double>(pool.queued + streams) * cluster.config->preconnect_ratio;
  if (wanted <= static_cast<double>(left + streams)) close(*newest);
}

}  // namespace squall::policies
