#include "policies/machine/stats.h"

#include <algorithm>

#include "policies/base/check.h"

namespace squall::policies {

std::string_view to_string(Stat stat) {
  static constexpr std::string_view kNames[kStats] = {"upstream_rq_total",
                                                      "upstream_rq_timeout",
                                                      "upstream_rq_per_try_timeout",
                                                      "upstream_rq_per_try_idle_timeout",
                                                      "upstream_rq_max_duration_reached",
                                                      "upstream_rq_retry",
                                                      "upstream_rq_retry_success",
                                                      "upstream_rq_retry_overflow",
                                                      "upstream_rq_retry_limit_exceeded",
                                                      "upstream_rq_retry_backoff_exponential",
                                                      "upstream_rq_retry_backoff_ratelimited",
                                                      "upstream_rq_rx_reset",
                                                      "upstream_rq_tx_reset",
                                                      "upstream_rq_maintenance_mode",
                                                      "upstream_rq_pending_total",
                                                      "upstream_rq_pending_overflow",
                                                      "upstream_rq_pending_failure_eject",
                                                      "upstream_rq_cancelled",
                                                      "upstream_rq_active_overflow",
                                                      "retry_or_shadow_abandoned",
                                                      "upstream_cx_total",
                                                      "upstream_cx_overflow",
                                                      "upstream_cx_pool_overflow",
                                                      "upstream_cx_none_healthy",
                                                      "upstream_cx_connect_attempts_exceeded",
                                                      "upstream_cx_connect_fail",
                                                      "upstream_cx_connect_timeout",
                                                      "upstream_cx_destroy_local",
                                                      "upstream_cx_destroy_remote",
                                                      "upstream_cx_destroy_local_with_active_rq",
                                                      "upstream_cx_destroy_remote_with_active_rq",
                                                      "upstream_cx_close_notify",
                                                      "upstream_cx_protocol_error",
                                                      "upstream_cx_max_requests",
                                                      "upstream_cx_max_duration_reached",
                                                      "upstream_cx_idle_timeout",
                                                      "lb_healthy_panic",
                                                      "upstream_internal_redirect_succeeded_total",
                                                      "upstream_internal_redirect_failed_total",
                                                      "upstream_cx_destroy",
                                                      "upstream_cx_destroy_with_active_rq"};
  return kNames[static_cast<std::size_t>(stat)];
}

void ResponseCounts::add_seldom(std::uint64_t word) {
  if (rows_.empty()) return static_cast<void>(rows_.emplace_back(word, 1));
  constexpr std::size_t kFew = 16;  // passed sooner one by one than by halves
  auto at = rows_.begin() + 1;
  if (rows_.size() > kFew) {
    at = std::ranges::lower_bound(at, rows_.end(), word, {}, &Row::first);
  } else {
    while (at != rows_.end() && at->first < word) ++at;
  }
  if (at != rows_.end() && at->first == word) {
    ++at->second;
  } else {
    rows_.insert(at, {word, 1});
  }
}

void ClusterStats::add_other(Stat stat) {
  SQUALL_DCHECK(static_cast<std::size_t>(stat) < kCountedStats);
  if (others == nullptr) others = std::make_unique<std::array<std::uint64_t, kCountedStats>>();
  ++(*others)[static_cast<std::size_t>(stat)];
}

std::uint64_t ClusterStats::get(Stat stat) const {
  switch (stat) {
    case Stat::kRqTotal:
      return requests;
    case Stat::kRqPendingTotal:
      return waits;
    case Stat::kCxTotal:
      return opened;
    case Stat::kCxDestroyLocal:
      return closed;
    case Stat::kCxDestroy:
      return closed + get(Stat::kCxDestroyRemote);
    case Stat::kCxDestroyWithActiveRq:
      return get(Stat::kCxDestroyLocalWithActiveRq) + get(Stat::kCxDestroyRemoteWithActiveRq);
    default:
      return others == nullptr ? 0 : (*others)[static_cast<std::size_t>(stat)];
  }
}

}  // namespace squall::policies
