// Counters of a cluster under Envoy's names, as /stats prints them.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::policies {

enum class Stat : std::uint8_t {
  kRqTotal,
  kRqTimeout,
  kRqPerTryTimeout,
  kRqPerTryIdleTimeout,
  kRqMaxDurationReached,
  kRqRetry,
  kRqRetrySuccess,
  kRqRetryOverflow,
  kRqRetryLimitExceeded,
  kRqRetryBackoffExponential,
  kRqRetryBackoffRatelimited,
  kRqRxReset,
  kRqTxReset,
  kRqMaintenanceMode,
  kRqPendingTotal,
  kRqPendingOverflow,
  kRqPendingFailureEject,
  kRqCancelled,
  kRqActiveOverflow,
  kRetryOrShadowAbandoned,
  kCxTotal,
  kCxOverflow,
  kCxPoolOverflow,
  kCxNoneHealthy,
  kCxConnectAttemptsExceeded,
  kCxConnectFail,
  kCxConnectTimeout,
  kCxDestroy,  // those with the same beginning in sum; nobody adds to it
  kCxDestroyLocal,
  kCxDestroyRemote,
  kCxDestroyWithActiveRq,  // likewise
  kCxDestroyLocalWithActiveRq,
  kCxDestroyRemoteWithActiveRq,
  kCxCloseNotify,
  kCxProtocolError,
  kCxMaxRequests,
  kCxMaxDurationReached,
  kCxIdleTimeout,
  kLbHealthyPanic,
  kInternalRedirectSucceeded,
  kInternalRedirectFailed,
};
inline constexpr std::size_t kStats = static_cast<std::size_t>(Stat::kInternalRedirectFailed) + 1;
/// "upstream_rq_total": the part behind "cluster.NAME.".
std::string_view to_string(Stat stat);

/// What happened at one host, by Envoy's names.
struct HostStats {
  std::uint64_t cx_total = 0, cx_connect_fail = 0;
  std::uint64_t rq_total = 0, rq_success = 0, rq_error = 0, rq_timeout = 0;
};

/// What a response counts as.
struct ResponseKind {
  std::uint16_t status = 0;
  std::uint16_t zone = 0;  // of its host, by Epoch::zones; 0: not told apart
  bool internal = false;   // an internal caller's
  bool canary = false;     // by its head or its host
  bool retried = false;    // dropped for another attempt, and in no other family then
  friend bool operator==(const ResponseKind&, const ResponseKind&) = default;
};
/// Responses by their kind, as they first came.
struct ResponseCounts {
  std::vector<std::pair<ResponseKind, std::uint64_t>> rows;

  void add(const ResponseKind& kind) {
    for (auto& [known, count] : rows) {
      if (known == kind) return static_cast<void>(++count);
    }
    rows.emplace_back(kind, 1);
  }
};

/// Most clusters count few things: memory for all is made when the first of the others happens.
struct ClusterStats {
  std::uint64_t requests = 0, waits = 0, opened = 0, closed = 0;  // `closed`: by us
  std::unique_ptr<std::array<std::uint64_t, kStats>> others;
  ResponseCounts responses;
  [[gnu::always_inline]] void add(Stat stat) {
    switch (stat) {
      case Stat::kRqTotal:
        return static_cast<void>(++requests);
      case Stat::kRqPendingTotal:
        return static_cast<void>(++waits);
      case Stat::kCxTotal:
        return static_cast<void>(++opened);
      case Stat::kCxDestroyLocal:
        return static_cast<void>(++closed);
      default:
        return add_other(stat);
    }
  }
  /// A connection has ended; `active`: before a request on it had.
  void add_closed(bool by_host, bool active) {
    add(by_host ? Stat::kCxDestroyRemote : Stat::kCxDestroyLocal);
    if (active)
      add(by_host ? Stat::kCxDestroyRemoteWithActiveRq : Stat::kCxDestroyLocalWithActiveRq);
  }
  void add_other(Stat stat);
  std::uint64_t get(Stat stat) const;
};

}  // namespace squall::policies
