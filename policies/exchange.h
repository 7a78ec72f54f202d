// Exchange: the heads that pass through a proxy, in the form in which they leave it.
//
// What the connection manager does to a request before routing, what each attempt sends upstream,
// what the client gets of the upstream's response, and the worker's own replies. A shell that has
// real heads (the proxy, the lab) calls these when it carries out the worker's commands. Fields are
// views: into what the shell received, the configuration, or the head's own `text`. Source: envoy's
// conn_manager_utility and router (docs/policies.md, "Heads"). Cost: linear in the headers; no
// allocation once a head that is used again has grown.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/headers.h"
#include "policies/worker.h"

namespace squall::policies {

/// A request's head as its shell keeps it.
struct KeptRequest {
  std::string_view method = "GET", path;
  std::string_view scheme = "http";  // empty until receive_request(): the head named none
  std::string_view authority;        // without a text (null): no Host came; an empty one is a host
  std::vector<HeaderField> headers;
  std::string_view peer, local;  // as RequestHead has them
  std::uint16_t peer_port = 0, local_port = 0;
  bool http2 = false, internal = false;
  std::uint64_t connection = 0;  // likewise
  TextArena text;

  /// Valid until the fields change.
  RequestHead view() const;
  void clear();
};
struct KeptResponse {
  std::uint16_t status = 200;
  std::vector<HeaderField> headers;
  std::string_view body;  // of a local reply
  HeaderEdits edits;      // the changes that made it, and texts of its own

  void clear();
};

/// Changes path and host as the listener's rules say, decides whether the caller is internal,
/// removes what an external one may not say, completes the forwarding headers and the scheme. The
/// peer becomes the client that trusted proxies tell of. `request_id`: used when there is none.
/// REQUIRES: the request's peer, who connected, and its local port are filled in.
Reception receive_request(const Listener& listener, std::string_view request_id,
                          KeptRequest& request);

/// The answer to a request that was not taken, by its reception or by its codec.
struct Refusal {
  std::uint16_t status = 0;
  std::string_view flag, details, body;
};
/// REQUIRES: not kTaken.
Refusal refusal_of(Reception reception);
/// Fills `response` with it, without date and without what HTTP/1.1 says of its length.
void refuse_request(const Listener& listener, const Refusal& refusal, const KeptRequest& received,
                    KeptResponse& response);
/// Whether an answer of the proxy's own with this status ends an HTTP/1.1 connection.
inline bool ends_connection(std::uint16_t status) { return status == 400; }

/// Fills `out`, whose old contents go, with the head that an attempt sends: from the request as
/// received, which stays unchanged as long as `out` is used. `edits` is where the changes are kept.
void upstream_request(const Worker& worker, std::uint32_t attempt, const KeptRequest& received,
                      HeaderEdits& edits, KeptRequest& out);

/// The length of a body that a filter waited for, which the attempt's head tells; none: the body
/// passes as it comes.
std::optional<std::uint64_t> buffered_length(const Worker& worker, std::uint32_t request);

/// Fills `out` with the head that a mirrored copy of `request` sends: as that one's own, with
/// "-shadow" behind its host's name where the policy says so.
void mirrored_request(const Worker& worker, std::uint32_t copy, std::uint32_t request,
                      const KeptRequest& received, HeaderEdits& edits, KeptRequest& out);

/// Fills `out` with the head as an access log has it, as its route's changes left it; false, and
/// nothing filled in: as received.
bool logged_request(const Worker& worker, std::uint32_t request, const KeptRequest& received,
                    HeaderEdits& edits, KeptRequest& out);

/// What an access log names as a request's route and cluster: those at which a redirect was looked
/// for, though it was not followed.
struct LoggedRoute {
  const Route* route = nullptr;   // none: there was none
  std::uint32_t cluster = kNone;  // likewise
};
LoggedRoute logged_route(const Worker& worker, const Request& request);
/// Empty: it is counted in none.
std::string_view virtual_cluster_name(const Worker& worker, const Request& request);

/// Changes the upstream's response head into the client's.
void shape_response(const Worker& worker, std::uint32_t request, const KeptRequest& received,
                    Instant now, KeptResponse& response);

/// Fills `response` with the worker's own answer to a request, with its body's content-length;
/// without date.
void local_reply(const Worker& worker, std::uint32_t request, const KeptRequest& received,
                 Instant now, KeptResponse& response);

/// Whether that answer ends an HTTP/1.1 connection: it said 400, if only to a caller that is no
/// gRPC one.
bool ends_connection(const Worker& worker, std::uint32_t request);

/// Adds what HTTP/1.1 has to say of a body's length where no header says it yet. `end`: none
/// follows the head.
void frame_response(std::string_view method, bool end, KeptResponse& response);

/// Fills `out`, whose old contents go, with the request of a host's HTTP or gRPC check; its body.
/// `edits` is where its changes are kept.
std::string health_check_request(const Epoch& epoch, std::uint32_t check, HeaderEdits& edits,
                                 KeptRequest& out);

/// Removes all fields of that name.
void remove_field(std::vector<HeaderField>& headers, std::string_view name);
/// Makes it the only field of that name.
void set_field(std::vector<HeaderField>& headers, std::string_view name, std::string_view value);

}  // namespace squall::policies
