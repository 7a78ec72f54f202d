// Where a request goes and what its route asks of it: virtual host, route, cluster, policies.
// Source: envoy's router, as docs/policies.md, "Routes" states it.
#include "policies/control_headers.h"
#include "policies/machine/sent_head.h"
#include "policies/machine/steps.h"
#include "policies/timeouts.h"

namespace squall::policies {

/// As choose_route does for a head that it has settled.
void WorkerSteps::follow(Request& request, const Remembered& known) {
  request.grpc = known.choice.grpc;
  request.virtual_host = known.choice.virtual_host;
  request.route = known.choice.route;
  request.cluster = known.cluster;
  request.pool = known.pool;
  request.timeouts = known.timeouts;
  if (known.retry_policy != nullptr) {
    request.retry_policy = known.retry_policy;
    request.retriable = true;
    request.retry = RetryState(*known.retry_policy);
  }
  if (!request.complete) keep(request);
}

/// False: the request has been answered.
bool WorkerSteps::choose_route(Request& request, const RequestHead& head, Instant now) {
  Remembered* known = nullptr;
  if (head.known_as != 0) {
    known = &heads_.of(request.listener, head.known_as);
    if (known->settled) [[likely]] {
      follow(request, *known);
      return true;
    }
  }
  return choose_anew(request, head, known, now);
}

/// `known`: what is remembered of the head so far; null: nothing can be.
[[gnu::noinline]] bool WorkerSteps::choose_anew(Request& request, const RequestHead& head,
                                                Remembered* known, Instant now) {
  RouteChoice& choice = known != nullptr ? known->choice : choice_;
  if (!choice.remembered) {
    choice = configuration_->routers[request.listener].find(head, request.random);
    choice.remembered = known != nullptr && !choice.used_random;
  }
  request.grpc = choice.grpc;
  request.virtual_host = choice.virtual_host;
  resolve(request, choice, head);
  if (!configuration_->filters[request.listener].empty()) [[unlikely]]
    return enter_filters(request, choice.require_tls, head, now) &&
           act(request, choice.require_tls, now);
  if (!act(request, choice.require_tls, now)) return false;
  const auto* forward = std::get_if<Forward>(&choice.route->action);
  const ClusterConfig& cluster = configuration_->epoch.clusters[request.cluster];
  const bool plain = !forward->decided_as_sent && forward->hash_policies.empty() &&
                     !forward->internal_redirect && cluster.override_host.empty() &&
                     cluster.hash_policies.empty() && !cluster.retry;
  if (choice.remembered && plain && forward->clusters.size() == 1 &&
      forward->clusters.front().cluster_header.empty() && !head.internal &&
      request.extras == kNone && !request.hedging && !turns_away(cluster)) {
    known->settled = true;
    known->pool = request.pool;
    known->cluster = request.cluster;
    known->retry_policy = request.retry_policy;
    known->timeouts = request.timeouts;
  }
  return true;
}

ChosenCluster choose_cluster(const Epoch& epoch, const Forward& forward, const RequestHead& head,
                             std::uint64_t random) {
  if (forward.weights_by_hash)
    random = hash_of(forward.hash_policies, head, nullptr).value_or(random);
  const std::uint32_t entry = pick_entry(forward, head, random);
  const auto named_by = [&](const std::string& header) {
    const auto name = find_header(head, header);
    return name ? epoch.find_cluster(*name) : kNone;
  };
  if (entry < forward.clusters.size()) {
    const WeightedCluster& chosen = forward.clusters[entry];
    return {entry, chosen.cluster_header.empty() ? chosen.index : named_by(chosen.cluster_header)};
  }
  if (forward.cluster_header.empty()) return {entry, kNone, true};
  return {entry, named_by(forward.cluster_header)};
}

/// Where the route leads, and all that the head says of it.
void WorkerSteps::resolve(Request& request, const RouteChoice& choice, const RequestHead& head) {
  if (choice.require_tls) return;
  request.route = choice.route;
  const auto* forward =
      choice.route == nullptr ? nullptr : std::get_if<Forward>(&choice.route->action);
  if (forward == nullptr) return;
  const ChosenCluster chosen =
      choose_cluster(configuration_->epoch, *forward, head, request.random);
  request.weighted_entry = chosen.entry;
  request.cluster = chosen.index;
  if (chosen.none) request.route = nullptr;
  if (request.cluster == kNone) return;
  request.pool = forward->high_priority ? PoolKind::kHigh : PoolKind::kDefault;
  const Listener& listener = configuration_->epoch.listeners[request.listener];
  request.outcome.details = first_invalid(listener.strict_checks, head.headers);
  if (!request.virtual_host->virtual_clusters.list.empty()) [[unlikely]]
    extras_of(request).virtual_cluster = request.virtual_host->virtual_clusters.number_of(head);
  if (!forward->decided_as_sent) [[likely]] {
    set_up(request, *forward, head, head);
    return read_balancing(request, *forward, head);
  }
  const bool weighted = request.weighted_entry < forward->clusters.size();
  const SentHead sent({listener.routes, *request.virtual_host, *request.route,
                       weighted ? &forward->clusters[request.weighted_entry] : nullptr},
                      head, configuration_->epoch.clusters[request.cluster].name,
                      !listener.suppress_envoy_headers);
  set_up(request, *forward, head, sent.head());
  read_balancing(request, *forward, sent.head());
}

/// Null for most.
ClusterStats* WorkerSteps::virtual_cluster_of(const Request& request) {
  if (request.extras == kNone) return nullptr;
  const std::uint32_t number = extras_[request.extras].virtual_cluster;
  if (number == kNone) return nullptr;
  if (virtual_clusters_.empty()) virtual_clusters_.resize(configuration_->epoch.virtual_clusters);
  return &virtual_clusters_[number];
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
  if (request.cluster == kNone) {
    return reply(request, forward->cluster_not_found_status, Details::kClusterNotFound,
                 ResponseFlag::kNC, now);
  }
  if (request.outcome.details != Details::kNone) {  // a header that is checked strictly
    return reply(request, 400, request.outcome.details, ResponseFlag::kIH, now);
  }
  const auto away = turned_away(configuration_->epoch.clusters[request.cluster], request.random);
  if (!away) return true;
  use_cluster(request.cluster);
  if (away->details == Details::kMaintenanceMode) count(request, Stat::kRqMaintenanceMode);
  count_answer(request, 503, kNone);
  return reply(request, 503, away->details, away->flag, now);
}

namespace {

/// Whether the policy retries what came too early, and the caller sent it early knowingly.
bool takes_early_data(const RetryPolicy& policy, const RequestHead& head) {
  return policy.lists(kTooEarly) && find_header(head.headers, "early-data");
}

}  // namespace

/// Retry policy and timeouts: the route's, else the virtual host's, changed by an internal caller's
/// headers. A cluster's own retry policy says what is retried, and not how long a try may take.
/// What the route itself says in such headers counts of all callers, but for timeouts and hedging.
void WorkerSteps::set_up(Request& request, const Forward& forward, const RequestHead& head,
                         const RequestHead& sent) {
  const RetryPolicy* const of_route = forward.retry                 ? &*forward.retry
                                      : request.virtual_host->retry ? &*request.virtual_host->retry
                                                                    : nullptr;
  const ClusterConfig& cluster = configuration_->epoch.clusters[request.cluster];
  const RetryPolicy* policy = cluster.retry ? &*cluster.retry : of_route;
  TimeoutInputs inputs;
  inputs.grpc = request.grpc;
  inputs.respect_expected =
      configuration_->epoch.listeners[request.listener].respect_expected_rq_timeout;
  if (request.grpc) inputs.grpc_timeout = find_header(head.headers, "grpc-timeout");
  if (head.internal || forward.decided_as_sent) {
    if (head.internal) inputs.control = read_control_headers(head.headers);
    if (forward.decided_as_sent) inputs.control.take_retries(read_control_headers(sent.headers));
    if (inputs.control.changes_retries() || inputs.control.alternative_timeout_response) {
      RequestExtras& extras = extras_of(request);
      static const RetryPolicy nothing;
      extras.policy = policy != nullptr ? *policy : nothing;
      apply(inputs.control, extras.policy);
      extras.alternative_timeout_response = inputs.control.alternative_timeout_response;
      policy = &extras.policy;
    }
  }
  if (policy != nullptr && takes_early_data(*policy, sent)) [[unlikely]] {
    RequestExtras& extras = extras_of(request);
    if (policy != &extras.policy) extras.policy = *policy;
    std::erase(extras.policy.status_codes, kTooEarly);  // its caller is to send it again, later
    policy = &extras.policy;
  }
  request.timeouts = final_timeouts(forward, of_route, inputs);
  if (policy != nullptr && policy->on != 0 && allows_retries(*policy, sent)) {
    request.retry_policy = policy;
    request.retriable = true;
    request.retry = RetryState(*policy);
  }
  request.may_redirect = forward.internal_redirect.has_value();
  if (request.may_redirect)
    extras_of(request).safe_method = head.method == "GET" || head.method == "HEAD";
  set_up_attempts(request, forward, of_route, inputs.control);
  if (!request.complete) keep(request);
}

/// What few requests ask of their attempts: hedging, timeouts of one that is idle or lasts long.
void WorkerSteps::set_up_attempts(Request& request, const Forward& forward,
                                  const RetryPolicy* policy, const ControlHeaders& control) {
  const std::optional<HedgePolicy>& hedge =
      forward.hedge ? forward.hedge : request.virtual_host->hedge;
  request.hedging = control.hedge_on_per_try_timeout.value_or(hedge && hedge->on_per_try_timeout);
  const Duration idle = policy != nullptr ? policy->per_try_idle_timeout : Duration::zero();
  const Duration duration = control.stream_duration.value_or(
      configuration_->epoch.clusters[request.cluster].max_stream_duration);
  if (idle == Duration::zero() && duration == Duration::zero()) return;
  RequestExtras& extras = extras_of(request);
  extras.per_try_idle = idle;
  extras.upstream_duration = duration;
  request.rare_timers = true;
}

}  // namespace squall::policies
