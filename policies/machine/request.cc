// A request from its head to its end: route, cluster, the client's side, local replies.
#include "policies/control_headers.h"
#include "policies/grpc.h"
#include "policies/machine/steps.h"
#include "policies/timeouts.h"

namespace squall::policies {

void WorkerState::give_back_retired() {
  for (const Retired& retired : retired_) {
    if (retired.kind == Record::kAttempt) {
      attempts_.give_back(attempts_[retired.index]);
    } else if (retired.kind == Record::kRequest) {
      Request& request = requests_[retired.index];
      if (request.extras != kNone) [[unlikely]]
        extras_.give_back(extras_[request.extras]);
      requests_.give_back(request);
    } else {
      connections_.give_back(connections_[retired.index]);
    }
  }
  retired_.clear();
}

RequestId Worker::on_request(std::uint32_t listener, const RequestHead& head, std::uint64_t random,
                             bool end, Instant now) {
  begin_event();
  Request& request = requests_.take();
  const RequestId id = id_of<RequestTag>(request);
  request.random = random;
  request.listener = listener;
  request.received = now;
  request.complete = end;
  if (end) request.completed = now;
  if (overload_ > 0 && unit(mix(random, Purpose::kOverload, 0)) < overload_) [[unlikely]] {
    request.grpc = is_grpc(head);
    reply(request, 503, Details::kOverload, ResponseFlag::kNone, now);
    return id;
  }
  if (choose_route(request, head, now)) {
    begin_attempt(request, now);
    if (end && !request.ended) on_complete(request, now);
    const Route& route = *request.route;
    const bool idle_only_after_global = route.limits == StreamLimits::kIdle &&
                                        request.global_armed &&
                                        request.timeouts.global < route.stream_idle;
    if (route.limits != StreamLimits::kNone && !idle_only_after_global && !request.ended)
      limit_stream(request, head, now);
  } else if (!request.ended && request.route != nullptr &&
             request.route->limits != StreamLimits::kNone) {
    limit_stream(request, head, now);  // it waits in a filter
  }
  return id;
}

Remembered& WorkerSteps::remembered(std::uint32_t listener, const RequestHead& head) {
  if (listener >= memo_.size()) [[unlikely]]
    memo_.resize(configuration_.routers.size());
  std::vector<Remembered>& known = memo_[listener];
  if (head.known_as >= known.size()) [[unlikely]]
    known.resize(head.known_as + 1);
  return known[head.known_as];
}

/// As choose_route does for a head that it has settled.
void WorkerSteps::follow(Request& request, const Remembered& known) {
  request.grpc = known.grpc;
  request.virtual_host = known.virtual_host;
  request.route = known.route;
  request.cluster = known.cluster;
  request.high_priority = known.high_priority;
  request.timeouts = known.timeouts;
  if (known.retry_policy != nullptr) {
    request.retry_policy = known.retry_policy;
    request.retriable = true;
    request.retry = known.retry;
  }
  if (!request.complete) keep(request);
}

/// False: the request has been answered.
bool WorkerSteps::choose_route(Request& request, const RequestHead& head, Instant now) {
  Remembered* known = nullptr;
  if (head.known_as != 0) {
    known = &remembered(request.listener, head);
    if (known->settled) [[likely]] {
      follow(request, *known);
      return true;
    }
  }
  RouteChoice& choice = known != nullptr ? known->choice : choice_;
  if (!choice.remembered) {
    choice = configuration_.routers[request.listener].find(head, request.random);
    choice.remembered = known != nullptr && !choice.used_random;
  }
  request.grpc = choice.grpc;
  request.virtual_host = choice.virtual_host;
  resolve(request, choice, head);
  if (!configuration_.filters[request.listener].empty()) [[unlikely]]
    return enter_filters(request, choice.require_tls, head, now) &&
           act(request, choice.require_tls, now);
  if (!act(request, choice.require_tls, now)) return false;
  const auto* forward = std::get_if<Forward>(&choice.route->action);
  if (choice.remembered && forward->clusters.size() == 1 && !head.internal) {
    known->settled = true;
    known->grpc = request.grpc;
    known->virtual_host = request.virtual_host;
    known->route = request.route;
    known->high_priority = request.high_priority;
    known->cluster = request.cluster;
    known->retry_policy = request.retry_policy;
    known->retry = request.retry;
    known->timeouts = request.timeouts;
  }
  return true;
}

/// Where the route leads, and all that the head says of it.
void WorkerSteps::resolve(Request& request, const RouteChoice& choice, const RequestHead& head) {
  if (choice.require_tls) return;
  request.route = choice.route;
  const auto* forward =
      choice.route == nullptr ? nullptr : std::get_if<Forward>(&choice.route->action);
  if (forward == nullptr) return;
  const std::uint32_t entry = pick_entry(*forward, head, request.random);
  request.weighted_entry = entry;
  if (entry < forward->clusters.size()) {
    request.cluster = forward->clusters[entry].index;
  } else if (forward->cluster_header.empty()) {  // the runtime's weights leave none
    request.route = nullptr;
  } else {
    const auto name = find_header(head, forward->cluster_header);
    request.cluster = name ? configuration_.epoch.find_cluster(*name) : kNone;
  }
  if (request.cluster == kNone) return;
  request.high_priority = forward->high_priority;
  set_up(request, *forward, head);
}

/// What the route says, but to forward: then true.
bool WorkerSteps::act(Request& request, bool require_tls, Instant now) {
  if (require_tls) return reply(request, 301, Details::kRequireTls, ResponseFlag::kNone, now);
  if (request.route == nullptr)
    return reply(request, 404, Details::kRouteNotFound, ResponseFlag::kNR, now);
  const auto* forward = std::get_if<Forward>(&request.route->action);
  if (forward == nullptr) {
    const auto* direct = std::get_if<DirectResponse>(&request.route->action);
    const std::uint16_t status =
        direct != nullptr ? direct->status : std::get<Redirect>(request.route->action).status;
    return reply(request, status, Details::kDirectResponse, ResponseFlag::kNone, now);
  }
  if (request.cluster != kNone) return true;
  return reply(request, forward->cluster_not_found_status, Details::kClusterNotFound,
               ResponseFlag::kNC, now);
}

/// Retry policy and timeouts: the route's, else the virtual host's, changed by an internal caller's
/// headers.
void WorkerSteps::set_up(Request& request, const Forward& forward, const RequestHead& head) {
  const RetryPolicy* policy = forward.retry                 ? &*forward.retry
                              : request.virtual_host->retry ? &*request.virtual_host->retry
                                                            : nullptr;
  TimeoutInputs inputs;
  inputs.grpc = request.grpc;
  inputs.respect_expected =
      configuration_.epoch.listeners[request.listener].respect_expected_rq_timeout;
  if (request.grpc) inputs.grpc_timeout = find_header(head.headers, "grpc-timeout");
  if (head.internal) {
    inputs.control = read_control_headers(head.headers);
    if (inputs.control.changes_retries() || inputs.control.alternative_timeout_response) {
      RequestExtras& extras = extras_of(request);
      static const RetryPolicy nothing;
      extras.policy = policy != nullptr ? *policy : nothing;
      apply(inputs.control, extras.policy);
      extras.alternative_timeout_response = inputs.control.alternative_timeout_response;
      policy = &extras.policy;
    }
  }
  request.timeouts = final_timeouts(forward, policy, inputs);
  if (policy != nullptr && policy->on != 0 && allows_retries(*policy, head)) {
    request.retry_policy = policy;
    request.retriable = true;
    request.retry = RetryState(*policy);
  }
  if (!request.complete) keep(request);
}

void WorkerSteps::keep(Request& request) {
  request.keeping = true;
  push(CommandKind::kKeep, request.index, buffer_limit(request));
}

RequestExtras& WorkerSteps::extras_of(Request& request) {
  if (request.extras == kNone) request.extras = extras_.take().index;
  return extras_[request.extras];
}

std::uint64_t WorkerSteps::buffer_limit(const Request& request) const {
  if (request.route != nullptr && request.route->buffer_limit_bytes)
    return *request.route->buffer_limit_bytes;
  if (request.virtual_host != nullptr && request.virtual_host->buffer_limit_bytes)
    return *request.virtual_host->buffer_limit_bytes;
  return configuration_.epoch.listeners[request.listener].buffer_limit_bytes;
}

void Worker::on_request_body(RequestId id, std::uint64_t bytes, bool end, Instant now) {
  begin_event();
  Request* request = find(requests_, id);
  if (request == nullptr || request->ended || request->complete) return;
  note_activity(*request, now);
  if (waits_in_filter(*request)) [[unlikely]]
    return on_more_in_filters(*request, bytes, end, now);
  request->body_bytes += bytes;
  if (request->retriable && !request->response_started &&
      request->body_bytes > buffer_limit(*request)) {
    give_up_retries(*request, now);
    if (request->ended) return;
  }
  for (std::uint8_t i = 0; i < request->live; ++i) {
    const Attempt& attempt = attempts_[request->attempts[i]];
    if (attempt.connection != kNone) push_body(attempt, bytes, false, end);
  }
  if (end) {
    request->complete = true;
    request->completed = now;
    on_complete(*request, now);
  }
}

void Worker::on_request_trailers(RequestId id, Instant now) {
  begin_event();
  Request* request = find(requests_, id);
  if (request == nullptr || request->ended || request->complete) return;
  request->has_trailers = true;
  note_activity(*request, now);
  if (waits_in_filter(*request)) [[unlikely]]
    return on_more_in_filters(*request, 0, true, now);
  for (std::uint8_t i = 0; i < request->live; ++i) {
    const Attempt& attempt = attempts_[request->attempts[i]];
    if (attempt.connection != kNone) push(CommandKind::kSendTrailers, attempt.index);
  }
  request->complete = true;
  request->completed = now;
  on_complete(*request, now);
}

/// The client has sent all: now the timeouts begin. None is armed when no attempt is under way.
void WorkerSteps::on_complete(Request& request, Instant now) {
  if (request.live == 0) return;
  if (request.timeouts.global > Duration::zero()) {
    request.global_armed = true;
    arm(TimerKind::kGlobal, request.index, now + request.timeouts.global);
  }
  for (std::uint8_t i = 0; i < request.live; ++i) {
    Attempt& attempt = attempts_[request.attempts[i]];
    if (attempt.connection != kNone && !attempt.per_try_armed && !attempt.head_received) {
      arm_per_try(request, attempt, now);
    }
  }
}

void WorkerSteps::give_up_retries(Request& request, Instant now) {
  release_retry(request);
  request.retriable = false;
  clusters_[request.cluster]->stats.add(Stat::kRetryOrShadowAbandoned);
  for (std::uint8_t i = 0; i < request.live; ++i) {
    if (attempts_[request.attempts[i]].connection != kNone) stop_keeping(request);
  }
  if (request.live == 0) {
    request.in_backoff = false;
    cancel(TimerKind::kBackoff, request.index);
    reply(request, 507, Details::kBufferLimit, ResponseFlag::kNone, now);
  }
}

void Worker::on_client_reset(RequestId id, Instant now, Details why) {
  begin_event();
  Request* request = find(requests_, id);
  if (request == nullptr || request->ended) return;
  if (why != Details::kNone) {
    request->outcome.flags.set(why == Details::kStreamReset ? ResponseFlag::kDR
                                                            : ResponseFlag::kDC);
  }
  request->outcome.details = why;
  if (!request->response_started) request->outcome.status = 0;
  reset_attempts(*request, kNone, now);
  finish(*request, now);
}

/// The worker's own answer; always false, for choose_route.
bool WorkerSteps::reply(Request& request, std::uint16_t status, Details details, ResponseFlag flag,
                        Instant now) {
  Outcome& outcome = request.outcome;
  outcome.local = true;
  outcome.details = details;
  if (flag != ResponseFlag::kNone) outcome.flags.set(flag);
  outcome.status = status;
  // By the HTTP status, also where gRPC gets another one; a body that grew too large counts
  // nowhere.
  if (details != Details::kBufferLimit && !is_before_router(details)) count_answer(request, status);
  const bool plain = details == Details::kDirectResponse || details == Details::kRequireTls;
  if (request.grpc && !plain) {
    outcome.grpc = true;
    outcome.grpc_status = http_to_grpc(status);
    outcome.status = 200;
  }
  if (request.extras != kNone) [[unlikely]]
    shape_reply(request, now);
  reset_attempts(request, kNone, now);
  push(CommandKind::kAnswer, request.index);
  request.response_started = true;
  finish(request, now);
  return false;
}

void WorkerSteps::count_answer(const Request& request, std::uint16_t status) {
  if (status == 0 || request.cluster == kNone || clusters_[request.cluster] == nullptr) return;
  clusters_[request.cluster]->stats.add_response(status);
}

/// Cancels what is armed, gives back what is held, logs. The record lives until the next event.
void WorkerSteps::finish(Request& request, Instant now) {
  SQUALL_DCHECK(!request.ended && request.live == 0);
  release_retry(request);
  if (request.global_armed) cancel(TimerKind::kGlobal, request.index);
  if (request.in_backoff) cancel(TimerKind::kBackoff, request.index);
  request.global_armed = request.in_backoff = false;
  if (request.extras != kNone) [[unlikely]] {
    unlimit_stream(request);
    end_filters(request, now);
  }
  stop_keeping(request);
  request.ended = true;
  if (!request.outcome.local) count_answer(request, request.outcome.status);
  push(CommandKind::kLog, request.index);
  retired_.push_back({Record::kRequest, request.index});
}

void Worker::on_timer(TimerKind kind, std::uint32_t owner, Instant now) {
  begin_event();
  switch (kind) {
    case TimerKind::kGlobal:
      return on_global_timeout(requests_[owner], now);
    case TimerKind::kBackoff:
      return on_backoff(requests_[owner], now);
    case TimerKind::kStreamIdle:
      return on_stream_idle(requests_[owner], now);
    case TimerKind::kRequestOverall:
      return on_request_overall(requests_[owner], now);
    case TimerKind::kStreamDuration:
      return on_stream_duration(requests_[owner], now);
    case TimerKind::kFaultDelay:
      return on_fault_delay(requests_[owner], now);
    case TimerKind::kMinRtt:
    case TimerKind::kConcurrencyUpdate:
      return on_filter_timer(kind, owner, now);
    case TimerKind::kPerTry:
      return on_per_try_timeout(attempts_[owner], now);
    case TimerKind::kConnect:
      return on_connect_timeout(connections_[owner], now);
    case TimerKind::kConnectionIdle:
      return on_idle_timer(connections_[owner], now);
    case TimerKind::kConnectionMax:
      if (!connections_[owner].max_armed) break;
      connections_[owner].max_armed = false;
      return drain(connections_[owner]);
    default:
      break;  // Control's or a Downstream's
  }
  ++stale_;
}

}  // namespace squall::policies
