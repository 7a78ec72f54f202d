// Heads as shells keep them, and requests as they come in: whose they are, and what an external
// caller may say.
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/control_headers.h"
#include "policies/exchange.h"
#include "policies/repeated_headers.h"
#include "policies/text_in.h"

namespace squall::policies {

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
          .peer = peer,
          .local = local,
          .peer_port = peer_port,
          .local_port = local_port,
          .http2 = http2,
          .internal = internal,
          .known_as = 0,
          .connection = connection};
}

void KeptRequest::clear() {
  headers.clear();
  text.clear();
  method = "GET";
  scheme = "http";
  authority = path = peer = local = {};
  http2 = internal = false;
  connection = 0;
}

void KeptResponse::clear() {
  headers.clear();
  edits.clear();
  status = 200;
  body = {};
}

namespace {

bool is_within(const InternalAddresses& internal, std::string_view address) {
  if (internal.ranges.empty()) return false;
  const auto parsed = parse_ip(address);
  return parsed && std::ranges::any_of(internal.ranges, [&](const IpRange& range) {
           return range.contains(*parsed);
         });
}

constexpr std::string_view kConnectionScheme = "http";  // no listener speaks TLS

/// From now on it is the request's client. Only of who connected there is a port.
void believe(std::string_view client, KeptRequest& request) {
  if (client.data() == request.peer.data()) return;
  request.peer = request.text.store(to_string(*parse_ip(client)));
  request.peer_port = 0;
}

/// The entry of x-forwarded-for that the outermost of the trusted proxies wrote, `hops` from the
/// end; the peer when there is no such address.
std::string_view trusted_client(std::optional<std::string_view> forwarded, std::uint32_t hops,
                                std::string_view peer) {
  if (!forwarded) return peer;
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

/// A URL's; else what the last proxy spoke; else what this connection does. Empty where that proxy
/// says nothing.
std::string_view scheme_of(const KeptRequest& request) {
  const std::string_view spoken =
      find_header(request.headers, "x-forwarded-proto").value_or(kConnectionScheme);
  if (spoken.empty()) return {};
  const std::string_view named = request.scheme.empty() ? spoken : request.scheme;
  if (equal_text(named, "https", true)) return "https";
  const bool unknown = !request.scheme.empty() && !equal_text(named, "http", true);
  return unknown ? request.scheme : "http";
}

/// The forwarding headers at the mesh's edge, where the connection says who the client is.
void receive_at_edge(const Listener& listener, std::string_view peer,
                     std::optional<std::string_view> forwarded, KeptRequest& request) {
  std::vector<HeaderField>& headers = request.headers;
  TextArena& arena = request.text;
  request.internal = !forwarded && is_within(listener.internal, peer);
  if (listener.xff_trusted_hops > 0)
    believe(trusted_client(forwarded, listener.xff_trusted_hops, peer), request);
  if (!request.internal) set_field(headers, "x-envoy-external-address", request.peer);
  set_field(headers, "x-forwarded-for",
            forwarded ? text_in(arena, "{},{}", *forwarded, peer) : arena.store(peer));
  if (listener.xff_trusted_hops == 0)
    set_field(headers, "x-forwarded-proto", kConnectionScheme);  // nobody before us is believed
}

/// An external caller's at the mesh's edge is not believed, and an empty one is none.
void identify(const Listener& listener, std::string_view fresh, KeptRequest& request) {
  if (!listener.generate_request_id) return;
  const bool edge = listener.use_remote_address && !request.internal;
  const auto own = find_header(request.headers, "x-request-id");
  const bool keeps = !edge || listener.preserve_external_request_id;
  if (keeps && own && !own->empty()) return;
  set_field(request.headers, "x-request-id", request.text.store(fresh));
}

}  // namespace

Reception receive_request(const Listener& listener, std::string_view request_id,
                          KeptRequest& request) {
  if (request.authority.data() == nullptr) return Reception::kNoHost;
  join_repeated(HeadOf::kRequest, request.headers, request.text);
  const Reception reception = receive_target(listener.target, is_grpc(request.view()),
                                             request.local_port, request, request.text);
  if (reception != Reception::kTaken) return reception;
  std::vector<HeaderField>& headers = request.headers;
  const auto forwarded = find_header(headers, "x-forwarded-for");
  if (listener.use_remote_address) {
    receive_at_edge(listener, request.peer, forwarded, request);
  } else {
    request.internal =
        forwarded && listener.xff_trusted_hops == 0 && is_within(listener.internal, *forwarded);
    believe(trusted_client(forwarded, listener.xff_trusted_hops + 1, request.peer), request);
  }
  if (!request.internal) {
    std::erase_if(headers, [&](const HeaderField& header) {
      return is_internal_only(header.name) ||
             (listener.use_remote_address && is_edge_only(header.name));
    });
  }
  remove_field(headers, "x-forwarded-client-cert");
  remove_field(headers, "x-envoy-internal");
  if (request.internal) headers.push_back({"x-envoy-internal", "true"});
  if (!find_header(headers, "x-forwarded-proto"))
    headers.push_back({"x-forwarded-proto", kConnectionScheme});
  request.scheme = scheme_of(request);
  identify(listener, request_id, request);
  return Reception::kTaken;
}

}  // namespace squall::policies
