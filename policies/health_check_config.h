// Active health checks as configured: how a cluster's hosts are asked, and when. Config only, const
// and shared; what an outcome means is in health_check.h. Defaults are Envoy's where it has any.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "policies/base/time.h"
#include "policies/match.h"

namespace squall::policies {

/// Statuses from `first` on, below `last`.
struct StatusRange {
  std::uint32_t first = 0, last = 0;
};

struct HttpCheck {
  std::string path, method = "GET";
  std::string host;                                          // empty: the cluster's name
  std::vector<std::pair<std::string, std::string>> headers;  // beside the usual ones
  std::vector<std::string> removed_headers;
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
  std::string service_name, authority;
};

/// Config of a cluster. Thresholds are at least 1.
struct HealthCheck {
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
  std::string event_log_path;  // empty: none
  std::variant<HttpCheck, TcpCheck, GrpcCheck> kind;
  /// The runtime's bounds of any delay.
  Duration min_interval{}, max_interval = Duration::max();
};

}  // namespace squall::policies
