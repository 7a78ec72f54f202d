// A request from its head to its end: route, cluster, the client's side, local replies.
#include "policies/control_headers.h"
#include "policies/grpc.h"
#include "policies/machine/steps.h"
#include "policies/timeouts.h"

namespace squall::policies {

void WorkerState::give_back_retired() {
  requests_.give_back_retired([this](const Request& request) {
    if (request.extras != kNone) [[unlikely]]
      extras_.give_back(extras_[request.extras]);
  });
  attempts_.give_back_retired();
  connections_.give_back_retired();
}

/// By the number that the shell gave the head, or else by one for its text.
inline bool Worker::find_route(Request& request, const RequestHead& head, Instant now) {
  if (head.known_as != 0 && !shell_numbers_) [[unlikely]] {
    shell_numbers_ = true;
    heads_.clear();  // its numbers are not ours
  }
  return shell_numbers_ ? choose_route(request, head, now) : find_route_by_text(request, head, now);
}

bool Worker::find_route_by_text(Request& request, const RequestHead& head, Instant now) {
  if (numbering_.empty()) numbering_.resize(configuration_->routers.size());
  std::unique_ptr<RouteMemo>& numbering = numbering_[request.listener];
  if (numbering == nullptr)
    numbering = std::make_unique<RouteMemo>(configuration_->routers[request.listener].table());
  const RouteMemo::Place place = numbering->find(head);
  RequestHead numbered = head;
  numbered.known_as = place.number;
  if (place.number != 0 && !place.known) heads_.of(request.listener, place.number) = {};
  return choose_route(request, numbered, now);
}

RequestId Worker::on_request(std::uint32_t listener, const RequestHead& head, std::uint64_t random,
                             bool end, Instant now) {
  begin_event();
  Request& request = requests_.take();
  const RequestId id = id_of<RequestTag>(request);
  request.random = random;
  request.listener = listener;
  request.received = now;
  request.internal = head.internal;
  request.complete = end;
  if (end) request.completed = now;
  if (overload_ > 0 && unit(mix(random, Purpose::kOverload, 0)) < overload_) [[unlikely]] {
    request.grpc = is_grpc(head);
    reply(request, 503, Details::kOverload, ResponseFlag::kNone, now);
    return id;
  }
  proceed(request, head, find_route(request, head, now), now);
  return id;
}

/// What limits it, and its first attempt when it has a route that leads on.
void WorkerSteps::proceed(Request& request, const RequestHead& head, bool routed, Instant now) {
  if (routed) {
    forward(request, now);
    const Route& route = *request.route;
    const Listener& listener = configuration_->epoch.listeners[request.listener];
    const bool idle_only_after_global =
        route.limits == StreamLimits::kIdle && request.global_armed &&
        request.timeouts.global < route.stream_idle && !listener.reduced.stream_idle.reduced;
    if (route.limits != StreamLimits::kNone && !idle_only_after_global && !request.ended)
      limit_stream(request, head, now);
  } else if (!request.ended) {
    limit_stream(request, head, now);  // it waits in a filter, wherever its route will lead
  }
}

/// On its way: its first attempt, and its copies.
void WorkerSteps::forward(Request& request, Instant now) {
  const bool mirrors = std::get<Forward>(request.route->action).may_mirror;
  if (mirrors) [[unlikely]]
    copying_ = &request;
  begin_attempt(request, now);
  if (request.ended) return;
  if (request.complete) on_complete(request, now);
  if (!mirrors) [[likely]]
    return;
  mirror(request, std::get<Forward>(request.route->action), now);
  copying_ = nullptr;
  if (!needs_kept_body(request)) stop_keeping(request);
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
  return configuration_->epoch.listeners[request.listener].buffer_limit_bytes;
}

void Worker::on_request_body(RequestId id, std::uint64_t bytes, bool end, Instant now) {
  begin_event();
  Request* request = find(requests_, id);
  if (request == nullptr || request->ended || request->complete) return;
  note_activity(*request, now);
  if (waits_in_filter(*request)) [[unlikely]]
    return on_more_in_filters(*request, bytes, end, now);
  request->body_bytes += bytes;
  if (may_need_body(*request) && !request->response_started &&
      request->body_bytes > buffer_limit(*request)) {
    give_up_retries(*request, now);
    if (request->ended) return;
  }
  each_attempt(*request, [&](const Attempt& attempt) {
    if (attempt.connection != kNone) push_body(attempt, bytes, false, end);
  });
  if (end) {
    request->complete = true;
    request->completed = now;
    on_complete(*request, now);
  }
  if (request->extras != kNone) [[unlikely]]
    mirror_body(*request, bytes, end, now);
}

void Worker::on_request_trailers(RequestId id, Instant now) {
  begin_event();
  Request* request = find(requests_, id);
  if (request == nullptr || request->ended || request->complete) return;
  request->has_trailers = true;
  note_activity(*request, now);
  if (waits_in_filter(*request)) [[unlikely]]
    return on_more_in_filters(*request, 0, true, now);
  each_attempt(*request, [&](const Attempt& attempt) {
    if (attempt.connection != kNone) push(CommandKind::kSendTrailers, attempt.index);
  });
  request->complete = true;
  request->completed = now;
  on_complete(*request, now);
  if (request->extras != kNone) [[unlikely]]
    mirror_body(*request, 0, true, now);
}

/// An attempt has not been given it yet, or another may need it again.
bool WorkerSteps::needs_kept_body(const Request& request) {
  if (may_need_body(request)) return true;
  bool waits = request.live == 0;
  each_attempt(request, [&](const Attempt& one) { waits = waits || one.connection == kNone; });
  return waits;
}

/// For another attempt, or for the request that a redirect makes of it.
bool WorkerSteps::may_need_body(const Request& request) const {
  return request.retriable || (request.may_redirect && !extras_[request.extras].body_lost);
}

void WorkerSteps::give_up_retries(Request& request, Instant now) {
  request.retriable = false;
  if (request.may_redirect) extras_of(request).body_lost = true;
  clusters_[request.cluster]->stats.add(Stat::kRetryOrShadowAbandoned);
  stop_backoff(request);
  each_attempt(request, [&](const Attempt& attempt) {
    if (attempt.connection != kNone) stop_keeping(request);
  });
  if (request.live == 0) reply(request, 507, Details::kBufferLimit, ResponseFlag::kNone, now);
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
  if (details == Details::kNoHealthyUpstream) count_answer(request, status, kNone);
  if (request.grpc) {
    outcome.grpc = true;
    outcome.grpc_status = http_to_grpc(status);
    outcome.status = 200;
  }
  if (request.extras != kNone) [[unlikely]]
    shape_reply(request, now);
  reset_attempts(request, kNone, now);
  to_client(CommandKind::kAnswer, request);
  request.response_started = true;
  finish(request, now);
  return false;
}

/// Where hosts or virtual clusters are told apart.
void WorkerSteps::count_answer_apart(const Request& request, ClusterState& cluster,
                                     std::uint16_t status, std::uint32_t number) {
  ResponseKind kind{.status = status, .internal = request.internal, .canary = request.canary};
  if (cluster.tells_hosts_apart && number != kNone) {
    const HostConfig& host = cluster.config->hosts[number - cluster.first_host];
    kind.canary |= host.canary;
    kind.zone = host.zone;
  }
  cluster.stats.responses.add(kind);
  if (ClusterStats* apart = virtual_cluster_of(request)) apart->responses.add({.status = status});
}

/// Cancels what is armed, gives back what is held, logs. The record lives until the next event.
void WorkerSteps::finish(Request& request, Instant now) {
  SQUALL_DCHECK(!request.ended && request.live == 0);
  stop_backoff(request);
  if (request.global_armed) cancel(TimerKind::kGlobal, request.index);
  request.global_armed = false;
  if (request.extras != kNone) [[unlikely]] {
    unlimit_stream(request);
    end_filters(request, now);
    give_up_mirrors(request, now);
  }
  if (copying_ == &request) [[unlikely]]
    copying_ = nullptr;
  stop_keeping(request);
  request.ended = true;
  if (!request.outcome.local && request.outcome.details != Details::kInternalRedirect)
    count_answer(request, request.outcome.status, request.last_host);
  push(CommandKind::kLog, request.index);
  requests_.retire(request);
}

void Worker::on_timer(TimerKind kind, std::uint32_t owner, Instant now) {
  begin_event();
  switch (kind) {
    case TimerKind::kGlobal:
      return on_global_timeout(requests_[owner], now);
    case TimerKind::kBackoff:
      return on_backoff(requests_[owner], now);
    case TimerKind::kStreamIdle:
      if (requests_[owner].is_tcp()) return on_tcp_idle(requests_[owner], now);
      return on_stream_idle(requests_[owner], now);
    case TimerKind::kRequestOverall:
      return on_request_overall(requests_[owner], now);
    case TimerKind::kStreamDuration:
      if (requests_[owner].is_tcp()) return on_tcp_duration(requests_[owner], now);
      return on_stream_duration(requests_[owner], now);
    case TimerKind::kFaultDelay:
      return on_fault_delay(requests_[owner], now);
    case TimerKind::kResponsePace:
      return on_response_pace(requests_[owner], now);
    case TimerKind::kMinRtt:
    case TimerKind::kConcurrencyUpdate:
      return on_filter_timer(kind, owner, now);
    case TimerKind::kPerTry:
      return on_per_try_timeout(attempts_[owner], now);
    case TimerKind::kPerTryIdle:
      return on_per_try_idle(attempts_[owner], now);
    case TimerKind::kUpstreamDuration:
      return on_upstream_duration(attempts_[owner], now);
    case TimerKind::kConnect:
      return on_connect_timeout(connections_[owner], now);
    case TimerKind::kConnectionIdle:
      return on_idle_timer(connections_[owner], now);
    case TimerKind::kConnectionMax:
      return on_max_duration(connections_[owner]);
    default:
      break;  // Control's or a Downstream's
  }
  ++stale_;
}

}  // namespace squall::policies
