#include "policies/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "policies/control_headers.h"
#include "policies/redirect.h"

namespace squall::policies {
namespace {

const OwnedHeader* find(const std::vector<OwnedHeader>& headers, std::string_view name) {
  const auto at = std::ranges::find(headers, name, &OwnedHeader::name);
  return at == headers.end() ? nullptr : &*at;
}

void set(std::vector<OwnedHeader>& headers, std::string_view name, std::string value) {
  std::erase_if(headers, [&](const OwnedHeader& header) { return header.name == name; });
  headers.push_back({std::string(name), std::move(value)});
}

void remove(std::vector<OwnedHeader>& headers, std::string_view name) {
  std::erase_if(headers, [&](const OwnedHeader& header) { return header.name == name; });
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

void edit_own_response(const Worker& worker, std::uint32_t index, const OwnedRequest& received,
                       OwnedResponse& response) {
  const Request& request = worker.request(index);
  if (request.virtual_host != nullptr && request.virtual_host->response_attempt_count &&
      request.attempt_count > 0) {
    set(response.headers, "x-envoy-attempt-count", fmt::format("{}", request.attempt_count));
  }
  if (request.route == nullptr) return;
  const Levels levels = levels_of(worker, request);
  if (!changes_response(levels)) return;
  const EditOptions options = options_of(worker.configuration().epoch.listeners[request.listener]);
  std::vector<HeaderField> fields, response_fields;
  const RequestHead head = received.view(fields);
  for (const OwnedHeader& header : response.headers)
    response_fields.push_back({header.name, header.value});
  std::vector<HeaderEdit> request_edits, edits;
  edit_request(levels, head, options, request_edits);
  edit_response(levels, head, request_edits,
                {.status = response.status, .headers = response_fields}, options, edits);
  OwnedHead own;
  own.headers = std::move(response.headers);
  apply_edits(edits, own);
  response.headers = std::move(own.headers);
}

std::string reset_text(const Request& request) {
  return fmt::format(
      "upstream connect error or disconnect/reset before headers. {}reset reason: {}",
      request.attempt_count > 1 ? "retried and the latest " : "", body_name(request.outcome.reset));
}

std::string body_of(const Request& request) {
  const Outcome& outcome = request.outcome;
  switch (outcome.details) {
    case Details::kNoHealthyUpstream:
      return "no healthy upstream";
    case Details::kResponseTimeout:
    case Details::kPerTryTimeout:
      return outcome.status == 204 ? "" : "upstream request timeout";
    case Details::kResetBeforeResponse:
      return reset_text(request);
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
std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), bytes[i]);
    if (failure != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i == 3) break;
    if (text.empty() || text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(bytes) : std::nullopt;
}

bool within(std::string_view range, std::string_view address) {
  const auto slash = range.find('/');
  const auto network = parse_ipv4(range.substr(0, slash));
  const auto host = parse_ipv4(address);
  if (!network || !host) return range.substr(0, slash) == address;
  int bits = 32;
  if (slash != std::string_view::npos) {
    const std::string_view length = range.substr(slash + 1);
    std::from_chars(length.data(), length.data() + length.size(), bits);
  }
  const auto number = [](const std::array<std::uint8_t, 4>& bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | bytes[3];
  };
  if (bits <= 0) return true;
  const std::uint32_t mask = bits >= 32 ? ~std::uint32_t{0} : ~std::uint32_t{0} << (32 - bits);
  return (number(*network) & mask) == (number(*host) & mask);
}

}  // namespace

bool is_within(const InternalAddresses& internal, std::string_view address) {
  return std::ranges::any_of(internal.ranges,
                             [&](const std::string& range) { return within(range, address); });
}

RequestHead OwnedRequest::view(std::vector<HeaderField>& fields) const {
  fields.clear();
  for (const OwnedHeader& header : head.headers) fields.push_back({header.name, header.value});
  return {.method = method,
          .scheme = scheme,
          .authority = head.authority,
          .path = head.path,
          .headers = fields,
          .internal = internal,
          .known_as = 0};
}

void receive_request(const Listener& listener, std::string_view peer, std::string_view request_id,
                     OwnedRequest& request) {
  std::vector<OwnedHeader>& headers = request.head.headers;
  const OwnedHeader* forwarded = find(headers, "x-forwarded-for");
  if (listener.use_remote_address) {
    request.internal = forwarded == nullptr && is_within(listener.internal, peer);
    std::string chain =
        forwarded == nullptr ? std::string(peer) : fmt::format("{}, {}", forwarded->value, peer);
    set(headers, "x-forwarded-for", std::move(chain));
  } else {
    request.internal = forwarded != nullptr && is_within(listener.internal, forwarded->value);
  }
  if (!request.internal) {
    std::erase_if(headers, [](const OwnedHeader& header) { return is_internal_only(header.name); });
  }
  if (listener.use_remote_address) {
    remove(headers, "x-envoy-internal");
    if (request.internal) headers.push_back({"x-envoy-internal", "true"});
  }
  if (find(headers, "x-forwarded-proto") == nullptr)
    headers.push_back({"x-forwarded-proto", request.scheme});
  if (find(headers, "x-request-id") == nullptr)
    headers.push_back({"x-request-id", std::string(request_id)});
}

OwnedRequest upstream_request(const Worker& worker, std::uint32_t index,
                              const OwnedRequest& received) {
  const Attempt& attempt = worker.attempt(index);
  const Request& request = worker.request(attempt.request);
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  const Levels levels = levels_of(worker, request);
  OwnedRequest out = received;
  std::vector<OwnedHeader>& headers = out.head.headers;
  std::erase_if(headers, [](const OwnedHeader& header) { return is_consumed(header.name); });
  if (!listener.suppress_envoy_headers) {
    remove(headers, "x-envoy-expected-rq-timeout-ms");
    if (attempt.expected_timeout_ms > 0) {
      headers.push_back(
          {"x-envoy-expected-rq-timeout-ms", fmt::format("{}", attempt.expected_timeout_ms)});
    }
  }
  if (request.virtual_host->request_attempt_count) {
    set(headers, "x-envoy-attempt-count", fmt::format("{}", attempt.number));
  }
  if (request.virtual_host->is_timeout_retry && attempt.number > 1) {
    set(headers, "x-envoy-is-timeout-retry", request.timeout_retry ? "true" : "false");
  }
  const EditOptions options = options_of(listener);
  std::vector<HeaderField> fields;
  const RequestHead head = received.view(fields);
  std::vector<HeaderEdit> edits;
  edit_request(levels, head, options, edits);
  if (std::get<Forward>(request.route->action).host_rewrite.automatic) {
    const std::string& name = worker.configuration().epoch.host(attempt.host).hostname;
    if (!name.empty()) rewrite_host(name, head, options, edits);
  }
  apply_edits(edits, out.head);
  return out;
}

void shape_response(const Worker& worker, std::uint32_t index, const OwnedRequest& received,
                    Instant now, OwnedResponse& response) {
  const Request& request = worker.request(index);
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  if (!listener.suppress_envoy_headers && request.complete) {
    set(response.headers, "x-envoy-upstream-service-time",
        fmt::format("{}", to_ms(now - request.completed)));
  }
  edit_own_response(worker, index, received, response);
  set(response.headers, "server", listener.server_name);
}

OwnedResponse local_reply(const Worker& worker, std::uint32_t index, const OwnedRequest& received) {
  const Request& request = worker.request(index);
  const Outcome& outcome = request.outcome;
  const Listener& listener = worker.configuration().epoch.listeners[request.listener];
  OwnedResponse response{.status = outcome.status, .headers = {}, .body = body_of(request)};
  std::vector<HeaderField> fields;
  const RequestHead head = received.view(fields);
  if (outcome.details == Details::kRequireTls) {
    response.headers.push_back({"location", tls_location(head)});
  } else if (outcome.details == Details::kDirectResponse) {
    const auto* redirect = std::get_if<Redirect>(&request.route->action);
    if (redirect != nullptr && has_location(outcome.status)) {
      response.headers.push_back(
          {"location", redirect_location(*redirect, request.route->match.path, head)});
    }
  }
  if (outcome.reset == ResetReason::kOverflow && !listener.suppress_envoy_headers) {
    response.headers.push_back({"x-envoy-overloaded", "true"});
  }
  if (outcome.grpc) {
    response.headers.push_back({"content-type", "application/grpc"});
    response.headers.push_back({"grpc-status", fmt::format("{}", outcome.grpc_status)});
    if (!response.body.empty())
      response.headers.push_back({"grpc-message", percent_encoded(response.body)});
    response.body.clear();
  } else if (!response.body.empty()) {
    response.headers.push_back({"content-length", fmt::format("{}", response.body.size())});
    response.headers.push_back({"content-type", "text/plain"});
  }
  if (response.body.empty() && response.status != 204 && response.status != 304) {
    response.headers.push_back({"content-length", "0"});
  }
  edit_own_response(worker, index, received, response);
  set(response.headers, "server", listener.server_name);
  return response;
}

}  // namespace squall::policies
