// Router: which virtual host and which route of a table does a request get?
//
// The virtual host by its domain (exact, then the longest suffix wildcard, then the longest prefix
// wildcard, then `*`), then the first of its routes whose conditions all hold; the host is final. A
// weighted route's cluster is chosen by the same number that decides fractions. Source: envoy's
// RouteMatcher and RouteEntryImplBase (docs/policies.md, "Routes"). Cost: a hash look-up, what
// the index asks of each route passed over, the conditions of those it leaves; no allocation.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policies/head.h"
#include "policies/route_config.h"
#include "policies/route_index.h"

namespace squall::policies {

struct RouteChoice {
  const VirtualHost* virtual_host = nullptr;  // none: no domain fits
  const Route* route = nullptr;               // none: no route fits
  bool grpc = false;                          // the request is one of gRPC
  bool require_tls = false;                   // answer with a redirect to https
  bool used_random = false;                   // another random number may choose otherwise
  bool remembered = false;                    // a memo's own mark
};

class Router {
 public:
  /// `table` outlives the router and stays where it is.
  explicit Router(const RouteTable& table);

  RouteChoice find(const RequestHead& head, std::uint64_t random) const;
  const RouteTable& table() const { return *table_; }

 private:
  const VirtualHost* host_of(const RequestHead& head) const;
  /// By its domains.
  const VirtualHost* find_host(std::string_view authority) const;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Wildcard {
    std::string fixed;  // without the `*`, lower-case
    const VirtualHost* host;
  };

  const RouteTable* table_;
  std::vector<RouteIndex> indices_;  // one a virtual host
  std::unordered_map<std::string, const VirtualHost*, Hash, std::equal_to<>> exact_;
  std::vector<Wildcard> suffixes_, prefixes_;  // longest first
  const VirtualHost* any_ = nullptr;
  bool only_any_ = false;
};

/// Which entry of `forward.clusters` the request goes to; clusters.size() with a cluster_header or
/// when the runtime's weights leave none.
std::uint32_t pick_entry(const Forward& forward, const RequestHead& head, std::uint64_t random);

}  // namespace squall::policies
