// Active health checks as configured: how a cluster's hosts are asked, and when. Config only, const
// and shared; what an outcome means is in health_check.h. Defaults are Envoy's where it has any.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policies/base/time.h"
#include "policies/match.h"
#include "policies/mutation_config.h"

namespace squall::policies {

/// Statuses from `first` on, below `last`.
struct StatusRange {
  std::uint32_t first = 0, last = 0;
};

struct HttpCheck {
  std::string path, method = "GET";
  std::string host;                  // empty: the cluster's name
  HeaderMutations headers;           // of the request
  std::string send;                  // the request's body; empty: none
  std::vector<std::string> receive;  // what the answer's body must hold, as for a TCP check
  std::size_t buffer_bytes = 1024;   // of the body that are looked at; 0: all
  std::vector<StatusRange> expected = {{200, 201}};
  std::vector<StatusRange> retriable;       // failures that count up to the threshold
  std::optional<StringMatch> service_name;  // of x-envoy-upstream-healthchecked-cluster
  bool http2 = false;
};
struct TcpCheck {
  std::string send;  // empty: nothing is sent
  std::vector<std::string>
      receive;  // blocks that come in this order; none: it is enough to connect
};
struct GrpcCheck {  // grpc.health.v1.Health/Check
  std::string service_name;
  std::string authority;     // empty: the cluster's name
  HeaderMutations metadata;  // of the request
};

/// Config of one of a cluster's checks. Thresholds are at least 1.
struct HealthCheck {
  std::string name;  // told apart by it when a cluster has several
  Duration timeout = 1s, interval = 1s;
  Duration initial_jitter{}, interval_jitter{};
  std::uint32_t interval_jitter_percent = 0;
  std::uint32_t unhealthy_threshold = 1, healthy_threshold = 1;
  Duration no_traffic_interval = 60s;
  std::optional<Duration> no_traffic_healthy_interval;  // none: no_traffic_interval
  std::optional<Duration> unhealthy_interval;           // none: interval
  std::optional<Duration> unhealthy_edge_interval;      // none: unhealthy_interval
  std::optional<Duration> healthy_edge_interval;        // none: interval
  bool reuse_connection = true;
  bool always_log_failures = false, always_log_success = false;
  std::vector<std::string> event_logs;  // paths
  std::variant<HttpCheck, TcpCheck, GrpcCheck> kind;
  /// The runtime's bounds of any delay.
  Duration min_interval{}, max_interval = Duration::max();
};

}  // namespace squall::policies
