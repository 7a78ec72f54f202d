// Exchange: the heads that pass through a proxy, in the form in which they leave it.
//
// What the connection manager does to a request before routing, what each attempt sends upstream,
// what the client gets of the upstream's response, and the worker's own replies. A shell that has
// real heads (the proxy, the lab) calls these when it carries out the worker's commands. Source:
// envoy's conn_manager_utility and router (docs/policies.md, "Heads"). Cost: linear in the headers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/headers.h"
#include "policies/worker.h"

namespace squall::policies {

/// A request's head as its shell keeps it.
struct OwnedRequest {
  std::string method = "GET", scheme = "http";
  OwnedHead head;
  bool internal = false;

  /// Valid until `head` or `fields` change.
  RequestHead view(std::vector<HeaderField>& fields) const;
};
struct OwnedResponse {
  std::uint16_t status = 200;
  std::vector<OwnedHeader> headers;
  std::string body;  // of a local reply
};

/// Decides whether the caller is internal, removes what an external one may not say, completes the
/// forwarding headers. `peer`: the client's address without port; `request_id`: used when there is
/// none.
void receive_request(const Listener& listener, std::string_view peer, std::string_view request_id,
                     OwnedRequest& request);

/// The head that an attempt sends, from the request as received.
OwnedRequest upstream_request(const Worker& worker, std::uint32_t attempt,
                              const OwnedRequest& received);

/// Changes the upstream's response head into the client's.
void shape_response(const Worker& worker, std::uint32_t request, const OwnedRequest& received,
                    Instant now, OwnedResponse& response);

/// The worker's own answer to a request, with its content-length; without date.
OwnedResponse local_reply(const Worker& worker, std::uint32_t request,
                          const OwnedRequest& received);

/// Whether an address lies in one of the ranges ("10.0.0.0/8", "::1/128").
bool is_within(const InternalAddresses& internal, std::string_view address);

}  // namespace squall::policies
