// What a route asks of a request: path, headers, query, a share of them all. Config only; Envoy's
// RouteMatch.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/fraction.h"
#include "policies/match.h"
#include "policies/uri_template.h"

namespace squall::policies {

struct PathMatch {
  enum class Kind : std::uint8_t { kPrefix, kExact, kSeparatedPrefix, kRegex, kTemplate, kConnect };
  Kind kind = Kind::kPrefix;
  std::string value = "/";
  bool case_sensitive = true;                // not for kRegex, kTemplate
  std::shared_ptr<const re2::RE2> regex;     // kRegex: whole path
  std::shared_ptr<const UriTemplate> shape;  // kTemplate
};

struct RouteMatch {
  PathMatch path;
  std::vector<HeaderMatch> headers;
  std::vector<QueryMatch> query;
  bool grpc = false;
  std::optional<Fraction> runtime_fraction;
  bool wants_tls = false;  // a connection by TLS, which no client has here
};

/// Requests of a virtual host that are counted apart.
struct VirtualCluster {
  std::string name;
  std::vector<HeaderMatch> headers;  // all hold
};
struct VirtualClusters {
  std::vector<VirtualCluster> list;  // the first that fits; another one, "other", for the rest
  std::uint32_t first = 0;           // number of the first one, by Epoch::index

  std::uint32_t number_of(const RequestHead& head) const;
  /// Of the i-th; i may be their number.
  const std::string& name(std::size_t i) const;
};

}  // namespace squall::policies
