// What a worker remembers, and how it says what it wants: the base of its parts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/machine/cluster_state.h"
#include "policies/machine/command.h"
#include "policies/machine/configuration.h"
#include "policies/machine/records.h"
#include "policies/machine/remembered.h"
#include "policies/machine/request_extras.h"
#include "policies/route_memo.h"

namespace squall::policies {

/// How a stream leaves its connection: whole, which may serve another then or not; or not whole.
enum class StreamEnd : std::uint8_t { kReusable, kSpent, kBroken };

class WorkerState {
 protected:
  WorkerState(const Configuration& configuration, std::uint64_t random, Instant start)
      : clusters_(configuration.epoch.clusters.size()),
        configuration_(&configuration),
        random_(random),
        start_(start) {}

  struct PoolName {
    std::uint32_t host;
    PoolKind kind;
  };
  template <class Tag, class T>
  static Id<Tag> id_of(const T& slot) {
    return {slot.index, slot.generation};
  }
  /// Null, and counted, when the id is stale.
  template <class T, class Tag>
  T* find(Slab<T>& slab, Id<Tag> id) {
    if (id.index < slab.capacity() && slab[id.index].generation == id.generation)
      return &slab[id.index];
    ++stale_;
    return nullptr;
  }
  void begin_event() {
    if (requests_.has_retired() || attempts_.has_retired() || connections_.has_retired())
      give_back_retired();
  }
  void give_back_retired();
  [[gnu::always_inline]] void push(CommandKind kind, std::uint32_t subject, std::uint64_t other = 0,
                                   bool end = false) {
    commands_.push({.kind = kind, .end = end, .subject = subject, .number = other});
  }
  /// The attempts of a request that are under way, the newest first; `take` may end its own.
  template <class Take>
  void each_attempt(const Request& request, const Take& take) {
    for (std::uint32_t i = request.newest_attempt; i != kNone;) {
      Attempt& attempt = attempts_[i];
      i = attempt.next_of_request;
      take(attempt);
    }
  }
  void push_close(std::uint32_t connection, CloseHow how) {
    commands_.push({.kind = CommandKind::kClose,
                    .detail = static_cast<std::uint8_t>(how),
                    .subject = connection});
  }
  ClusterState& cluster_of_host(std::uint32_t host) {
    return *clusters_[configuration_->epoch.cluster_of_host(host)];
  }
  [[gnu::always_inline]] void arm(TimerKind timer, std::uint32_t owner, Instant deadline) {
    commands_.push({.kind = CommandKind::kArm,
                    .detail = static_cast<std::uint8_t>(timer),
                    .subject = owner,
                    .number = static_cast<std::uint64_t>(to_ns(deadline))});
  }
  [[gnu::always_inline]] void cancel(TimerKind timer, std::uint32_t owner) {
    commands_.push({.kind = CommandKind::kCancel,
                    .detail = static_cast<std::uint8_t>(timer),
                    .subject = owner});
  }
  /// Tells Control, when the cluster detects outliers.
  [[gnu::always_inline]] void report(const ClusterState& cluster, std::uint32_t host,
                                     HostResult result, std::uint32_t code) {
    if (cluster.detects_outliers) tell(cluster, host, result, code);
  }
  [[gnu::always_inline]] void tell(const ClusterState& cluster, std::uint32_t host,
                                   HostResult result, std::uint32_t code = 0) {
    commands_.push({.kind = CommandKind::kHostResult,
                    .detail = static_cast<std::uint8_t>(result),
                    .subject = host,
                    .number = std::uint64_t{cluster.index} << 32 | code});
  }
  std::int64_t unix_seconds(Instant now) const;

  // What every event looks at first, then the rest.
  CommandList commands_;
  const Request* copying_ = nullptr;  // what its filters waited for is kept: copies follow
  std::vector<PoolName> turn_end_;
  std::vector<std::unique_ptr<ClusterState>> clusters_;
  const Configuration* configuration_;  // that new requests meet
  // Records that have ended are retired, until the next event.
  Slab<Request> requests_;
  Slab<Attempt> attempts_;
  Slab<Connection> connections_;
  Slab<RequestExtras> extras_;
  std::uint64_t random_;
  Instant start_;  // of the proxy
  std::vector<PoolName> turn_end_now_;
  std::vector<std::uint32_t> failing_;  // attempts whose queue fails
  RememberedHeads heads_;
  std::vector<std::unique_ptr<RouteMemo>>
      numbering_;               // by listener: where the shell does not number
  bool shell_numbers_ = false;  // some head came with a number
  RouteChoice choice_;
  TextArena redirect_text_;  // of a head that a redirect points to
  std::vector<PriorityLoad> adjusted_loads_;
  FilterStates filters_;
  std::vector<const lb::ClusterLayout*> members_;  // by cluster, once hosts have come or gone
  std::vector<TcpStats> tcp_stats_;  // by listener; empty while there was no TCP connection
  std::vector<ClusterStats> virtual_clusters_;  // by number; empty while none was asked
  double overload_ = 0;                         // share of requests to turn away
  double reduction_ = 0;                        // how far timeouts are reduced, 0 to 1
  std::uint64_t stale_ = 0;
};

}  // namespace squall::policies
