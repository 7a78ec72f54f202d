// Runtime: which settings of a configuration may a runtime key replace, and by what?
//
// A runtime is a list of keys with whole numbers, laid over the configuration when the epoch is
// indexed; afterwards nothing asks for it. Source: Envoy's runtime keys (docs/policies.md,
// "Maintenance and runtime").
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/epoch.h"
#include "policies/outlier_runtime.h"

namespace squall::policies {

/// Puts the epoch's runtime in force. A value that is no number counts for nothing.
void apply_runtime(Epoch& epoch);

namespace runtime {

inline void visit_outlier(OutlierDetection& outlier, const auto& take) {
  const std::string prefix(kOutlierPrefix);
  for (const auto& one : kOutlierNumbers) {
    take(prefix + std::string(one.first),
         [&outlier, &one](std::uint32_t value) { outlier.*one.second = value; });
  }
  for (const auto& one : kOutlierTimes) {
    take(prefix + std::string(one.first), [&outlier, &one](std::uint32_t ms) {
      outlier.*one.second = std::chrono::milliseconds(ms);
    });
  }
}

inline void visit_health_check(HealthCheck& check, const auto& take) {
  take("health_check.min_interval",
       [&check](std::uint32_t ms) { check.min_interval = std::chrono::milliseconds(ms); });
  take("health_check.max_interval",
       [&check](std::uint32_t ms) { check.max_interval = std::chrono::milliseconds(ms); });
}

inline void visit_retry(std::optional<RetryPolicy>& retry, const auto& take) {
  if (!retry || retry->has_base_interval) return;
  take("upstream.base_retry_backoff_ms", [&retry](std::uint32_t ms) {
    retry->base_interval = std::max<Duration>(std::chrono::milliseconds(ms), 1ms);
  });
}

/// A plain number is a percentage; above 100 it means always.
inline void visit_fraction(Fraction& fraction, const auto& take) {
  if (fraction.runtime_key.empty()) return;
  take(fraction.runtime_key, [&fraction](std::uint32_t percent) {
    fraction.numerator = percent;
    fraction.denominator = 100;
  });
}

inline void visit_cluster(ClusterConfig& cluster, const auto& take) {
  for (const bool high : {false, true}) {
    Thresholds& limits = cluster.thresholds[high];
    for (const std::string_view name : kLimitNames) {
      take(limit_key(cluster.name, high, name),
           [&limits, name](std::uint32_t value) { set_limit(limits, name, value); });
    }
  }
  take("upstream.healthy_panic_threshold", [&cluster](std::uint32_t percent) {
    cluster.healthy_panic_threshold_percent = std::min(percent, 100U);
  });
  take("upstream.maintenance_mode." + cluster.name,
       [&cluster](std::uint32_t percent) { cluster.maintenance_percent = percent; });
  visit_retry(cluster.retry, take);
  for (MirrorPolicy& mirror : cluster.mirrors) visit_fraction(mirror.fraction, take);
  if (cluster.outlier) visit_outlier(*cluster.outlier, take);
  for (HealthCheck& check : cluster.health_checks) visit_health_check(check, take);
}

inline void visit_route(Route& route, const auto& take) {
  if (route.match.runtime_fraction) visit_fraction(*route.match.runtime_fraction, take);
  auto* forward = std::get_if<Forward>(&route.action);
  if (forward == nullptr) return;
  visit_retry(forward->retry, take);
  for (MirrorPolicy& mirror : forward->mirrors) visit_fraction(mirror.fraction, take);
  if (forward->weight_runtime_prefix.empty()) return;
  for (WeightedCluster& entry : forward->clusters) {
    take(forward->weight_runtime_prefix + '.' + entry.cluster,
         [&entry](std::uint32_t weight) { entry.weight = weight; });
  }
}

}  // namespace runtime

/// Calls take(key, set) for each key that may decide something of this epoch; set(number) puts the
/// number in place of what is configured.
inline void visit_runtime_keys(Epoch& epoch, const auto& take) {
  take("upstream.use_retry", [&epoch](std::uint32_t percent) { epoch.retry_percent = percent; });
  for (ClusterConfig& cluster : epoch.clusters) runtime::visit_cluster(cluster, take);
  for (Listener& listener : epoch.listeners) {
    for (MirrorPolicy& mirror : listener.routes.mirrors)
      runtime::visit_fraction(mirror.fraction, take);
    for (VirtualHost& host : listener.routes.hosts) {
      runtime::visit_retry(host.retry, take);
      for (MirrorPolicy& mirror : host.mirrors) runtime::visit_fraction(mirror.fraction, take);
      for (Route& route : host.routes) runtime::visit_route(route, take);
    }
  }
}

}  // namespace squall::policies
