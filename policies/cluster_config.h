// Clusters and their hosts as configured. Config only, const and shared. Defaults are Envoy's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policies/base/time.h"
#include "policies/fraction.h"
#include "policies/hash_policy.h"
#include "policies/health_check_config.h"
#include "policies/lb/config.h"
#include "policies/limits.h"
#include "policies/mirror_config.h"
#include "policies/outlier.h"
#include "policies/response_match.h"
#include "policies/retry.h"

namespace squall::policies {

enum class Protocol : std::uint8_t { kHttp1, kHttp2 };
/// Routing priority of a request: which of a cluster's two sets of limits it counts against.
inline constexpr std::size_t kDefaultPriority = 0, kHighPriority = 1;

enum class HealthStatus : std::uint8_t { kHealthy, kDegraded, kUnhealthy, kDraining };

struct Locality {
  std::string region, zone, sub_zone;
  friend bool operator==(const Locality&, const Locality&) = default;
};

struct HostConfig {
  std::string address;  // an IP address
  std::uint16_t port = 0;
  std::string hostname;
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;
  Locality locality;
  std::uint32_t locality_weight = 0;
  HealthStatus health = HealthStatus::kHealthy;  // as service discovery says
  bool canary = false;
  std::string check_address, check_hostname;  // of its health checks; empty: its own
  std::uint16_t check_port = 0;               // likewise, 0
  std::uint16_t zone = 0;                     // by Epoch::index, of its zones; 0: none
  bool disable_active_health_check = false;
  bool mtls = false;  // reached by mutual TLS
  std::vector<std::pair<std::string, std::string>>
      lb_metadata;  // filter_metadata["envoy.lb"], as text
};

struct ClusterConfig {
  std::string name;
  Duration connect_timeout = 5s;
  LbPolicy lb = LbPolicy::kRoundRobin;
  LeastRequestConfig least_request;
  RingHashConfig ring_hash;
  MaglevConfig maglev;
  HashingConfig hashing;
  SlowStart slow_start;
  bool locality_weighted = false;
  ZoneAware zone_aware;
  ClientWeighted client_weighted;
  std::optional<SubsetConfig> subsets;
  /// What routes ask of the hosts' metadata; Epoch::index gathers it when there are subsets.
  std::vector<MetadataCriteria> criteria;
  std::vector<OverrideHost> override_host;  // where to look, in this order
  Thresholds thresholds[2];                 // default and high priority
  std::uint32_t per_host_max_connections[2] = {~std::uint32_t{0}, ~std::uint32_t{0}};
  double preconnect_ratio = 1;  // connections ahead of need: 1 to 3, 1 is off
  Protocol protocol = Protocol::kHttp1;
  std::uint32_t max_requests_per_connection = 0;  // 0: no limit
  std::uint32_t max_concurrent_streams = 1024;    // HTTP/2
  Duration idle_timeout = 1h;                     // of a connection without streams; 0: none
  std::optional<Duration> max_connection_duration;
  Duration max_stream_duration{};  // of an attempt, from when it has its stream; 0: none
  double healthy_panic_threshold_percent = 50;
  std::uint32_t overprovisioning_factor = 140;  // percent
  bool weighted_priority_health = false;
  bool fail_traffic_on_panic = false;
  std::uint32_t maintenance_percent = 0;                      // of its requests are turned away
  Fraction drop_overload{.numerator = 0, .runtime_key = {}};  // likewise
  Duration update_merge_window = 1s;
  std::optional<OutlierDetection> outlier;
  std::vector<HealthCheck> health_checks;  // all of them must pass
  // Of its own, before those of routes and virtual hosts; but the timeouts of a retry policy are
  // theirs.
  std::optional<RetryPolicy> retry;
  std::vector<HashPolicy> hash_policies;
  std::vector<MirrorPolicy> mirrors;
  std::optional<ResponseMatch> failures;  // for outlier detection, instead of statuses from 500
  bool ignore_new_hosts_until_first_hc = false;
  bool close_connections_on_host_health_failure = false;  // TCP's
  std::uint64_t buffer_limit_bytes =
      std::uint64_t{1024} * 1024;  // of a connection to a host, TCP's
  std::vector<HostConfig> hosts;   // in the order of the configuration, all priorities
};

}  // namespace squall::policies
