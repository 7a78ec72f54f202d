#include "policies/epoch.h"

#include <charconv>
#include <optional>

#include "policies/outlier_runtime.h"

namespace squall::policies {
namespace {

using Runtime = std::map<std::string, std::string, std::less<>>;

std::optional<std::uint32_t> runtime_number(const Runtime& runtime, std::string_view key) {
  const auto found = runtime.find(key);
  if (found == runtime.end()) return std::nullopt;
  const std::string& text = found->second;
  std::uint32_t value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A plain number is a percentage; above 100 it means always.
void override_fraction(const Runtime& runtime, Fraction& fraction) {
  if (fraction.runtime_key.empty()) return;
  if (const auto percent = runtime_number(runtime, fraction.runtime_key)) {
    fraction.numerator = *percent;
    fraction.denominator = 100;
  }
}

void override_limits(const Runtime& runtime, ClusterConfig& cluster) {
  for (const bool high : {false, true}) {
    for (const std::string_view name : kLimitNames) {
      const auto value = runtime_number(runtime, limit_key(cluster.name, high, name));
      if (value) set_limit(cluster.thresholds[high], name, *value);
    }
  }
}

void override_health(const Runtime& runtime, ClusterConfig& cluster) {
  if (cluster.outlier) {
    override_outlier(*cluster.outlier, [&](std::string_view key) {
      return runtime_number(runtime, std::string(kOutlierPrefix) + std::string(key));
    });
  }
  if (!cluster.health_check) return;
  if (const auto ms = runtime_number(runtime, "health_check.min_interval"))
    cluster.health_check->min_interval = std::chrono::milliseconds(*ms);
  if (const auto ms = runtime_number(runtime, "health_check.max_interval"))
    cluster.health_check->max_interval = std::chrono::milliseconds(*ms);
}

void index_forward(const Epoch& epoch, Forward& forward) {
  std::uint64_t total = 0;
  for (WeightedCluster& entry : forward.clusters) {
    entry.index = epoch.find_cluster(entry.cluster);
    if (!forward.weight_runtime_prefix.empty()) {
      const std::string key = forward.weight_runtime_prefix + "." + entry.cluster;
      entry.weight = runtime_number(epoch.runtime, key).value_or(entry.weight);
    }
    total += entry.weight;
  }
  forward.total_weight = total;
}

void index_limits(const Listener& listener, const Forward& forward, Route& route) {
  route.stream_idle = forward.idle_timeout.value_or(listener.stream_idle_timeout);
  const bool more = listener.request_timeout > Duration::zero() || listener.max_stream_duration ||
                    forward.max_stream_duration;
  route.limits = more                                   ? StreamLimits::kMore
                 : route.stream_idle > Duration::zero() ? StreamLimits::kIdle
                                                        : StreamLimits::kNone;
}

}  // namespace

void Epoch::index() {
  cluster_by_name_.clear();
  host_cluster_.clear();
  host_begin_.assign(1, 0);
  for (std::uint32_t i = 0; i < clusters.size(); ++i) {
    cluster_by_name_.emplace(clusters[i].name, i);
    host_cluster_.insert(host_cluster_.end(), clusters[i].hosts.size(), i);
    host_begin_.push_back(static_cast<std::uint32_t>(host_cluster_.size()));
    if (!runtime.empty()) {
      override_limits(runtime, clusters[i]);
      override_health(runtime, clusters[i]);
    }
  }
  for (Listener& listener : listeners) {
    std::uint32_t next = 0;
    for (VirtualHost& host : listener.routes.hosts) {
      for (Route& route : host.routes) {
        route.index = next++;
        if (route.match.runtime_fraction) override_fraction(runtime, *route.match.runtime_fraction);
        if (auto* forward = std::get_if<Forward>(&route.action)) {
          index_forward(*this, *forward);
          index_limits(listener, *forward, route);
        }
      }
    }
  }
}

std::uint32_t Epoch::find_cluster(std::string_view name) const {
  const auto found = cluster_by_name_.find(name);
  return found == cluster_by_name_.end() ? kNone : found->second;
}

}  // namespace squall::policies
