// How long a client's stream may take: without activity, to send its request, in all. What ends it
// is no attempt's failure, so no host is told and nothing is retried.
// Source: envoy's conn_manager_impl, as docs/policies.md, "Timeouts" states it.
#include <algorithm>

#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

/// How long its stream may be without activity, as configured; 0: for ever.
Duration configured_idle(const Listener& listener, const Request& request) {
  return request.route != nullptr ? request.route->stream_idle : listener.stream_idle_timeout;
}

/// How long it may take in all: a route that leads on may say so, else its listener does.
std::optional<Duration> most_in_all(const Listener& listener, const Request& request,
                                    const RequestHead& head) {
  static const Forward nowhere;
  const auto* forward =
      request.route != nullptr ? std::get_if<Forward>(&request.route->action) : nullptr;
  return stream_duration(forward != nullptr ? *forward : nowhere, listener.max_stream_duration,
                         find_header(head.headers, "grpc-timeout"));
}

}  // namespace

void WorkerSteps::limit_stream(Request& request, const RequestHead& head, Instant now) {
  const Listener& listener = configuration_->epoch.listeners[request.listener];
  const Instant began = now - head.age;
  RequestExtras& extras = extras_of(request);
  if (configured_idle(listener, request) > Duration::zero()) {
    extras.idle_armed = true;
    extras.active_at = now;
    arm(TimerKind::kStreamIdle, request.index, now + stream_idle(request));
  }
  if (is_coming(request) && listener.request_timeout > Duration::zero()) {
    extras.overall_armed = true;
    arm(TimerKind::kRequestOverall, request.index, began + listener.request_timeout);
  }
  const auto most = most_in_all(listener, request, head);
  if (!most) return;
  extras.duration_armed = true;
  arm(TimerKind::kStreamDuration, request.index, std::max(now, began + *most));
}

/// Its request has not been received whole yet. One that ends with its head or with trailers has
/// not while it waits in a filter; a body's end counts when it comes.
bool WorkerSteps::is_coming(const Request& request) const {
  return !request.complete || waits_in_filter(request);
}

/// How long its stream may be without activity, now.
Duration WorkerSteps::stream_idle(const Request& request) const {
  const Listener& listener = configuration_->epoch.listeners[request.listener];
  return reduced_timeout(listener.reduced.stream_idle, configured_idle(listener, request),
                         reduction_);
}

void Worker::on_reduced_timeouts(double level, Instant now) {
  begin_event();
  if (level == reduction_) return;
  reduction_ = level;
  for (std::uint32_t i = 0; i < requests_.capacity(); ++i) {
    const Request& request = requests_[i];
    if (request.index == kNone || request.ended || request.extras == kNone || request.is_tcp() ||
        !extras_[request.extras].idle_armed ||
        !configuration_->epoch.listeners[request.listener].reduced.stream_idle.reduced)
      continue;
    cancel(TimerKind::kStreamIdle, i);
    arm(TimerKind::kStreamIdle, i,
        std::max(now, extras_[request.extras].active_at + stream_idle(request)));
  }
}

void WorkerSteps::unlimit_stream(Request& request) {
  RequestExtras& extras = extras_[request.extras];
  if (extras.idle_armed) cancel(TimerKind::kStreamIdle, request.index);
  if (extras.overall_armed) cancel(TimerKind::kRequestOverall, request.index);
  if (extras.duration_armed) cancel(TimerKind::kStreamDuration, request.index);
  extras.idle_armed = extras.overall_armed = extras.duration_armed = false;
}

/// The client's side has taken too long: 408 while its request was still coming, else 504.
void WorkerSteps::end_stream_of(Request& request, Details details, ResponseFlag flag, Instant now) {
  answer_or_reset(request, request.complete ? 504 : 408, details, flag, now);
}

/// Armed once, it looks again when it fires, so activity costs a store.
void WorkerSteps::on_stream_idle(Request& request, Instant now) {
  if (request.extras == kNone || !extras_[request.extras].idle_armed) {
    ++stale_;
    return;
  }
  RequestExtras& extras = extras_[request.extras];
  const Instant due = extras.active_at + stream_idle(request);
  if (now < due) return arm(TimerKind::kStreamIdle, request.index, due);
  extras.idle_armed = false;
  end_stream_of(request, Details::kStreamIdle, ResponseFlag::kSI, now);
}

void WorkerSteps::on_request_overall(Request& request, Instant now) {
  if (request.extras == kNone || !extras_[request.extras].overall_armed) {
    ++stale_;
    return;
  }
  extras_[request.extras].overall_armed = false;
  if (!is_coming(request)) return;
  end_stream_of(request, Details::kRequestOverall, ResponseFlag::kNone, now);
}

void WorkerSteps::on_stream_duration(Request& request, Instant now) {
  if (request.extras == kNone || !extras_[request.extras].duration_armed) {
    ++stale_;
    return;
  }
  extras_[request.extras].duration_armed = false;
  end_stream_of(request, Details::kMaxDuration, ResponseFlag::kNone, now);
}

}  // namespace squall::policies
