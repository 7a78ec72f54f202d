// Another attempt or not. Source: envoy's router and retry_state_impl, as docs/policies.md,
// "Retries" states it.
#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

/// By another attempt, without a back-off.
bool retries_at_once(const RetryPolicy& policy, std::uint16_t status) {
  return status == kTooEarly && (policy.on & retry_on::kRetriableStatusCodes) != 0 &&
         policy.lists(status);
}

}  // namespace

/// `wanted`: by its retry policy. True: the answer is thrown away, since the request will be tried
/// again or, with hedging, another attempt of it may do better.
bool WorkerSteps::retry_after_response(Request& request, Attempt& attempt, const ResponseHead& head,
                                       bool wanted, bool end, Instant now) {
  const bool granted = !attempt.hedged && decide_retry(request, wanted);
  if (!granted && (!wanted || (request.live == 1 && !request.in_backoff))) return false;
  if (end && request.complete) {
    end_stream(attempt, whole(attempt), now);
  } else {
    break_off(attempt, now);
  }
  forget_attempt(request, attempt);
  if (!granted) return true;
  clusters_[request.cluster]->stats.responses.add({.status = head.status, .retried = true});
  request.timeout_retry = false;
  retry_after_headers(request, head, now);
  return true;
}

/// The response says when.
void WorkerSteps::retry_after_headers(Request& request, const ResponseHead& head, Instant now) {
  const RetryPolicy& policy = *request.retry_policy;
  const std::uint64_t random = draw(request, Purpose::kBackoff, 0);
  if (retries_at_once(policy, head.status))
    return wait_and_retry(request, Duration::zero(), Backoff::kNone, now);
  const auto delay = rate_limited_backoff(policy, head.headers, unix_seconds(now), random);
  if (delay) return wait_and_retry(request, *delay, Backoff::kRateLimited, now);
  back_off(request, random, now);
}

bool WorkerSteps::retry_after_reset(Request& request, ResetReason why, bool timed_out,
                                    Instant now) {
  if (request.response_started || !request.retriable) return false;
  const RetryPolicy& policy = *request.retry_policy;
  if (!decide_retry(request, wants_retry_reset(policy.on, why, request.sent_first_byte)))
    return false;
  request.timeout_retry = timed_out;
  back_off(request, draw(request, Purpose::kBackoff, 0), now);
  return true;
}

/// The gate that every retry passes, in Envoy's order. A refusal for want of room still spends a
/// retry.
bool WorkerSteps::decide_retry(Request& request, bool wanted) {
  ClusterState& cluster = *clusters_[request.cluster];
  Gauges& gauges = cluster.gauges[priority_of(request.pool)];
  const bool was_armed = request.retry.armed;
  release_retry(request);
  const Thresholds& thresholds = cluster.config->thresholds[priority_of(request.pool)];
  const bool room =
      wanted && grants(max_retries(thresholds, gauges.requests, gauges.pending), gauges.retries);
  switch (decide(request.retry, wanted, room)) {
    case RetryVerdict::kYes:
      if (configuration_->epoch.retry_percent <= draw(request, Purpose::kUseRetry, 0) % 100) {
        request.retry.armed = false;
        return false;
      }
      ++gauges.retries;
      request.retry.slot_held = true;
      return true;
    case RetryVerdict::kNo:
      if (was_armed) count(request, Stat::kRqRetrySuccess);
      return false;
    case RetryVerdict::kNoLimitExceeded:
      count(request, Stat::kRqRetryLimitExceeded);
      request.outcome.flags.set(ResponseFlag::kURX);
      return false;
    case RetryVerdict::kNoOverflow:
      count(request, Stat::kRqRetryOverflow);
      request.outcome.flags.set(ResponseFlag::kUO);
      return false;
  }
  return false;
}

void WorkerSteps::back_off(Request& request, std::uint64_t random, Instant now) {
  wait_and_retry(request, next_backoff(*request.retry_policy, request.retry, random),
                 Backoff::kExponential, now);
}

void WorkerSteps::wait_and_retry(Request& request, Duration delay, Backoff kind, Instant now) {
  request.retry.backoff = kind;
  request.in_backoff = true;
  arm(TimerKind::kBackoff, request.index, now + delay);
}

void WorkerSteps::on_backoff(Request& request, Instant now) {
  if (!request.in_backoff) {
    ++stale_;
    return;
  }
  request.in_backoff = false;
  if (request.is_tcp()) return connect_tcp(request, now);
  count(request, Stat::kRqRetry);
  ClusterStats& stats = clusters_[request.cluster]->stats;
  if (request.retry.backoff == Backoff::kExponential) stats.add(Stat::kRqRetryBackoffExponential);
  if (request.retry.backoff == Backoff::kRateLimited) stats.add(Stat::kRqRetryBackoffRatelimited);
  if (!configuration_->epoch.has(request.cluster)) [[unlikely]]
    follow_cluster(request);
  begin_attempt(request, now);
}

}  // namespace squall::policies
