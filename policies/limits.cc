#include "policies/limits.h"

#include <string>

namespace squall::policies {

bool set_limit(Thresholds& thresholds, std::string_view name, std::uint32_t value) {
  const auto budget = [&]() -> RetryBudget& {
    return thresholds.retry_budget ? *thresholds.retry_budget : thresholds.retry_budget.emplace();
  };
  if (name == "max_connections") {
    thresholds.max_connections = value;
  } else if (name == "max_pending_requests") {
    thresholds.max_pending_requests = value;
  } else if (name == "max_requests") {
    thresholds.max_requests = value;
  } else if (name == "max_retries") {
    thresholds.max_retries = value;
  } else if (name == "max_connection_pools") {
    thresholds.max_connection_pools = value;
  } else if (name == "retry_budget.budget_percent") {
    budget().budget_percent = value;
  } else if (name == "retry_budget.min_retry_concurrency") {
    budget().min_retry_concurrency = value;
  } else {
    return false;
  }
  return true;
}

std::string limit_key(std::string_view cluster, bool high_priority, std::string_view name) {
  std::string key = "circuit_breakers.";
  key += cluster;
  key += high_priority ? ".high." : ".default.";
  return key += name;
}

}  // namespace squall::policies
