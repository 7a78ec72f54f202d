// The short steps of a Worker, inlined into the long ones that every request takes.
#pragma once
#include "policies/turn_away.h"
#include "policies/worker.h"

namespace squall::policies {

inline void WorkerSteps::stop_keeping(Request& request) {
  if (!request.keeping || copying_ == &request) [[likely]]
    return;
  request.keeping = false;
  push(CommandKind::kRelease, request.index);
}

inline void WorkerSteps::release_retry(Request& request) {
  if (!request.retry.slot_held) [[likely]]
    return;
  request.retry.slot_held = false;
  --clusters_[request.cluster]->gauges[priority_of(request.pool)].retries;
}

inline void WorkerSteps::to_client(CommandKind kind, const Request& request, std::uint64_t other,
                                   bool end) {
  if (request.mirror == 0) push(kind, request.index, other, end);  // a copy has no client
}

/// Its timeouts begin: it has its stream and the request is complete.
[[gnu::always_inline]] inline void WorkerSteps::arm_per_try(const Request& request,
                                                            Attempt& attempt, Instant now) {
  if (request.rare_timers) [[unlikely]]
    arm_per_try_idle(attempt, now);
  if (request.timeouts.per_try <= Duration::zero()) return;
  attempt.per_try_armed = true;
  arm(TimerKind::kPerTry, attempt.index, now + request.timeouts.per_try);
}

/// The client has sent all: now the timeouts begin. None is armed when no attempt is under way.
[[gnu::always_inline]] inline void WorkerSteps::on_complete(Request& request, Instant now) {
  if (request.live == 0) return;
  if (request.timeouts.global > Duration::zero()) {
    request.global_armed = true;
    arm(TimerKind::kGlobal, request.index, now + request.timeouts.global);
  }
  if (request.timeouts.per_try <= Duration::zero() && !request.rare_timers) return;
  each_attempt(request, [&](Attempt& attempt) {
    if (attempt.connection == kNone || attempt.per_try_armed || attempt.idle_armed) return;
    if (!attempt.head_received) return arm_per_try(request, attempt, now);
    if (request.rare_timers) arm_per_try_idle(attempt, now);
  });
}

/// Takes the attempt, already off its connection or queue, from its request.
[[gnu::always_inline]] inline void WorkerSteps::forget_attempt(Request& request, Attempt& attempt) {
  if (attempt.per_try_armed || attempt.idle_armed || attempt.duration_armed) cancel_timers(attempt);
  std::uint32_t* link = &request.newest_attempt;
  while (*link != attempt.index) link = &attempts_[*link].next_of_request;
  *link = attempt.next_of_request;
  --request.live;
  attempts_.retire(attempt);
}

/// What an attempt's end counts as: by the HTTP status, also where a gRPC caller gets another one.
/// `host`: the attempt's, kNone: it had none.
[[gnu::always_inline]] inline void WorkerSteps::count_answer(const Request& request,
                                                             std::uint16_t status,
                                                             std::uint32_t host) {
  if (status == 0 || request.cluster == kNone || clusters_[request.cluster] == nullptr) return;
  ClusterState& cluster = *clusters_[request.cluster];
  if (cluster.tells_hosts_apart || request.extras != kNone) [[unlikely]]
    return count_answer_apart(request, cluster, status, host);
  cluster.stats.responses.add(
      {.status = status, .internal = request.internal, .canary = request.canary});
}

/// For its cluster and its virtual cluster.
inline void WorkerSteps::count(const Request& request, Stat stat) {
  clusters_[request.cluster]->stats.add(stat);
  if (request.extras == kNone) [[likely]]
    return;
  if (ClusterStats* apart = virtual_cluster_of(request)) apart->add(stat);
}

inline StreamEnd whole(const Attempt& attempt) {
  return attempt.closes_connection ? StreamEnd::kSpent : StreamEnd::kReusable;
}

/// No retry is waited for any more.
inline void WorkerSteps::stop_backoff(Request& request) {
  release_retry(request);
  if (!request.in_backoff) [[likely]]
    return;
  request.in_backoff = false;
  cancel(TimerKind::kBackoff, request.index);
}

/// Breaks off all that are under way but one.
inline void WorkerSteps::reset_attempts(Request& request, std::uint32_t but, Instant now) {
  if (request.live == 0 || (request.live == 1 && request.newest_attempt == but)) return;
  reset_several(request, but, now);
}

inline ClusterState& WorkerSteps::use_cluster(std::uint32_t cluster) {
  if (clusters_[cluster] == nullptr) [[unlikely]]
    make_cluster(cluster);
  return *clusters_[cluster];
}

/// Draw k of this attempt for a purpose.
inline std::uint64_t draw(const Request& request, Purpose purpose, std::uint32_t k) {
  return mix(request.random, purpose, (std::uint64_t{request.attempt_count} << 16) | k);
}

/// Something was sent or received, which is what an idle timeout waits for.
inline void WorkerSteps::note_activity(const Request& request, Instant now) {
  if (request.extras == kNone) [[likely]]
    return;
  extras_[request.extras].active_at = now;
}

/// Where a route that forwards leads.
struct ChosenCluster {
  std::uint32_t entry = 0;      // of the route's; their number: none of them
  std::uint32_t index = kNone;  // none: there is no such cluster
  bool none = false;            // the runtime's weights leave none
};
ChosenCluster choose_cluster(const Epoch& epoch, const Forward& forward, const RequestHead& head,
                             std::uint64_t random);

Pool& other_pool(ClusterState& cluster, std::uint32_t local, PoolKind kind);
void forget_if_unused(Pool& pool, Gauges& gauges);
inline Pool& pool_in(ClusterState& cluster, std::uint32_t host, PoolKind kind) {
  const std::uint32_t local = host - cluster.first_host;
  return kind != PoolKind::kDefault ? other_pool(cluster, local, kind) : cluster.hosts[local].pool;
}

inline Pool& WorkerSteps::pool_of(std::uint32_t host, PoolKind kind) {
  return pool_in(cluster_of_host(host), host, kind);
}

/// Streams that it can still take.
inline std::uint32_t room(const Connection& connection) {
  const std::uint32_t free_streams =
      connection.capacity > connection.streams ? connection.capacity - connection.streams : 0;
  return free_streams < connection.remaining ? free_streams : connection.remaining;
}

}  // namespace squall::policies
