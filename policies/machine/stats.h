// Counters of a cluster under Envoy's names, as /stats prints them.
#pragma once
#include <array>
#include <cstdint>
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
  kRqMaintenanceMode,
  kRqPendingTotal,
  kRqPendingOverflow,
  kRqActiveOverflow,
  kRetryOrShadowAbandoned,
  kCxTotal,
  kCxOverflow,
  kCxPoolOverflow,
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

struct ClusterStats {
  std::array<std::uint64_t, kStats> values{};
  std::vector<std::pair<std::uint16_t, std::uint64_t>>
      responses;  // final answers by status, as they first came
  void add(Stat stat) { ++values[static_cast<std::size_t>(stat)]; }
  void add_response(std::uint16_t status) {
    for (auto& [known, count] : responses) {
      if (known == status) return static_cast<void>(++count);
    }
    responses.emplace_back(status, 1);
  }
  std::uint64_t get(Stat stat) const { return values[static_cast<std::size_t>(stat)]; }
};

}  // namespace squall::policies
