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
  std::optional<RetryBudget> retry_budget;
};

/// How many retries may be under way; `requests` and `pending` are the counts of now.
inline std::uint64_t max_retries(const Thresholds& thresholds, std::uint32_t requests,
                                 std::uint32_t pending) {
  if (!thresholds.retry_budget) return thresholds.max_retries;
  const double share = thresholds.retry_budget->budget_percent / 100.0;
  const auto budget = static_cast<std::uint64_t>(
      share * (static_cast<double>(requests) + static_cast<double>(pending)));
  return std::max<std::uint64_t>(budget, thresholds.retry_budget->min_retry_concurrency);
}

}  // namespace squall::policies
