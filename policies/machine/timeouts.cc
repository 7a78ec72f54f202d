// The timeouts of a request and of its attempts: armed, passed, and what that ends. Source: envoy's
// router and upstream_request, as docs/policies.md, "Timeouts" states it.
#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

/// At its host, which is known once there is a stream; `error`: it also counts as one.
void count_timeout(ClusterState& cluster, const Attempt& attempt, bool error) {
  if (attempt.connection == kNone) return;
  cluster.count(attempt.host, &HostStats::rq_timeout);
  if (error) cluster.count(attempt.host, &HostStats::rq_error);
}

/// Where it has a stream; kNone: it waits for one.
std::uint32_t known_host(const Attempt& attempt) {
  return attempt.connection == kNone ? kNone : attempt.host;
}

}  // namespace

std::uint16_t WorkerSteps::timeout_status(const Request& request) const {
  return request.extras != kNone && extras_[request.extras].alternative_timeout_response ? 204
                                                                                         : 504;
}

void WorkerSteps::on_global_timeout(Request& request, Instant now) {
  if (!request.global_armed) {
    ++stale_;
    return;
  }
  request.global_armed = false;
  const std::uint16_t status = timeout_status(request);
  each_attempt(request, [&](const Attempt& attempt) {
    count(request, Stat::kRqTimeout);
    count_timeout(*clusters_[request.cluster], attempt,
                  !attempt.head_received && !request.had_interim);
    if (!attempt.head_received && !request.had_interim)
      count_answer(request, status, known_host(attempt));
    if (attempt.connection != kNone && !attempt.head_received && !attempt.timed_out) {
      report(*clusters_[request.cluster], attempt.host, HostResult::kLocalTimeout, status);
    }
  });
  answer_or_reset(request, status, Details::kResponseTimeout, ResponseFlag::kUT, now);
}

/// The worker's own answer; where the upstream's has begun, its end.
void WorkerSteps::answer_or_reset(Request& request, std::uint16_t status, Details details,
                                  ResponseFlag flag, Instant now) {
  if (!request.response_started) {
    reply(request, status, details, flag, now);
    return;
  }
  reset_attempts(request, kNone, now);
  if (flag != ResponseFlag::kNone) request.outcome.flags.set(flag);
  request.outcome.details = details;
  to_client(CommandKind::kResetClient, request);
  finish(request, now);
}

void WorkerSteps::on_per_try_timeout(Attempt& attempt, Instant now) {
  if (!attempt.per_try_armed) {
    ++stale_;
    return;
  }
  attempt.per_try_armed = false;
  Request& request = requests_[attempt.request];
  if (request.answer_begun()) return;  // it may go on to the global timeout
  time_out(request, attempt, Details::kPerTryTimeout, now);
}

/// Its per-try timeout or its idle one has passed.
void WorkerSteps::time_out(Request& request, Attempt& attempt, Details details, Instant now) {
  if (request.hedging) return on_soft_timeout(request, attempt, now);
  const bool idle = details == Details::kPerTryIdleTimeout;
  clusters_[request.cluster]->stats.add(idle ? Stat::kRqPerTryIdleTimeout : Stat::kRqPerTryTimeout);
  const std::uint16_t status = timeout_status(request);
  count_timeout(*clusters_[request.cluster], attempt, !request.answer_begun());
  const std::uint32_t host = known_host(attempt);
  break_off(attempt, now);
  report(*clusters_[request.cluster], attempt.host, HostResult::kLocalTimeout, status);
  request.sent_first_byte |= attempt.sent_first_byte;
  forget_attempt(request, attempt);
  if (retry_after_reset(request, ResetReason::kLocalReset, true, now)) return;
  if (!request.answer_begun()) count_answer(request, status, host);
  answer_or_reset(request, status, details, ResponseFlag::kUT, now);
}

/// The attempt goes on; another is begun beside it, whatever the conditions, if the gate lets it.
void WorkerSteps::on_soft_timeout(Request& request, Attempt& attempt, Instant now) {
  if (attempt.timed_out) return;  // by the other of its two timers
  report(*clusters_[request.cluster], attempt.host, HostResult::kLocalTimeout,
         timeout_status(request));
  attempt.timed_out = true;
  if (!request.retriable || request.response_started || !decide_retry(request, true)) return;
  attempt.hedged = true;
  request.timeout_retry = true;
  back_off(request, draw(request, Purpose::kBackoff, 0), now);
}

void WorkerSteps::arm_per_try_idle(Attempt& attempt, Instant now) {
  const Duration idle = extras_[requests_[attempt.request].extras].per_try_idle;
  if (idle == Duration::zero()) return;
  attempt.idle_armed = true;
  arm(TimerKind::kPerTryIdle, attempt.index, now + idle);
}

/// Something came from the upstream: its idle timeout begins anew.
void WorkerSteps::note_upstream_activity(Attempt& attempt, Instant now) {
  cancel(TimerKind::kPerTryIdle, attempt.index);
  arm_per_try_idle(attempt, now);
}

void WorkerSteps::on_per_try_idle(Attempt& attempt, Instant now) {
  if (!attempt.idle_armed) {
    ++stale_;
    return;
  }
  attempt.idle_armed = false;
  time_out(requests_[attempt.request], attempt, Details::kPerTryIdleTimeout, now);
}

void WorkerSteps::arm_upstream_duration(Attempt& attempt, Instant now) {
  const Duration most = extras_[requests_[attempt.request].extras].upstream_duration;
  if (most == Duration::zero()) return;
  attempt.duration_armed = true;
  arm(TimerKind::kUpstreamDuration, attempt.index, now + most);
}

/// The attempt has lasted as long as one may.
void WorkerSteps::on_upstream_duration(Attempt& attempt, Instant now) {
  if (!attempt.duration_armed) {
    ++stale_;
    return;
  }
  attempt.duration_armed = false;
  Request& request = requests_[attempt.request];
  clusters_[request.cluster]->stats.add(Stat::kRqMaxDurationReached);
  const bool hedged = attempt.hedged;
  if (!hedged) request.sent_first_byte |= attempt.sent_first_byte;
  break_off(attempt, now);
  forget_attempt(request, attempt);
  const std::uint32_t host = attempt.host;
  if (!hedged && retry_after_reset(request, ResetReason::kLocalReset, false, now))
    return clusters_[request.cluster]->count(host, &HostStats::rq_error);
  const std::uint16_t status = request.complete ? 504 : 408;
  answer_or_reset(request, status, Details::kUpstreamDuration, ResponseFlag::kUMSDR, now);
}

}  // namespace squall::policies
