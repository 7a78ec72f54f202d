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
#include "policies/timeouts.h"

namespace squall::policies {
namespace {

/// Formats into the arena.
template <class... Arguments>
std::string_view text_in(TextArena& arena, fmt::format_string<Arguments...> format,
                         Arguments&&... arguments) {
  fmt::memory_buffer buffer;
  fmt::format_to(std::back_inserter(buffer), format, std::forward<Arguments>(arguments)...);
  return arena.store({buffer.data(), buffer.size()});
}

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

EditOptions options_of(const Listener& listener) {
  return {.keep_originals = !listener.suppress_envoy_headers};
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
  const EditOptions options = options_of(worker.configuration().epoch.listeners[request.listener]);
  const RequestHead head = received.view();
  edit_request(levels, head, options, response.edits);
  const std::size_t of_request = response.edits.list.size();
  edit_response(levels, head, of_request, {.status = response.status, .headers = response.headers},
                options, response.edits);
  std::string_view unused;
  apply_edits(std::span(response.edits.list).subspan(of_request), unused, unused, response.headers);
}

std::string_view reset_text(const Request& request, TextArena& arena) {
  return text_in(
      arena, "upstream connect error or disconnect/reset before headers. {}reset reason: {}",
      request.attempt_count > 1 ? "retried and the latest " : "", body_name(request.outcome.reset));
}

std::string_view body_of(const Request& request, TextArena& arena) {
  const Outcome& outcome = request.outcome;
  switch (outcome.details) {
    case Details::kNoHealthyUpstream:
      return "no healthy upstream";
    case Details::kResponseTimeout:
    case Details::kPerTryTimeout:
      return outcome.status == 204 ? "" : "upstream request timeout";
    case Details::kStreamIdle:
      return "stream timeout";
    case Details::kRequestOverall:
      return "request timeout";
    case Details::kMaxDuration:
      return "downstream duration timeout";
    case Details::kResetBeforeResponse:
      return reset_text(request, arena);
    case Details::kFaultAbort:
      return "fault filter abort";
    case Details::kLocalRateLimited:
      return "local_rate_limited";
    case Details::kConcurrencyLimit:
      return "reached concurrency limit";
    case Details::kRequestTooLarge:
      return "Payload Too Large";
    case Details::kOverload:
      return "envoy overloaded";
    case Details::kBufferLimit:
      return "exceeded request buffer limit while retrying upstream";
    case Details::kDirectResponse:
      if (const auto* direct = std::get_if<DirectResponse>(&request.route->action))
        return direct->body;
      return "";
    default:
      return "";
  }
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

}  // namespace

void remove_field(std::vector<HeaderField>& headers, std::string_view name) {
  std::erase_if(headers, [&](const HeaderField& header) { return header.name == name; });
}

void set_field(std::vector<HeaderField>& headers, std::string_view name, std::string_view value) {
  remove_field(headers, name);
  headers.push_back({name, value});
}

RequestHead KeptRequest::view() const {
  return {.method = method,
          .scheme = scheme,
          .authority = authority,
          .path = path,
          .headers = headers,
          .internal = internal,
          .known_as = 0};
}

void KeptRequest::clear() {
  headers.clear();
  text.clear();
  method = "GET";
  scheme = "http";
  authority = path = {};
  internal = false;
}

void KeptResponse::clear() {
  headers.clear();
  edits.clear();
  status = 200;
  body = {};
}

namespace {

/// All values of a header as one, as if they had come in one field.
std::optional<std::string_view> joined(const std::vector<HeaderField>& headers,
                                       std::string_view name, TextArena& arena) {
  std::optional<std::string_view> value;
  for (const HeaderField& field : headers) {
    if (field.name != name) continue;
    value = value ? text_in(arena, "{},{}", *value, field.value) : field.value;
  }
  return value;
}

bool is_within(const InternalAddresses& internal, std::string_view address) {
  if (internal.ranges.empty()) return false;
  const auto parsed = parse_ip(address);
  return parsed && std::ranges::any_of(internal.ranges, [&](const IpRange& range) {
           return range.contains(*parsed);
         });
}

/// The entry of x-forwarded-for that the outermost of the trusted proxies wrote, `hops` from the
/// end; the peer when there is no such address.
std::string_view trusted_client(std::optional<std::string_view> forwarded, std::uint32_t hops,
                                std::string_view peer) {
  if (hops == 0 || !forwarded) return peer;
  std::string_view rest = *forwarded;
  for (std::uint32_t i = 1; i < hops; ++i) {
    const std::size_t comma = rest.rfind(',');
    if (comma == std::string_view::npos) return peer;
    rest = rest.substr(0, comma);
  }
  rest.remove_prefix(rest.rfind(',') + 1);  // npos + 1 is 0
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  rest = rest.substr(0, rest.find_last_not_of(" \t") + 1);
  return parse_ip(rest) ? rest : peer;
}

/// The forwarding headers at the mesh's edge, where the connection says who the client is.
void receive_at_edge(const Listener& listener, std::string_view peer,
                     std::optional<std::string_view> forwarded, KeptRequest& request) {
  std::vector<HeaderField>& headers = request.headers;
  TextArena& arena = request.text;
  request.internal = !forwarded && is_within(listener.internal, peer);
  if (!request.internal) {
    const std::string_view client = trusted_client(forwarded, listener.xff_trusted_hops, peer);
    set_field(headers, "x-envoy-external-address", arena.store(client));
  }
  set_field(headers, "x-forwarded-for",
            forwarded ? text_in(arena, "{},{}", *forwarded, peer) : arena.store(peer));
  if (listener.xff_trusted_hops == 0)
    set_field(headers, "x-forwarded-proto", request.scheme);  // nobody before us is believed
}

}  // namespace

void receive_request(const Listener& listener, std::string_view peer, std::string_view request_id,
                     KeptRequest& request) {
  std::vector<HeaderField>& headers = request.headers;
  const auto forwarded = joined(headers, "x-forwarded-for", request.text);
  if (listener.use_remote_address) {
    receive_at_edge(listener, peer, forwarded, request);
  } else {
    request.internal =
        forwarded && listener.xff_trusted_hops == 0 && is_within(listener.internal, *forwarded);
  }
  if (!request.internal) {
    std::erase_if(headers, [](const HeaderField& header) { return is_internal_only(header.name); });
  }
  remove_field(headers, "x-envoy-internal");
  if (request.internal) headers.push_back({"x-envoy-internal", "true"});
  if (!find_header(headers, "x-forwarded-proto"))
    headers.push_back({"x-forwarded-proto", request.scheme});
  if (!find_header(headers, "x-request-id"))
    headers.push_back({"x-request-id", request.text.store(request_id)});
}

void health_check_request(const Epoch& epoch, std::uint32_t index, const HttpCheck& check,
                          KeptRequest& out) {
  const HostConfig& host = epoch.host(index);
  out.method = check.method;
  out.path = check.path;
  out.authority = !host.check_hostname.empty() ? host.check_hostname
                  : !check.host.empty()        ? check.host
                                               : epoch.clusters[epoch.cluster_of_host(index)].name;
  out.headers.push_back({"user-agent", "Envoy/HC"});
  for (const auto& [name, value] : check.headers) out.headers.push_back({name, value});
  for (const std::string& name : check.removed_headers) remove_field(out.headers, name);
}

void upstream_request(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                      HeaderEdits& edits, KeptRequest& out) {
  const Attempt& attempt = worker.attempt(index);
  const Request& request = worker.request(attempt.request);
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  const Levels levels = levels_of(worker, request);
  const std::uint32_t expected_ms = worker.expected_timeout_ms(index);
  out.clear();
  edits.clear();
  out.method = received.method;
  out.scheme = received.scheme;
  out.authority = received.authority;
  out.path = received.path;
  out.internal = received.internal;
  out.headers = received.headers;
  std::vector<HeaderField>& headers = out.headers;
  std::erase_if(headers, [](const HeaderField& header) { return is_consumed(header.name); });
  if (!listener.suppress_envoy_headers) {
    remove_field(headers, "x-envoy-expected-rq-timeout-ms");
    if (expected_ms > 0) {
      headers.push_back({"x-envoy-expected-rq-timeout-ms", text_in(out.text, "{}", expected_ms)});
    }
  }
  const auto& forward = std::get<Forward>(request.route->action);
  if (request.grpc && forward.max_grpc_timeout && !forward.max_stream_duration && expected_ms > 0) {
    const Duration expected = std::chrono::milliseconds(expected_ms);
    set_field(headers, "grpc-timeout", out.text.store(format_grpc_timeout(expected)));
  }
  if (request.grpc && forward.max_stream_duration) {
    const auto most = stream_duration(forward, listener.max_stream_duration,
                                      find_header(received.headers, "grpc-timeout"));
    remove_field(headers, "grpc-timeout");
    if (most) headers.push_back({"grpc-timeout", out.text.store(format_grpc_timeout(*most))});
  }
  if (request.virtual_host->request_attempt_count) {
    set_field(headers, "x-envoy-attempt-count", text_in(out.text, "{}", attempt.number));
  }
  if (request.virtual_host->is_timeout_retry && attempt.number > 1) {
    set_field(headers, "x-envoy-is-timeout-retry", request.timeout_retry ? "true" : "false");
  }
  const EditOptions options = options_of(listener);
  const RequestHead head = received.view();
  edit_request(levels, head, options, edits);
  if (forward.host_rewrite.automatic) {
    const std::string& name = worker.configuration().epoch.host(attempt.host).hostname;
    if (!name.empty()) rewrite_host(name, head, options, edits);
  }
  apply_edits(edits.list, out.authority, out.path, headers);
}

namespace {

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
  edit_own_response(worker, index, received, response);
  name_server(listener, response.headers);
}

namespace {

/// The headers of an own answer that its body and the client's protocol ask for.
void frame_reply(const Outcome& outcome, KeptResponse& response) {
  TextArena& arena = response.edits.text;
  if (outcome.grpc) {
    response.headers.push_back({"content-type", "application/grpc"});
    response.headers.push_back({"grpc-status", text_in(arena, "{}", outcome.grpc_status)});
    if (!response.body.empty())
      response.headers.push_back({"grpc-message", percent_encoded(response.body, arena)});
    response.body = {};
  } else if (!response.body.empty()) {
    response.headers.push_back({"content-length", text_in(arena, "{}", response.body.size())});
    response.headers.push_back({"content-type", "text/plain"});
  }
  if (response.body.empty() && response.status != 204 && response.status != 304) {
    response.headers.push_back({"content-length", "0"});
  }
}

}  // namespace

void local_reply(const Worker& worker, std::uint32_t index, const KeptRequest& received,
                 KeptResponse& response) {
  const Request& request = worker.request(index);
  const Outcome& outcome = request.outcome;
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  response.clear();
  TextArena& arena = response.edits.text;
  response.status = outcome.status;
  response.body = body_of(request, arena);
  const RequestHead head = received.view();
  if (outcome.details == Details::kRequireTls) {
    response.headers.push_back({"location", arena.store(tls_location(head))});
  } else if (outcome.details == Details::kDirectResponse) {
    const auto* redirect = std::get_if<Redirect>(&request.route->action);
    if (redirect != nullptr && has_location(outcome.status)) {
      const std::string location = redirect_location(*redirect, request.route->match.path, head);
      response.headers.push_back({"location", arena.store(location)});
    }
  }
  if (outcome.reset == ResetReason::kOverflow && !listener.suppress_envoy_headers) {
    response.headers.push_back({"x-envoy-overloaded", "true"});
  }
  if (outcome.details == Details::kLocalRateLimited) {
    for (const auto& [name, value] : worker.extras(request)->filters.limited_by->response_headers)
      response.headers.push_back({name, value});
  }
  frame_reply(outcome, response);
  edit_own_response(worker, index, received, response);
  name_server(listener, response.headers);
}

}  // namespace squall::policies
