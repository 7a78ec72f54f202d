// Redirects that are followed for the client: the response is dropped, and a new request takes its
// place, with the body that was kept.
// Source: envoy's router and conn_manager_impl (docs/policies.md, "Internal redirects").
#include <algorithm>

#include "policies/machine/steps.h"

namespace squall::policies {
namespace {

/// Whether the policy lets a request be led from one route to the other.
bool accepts(const InternalRedirect& policy, const RequestExtras& extras, const Route& from,
             const Route& to) {
  const auto& allowed = policy.allowed_routes;
  if (allowed && std::ranges::find(*allowed, to.name) == allowed->end()) return false;
  return !policy.new_routes_only ||
         std::ranges::find(extras.led, std::pair<std::string_view, std::string_view>(
                                           from.name, to.name)) == extras.led.end();
}

/// What the new request has of the old one.
void inherit(Request& request, const Request& old) {
  request.listener = old.listener;
  request.received = old.received;
  request.internal = old.internal;
  request.complete = true;
  request.completed = old.completed;
  request.tag = old.tag;
}

/// A route is looked for where the redirect points; from here on the request's log names that one.
const Route* point(const Configuration& configuration, std::uint32_t listener,
                   const RequestHead& head, std::uint64_t random, RouteChoice& choice,
                   RequestExtras& extras) {
  choice = configuration.routers[listener].find(head, random);
  extras.pointed = true;
  extras.pointed_to = choice.route;
  extras.pointed_cluster = kNone;
  const auto* forward =
      choice.route == nullptr ? nullptr : std::get_if<Forward>(&choice.route->action);
  if (forward != nullptr)
    extras.pointed_cluster = choose_cluster(configuration.epoch, *forward, head, random).index;
  return choice.route;
}

}  // namespace

/// False: the response is the client's.
bool WorkerSteps::ask_redirect(Request& request, const Attempt& attempt, std::uint16_t status,
                               const GrpcStatus& grpc_status, bool end) {
  const InternalRedirect& policy = *std::get<Forward>(request.route->action).internal_redirect;
  if (request.mirror != 0 || std::ranges::find(policy.codes, status) == policy.codes.end())
    return false;
  RequestExtras& extras = extras_of(request);
  if (!request.complete || extras.body_lost || extras.redirects >= policy.max_redirects) {
    clusters_[request.cluster]->stats.add(Stat::kInternalRedirectFailed);
    return false;
  }
  extras.redirect_from = attempt.index;
  extras.redirect_status = status;
  extras.redirect_grpc_status = grpc_status;
  extras.redirect_ends = end;
  push(CommandKind::kRedirect, request.index, attempt.index);
  return true;
}

RequestId Worker::on_redirect(RequestId id, const RequestHead* head, std::uint64_t random,
                              Instant now) {
  begin_event();
  Request* const old = find(requests_, id);
  if (old == nullptr) return {};
  if (old->ended || old->extras == kNone || extras_[old->extras].redirect_from == kNone) {
    ++stale_;
    return {};
  }
  RequestExtras& extras = extras_[old->extras];
  Attempt& attempt = attempts_[extras.redirect_from];
  extras.redirect_from = kNone;
  ClusterStats& stats = clusters_[old->cluster]->stats;
  RouteChoice choice;
  const Route* const target =
      head == nullptr ? nullptr
                      : point(*configuration_, old->listener, *head, random, choice, extras);
  const InternalRedirect& policy = *std::get<Forward>(old->route->action).internal_redirect;
  if (target == nullptr || !accepts(policy, extras, *old->route, *target)) {
    stats.add(Stat::kInternalRedirectFailed);
    take_response(*old, attempt, extras.redirect_status, extras.redirect_grpc_status,
                  extras.redirect_ends, now);
    return {};
  }
  stats.add(Stat::kInternalRedirectSucceeded);
  Request& request = requests_.take();
  const RequestId fresh = id_of<RequestTag>(request);
  request.random = random;
  inherit(request, *old);
  RequestExtras& own = extras_of(request);
  own.redirects = extras.redirects + 1;
  own.led = extras.led;
  own.led.emplace_back(old->route->name, target->name);
  // A 303 makes another request a GET without body.
  if (extras.redirect_status != 303 || extras.safe_method) {
    request.body_bytes = old->body_bytes;
    request.has_trailers = old->has_trailers;
    request.keeping = old->keeping;
    old->keeping = false;
  }
  old->response_started = true;
  old->last_host = attempt.host;
  old->outcome.status = extras.redirect_status;
  old->outcome.details = Details::kInternalRedirect;
  reset_attempts(*old, attempt.index, now);
  const bool ends = extras.redirect_ends;
  if (!ends) break_off(attempt, now);
  forget_attempt(*old, attempt);
  finish(*old, now);
  RequestHead taken = *head;
  redirect_text_.clear();
  const Reception reception = receive_target(configuration_->epoch.listeners[old->listener].target,
                                             choice.grpc, head->local_port, taken, redirect_text_);
  if (reception == Reception::kTaken) {
    proceed(request, taken, choose_route(request, taken, now), now);
  } else {
    request.grpc = choice.grpc;
    request.virtual_host = choice.virtual_host;
    request.route = target;
    request.cluster = extras_[old->extras].pointed_cluster;
    reply(request, reception == Reception::kMovedPath ? 307 : 400, Details::kPathNormalization,
          ResponseFlag::kNone, now);
  }
  // The old stream is not over yet when the new one looks for a connection.
  if (ends) end_stream(attempt, whole(attempt), now);
  return fresh;
}

}  // namespace squall::policies
