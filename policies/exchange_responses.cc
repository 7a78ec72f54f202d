// The answers of an exchange: the upstream's as the client gets them, and the proxy's own.
#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "policies/control_headers.h"
#include "policies/exchange_parts.h"
#include "policies/grpc.h"
#include "policies/redirect.h"
#include "policies/reply_body.h"
#include "policies/text_in.h"

namespace squall::policies {
namespace {

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

/// Behind the route's changes, which cannot take it away.
void tell_attempts(const Request& request, KeptResponse& response) {
  if (request.virtual_host == nullptr || !request.virtual_host->response_attempt_count ||
      request.attempt_count == 0)
    return;
  set_field(response.headers, "x-envoy-attempt-count",
            text_in(response.edits.text, "{}", request.attempt_count));
}

/// What its route changes in an answer, the upstream's or an own one, which sees the request as it
/// went out, if it did.
void edit_by_route(const Worker& worker, const Request& request, const KeptRequest& received,
                   KeptResponse& response) {
  if (request.route == nullptr) return;
  const Levels levels = levels_of(worker, request);
  if (!changes_response(levels)) return;
  const EditOptions options = options_of(worker, request, received);
  const RequestHead head = received.view();
  if (request.attempt_count > 0) {
    add_of_filters(worker, request, head, options, response.edits);
    edit_request(levels, head, options, response.edits);
  }
  const std::size_t of_request = response.edits.list.size();
  edit_response(levels, head, of_request, {.status = response.status, .headers = response.headers},
                options, response.edits);
  std::string_view unused;
  apply_edits(std::span(response.edits.list).subspan(of_request), unused, unused, response.headers);
  for (const std::string_view name : {"connection", "proxy-connection", "upgrade"})
    remove_field(response.headers, name);  // the connection is not the route's
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
  edit_by_route(worker, request, received, response);
  tell_attempts(request, response);
  tell_request_id(listener, received, response.headers);
  if (request.extras != kNone) tell_rate_limits(worker, request, now, response);
  name_server(listener, response.headers);
}

namespace {

/// The headers of an own answer that its body and the client's protocol ask for.
void frame_reply(std::optional<std::uint16_t> grpc_status, std::string_view method,
                 KeptResponse& response) {
  TextArena& arena = response.edits.text;
  for (const std::string_view name : {"content-length", "transfer-encoding"})
    remove_field(response.headers, name);
  if (grpc_status) {
    set_field(response.headers, "content-type", "application/grpc");
    if (!find_header(response.headers, "grpc-status"))
      response.headers.push_back({"grpc-status", text_in(arena, "{}", *grpc_status)});
    if (!response.body.empty() && method != "HEAD")
      set_field(response.headers, "grpc-message", percent_encoded(response.body, arena));
    response.body = {};
  } else if (!response.body.empty()) {
    response.headers.push_back({"content-length", text_in(arena, "{}", response.body.size())});
    if (!find_header(response.headers, "content-type"))
      response.headers.push_back({"content-type", "text/plain"});
  } else {
    remove_field(response.headers, "content-type");
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

/// Whether the router answers, and not the connection manager.
bool is_routers(Details details) {
  return details != Details::kStreamIdle && details != Details::kMaxDuration &&
         details != Details::kRequestOverall;
}

/// What the local rate limit adds to its answer.
void edit_limited_response(const Worker& worker, const Request& request,
                           const KeptRequest& received, KeptResponse& response) {
  response.edits.list.clear();
  add_headers(worker.extras(request)->filters.limited_by->response_headers, received.view(),
              {.status = response.status, .headers = response.headers},
              options_of(worker, request, received).stream, response.edits);
  std::string_view unused;
  apply_edits(response.edits.list, unused, unused, response.headers);
}

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
  // A filter's answer has a route's changes where it would have been forwarded.
  const bool forwards =
      request.route != nullptr && std::holds_alternative<Forward>(request.route->action);
  if (forwards || outcome.details == Details::kDirectResponse)
    edit_by_route(worker, request, received, response);
  if (is_routers(outcome.details)) tell_attempts(request, response);
  const std::string_view overload = overload_header(outcome);
  if (!overload.empty() && !listener.suppress_envoy_headers)
    response.headers.push_back({overload, "true"});
  if (outcome.details == Details::kLocalRateLimited)
    edit_limited_response(worker, request, received, response);
  frame_reply(outcome.grpc ? std::optional(outcome.grpc_status) : std::nullopt, received.method,
              response);
  tell_request_id(listener, received, response.headers);
  if (request.extras != kNone) tell_rate_limits(worker, request, now, response);
  name_server(listener, response.headers);
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
  frame_reply(grpc_status, received.method, response);
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
