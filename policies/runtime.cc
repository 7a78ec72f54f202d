#include "policies/runtime.h"

#include <charconv>
#include <optional>
#include <utility>

#include "policies/outlier_runtime.h"

namespace squall::policies {
namespace {

using Take = std::function<void(std::string_view, const RuntimeSetter&)>;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

void visit_outlier(OutlierDetection& outlier, const Take& take) {
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

void visit_health_check(HealthCheck& check, const Take& take) {
  take("health_check.min_interval",
       [&check](std::uint32_t ms) { check.min_interval = std::chrono::milliseconds(ms); });
  take("health_check.max_interval",
       [&check](std::uint32_t ms) { check.max_interval = std::chrono::milliseconds(ms); });
}

void visit_cluster(ClusterConfig& cluster, const Take& take) {
  for (const bool high : {false, true}) {
    Thresholds& limits = cluster.thresholds[high];
    for (const std::string_view name : kLimitNames) {
      take(limit_key(cluster.name, high, name),
           [&limits, name](std::uint32_t value) { set_limit(limits, name, value); });
    }
  }
  take("upstream.healthy_panic_threshold",
       [&cluster](std::uint32_t percent) { cluster.healthy_panic_threshold_percent = percent; });
  take("upstream.maintenance_mode." + cluster.name,
       [&cluster](std::uint32_t percent) { cluster.maintenance_percent = percent; });
  if (cluster.outlier) visit_outlier(*cluster.outlier, take);
  if (cluster.health_check) visit_health_check(*cluster.health_check, take);
}

void visit_retry(std::optional<RetryPolicy>& retry, const Take& take) {
  if (!retry || retry->has_base_interval) return;
  take("upstream.base_retry_backoff_ms", [&retry](std::uint32_t ms) {
    retry->base_interval = std::max<Duration>(std::chrono::milliseconds(ms), 1ms);
  });
}

/// A plain number is a percentage; above 100 it means always.
void visit_fraction(Fraction& fraction, const Take& take) {
  if (fraction.runtime_key.empty()) return;
  take(fraction.runtime_key, [&fraction](std::uint32_t percent) {
    fraction.numerator = percent;
    fraction.denominator = 100;
  });
}

void visit_route(Route& route, const Take& take) {
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

}  // namespace

void visit_runtime_keys(Epoch& epoch, const Take& take) {
  take("upstream.use_retry", [&epoch](std::uint32_t percent) { epoch.retry_percent = percent; });
  for (ClusterConfig& cluster : epoch.clusters) visit_cluster(cluster, take);
  for (Listener& listener : epoch.listeners) {
    for (MirrorPolicy& mirror : listener.routes.mirrors) visit_fraction(mirror.fraction, take);
    for (VirtualHost& host : listener.routes.hosts) {
      visit_retry(host.retry, take);
      for (MirrorPolicy& mirror : host.mirrors) visit_fraction(mirror.fraction, take);
      for (Route& route : host.routes) visit_route(route, take);
    }
  }
}

void apply_runtime(Epoch& epoch) {
  if (epoch.runtime.empty()) return;
  visit_runtime_keys(epoch, [&](std::string_view key, const RuntimeSetter& set) {
    const auto found = epoch.runtime.find(key);
    if (found == epoch.runtime.end()) return;
    if (const auto value = number(found->second)) set(*value);
  });
}

}  // namespace squall::policies
