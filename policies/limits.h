// Circuit breakers: may one more connection, queued stream, request or retry exist in this cluster
// now?
//
// A resource is granted iff its count is below the limit, so a limit of 0 grants nothing. A retry
// budget replaces max_retries: a share of the requests active and queued now (not of those in
// back-off). Source: envoy's resource_manager_impl (docs/policies.md, "Circuit breakers").
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace squall::policies {

struct RetryBudget {
  double budget_percent = 20.0;
  std::uint32_t min_retry_concurrency = 3;
};

/// Config of a cluster at one routing priority.
struct Thresholds {
  std::uint32_t max_connections = 1024;
  std::uint32_t max_pending_requests = 1024;
  std::uint32_t max_requests = 1024;
  std::uint32_t max_retries = 3;
  std::uint64_t max_connection_pools = ~std::uint64_t{0};  // pools with a connection or a queue
  std::optional<RetryBudget> retry_budget;
  bool track_remaining = false;  // the gauges remaining_*
};

/// May there be one more?
constexpr bool grants(std::uint64_t limit, std::uint64_t count) { return count < limit; }
/// How many more there may be.
constexpr std::uint64_t remaining(std::uint64_t limit, std::uint64_t count) {
  return count < limit ? limit - count : 0;
}

/// What a runtime may set of a cluster's limits.
inline constexpr std::string_view kLimitNames[] = {"max_connections",
                                                   "max_pending_requests",
                                                   "max_requests",
                                                   "max_retries",
                                                   "max_connection_pools",
                                                   "retry_budget.budget_percent",
                                                   "retry_budget.min_retry_concurrency"};
/// False: there is no such limit.
bool set_limit(Thresholds& thresholds, std::string_view name, std::uint32_t value);
/// "circuit_breakers.CLUSTER.default.max_retries".
std::string limit_key(std::string_view cluster, bool high_priority, std::string_view name);

/// How many retries may be under way; `requests` and `pending` are the counts of now.
inline std::uint64_t max_retries(const Thresholds& thresholds, std::uint32_t requests,
                                 std::uint32_t pending) {
  if (!thresholds.retry_budget) return thresholds.max_retries;
  const double share = thresholds.retry_budget->budget_percent / 100.0;
  const auto budget = static_cast<std::uint64_t>(
      share * (static_cast<double>(requests) + static_cast<double>(pending)));
  return std::max<std::uint64_t>(budget, thresholds.retry_budget->min_retry_concurrency);
}
/// As the gauge remaining_retries says: always 0 where a budget is in force.
inline std::uint64_t remaining_retries(const Thresholds& thresholds, std::uint32_t retries) {
  return thresholds.retry_budget ? 0 : remaining(thresholds.max_retries, retries);
}

}  // namespace squall::policies
