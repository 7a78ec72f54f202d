// Epoch: one whole configuration of a proxy, immutable and shared by its workers.
//
// Clusters and hosts have dense numbers: host h of cluster c is hosts_begin(c) + h, counted over
// the whole epoch, so that per-host state is an array.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "policies/base/ip.h"
#include "policies/cluster_config.h"
#include "policies/filter/overload.h"
#include "policies/request_target.h"
#include "policies/response_flags.h"
#include "policies/route_config.h"
#include "policies/tcp_proxy.h"

namespace squall::policies {

struct InternalAddresses {
  std::vector<IpRange> ranges;
  bool unix_sockets = false;
};

/// What responses say of who serves.
enum class ServerHeader : std::uint8_t { kOverwrite, kAppendIfAbsent, kPassThrough };

/// The connection manager's settings that decide; with `tcp` that is there instead of one.
struct Listener {
  std::string name;
  std::optional<TcpProxy> tcp;
  RouteTable routes;
  std::vector<Filter> filters;  // before the router, in their order
  std::string stat_prefix;
  bool use_remote_address = false;
  InternalAddresses internal;
  std::uint32_t xff_trusted_hops = 0;
  TargetRules target;
  std::uint64_t buffer_limit_bytes = std::uint64_t{1024} * 1024;  // per connection
  Duration delayed_close_timeout = 1s;
  // Of a client's stream; 0 or none: no limit. Envoy's default of 5 min for the first is the
  // bootstrap's.
  Duration stream_idle_timeout{}, request_timeout{}, request_headers_timeout{};
  std::optional<Duration> max_stream_duration;
  // Of a client's connection.
  Duration idle_timeout = 1h;  // without a stream; 0: none
  Duration drain_timeout = 5s;
  std::optional<Duration> max_connection_duration;
  std::uint32_t max_requests_per_connection = 0;  // 0: no limit
  ReducedTimeouts reduced;                        // by an overloaded proxy
  std::string server_name = "envoy";
  ServerHeader server_header = ServerHeader::kOverwrite;
  // Of x-request-id.
  bool generate_request_id = true, preserve_external_request_id = false;
  bool request_id_in_response = false;
  bool suppress_envoy_headers = false;       // the router's
  std::vector<Details> strict_checks;        // the router's, in the order in which it checks
  bool respect_expected_rq_timeout = false;  // the router's
};

/// One of a host's health checks. Its number is the host's, and host_count() more for each check of
/// the cluster before it.
struct HostCheck {
  std::uint32_t host = 0, cluster = 0;
  std::uint32_t checker = 0;  // of the cluster's checks
};

struct Epoch {
  std::uint32_t family = 0;  // of epochs that may follow each other (alike.h); 0: none may
  std::string node_cluster;  // the proxy's own
  std::vector<Listener> listeners;
  std::vector<ClusterConfig> clusters;
  std::map<std::string, std::string, std::less<>> runtime;
  std::uint32_t retry_percent = 100;  // of the retries that the gate would let through
  Locality locality;                  // the proxy's own; all empty: unknown
  std::string local_cluster;          // the cluster that the proxy itself belongs to; may be empty
  bool counts_hosts = false;          // what happens at each host is counted, for an admin page
  std::vector<bool> absent;           // by cluster: another epoch's (alike.h); empty: none is
  std::vector<std::string> zones;     // by index(), of hosts: zone n is the n-th; none without ours
  std::uint32_t virtual_clusters = 0;  // likewise: how many of all listeners

  /// Puts the runtime in force, numbers routes and hosts, resolves cluster names to indices. Call
  /// once, when all is filled in.
  void index();
  std::uint32_t find_cluster(std::string_view name) const;  // kNone: there is none
  bool may_become(const Epoch& other) const { return family != 0 && family == other.family; }
  bool has(std::uint32_t cluster) const { return absent.empty() || !absent[cluster]; }
  std::uint32_t local_cluster_index() const {
    return local_cluster.empty() ? kNone : find_cluster(local_cluster);
  }
  const Locality* own_locality() const { return locality == Locality() ? nullptr : &locality; }
  std::uint32_t host_count() const { return host_begin_.empty() ? 0 : host_begin_.back(); }
  std::uint32_t hosts_begin(std::uint32_t cluster) const { return host_begin_[cluster]; }
  std::uint32_t cluster_of_host(std::uint32_t host) const { return host_cluster_[host]; }
  const HostConfig& host(std::uint32_t host) const {
    const std::uint32_t cluster = host_cluster_[host];
    return clusters[cluster].hosts[host - host_begin_[cluster]];
  }

  HostCheck check_at(std::uint32_t index) const {
    const std::uint32_t host = index % host_count();
    return {.host = host, .cluster = host_cluster_[host], .checker = index / host_count()};
  }
  std::uint32_t number_of_check(std::uint32_t host, std::uint32_t checker) const {
    return checker * host_count() + host;
  }
  bool has_check(std::uint32_t index) const {
    if (host_count() == 0) return false;
    const HostCheck at = check_at(index);
    return at.checker < clusters[at.cluster].health_checks.size();
  }
  const HealthCheck& check(std::uint32_t index) const {
    const HostCheck at = check_at(index);
    return clusters[at.cluster].health_checks[at.checker];
  }

 private:
  std::vector<std::uint32_t> host_begin_;  // clusters + 1
  std::vector<std::uint32_t> host_cluster_;
  std::map<std::string, std::uint32_t, std::less<>> cluster_by_name_;
};

/// Those of a request to a cluster: its own, else the route's.
inline const std::vector<MirrorPolicy>& mirrors_of(const Epoch& epoch, const Forward& forward,
                                                   std::uint32_t cluster) {
  const std::vector<MirrorPolicy>& own = epoch.clusters[cluster].mirrors;
  return own.empty() ? forward.mirrors : own;
}

}  // namespace squall::policies
