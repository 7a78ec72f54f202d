// Requests of an exchange, as they leave: upstream, as copies, in logs.
#include "policies/exchange_parts.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "policies/control_headers.h"
#include "policies/grpc.h"
#include "policies/text_in.h"
#include "policies/timeouts.h"

namespace squall::policies {

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
      .stream = {.protocol = protocol_of(received.http2),
                 .peer = received.peer,
                 .route = request.route != nullptr ? std::string_view(request.route->name) : "",
                 .cluster = request.cluster != kNone
                                ? std::string_view(epoch.clusters[request.cluster].name)
                                : "",
                 .peer_port = received.peer_port,
                 .attempts = request.attempt_count,
                 .outcome = &request.outcome,
                 .host = request.last_host != kNone ? &epoch.host(request.last_host) : nullptr}};
}

void add_of_filters(const Worker& worker, const Request& request, const RequestHead& head,
                    const EditOptions& options, HeaderEdits& edits) {
  const RequestExtras* const extras = worker.extras(request);
  if (extras == nullptr) return;
  for (const LocalRateLimitConfig* limit : extras->filters.let_through)
    add_headers(limit->request_headers, head, options.stream, edits);
}

namespace {

/// Consumed before the route changes the head: its own go upstream.
constexpr std::string_view kTold[] = {"x-envoy-upstream-rq-timeout-ms",
                                      "x-envoy-upstream-alt-stat-name"};

/// As received, in memory of its own for what changes.
void copy_head(const KeptRequest& received, KeptRequest& out) {
  out.clear();
  out.method = received.method;
  out.scheme = received.scheme;
  out.authority = received.authority;
  out.path = received.path;
  out.peer = received.peer;
  out.local = received.local;
  out.peer_port = received.peer_port;
  out.local_port = received.local_port;
  out.http2 = received.http2;
  out.internal = received.internal;
  out.headers = received.headers;
}

/// What attempt `number` tells the upstream of its timeouts. How long the stream may last is of the
/// client's own header, which the first attempt has replaced.
void tell_timeouts(const Worker& worker, const Request& request, std::uint32_t number,
                   std::uint32_t expected_ms, KeptRequest& out) {
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  const auto& forward = std::get<Forward>(request.route->action);
  std::vector<HeaderField>& headers = out.headers;
  if (!listener.suppress_envoy_headers && expected_ms > 0)
    set_field(headers, "x-envoy-expected-rq-timeout-ms", text_in(out.text, "{}", expected_ms));
  if (!request.grpc) return;
  if (forward.max_stream_duration) {
    if (number > 1) return;
    const auto most = stream_duration(forward, listener.max_stream_duration,
                                      find_header(headers, "grpc-timeout"));
    if (most) {
      set_field(headers, "grpc-timeout", out.text.store(format_grpc_timeout(*most)));
    } else if (listener.max_stream_duration.value_or(Duration::zero()) > Duration::zero()) {
      remove_field(headers,
                   "grpc-timeout");  // the route lifts the listener's limit, and it with it
    }
  } else if (forward.max_grpc_timeout && expected_ms > 0) {
    const Duration expected = std::chrono::milliseconds(expected_ms);
    set_field(headers, "grpc-timeout", out.text.store(format_grpc_timeout(expected)));
  }
}

/// What attempt `number` says of itself.
void tell_attempt(const Worker& worker, const Request& request, std::uint32_t number,
                  std::uint32_t expected_ms, KeptRequest& out) {
  tell_timeouts(worker, request, number, expected_ms, out);
  if (request.virtual_host->request_attempt_count)
    set_field(out.headers, "x-envoy-attempt-count", text_in(out.text, "{}", number));
  if (request.virtual_host->is_timeout_retry && number > 1)
    set_field(out.headers, "x-envoy-is-timeout-retry", request.timeout_retry ? "true" : "false");
}

/// The head of attempt `number`; `host`: whose name it may get, none where it has no host yet. The
/// route changes the first attempt's head; later ones only say anew what attempts do.
void make_head(const Worker& worker, const Request& request, std::uint32_t number,
               std::uint32_t host, std::uint32_t expected_ms, const KeptRequest& received,
               HeaderEdits& edits, KeptRequest& out) {
  copy_head(received, out);
  edits.clear();
  for (const std::string_view name : kTold) remove_field(out.headers, name);
  tell_attempt(worker, request, 1, expected_ms, out);
  EditOptions options = options_of(worker, request, received);
  options.stream.attempts = 1;
  const RequestHead head = out.view();
  add_of_filters(worker, request, head, options, edits);
  edit_request(levels_of(worker, request), head, options, edits);
  const auto& forward = std::get<Forward>(request.route->action);
  if (forward.host_rewrite.automatic && host != kNone) {
    const std::string& name = worker.configuration().epoch.host(host).hostname;
    if (!name.empty())
      rewrite_host(name, forward.host_rewrite.append_forwarded, head, options, edits);
  }
  apply_edits(edits.list, out.authority, out.path, out.headers);
  if (number > 1) tell_attempt(worker, request, number, expected_ms, out);
  std::erase_if(out.headers, [](const HeaderField& field) {
    return is_consumed(field.name) && std::ranges::find(kTold, field.name) == std::end(kTold);
  });
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
  const std::string_view name = out.authority.substr(0, port_start(out.authority));
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

}  // namespace squall::policies
