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
  kCxDestroy,
  kCxMaxRequests,
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

/// Most clusters count few things: memory for all is made when the first of the others happens.
struct ClusterStats {
  std::uint64_t requests = 0, waits = 0, opened = 0, closed = 0;
  std::unique_ptr<std::array<std::uint64_t, kStats>> others;
  std::vector<std::pair<std::uint16_t, std::uint64_t>>
      responses;  // final answers by status, as they first came
  [[gnu::always_inline]] void add(Stat stat) {
    switch (stat) {
      case Stat::kRqTotal:
        return static_cast<void>(++requests);
      case Stat::kRqPendingTotal:
        return static_cast<void>(++waits);
      case Stat::kCxTotal:
        return static_cast<void>(++opened);
      case Stat::kCxDestroy:
        return static_cast<void>(++closed);
      default:
        return add_other(stat);
    }
  }
  void add_other(Stat stat);
  void add_response(std::uint16_t status) {
    for (auto& [known, count] : responses) {
      if (known == status) return static_cast<void>(++count);
    }
    responses.emplace_back(status, 1);
  }
  std::uint64_t get(Stat stat) const;
};

}  // namespace squall::policies
