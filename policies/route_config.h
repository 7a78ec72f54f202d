// Route tables: what a listener's connection manager may do with a request. Config only, const and
// shared; the choosing is in route.h, header changes in headers.h.
//
// Field by field Envoy's RouteConfiguration, VirtualHost, Route and RouteAction; defaults are
// Envoy's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "policies/filter/filter_config.h"
#include "policies/hash_policy.h"
#include "policies/lb/config.h"
#include "policies/mirror_config.h"
#include "policies/mutation_config.h"
#include "policies/retry.h"
#include "policies/route_match_config.h"

namespace squall::policies {

struct WeightedCluster {
  std::string cluster;
  std::string cluster_header;   // names the cluster instead; empty: none does
  std::uint32_t index = kNone;  // into Epoch::clusters; kNone: there is no such cluster
  std::uint32_t weight = 1;
  HeaderMutations headers;
  std::string host_rewrite;
  FilterOverrides filters;
  MetadataCriteria metadata_match;
  std::uint32_t criteria = 0;  // 1 + index into ClusterConfig::criteria; Epoch::index sets it
};

struct MaxStreamDuration {
  std::optional<Duration> max, grpc_timeout_header_max, grpc_timeout_header_offset;
};

struct HedgePolicy {
  bool on_per_try_timeout = false;
};

/// Redirects of upstreams that the proxy follows itself.
struct InternalRedirect {
  std::uint32_t max_redirects = 1;        // of one request
  std::vector<std::uint16_t> codes{302};  // of responses; of 301, 302, 303, 307, 308
  bool allow_cross_scheme = false;
  bool safe_cross_scheme = false;  // but not from http to https
  bool new_routes_only = false;    // each route of a name is led to once from one of another
  std::optional<std::vector<std::string>> allowed_routes;  // by name, to be led to
  std::vector<std::string> copied_headers;                 // of the response, into the new request
};

struct Forward {
  std::vector<WeightedCluster> clusters;  // one, or several with weights; none with cluster_header
  std::uint64_t total_weight = 1;
  std::string weight_header;  // chooses by its number instead of the request's own; may be empty
  std::string weight_runtime_prefix;  // Epoch::index replaces the weights by <prefix>.<cluster>
  std::string cluster_header;
  std::uint16_t cluster_not_found_status = 503;
  PathRewrite path_rewrite;
  HostRewrite host_rewrite;
  Duration timeout = 15s;                // 0: none
  std::optional<Duration> idle_timeout;  // of a stream; none: the listener's, 0: none
  std::optional<MaxStreamDuration> max_stream_duration;
  std::optional<Duration> max_grpc_timeout, grpc_timeout_offset;  // the older way
  std::optional<RetryPolicy> retry;                               // none: the virtual host's
  std::optional<HedgePolicy> hedge;                               // likewise
  std::optional<InternalRedirect> internal_redirect;
  std::vector<MirrorPolicy> mirrors;  // none: Epoch::index takes the virtual host's or the table's
  bool may_mirror = false;            // to these or to a cluster's own; Epoch::index sets it
  /// By the head as its route changes it, as retries, hosts and copies are; Epoch::index sets it.
  bool decided_as_sent = false;
  bool high_priority = false, include_host_rate_limits = false;
  std::vector<HashPolicy> hash_policies;
  bool weights_by_hash = false;  // the hash chooses a cluster instead of the request's own number
  MetadataCriteria metadata_match;  // for all clusters
  std::vector<RateLimit> rate_limits;
};

struct Redirect {
  std::string scheme, host, path, prefix_rewrite;  // empty: as in the request
  std::optional<RegexRewrite> regex_rewrite;
  std::uint32_t port = 0;
  bool https = false, strip_query = false;
  std::uint16_t status = 301;
};

struct DirectResponse {
  std::uint16_t status = 200;
  std::string body;
};

/// Which of the user's resources a route came from, for explanations; empty when unknown.
struct Provenance {
  std::string resource;  // "VirtualService shop/checkout"
  std::string file;
  int line = 0;
  int rule = -1;
};

/// What a route's streams are limited by: nothing, want of activity alone, or more.
enum class StreamLimits : std::uint8_t { kNone, kIdle, kMore };

struct Route {
  std::string name;
  RouteMatch match;
  std::variant<Forward, Redirect, DirectResponse> action;
  HeaderMutations headers;
  std::optional<std::uint64_t> buffer_limit_bytes;  // kept for a retry; none: the listener's
  std::uint32_t index = 0;  // number of this route in its table, over all virtual hosts
  StreamLimits limits = StreamLimits::kNone;  // by Epoch::index, the listener's with them
  Duration stream_idle{};                     // likewise; 0: none
  Provenance provenance;
  FilterOverrides filters;
};

struct VirtualHost {
  enum class RequireTls : std::uint8_t { kNone, kExternalOnly, kAll };
  std::string name;
  std::vector<std::string> domains;
  std::vector<Route> routes;
  HeaderMutations headers;
  std::optional<RetryPolicy> retry;
  std::optional<HedgePolicy> hedge;
  std::vector<MirrorPolicy> mirrors;
  std::optional<std::uint64_t> buffer_limit_bytes;
  RequireTls require_tls = RequireTls::kNone;
  bool request_attempt_count = false, response_attempt_count = false, is_timeout_retry = false;
  FilterOverrides filters;
  VirtualClusters virtual_clusters;
  std::vector<RateLimit> rate_limits;
};

struct RouteTable {
  std::string name;
  std::vector<VirtualHost> hosts;
  std::vector<MirrorPolicy> mirrors;
  HeaderMutations headers;
  std::string vhost_header;  // whose value is looked for instead of the host's; empty: none
  bool most_specific_mutations_win = false, ignore_port_in_host = false;
  bool ignore_path_parameters = false;  // ";..." of a segment, in matching only
  FilterOverrides filters;
};

}  // namespace squall::policies
