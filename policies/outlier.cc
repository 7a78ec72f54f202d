#include "policies/outlier.h"

#include <algorithm>

#include "policies/base/check.h"

namespace squall::policies {
namespace {

Triggers on_local_failure(const OutlierDetection& config, HostMonitor& host) {
  ++host.local.total;
  Triggers triggers;
  triggers.local_origin =
      ++host.consecutive_local_origin_failure == config.consecutive_local_origin_failure;
  return triggers;
}

Triggers on_split_result(const OutlierDetection& config, HostMonitor& host, HostResult result,
                         std::uint32_t code) {
  switch (result) {
    case HostResult::kLocalConnectSuccess:
    case HostResult::kLocalConnectSuccessFinal:
      ++host.local.total;
      ++host.local.success;
      host.consecutive_local_origin_failure = 0;
      return {};
    case HostResult::kLocalConnectFailed:
    case HostResult::kLocalTimeout:
      return on_local_failure(config, host);
    case HostResult::kExternalSuccess:
      return on_external_code(config, host, code == 0 ? 200 : code);
    case HostResult::kExternalFailure:
      return on_external_code(config, host, code == 0 ? 503 : code);
    default:
      break;
  }
  return {};
}

/// What an outcome without a code counts as when local origin does not count apart; 0: as nothing.
std::uint32_t code_of(HostResult result) {
  switch (result) {
    case HostResult::kExternalSuccess:
    case HostResult::kLocalConnectSuccessFinal:
      return 200;
    case HostResult::kExternalFailure:
      return 500;
    case HostResult::kLocalConnectFailed:
      return 503;
    case HostResult::kLocalTimeout:
      return 504;
    default:
      return 0;
  }
}

std::uint32_t enforcing(const OutlierDetection& config, Detector cause) {
  switch (cause) {
    case Detector::kConsecutive5xx:
      return config.enforcing_consecutive_5xx;
    case Detector::kConsecutiveGatewayFailure:
      return config.enforcing_consecutive_gateway_failure;
    case Detector::kConsecutiveLocalOriginFailure:
      return config.enforcing_consecutive_local_origin_failure;
    case Detector::kSuccessRate:
      return config.enforcing_success_rate;
    case Detector::kFailurePercentage:
      return config.enforcing_failure_percentage;
    case Detector::kLocalOriginSuccessRate:
      return config.enforcing_local_origin_success_rate;
    case Detector::kLocalOriginFailurePercentage:
      return config.enforcing_failure_percentage_local_origin;
  }
  return 0;
}

bool may_eject_one_more(const OutlierDetection& config, const OutlierCluster& cluster) {
  if (config.always_eject_one_host && cluster.active_ejections == 0) return true;
  const double percent = 100.0 * (static_cast<double>(cluster.active_ejections) + 1.0) /
                         static_cast<double>(cluster.host_count);
  return percent <= static_cast<double>(std::min<std::uint32_t>(100, config.max_ejection_percent));
}

}  // namespace

std::string_view to_string(Detector detector) {
  static constexpr std::string_view kNames[kDetectors] = {"consecutive_5xx",
                                                          "consecutive_gateway_failure",
                                                          "consecutive_local_origin_failure",
                                                          "success_rate",
                                                          "failure_percentage",
                                                          "local_origin_success_rate",
                                                          "local_origin_failure_percentage"};
  return kNames[static_cast<std::size_t>(detector)];
}

std::uint16_t grpc_to_http(std::uint32_t grpc_status) {
  static constexpr std::uint16_t kCodes[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                             400, 409, 400, 501, 500, 503, 500, 401};
  return grpc_status < std::size(kCodes) ? kCodes[grpc_status] : std::uint16_t{500};
}

Triggers on_external_failure(const OutlierDetection& config, HostMonitor& host,
                             std::uint32_t code) {
  Triggers triggers;
  ++host.external.total;
  if (code >= 502 && code <= 504) {
    triggers.gateway_failure =
        ++host.consecutive_gateway_failure == config.consecutive_gateway_failure;
  } else {
    host.consecutive_gateway_failure = 0;
  }
  triggers.any_5xx = ++host.consecutive_5xx == config.consecutive_5xx;
  return triggers;
}

Triggers on_result(const OutlierDetection& config, HostMonitor& host, HostResult result,
                   std::uint32_t code) {
  if (config.split_external_local_origin_errors) return on_split_result(config, host, result, code);
  const std::uint32_t counted = code != 0 ? code : code_of(result);
  return counted == 0 ? Triggers{} : on_external_code(config, host, counted);
}

Duration ejection_jitter(const OutlierDetection& config, std::uint64_t random) {
  return std::chrono::milliseconds(
      random % (static_cast<std::uint64_t>(to_ms(config.max_ejection_time_jitter)) + 1));
}

Ejection try_eject(const OutlierDetection& config, OutlierCluster& cluster, HostMonitor& host,
                   Detector cause, Instant now, EjectionDraws draws) {
  if (!may_eject_one_more(config, cluster)) return Ejection::kOverflow;
  ++host.detections;
  if (draws.enforce % 100 >= enforcing(config, cause)) return Ejection::kNotEnforced;
  host.ejected = true;
  ++cluster.active_ejections;
  host.since = now + ejection_jitter(config, draws.jitter);
  if (host.multiplier * config.base_ejection_time <
      config.max_ejection_time + config.base_ejection_time) {
    ++host.multiplier;
  }
  return Ejection::kEjected;
}

Ejection on_trigger(const OutlierDetection& config, OutlierCluster& cluster, HostMonitor& host,
                    Detector cause, Instant now, EjectionDraws draws) {
  if (host.ejected) return Ejection::kIgnored;
  const Ejection outcome = try_eject(config, cluster, host, cause, now, draws);
  switch (cause) {
    case Detector::kConsecutive5xx:
      host.consecutive_5xx = 0;
      break;
    case Detector::kConsecutiveGatewayFailure:
      host.consecutive_gateway_failure = 0;
      break;
    case Detector::kConsecutiveLocalOriginFailure:
      host.consecutive_local_origin_failure = 0;
      break;
    default:
      break;
  }
  return outcome;
}

void uneject(OutlierCluster& cluster, HostMonitor& host, Instant now) {
  SQUALL_DCHECK(host.ejected && cluster.active_ejections > 0);
  host.ejected = false;
  host.since = now;
  host.consecutive_5xx = host.consecutive_gateway_failure = host.consecutive_local_origin_failure =
      0;
  --cluster.active_ejections;
}

double success_rate(const RequestCount& count) {
  if (count.total == 0) return -1;
  return 100.0 * static_cast<double>(count.success) / static_cast<double>(count.total);
}

}  // namespace squall::policies
