// The runtime's keys that stand for fields of outlier detection, of all clusters.
// Source: Envoy's outlier_detection_impl.h.
#pragma once
#include <cstdint>
#include <string_view>
#include <utility>

#include "policies/outlier.h"

namespace squall::policies {

inline constexpr std::pair<std::string_view, std::uint32_t OutlierDetection::*> kOutlierNumbers[] =
    {
        {"consecutive_5xx", &OutlierDetection::consecutive_5xx},
        {"consecutive_gateway_failure", &OutlierDetection::consecutive_gateway_failure},
        {"consecutive_local_origin_failure", &OutlierDetection::consecutive_local_origin_failure},
        {"enforcing_consecutive_5xx", &OutlierDetection::enforcing_consecutive_5xx},
        {"enforcing_consecutive_gateway_failure",
         &OutlierDetection::enforcing_consecutive_gateway_failure},
        {"enforcing_consecutive_local_origin_failure",
         &OutlierDetection::enforcing_consecutive_local_origin_failure},
        {"enforcing_success_rate", &OutlierDetection::enforcing_success_rate},
        {"enforcing_local_origin_success_rate",
         &OutlierDetection::enforcing_local_origin_success_rate},
        {"enforcing_failure_percentage", &OutlierDetection::enforcing_failure_percentage},
        {"enforcing_failure_percentage_local_origin",
         &OutlierDetection::enforcing_failure_percentage_local_origin},
        {"success_rate_minimum_hosts", &OutlierDetection::success_rate_minimum_hosts},
        {"success_rate_request_volume", &OutlierDetection::success_rate_request_volume},
        {"success_rate_stdev_factor", &OutlierDetection::success_rate_stdev_factor},
        {"failure_percentage_threshold", &OutlierDetection::failure_percentage_threshold},
        {"failure_percentage_minimum_hosts", &OutlierDetection::failure_percentage_minimum_hosts},
        {"failure_percentage_request_volume", &OutlierDetection::failure_percentage_request_volume},
        {"max_ejection_percent", &OutlierDetection::max_ejection_percent},
};
inline constexpr std::pair<std::string_view, Duration OutlierDetection::*> kOutlierTimes[] = {
    {"interval_ms", &OutlierDetection::interval},
    {"base_ejection_time_ms", &OutlierDetection::base_ejection_time},
    {"max_ejection_time_ms", &OutlierDetection::max_ejection_time},
    {"max_ejection_time_jitter_ms", &OutlierDetection::max_ejection_time_jitter},
};
inline constexpr std::string_view kOutlierPrefix = "outlier_detection.";

}  // namespace squall::policies
