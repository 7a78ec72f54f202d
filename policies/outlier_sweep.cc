#include "policies/outlier_sweep.h"

#include <algorithm>
#include <cmath>

namespace squall::policies {
namespace {

const RequestCount& counted(const HostMonitor& host, bool local_origin) {
  return local_origin ? host.local : host.external;
}

/// Hosts at or above a request volume, their mean success rate, and how far they spread.
struct Population {
  std::uint32_t hosts = 0;
  double mean = 0, deviation = 0;
};

Population measure(std::span<const HostMonitor> hosts, bool local_origin, std::uint32_t volume) {
  Population population;
  double sum = 0;
  for (const HostMonitor& host : hosts) {
    const RequestCount& count = counted(host, local_origin);
    if (host.ejected || count.total == 0 || count.total < volume) continue;
    ++population.hosts;
    sum += success_rate(count);
  }
  if (population.hosts == 0) return population;
  population.mean = sum / population.hosts;
  double squares = 0;
  for (const HostMonitor& host : hosts) {
    const RequestCount& count = counted(host, local_origin);
    if (host.ejected || count.total == 0 || count.total < volume) continue;
    const double distance = success_rate(count) - population.mean;
    squares += distance * distance;
  }
  population.deviation = std::sqrt(squares / population.hosts);
  return population;
}

template <class Predicate>
void append(std::span<const HostMonitor> hosts, bool local_origin, std::uint32_t volume,
            Detector cause, const SuccessRateThreshold& limit, const Predicate& stands_out,
            std::vector<SweepChange>& changes) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const RequestCount& count = counted(hosts[i], local_origin);
    if (hosts[i].ejected || count.total == 0 || count.total < volume) continue;
    const double rate = success_rate(count);
    if (!stands_out(rate)) continue;
    changes.push_back({static_cast<std::uint32_t>(i),
                       Ejection::kIgnored,
                       cause,
                       {.success_rate = rate, .mean = limit.mean, .threshold = limit.threshold}});
  }
}

/// How long a host is out for the so many times in a row.
Duration time_out(const OutlierDetection& config, std::uint32_t multiplier) {
  return std::min(config.base_ejection_time * multiplier, config.max_ejection_time);
}

}  // namespace

bool mark_degraded(const OutlierDetection& config, DegradedMonitor& host, std::uint64_t jitter,
                   Instant now) {
  if (host.marked) return false;
  host.marked = true;
  ++host.marks;
  host.since = now + ejection_jitter(config, jitter);
  if (host.multiplier * config.base_ejection_time <
      config.max_ejection_time + config.base_ejection_time)
    ++host.multiplier;
  return true;
}

bool sweep_degraded(const OutlierDetection& config, DegradedMonitor& host, Instant now) {
  if (host.marked) {
    if (now - host.since < time_out(config, host.multiplier)) return false;
    host.marked = false;
    host.since = now;
    return true;
  }
  if (host.multiplier > 0 && now - host.since >= config.interval) --host.multiplier;
  return false;
}

void end_ejections(const OutlierDetection& config, OutlierCluster& cluster,
                   std::span<HostMonitor> hosts, Instant now, std::vector<SweepChange>& changes) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    HostMonitor& host = hosts[i];
    if (host.ejected && time_out(config, host.multiplier) <= now - host.since) {
      uneject(cluster, host, now);
      changes.push_back({static_cast<std::uint32_t>(i), Ejection::kUnejected, {}, {}});
    }
  }
}

std::optional<SuccessRateThreshold> success_rate_threshold(const OutlierDetection& config,
                                                           std::span<const HostMonitor> hosts,
                                                           bool local_origin) {
  if (hosts.size() < config.success_rate_minimum_hosts) return std::nullopt;
  const Population population = measure(hosts, local_origin, config.success_rate_request_volume);
  if (population.hosts == 0 || population.hosts < config.success_rate_minimum_hosts)
    return std::nullopt;
  const double factor = static_cast<double>(config.success_rate_stdev_factor) / 1000.0;
  return SuccessRateThreshold{population.mean, population.mean - factor * population.deviation};
}

void note_rates(const OutlierDetection& config, std::span<const HostMonitor> hosts,
                SweptRates& rates) {
  rates = {.hosts = std::vector<SweptRates::Host>(hosts.size())};
  const std::size_t least =
      std::min(config.success_rate_minimum_hosts, config.failure_percentage_minimum_hosts);
  if (hosts.size() < least) return;
  const std::uint32_t volume =
      std::min(config.success_rate_request_volume, config.failure_percentage_request_volume);
  for (const bool local : {false, true}) {
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const RequestCount& count = counted(hosts[i], local);
      if (hosts[i].ejected || count.total == 0 || count.total < volume) continue;
      (local ? rates.hosts[i].local : rates.hosts[i].external) = success_rate(count);
    }
    if (const auto threshold = success_rate_threshold(config, hosts, local))
      (local ? rates.local : rates.external) = *threshold;
  }
}

void find_outliers(const OutlierDetection& config, std::span<const HostMonitor> hosts,
                   bool local_origin, std::vector<SweepChange>& changes) {
  if (const auto limit = success_rate_threshold(config, hosts, local_origin)) {
    append(
        hosts, local_origin, config.success_rate_request_volume,
        local_origin ? Detector::kLocalOriginSuccessRate : Detector::kSuccessRate, *limit,
        [&](double rate) { return rate < limit->threshold; }, changes);
  }
  if (hosts.size() >= config.failure_percentage_minimum_hosts) {
    const std::uint32_t volume = config.failure_percentage_request_volume;
    if (measure(hosts, local_origin, volume).hosts <
        std::max(1U, config.failure_percentage_minimum_hosts))
      return;
    const auto threshold = static_cast<double>(config.failure_percentage_threshold);
    append(
        hosts, local_origin, volume,
        local_origin ? Detector::kLocalOriginFailurePercentage : Detector::kFailurePercentage, {},
        [&](double rate) { return 100.0 - rate >= threshold; }, changes);
  }
}

void begin_interval(const OutlierDetection& config, std::span<HostMonitor> hosts, Instant now) {
  for (HostMonitor& host : hosts) {
    host.external = host.local = {};
    if (!host.ejected && host.multiplier > 0 && now - host.since >= config.interval)
      --host.multiplier;
  }
}

}  // namespace squall::policies
