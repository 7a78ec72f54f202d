// RequestTarget: by which path and host does a listener look for a request's route?
//
// Path: escaped slashes, then the normal form of a URL's path (RFC 3986 5.2.4 and 6.2.2.2: dot
// segments go, letters, digits and "-._~" are not escaped, `\` is a slash), then runs of slashes.
// The query stays as it is. Host: a last dot, then the port. What is not asked for is not done; a
// path with a fragment is always refused. Source: Envoy's conn_manager_utility and path_utility,
// with the URL library that they call, as a live 1.40 behaves (docs/policies.md, "Paths and
// hosts"). Cost: linear; no copy of what stays as it is.
#pragma once
#include <cstdint>
#include <string_view>

#include "policies/base/text_arena.h"

namespace squall::policies {

/// What %2F and %5C in a path mean.
enum class EscapedSlashes : std::uint8_t {
  kKeep,      // nothing
  kRefuse,    // 400
  kRedirect,  // the client is sent to the path without them; a gRPC one is refused
  kForward,   // slashes
};
enum class StripPort : std::uint8_t { kNone, kMatching, kAny };  // kMatching: the listener's

struct TargetRules {
  bool normalize_path = false;
  bool merge_slashes = false;
  bool strip_host_dot = false;
  EscapedSlashes escaped_slashes = EscapedSlashes::kKeep;
  StripPort strip_port = StripPort::kNone;

  friend bool operator==(const TargetRules&, const TargetRules&) = default;
};

/// What becomes of a request before a route is looked for.
enum class Reception : std::uint8_t { kTaken, kNoHost, kNoPath, kBadPath, kMovedPath };

/// `path` becomes what the listener makes of it; one that is not taken as far as it came. Texts of
/// its own lie in `arena`.
Reception receive_path(const TargetRules& rules, bool grpc, std::string_view& path,
                       TextArena& arena);

/// `port`: the listener's.
std::string_view receive_host(const TargetRules& rules, std::uint16_t port, std::string_view host,
                              TextArena& arena);

/// Both of a head, the host's only when the path is taken.
template <class Head>
Reception receive_target(const TargetRules& rules, bool grpc, std::uint16_t port, Head& head,
                         TextArena& arena) {
  const Reception reception = receive_path(rules, grpc, head.path, arena);
  if (reception == Reception::kTaken)
    head.authority = receive_host(rules, port, head.authority, arena);
  return reception;
}

}  // namespace squall::policies
