// Counters of a cluster under Envoy's names, as /stats prints them.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace squall::policies {

enum class Stat : std::uint8_t {
  kRqTotal, kRqTimeout, kRqPerTryTimeout, kRqRetry, kRqRetrySuccess, kRqRetryOverflow, kRqRetryLimitExceeded,
  kRqPendingTotal, kRqPendingOverflow, kRqActiveOverflow, kRetryOrShadowAbandoned,
  kCxTotal, kCxOverflow, kCxConnectFail, kCxConnectTimeout, kCxDestroy, kCxMaxRequests, kCxIdleTimeout,
  kLbHealthyPanic,
};
inline constexpr std::size_t kStats = static_cast<std::size_t>(Stat::kLbHealthyPanic) + 1;
/// "upstream_rq_total": the part behind "cluster.NAME.".
std::string_view to_string(Stat stat);

struct ClusterStats {
  std::array<std::uint32_t, kStats> values{};
  std::array<std::uint32_t, 6> responses{};      // final answers by hundreds; [0]: none
  void add(Stat stat) { ++values[static_cast<std::size_t>(stat)]; }
  std::uint32_t get(Stat stat) const { return values[static_cast<std::size_t>(stat)]; }
};

}  // namespace squall::policies
