// Heads of requests and responses as policies see them: views that are valid for the call.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/base/text_arena.h"
#include "policies/base/time.h"
#include "policies/match.h"

namespace squall::policies {

struct RequestHead {
  std::string_view method = "GET";
  std::string_view scheme = "http";
  std::string_view authority;   // the Host header
  std::string_view path = "/";  // with its query
  Headers headers;              // all others, names in lower case
  Duration age{};               // since its first byte came
  /// The client's address, as a trusted proxy told it or as it connected, and the proxy's own, to
  /// which it did; empty: unknown.
  std::string_view peer{}, local{};
  std::uint16_t peer_port = 0, local_port = 0;  // peer_port: 0 where a proxy told it
  bool http2 = false;                           // the client speaks it; else HTTP/1.1
  bool internal = false;  // the listener took it for an internal caller's (control headers count)
  /// Same number, same head, for the lifetime of an epoch: lets a route be remembered. 0: unknown.
  std::uint32_t known_as = 0;
  std::uint64_t connection = 0;  // of the client, by a number of its own; 0: unknown
};

struct ResponseHead {
  std::uint16_t status = 200;
  Headers headers;
  bool closes_connection = false;  // HTTP/1.1: the connection ends with this response
};

/// One change to the headers of a head. Conditions are decided already.
struct HeaderEdit {
  enum class Action : std::uint8_t {
    kRemove,     // all fields of that name
    kAppend,     // one more field
    kOverwrite,  // the only field of that name
  };
  Action action = Action::kAppend;
  std::string_view name;  // lower-case; ":path", ":authority" only with kOverwrite
  std::string_view value;
};
/// Changes in the order of application; texts that are not the configuration's lie in `text`.
struct HeaderEdits {
  std::vector<HeaderEdit> list;
  TextArena text;

  void add(HeaderEdit::Action action, std::string_view name, std::string_view value = {}) {
    list.push_back({action, name, value});
  }
  void clear() {
    list.clear();
    text.clear();
  }
};

/// A path without its query and fragment.
inline std::string_view bare_path(std::string_view path) {
  std::size_t end = 0;  // the library's find_first_of() makes a call for each character
  while (end < path.size() && path[end] != '?' && path[end] != '#') ++end;
  return path.substr(0, end);
}

/// Where ":port" starts in a host, with brackets round an IPv6 address; npos: it has none.
std::size_t port_start(std::string_view host);

/// Their content-type is `application/grpc`, alone or followed by '+'.
bool is_grpc(Headers headers);
inline bool is_grpc(const RequestHead& head) { return is_grpc(head.headers); }
/// A gRPC server's answer, whose status is in its head or comes with its trailers.
bool is_grpc(const ResponseHead& head, bool end);

}  // namespace squall::policies
