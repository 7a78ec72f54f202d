// Outlier detection: has a host failed so often that the cluster should do without it for a while?
//
// Every outcome of an attempt moves a host's counters (on_result); a counter that reaches its
// threshold, or a sweep that finds the host below the others, leads to an attempt to eject it,
// which the share of hosts already ejected or the enforcement percentage may refuse. A sweep also
// ends ejections, so an ejection lasts until the first sweep after its time. Health, pools and
// timers are the caller's. Source: Envoy's outlier detection, 1.36, checked on a live 1.40
// (docs/policies.md, "Outlier detection"). Cost: one success is four stores to one cache line; a
// sweep is linear in the hosts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/base/time.h"

namespace squall::policies {

/// Config of a cluster. Percentages are 0 to 100; `max_ejection_time` is not below
/// `base_ejection_time`.
struct OutlierDetection {
  Duration interval = 10s;
  Duration base_ejection_time = 30s;
  Duration max_ejection_time = 300s;
  Duration max_ejection_time_jitter{};
  std::uint32_t max_ejection_percent = 10;
  bool always_eject_one_host = false;
  bool split_external_local_origin_errors = false;
  bool successful_active_health_check_uneject_host = true;
  bool detect_degraded_hosts = false;
  std::uint32_t consecutive_5xx = 5, enforcing_consecutive_5xx = 100;
  std::uint32_t consecutive_gateway_failure = 5, enforcing_consecutive_gateway_failure = 0;
  std::uint32_t consecutive_local_origin_failure = 5,
                enforcing_consecutive_local_origin_failure = 100;
  std::uint32_t success_rate_minimum_hosts = 5;
  std::uint32_t success_rate_request_volume = 100;
  std::uint32_t success_rate_stdev_factor = 1900;  // thousandths
  std::uint32_t enforcing_success_rate = 100, enforcing_local_origin_success_rate = 100;
  std::uint32_t failure_percentage_threshold = 85;
  std::uint32_t failure_percentage_minimum_hosts = 5;
  std::uint32_t failure_percentage_request_volume = 50;
  std::uint32_t enforcing_failure_percentage = 0, enforcing_failure_percentage_local_origin = 0;
};

struct RequestCount {
  std::uint32_t total = 0, success = 0;
};

/// State of one host.
struct HostMonitor {
  std::uint32_t consecutive_5xx = 0;
  std::uint32_t consecutive_gateway_failure = 0;
  std::uint32_t consecutive_local_origin_failure = 0;
  RequestCount external, local;  // since the last sweep
  std::uint32_t multiplier = 0;  // of the base ejection time
  Instant since{};  // ejected: from when its time counts (jitter included); else: unejected at
  std::uint32_t detections = 0;  // attempts to eject so far: the number of the next draws
  bool ejected = false;
};
static_assert(sizeof(HostMonitor) == 48);

/// State of one cluster.
struct OutlierCluster {
  std::uint32_t active_ejections = 0;
  std::uint32_t host_count = 0;  // of all priorities
};

enum class Detector : std::uint8_t {
  kConsecutive5xx,
  kConsecutiveGatewayFailure,
  kConsecutiveLocalOriginFailure,
  kSuccessRate,
  kFailurePercentage,
  kLocalOriginSuccessRate,
  kLocalOriginFailurePercentage,
};
inline constexpr std::size_t kDetectors = 7;
/// As in the names of statistics: "consecutive_5xx".
std::string_view to_string(Detector detector);

/// What became of an attempt at a host; from kDegraded on, what else a worker noticed of one.
enum class HostResult : std::uint8_t {
  kExternalSuccess,  // response headers below 500
  kExternalFailure,
  kLocalConnectSuccess,       // the attempt got its stream
  kLocalConnectSuccessFinal,  // and that is all there is to know (no HTTP)
  kLocalConnectFailed,        // any reset or failure of the pool but an overflow
  kLocalTimeout,
  kDegraded,                  // a response below 500 says that the host is degraded
  kImmediateHealthCheckFail,  // a response asks for the host's health check to fail
  kFirstConnection,           // the worker opens the cluster's first connection
};
inline constexpr std::size_t kHostResults =
    static_cast<std::size_t>(HostResult::kFirstConnection) + 1;

/// Counters that reached their threshold, in the order in which they are acted on.
struct Triggers {
  bool gateway_failure = false, any_5xx = false, local_origin = false;
  bool any() const { return gateway_failure || any_5xx || local_origin; }
};

/// The HTTP status that a gRPC status counts as; 500 for one that does not exist.
std::uint16_t grpc_to_http(std::uint32_t grpc_status);

Triggers on_external_failure(const OutlierDetection& config, HostMonitor& host, std::uint32_t code);

/// A response's code, as external origin.
inline Triggers on_external_code(const OutlierDetection& config, HostMonitor& host,
                                 std::uint32_t code) {
  if (code >= 500 && code < 600) [[unlikely]]
    return on_external_failure(config, host, code);
  ++host.external.total;
  ++host.external.success;
  host.consecutive_5xx = 0;
  host.consecutive_gateway_failure = 0;
  return {};
}

/// Any outcome; `code` 0 when it has none. Whether local origin counts apart is the config's.
Triggers on_result(const OutlierDetection& config, HostMonitor& host, HostResult result,
                   std::uint32_t code);

enum class Ejection : std::uint8_t { kEjected, kOverflow, kNotEnforced, kUnejected, kIgnored };

/// 64 drawn bits each: mix(host's random, Purpose::kEnforce or kEjectionJitter, host.detections).
struct EjectionDraws {
  std::uint64_t enforce = 0, jitter = 0;
};

/// How much longer an ejection lasts.
Duration ejection_jitter(const OutlierDetection& config, std::uint64_t random);
Ejection try_eject(const OutlierDetection& config, OutlierCluster& cluster, HostMonitor& host,
                   Detector cause, Instant now, EjectionDraws draws);
/// For one of on_result's triggers: try_eject, or kIgnored when the host is ejected already; then
/// the counter starts again.
Ejection on_trigger(const OutlierDetection& config, OutlierCluster& cluster, HostMonitor& host,
                    Detector cause, Instant now, EjectionDraws draws);
/// Ends an ejection at once, as a passed health check does.
void uneject(OutlierCluster& cluster, HostMonitor& host, Instant now);

/// Success in percent; negative when nothing was counted.
double success_rate(const RequestCount& count);

}  // namespace squall::policies
