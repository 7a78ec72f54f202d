#include "policies/exchange.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "policies/control_headers.h"
#include "policies/grpc.h"
#include "policies/redirect.h"
#include "policies/reply_body.h"
#include "policies/text_in.h"
#include "policies/timeouts.h"

namespace squall::policies {
namespace {

/// The levels of a request that was forwarded somewhere.
Levels levels_of(const Worker& worker, const Request& request) {
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  const auto* forward = std::get_if<Forward>(&request.route->action);
  const WeightedCluster* entry = nullptr;
  if (forward != nullptr && request.weighted_entry < forward->clusters.size()) {
    entry = &forward->clusters[request.weighted_entry];
  }
  return {listener.routes, *request.virtual_host, *request.route, entry};
}

EditOptions options_of(const Worker& worker, const Request& request, const KeptRequest& received) {
  const Epoch& epoch = worker.configuration().epoch;
  return {
      .keep_originals = !epoch.listeners[request.listener].suppress_envoy_headers,
      .stream = {.peer = received.peer,
                 .route = request.route != nullptr ? std::string_view(request.route->name) : "",
                 .cluster = request.cluster != kNone
                                ? std::string_view(epoch.clusters[request.cluster].name)
                                : "",
                 .peer_port = received.peer_port,
                 .attempts = request.attempt_count,
                 .outcome = &request.outcome,
                 .host = request.last_host != kNone ? &epoch.host(request.last_host) : nullptr}};
}

/// What filters that let a request through add to it.
void add_of_filters(const Worker& worker, const Request& request, const RequestHead& head,
                    const EditOptions& options, HeaderEdits& edits) {
  const RequestExtras* const extras = worker.extras(request);
  if (extras == nullptr) return;
  for (const LocalRateLimitConfig* limit : extras->filters.let_through)
    add_headers(limit->request_headers, head, options.stream, edits);
}

/// How much the buckets that decided have left, in the headers that clients expect it in.
void tell_rate_limits(const Worker& worker, const Request& request, Instant now,
                      KeptResponse& response) {
  const RequestExtras* const extras = worker.extras(request);
  if (extras == nullptr) return;
  TextArena& arena = response.edits.text;
  for (const auto& bucket : extras->filters.told) {
    const std::int64_t wait = (to_ms(bucket->next_token(now)) + 999) / 1000;
    response.headers.push_back({"x-ratelimit-limit", text_in(arena, "{}", bucket->most())});
    response.headers.push_back(
        {"x-ratelimit-remaining", text_in(arena, "{}", bucket->remaining(now))});
    response.headers.push_back({"x-ratelimit-reset", text_in(arena, "{}", wait)});
  }
}

void edit_own_response(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                       KeptResponse& response) {
  const Request& request = worker.request(index);
  if (request.virtual_host != nullptr && request.virtual_host->response_attempt_count &&
      request.attempt_count > 0) {
    set_field(response.headers, "x-envoy-attempt-count",
              text_in(response.edits.text, "{}", request.attempt_count));
  }
  if (request.route == nullptr) return;
  const Levels levels = levels_of(worker, request);
  if (!changes_response(levels)) return;
  const EditOptions options = options_of(worker, request, received);
  const RequestHead head = received.view();
  add_of_filters(worker, request, head, options, response.edits);
  edit_request(levels, head, options, response.edits);
  const std::size_t of_request = response.edits.list.size();
  edit_response(levels, head, of_request, {.status = response.status, .headers = response.headers},
                options, response.edits);
  std::string_view unused;
  apply_edits(std::span(response.edits.list).subspan(of_request), unused, unused, response.headers);
}

/// grpc-message: what is not printable ASCII, and '%', as %XX.
std::string_view percent_encoded(std::string_view text, TextArena& arena) {
  fmt::memory_buffer result;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      result.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(result), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return arena.store({result.data(), result.size()});
}

/// As received, in memory of its own for what changes.
void copy_head(const KeptRequest& received, KeptRequest& out) {
  out.clear();
  out.method = received.method;
  out.scheme = received.scheme;
  out.authority = received.authority;
  out.path = received.path;
  out.internal = received.internal;
  out.headers = received.headers;
}

/// What an attempt tells the upstream of its timeouts.
void tell_timeouts(const Worker& worker, const Request& request, std::uint32_t expected_ms,
                   KeptRequest& out) {
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  const auto& forward = std::get<Forward>(request.route->action);
  std::vector<HeaderField>& headers = out.headers;
  if (!listener.suppress_envoy_headers && expected_ms > 0)
    set_field(headers, "x-envoy-expected-rq-timeout-ms", text_in(out.text, "{}", expected_ms));
  if (!request.grpc) return;
  if (forward.max_stream_duration) {
    const auto most = stream_duration(forward, listener.max_stream_duration,
                                      find_header(headers, "grpc-timeout"));
    if (most) set_field(headers, "grpc-timeout", out.text.store(format_grpc_timeout(*most)));
  } else if (forward.max_grpc_timeout && expected_ms > 0) {
    const Duration expected = std::chrono::milliseconds(expected_ms);
    set_field(headers, "grpc-timeout", out.text.store(format_grpc_timeout(expected)));
  }
}

/// The head of attempt `number`; `host`: whose name it may get, none where it has no host yet.
void make_head(const Worker& worker, const Request& request, std::uint32_t number,
               std::uint32_t host, std::uint32_t expected_ms, const KeptRequest& received,
               HeaderEdits& edits, KeptRequest& out) {
  copy_head(received, out);
  edits.clear();
  std::vector<HeaderField>& headers = out.headers;
  std::erase_if(headers, [](const HeaderField& header) { return is_consumed(header.name); });
  tell_timeouts(worker, request, expected_ms, out);
  if (request.virtual_host->request_attempt_count) {
    set_field(headers, "x-envoy-attempt-count", text_in(out.text, "{}", number));
  }
  if (request.virtual_host->is_timeout_retry && number > 1) {
    set_field(headers, "x-envoy-is-timeout-retry", request.timeout_retry ? "true" : "false");
  }
  const EditOptions options = options_of(worker, request, received);
  const RequestHead head = received.view();
  add_of_filters(worker, request, head, options, edits);
  edit_request(levels_of(worker, request), head, options, edits);
  const auto& forward = std::get<Forward>(request.route->action);
  if (forward.host_rewrite.automatic && host != kNone) {
    const std::string& name = worker.configuration().epoch.host(host).hostname;
    if (!name.empty())
      rewrite_host(name, forward.host_rewrite.append_forwarded, head, options, edits);
  }
  apply_edits(edits.list, out.authority, out.path, headers);
}

}  // namespace

void upstream_request(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                      HeaderEdits& edits, KeptRequest& out) {
  const Attempt& attempt = worker.attempt(index);
  const Request& request = worker.request(attempt.request);
  if (request.mirror != 0) return copy_head(received, out);  // it has been made already
  make_head(worker, request, attempt.number, attempt.host, worker.expected_timeout_ms(index),
            received, edits, out);
  const auto length = buffered_length(worker, attempt.request);
  if (!length || find_header(out.headers, "content-length")) return;
  remove_field(out.headers, "transfer-encoding");
  out.headers.push_back({"content-length", text_in(out.text, "{}", *length)});
}

std::optional<std::uint64_t> buffered_length(const Worker& worker, std::uint32_t index) {
  const Request& request = worker.request(index);
  const RequestExtras* extras = worker.extras(request);
  if (extras == nullptr || extras->filters.most_body_bytes == 0) return std::nullopt;
  return request.body_bytes;
}

void mirrored_request(const Worker& worker, std::uint32_t copy, std::uint32_t index,
                      const KeptRequest& received, HeaderEdits& edits, KeptRequest& out) {
  const Request& request = worker.request(index);
  const std::uint32_t expected =
      expected_timeout_ms({.global = request.timeouts.global}, {}, request.hedging);
  make_head(worker, request, 1, kNone, expected, received, edits, out);
  set_field(out.headers, "x-envoy-internal", "true");
  const auto client = find_header(out.headers, "x-forwarded-for");
  set_field(out.headers, "x-forwarded-for",
            client ? text_in(out.text, "{},{}", *client, received.local) : received.local);
  const auto& forward = std::get<Forward>(request.route->action);
  const auto& mirrors = mirrors_of(worker.configuration().epoch, forward, request.cluster);
  const MirrorPolicy& policy = mirrors[worker.request(copy).mirror - 1U];
  if (!policy.host_rewrite.empty()) {
    out.authority = policy.host_rewrite;
    return;
  }
  if (!policy.host_suffix) return;
  const std::size_t bracket = out.authority.rfind(']');
  const std::size_t colon = out.authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  const std::string_view name = out.authority.substr(0, has_port ? colon : std::string_view::npos);
  out.authority = text_in(out.text, "{}-shadow{}", name, out.authority.substr(name.size()));
}

bool logged_request(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                    HeaderEdits& edits, KeptRequest& out) {
  const Request& request = worker.request(index);
  const bool forwarded = request.attempt_count > 0 && request.route != nullptr;
  if (!forwarded || !std::holds_alternative<Forward>(request.route->action)) return false;
  const std::uint32_t expected =
      expected_timeout_ms({.global = request.timeouts.global}, {}, request.hedging);
  make_head(worker, request, request.attempt_count, request.last_host, expected, received, edits,
            out);
  return true;
}

namespace {

/// The client is told its request's id where the listener says so, or an internal caller asks.
void tell_request_id(const Listener& listener, const KeptRequest& received,
                     std::vector<HeaderField>& headers) {
  if (!listener.request_id_in_response &&
      !(received.internal && find_header(received.headers, "x-envoy-force-trace")))
    return;
  if (const auto id = find_header(received.headers, "x-request-id"))
    set_field(headers, "x-request-id", *id);
}

void name_server(const Listener& listener, std::vector<HeaderField>& headers) {
  if (listener.server_header == ServerHeader::kPassThrough) return;
  const bool keeps = listener.server_header == ServerHeader::kAppendIfAbsent;
  if (keeps && find_header(headers, "server")) return;
  set_field(headers, "server", listener.server_name);
}

}  // namespace

void shape_response(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                    Instant now, KeptResponse& response) {
  const Request& request = worker.request(index);
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  if (!listener.suppress_envoy_headers && request.complete) {
    set_field(response.headers, "x-envoy-upstream-service-time",
              text_in(response.edits.text, "{}", to_ms(now - request.completed)));
  }
  if (request.extras != kNone) {
    for (const MadeCookie& cookie : worker.extras(request.extras).cookies)
      response.headers.push_back(
          {"set-cookie", response.edits.text.store(set_cookie_text(cookie))});
  }
  edit_own_response(worker, index, received, response);
  tell_request_id(listener, received, response.headers);
  if (request.extras != kNone) tell_rate_limits(worker, request, now, response);
  name_server(listener, response.headers);
}

namespace {

/// The headers of an own answer that its body and the client's protocol ask for.
void frame_reply(std::optional<std::uint16_t> grpc_status, KeptResponse& response) {
  TextArena& arena = response.edits.text;
  if (grpc_status) {
    set_field(response.headers, "content-type", "application/grpc");
    response.headers.push_back({"grpc-status", text_in(arena, "{}", *grpc_status)});
    if (!response.body.empty())
      response.headers.push_back({"grpc-message", percent_encoded(response.body, arena)});
    response.body = {};
  } else if (!response.body.empty()) {
    response.headers.push_back({"content-length", text_in(arena, "{}", response.body.size())});
    if (!find_header(response.headers, "content-type"))
      response.headers.push_back({"content-type", "text/plain"});
  }
}

}  // namespace

void frame_response(std::string_view method, bool end, KeptResponse& response) {
  std::vector<HeaderField>& headers = response.headers;
  if (response.status < 200 || response.status == 204 || response.status == 304 ||
      find_header(headers, "content-length") || find_header(headers, "transfer-encoding"))
    return;
  if (end && method != "HEAD") {
    headers.push_back({"content-length", "0"});
  } else {
    headers.push_back({"transfer-encoding", "chunked"});
  }
}

namespace {

/// The header that tells a caller of too much load; empty: this was none.
std::string_view overload_header(const Outcome& outcome) {
  if (outcome.details == Details::kDropOverload) return "x-envoy-drop-overload";
  if (outcome.details == Details::kUnconditionalDropOverload)
    return "x-envoy-unconditional-drop-overload";
  const bool overloaded =
      outcome.reset == ResetReason::kOverflow || outcome.details == Details::kMaintenanceMode;
  return overloaded ? "x-envoy-overloaded" : "";
}

}  // namespace

void local_reply(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                 Instant now, KeptResponse& response) {
  const Request& request = worker.request(index);
  const Outcome& outcome = request.outcome;
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  response.clear();
  TextArena& arena = response.edits.text;
  response.status = outcome.status;
  const RequestHead head = received.view();
  response.body = reply_body(request, head, arena);
  if (outcome.details == Details::kRequireTls) {
    response.headers.push_back({"location", arena.store(tls_location(head))});
  } else if (outcome.details == Details::kDirectResponse) {
    const std::string location = direct_location(*request.route, head);
    if (!location.empty()) response.headers.push_back({"location", arena.store(location)});
  }
  if (outcome.details == Details::kPathNormalization && has_location(outcome.status))
    response.headers.push_back({"location", received.path});
  const std::string_view overload = overload_header(outcome);
  if (!overload.empty() && !listener.suppress_envoy_headers)
    response.headers.push_back({overload, "true"});
  if (outcome.details == Details::kLocalRateLimited) {
    add_headers(worker.extras(request)->filters.limited_by->response_headers, head,
                {.status = response.status, .headers = response.headers},
                options_of(worker, request, received).stream, response.edits);
    std::string_view unused;
    apply_edits(response.edits.list, unused, unused, response.headers);
    response.edits.list.clear();  // what follows begins with the request's
  }
  frame_reply(outcome.grpc ? std::optional(outcome.grpc_status) : std::nullopt, response);
  edit_own_response(worker, index, received, response);
  tell_request_id(listener, received, response.headers);
  if (request.extras != kNone) tell_rate_limits(worker, request, now, response);
  name_server(listener, response.headers);
}

LoggedRoute logged_route(const Worker& worker, const Request& request) {
  const RequestExtras* const extras = worker.extras(request);
  if (extras != nullptr && extras->pointed)
    return {.route = extras->pointed_to, .cluster = extras->pointed_cluster};
  return {.route = request.route, .cluster = request.cluster};
}

std::string_view virtual_cluster_name(const Worker& worker, const Request& request) {
  const RequestExtras* const extras = worker.extras(request);
  if (extras == nullptr || extras->virtual_cluster == kNone) return {};
  const VirtualClusters& clusters = request.virtual_host->virtual_clusters;
  return clusters.name(extras->virtual_cluster - clusters.first);
}

Refusal refusal_of(Reception reception) {
  switch (reception) {
    case Reception::kTaken:
    case Reception::kNoHost:
      break;
    case Reception::kNoPath:
      return {404, "-", "absolute_path_rejected", ""};
    case Reception::kBadPath:
      return {400, "-", "path_normalization_failed", ""};
    case Reception::kMovedPath:
      return {307, "-", "path_normalization_failed", ""};
  }
  return {400, "-", "missing_host_header", ""};
}

void refuse_request(const Listener& listener, const Refusal& refusal, const KeptRequest& received,
                    KeptResponse& response) {
  response.clear();
  response.status = refusal.status;
  response.body = refusal.body;
  std::optional<std::uint16_t> grpc_status;
  if (is_grpc(received.view())) {
    grpc_status = http_to_grpc(refusal.status);
    response.status = 200;
  }
  if (has_location(refusal.status)) response.headers.push_back({"location", received.path});
  frame_reply(grpc_status, response);
  if (refusal.flag != "DPE") tell_request_id(listener, received, response.headers);
  name_server(listener, response.headers);
}

bool ends_connection(const Worker& worker, std::uint32_t request) {
  const Outcome& outcome = worker.request(request).outcome;
  if (!outcome.local) return false;
  if (!outcome.grpc) return ends_connection(outcome.status);
  return outcome.grpc_status == http_to_grpc(400) && outcome.details != Details::kFaultAbort;
}

}  // namespace squall::policies
