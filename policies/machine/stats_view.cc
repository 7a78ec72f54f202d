#include "policies/machine/stats_view.h"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace squall::policies {
namespace {

using Stats = std::vector<NamedStat>;
constexpr StatKind kGauge = StatKind::kGauge;

/// What remains is told with track_remaining only, as by Envoy.
void visit_limits(const std::string& cluster, const ClusterState& state, bool high, Stats& list) {
  const Thresholds& limits = state.config->thresholds[high];
  const Gauges& counts = state.gauges[high];
  const std::string prefix =
      fmt::format("{}.circuit_breakers.{}.remaining_", cluster, high ? "high" : "default");
  const auto add = [&](std::string_view name, std::uint64_t value) {
    if (limits.track_remaining) list.emplace_back(fmt::format("{}{}", prefix, name), value, kGauge);
  };
  add("cx", remaining(limits.max_connections, counts.connections));
  add("cx_pools", remaining(limits.max_connection_pools, counts.pools));
  add("pending", remaining(limits.max_pending_requests, counts.pending));
  add("retries", remaining_retries(limits, counts.retries));
  add("rq", remaining(limits.max_requests, counts.requests));
  // Envoy looks only when a count changes, and a limit of 0 keeps all but connections from that.
  const auto add_open = [&](std::string_view name, bool room, bool counted) {
    list.emplace_back(
        fmt::format("{}.circuit_breakers.{}.{}_open", cluster, high ? "high" : "default", name),
        room || !counted ? 0 : 1, kGauge);
  };
  add_open("cx", grants(limits.max_connections, counts.connections),
           state.stats.get(Stat::kCxTotal) > 0);
  add_open("cx_pool", grants(limits.max_connection_pools, counts.pools), counts.pools > 0);
  add_open("rq", grants(limits.max_requests, counts.requests), counts.requests > 0);
  add_open("rq_pending", grants(limits.max_pending_requests, counts.pending), counts.pending > 0);
  add_open("rq_retry", grants(limits.max_retries, counts.retries),
           counts.retries > 0);  // no budget
}

void visit_controller(const std::string& name, const GradientController& controller, Stats& list) {
  list.emplace_back(name + "concurrency_limit", controller.limit(), kGauge);
  list.emplace_back(name + "rq_blocked", controller.blocked());
  list.emplace_back(name + "min_rtt_msecs", controller.min_rtt_us() / 1000, kGauge);
  list.emplace_back(name + "min_rtt_calculation_active", controller.measuring() ? 1 : 0, kGauge);
}

/// What the balancer is made of and what it decided.
void visit_balancer(const std::string& prefix, const ClusterState& state, Stats& list) {
  if (const LbStats* stats = state.lb_stats(); stats != nullptr) {
    for (std::size_t i = 0; i < kLbStats; ++i)
      list.emplace_back(fmt::format("{}.{}", prefix, kLbStatNames[i]), stats->values[i]);
  }
  const auto& table = state.layout->priorities.front().table;
  if (table == nullptr) return;
  if (const lb::MaglevTable* maglev = table->maglev(); maglev != nullptr) {
    list.emplace_back(prefix + ".maglev_lb.min_entries_per_host", maglev->least_slots(), kGauge);
    list.emplace_back(prefix + ".maglev_lb.max_entries_per_host", maglev->most_slots(), kGauge);
  } else if (const lb::Ring* ring = table->ring(); ring != nullptr) {
    std::vector<std::uint64_t> counts(table->entries().size());
    for (const std::uint32_t entry : ring->positions()) ++counts[entry];
    if (counts.empty()) counts.push_back(0);  // nobody stands on it
    const auto [least, most] = std::ranges::minmax_element(counts);
    list.emplace_back(prefix + ".ring_hash_lb.size", ring->size(), kGauge);
    list.emplace_back(prefix + ".ring_hash_lb.min_hashes_per_host", *least, kGauge);
    list.emplace_back(prefix + ".ring_hash_lb.max_hashes_per_host", *most, kGauge);
  }
}

using Sums = std::map<std::string, std::uint64_t>;

void add_responses(const std::string& family, std::uint16_t status, std::uint64_t count,
                   Sums& sums) {
  sums[fmt::format("{}.upstream_rq_{}", family, status)] += count;
  sums[fmt::format("{}.upstream_rq_{}xx", family, status / 100)] += count;
  sums[family + ".upstream_rq_completed"] += count;
}

/// All of them, and those that are told apart: by their callers, their hosts, their fate.
void visit_responses(const std::string& prefix, const Epoch& epoch, const ResponseCounts& counts,
                     Stats& list) {
  Sums sums{{prefix + ".upstream_rq_completed", 0}};
  counts.visit([&](const ResponseKind& kind, std::uint64_t count) {
    if (kind.retried) return add_responses(prefix + ".retry", kind.status, count, sums);
    add_responses(prefix, kind.status, count, sums);
    add_responses(prefix + (kind.internal ? ".internal" : ".external"), kind.status, count, sums);
    if (kind.canary) add_responses(prefix + ".canary", kind.status, count, sums);
    if (kind.zone == 0) return;
    const std::string& to = epoch.zones[kind.zone - 1U];
    add_responses(fmt::format("{}.zone.{}.{}", prefix, epoch.locality.zone, to), kind.status, count,
                  sums);
  });
  for (const auto& [name, count] : sums) list.emplace_back(name, count);
}

void visit_virtual_cluster(const std::string& prefix, const ClusterStats& stats, Stats& list) {
  for (const Stat stat : {Stat::kRqTotal, Stat::kRqTimeout, Stat::kRqRetry, Stat::kRqRetrySuccess,
                          Stat::kRqRetryOverflow, Stat::kRqRetryLimitExceeded})
    list.emplace_back(fmt::format("{}.{}", prefix, to_string(stat)), stats.get(stat));
  Sums sums;
  stats.responses.visit([&](const ResponseKind& kind, std::uint64_t count) {
    add_responses(prefix, kind.status, count, sums);
  });
  for (const auto& [name, count] : sums) list.emplace_back(name, count);
}

void visit_virtual_clusters(const VirtualHost& host, std::span<const ClusterStats> stats,
                            Stats& list) {
  static const ClusterStats nothing;
  const VirtualClusters& clusters = host.virtual_clusters;
  if (clusters.list.empty()) return;
  for (std::size_t i = 0; i <= clusters.list.size(); ++i) {
    const std::string& name = clusters.name(i);
    visit_virtual_cluster(fmt::format("vhost.{}.vcluster.{}", host.name, name),
                          stats.empty() ? nothing : stats[clusters.first + i], list);
  }
}

void visit_cluster(const std::string& prefix, const Epoch& epoch, const ClusterState& state,
                   Stats& list) {
  for (std::size_t i = 0; i < kStats; ++i) {
    const auto stat = static_cast<Stat>(i);
    list.emplace_back(fmt::format("{}.{}", prefix, to_string(stat)), state.stats.get(stat));
  }
  visit_responses(prefix, epoch, state.stats.responses, list);
  Gauges sum;
  for (const Gauges& gauges : state.gauges) {
    sum.connections += gauges.connections;
    sum.pending += gauges.pending;
    sum.requests += gauges.requests;
  }
  list.emplace_back(prefix + ".upstream_cx_active", sum.connections, kGauge);
  list.emplace_back(prefix + ".upstream_rq_active", sum.requests, kGauge);
  list.emplace_back(prefix + ".upstream_rq_pending_active", sum.pending, kGauge);
  for (const bool high : {false, true}) visit_limits(prefix, state, high, list);
  visit_balancer(prefix, state, list);
  std::uint64_t healthy = 0, degraded = 0, excluded = 0;
  for (const Host& host : state.hosts) {
    healthy += host.health.coarse() == CoarseHealth::kHealthy ? 1U : 0U;
    degraded += host.health.coarse() == CoarseHealth::kDegraded ? 1U : 0U;
    excluded += host.health.excluded() ? 1U : 0U;
  }
  list.emplace_back(prefix + ".membership_healthy", healthy, kGauge);
  list.emplace_back(prefix + ".membership_degraded", degraded, kGauge);
  list.emplace_back(prefix + ".membership_excluded", excluded, kGauge);
}

void visit_outliers(const std::string& prefix, const OutlierStats& stats, std::uint32_t active,
                    Stats& list) {
  std::uint64_t enforced = 0;
  for (std::size_t i = 0; i < kDetectors; ++i) {
    const std::string_view name = to_string(static_cast<Detector>(i));
    list.emplace_back(fmt::format("{}.outlier_detection.ejections_detected_{}", prefix, name),
                      stats.detected[i]);
    list.emplace_back(fmt::format("{}.outlier_detection.ejections_enforced_{}", prefix, name),
                      stats.enforced[i]);
    enforced += stats.enforced[i];
  }
  list.emplace_back(prefix + ".outlier_detection.ejections_enforced_total", enforced);
  // Older names of the two, which count what was detected; the second by either origin.
  const auto detected = [&](Detector one) { return stats.detected[static_cast<std::size_t>(one)]; };
  list.emplace_back(prefix + ".outlier_detection.ejections_consecutive_5xx",
                    detected(Detector::kConsecutive5xx));
  list.emplace_back(prefix + ".outlier_detection.ejections_success_rate",
                    detected(Detector::kSuccessRate) + detected(Detector::kLocalOriginSuccessRate));
  list.emplace_back(prefix + ".outlier_detection.ejections_detected_degradation",
                    stats.degradations);
  list.emplace_back(prefix + ".outlier_detection.ejections_total", stats.total);
  list.emplace_back(prefix + ".outlier_detection.ejections_overflow", stats.overflow);
  list.emplace_back(prefix + ".outlier_detection.ejections_active", active, kGauge);
}

void visit_check(const std::string& prefix, const CheckStats& stats, Stats& list) {
  const auto add = [&](std::string_view name, std::uint64_t value,
                       StatKind kind = StatKind::kCounter) {
    list.emplace_back(fmt::format("{}.{}", prefix, name), value, kind);
  };
  add("attempt", stats.attempt);
  add("success", stats.success);
  add("failure", stats.failure);
  add("passive_failure", stats.passive_failure);
  add("network_failure", stats.network_failure);
  add("verify_cluster", stats.verify_cluster);
  add("healthy", stats.healthy, kGauge);
  add("degraded", stats.degraded, kGauge);
}

/// Several have statistics of their own, by their names.
void visit_checks(const std::string& cluster, const CheckedHosts& checked, Stats& list) {
  const std::string prefix = cluster + ".health_check";
  if (checked.checkers.size() == 1) return visit_check(prefix, checked.checkers[0].stats, list);
  list.emplace_back(prefix + ".healthy", checked.healthy, kGauge);
  list.emplace_back(prefix + ".degraded", checked.degraded, kGauge);
  for (const Checker& checker : checked.checkers)
    visit_check(fmt::format("{}.name.{}", prefix, checker.config->name), checker.stats, list);
}

void visit_filters(const Worker& worker, Stats& list) {
  const Configuration& configuration = worker.configuration();
  const FilterStates& states = worker.filters();
  std::map<std::uint32_t, const LocalRateLimitConfig*> limits;  // by number
  for (std::size_t i = 0; i < configuration.filters.size(); ++i) {
    const std::string prefix = "http." + configuration.epoch.listeners[i].stat_prefix;
    const auto note = [&](const FilterChain& chain) {
      for (const FilterStep& step : chain) {
        const auto* limit = std::get_if<LocalRateLimitConfig>(step.config);
        if (limit != nullptr) limits[step.number] = limit;
      }
    };
    bool has_faults = false;
    for (const FilterStep& step : configuration.filters[i].own) {
      if (std::holds_alternative<FaultConfig>(*step.config) && !std::exchange(has_faults, true)) {
        const FaultStats stats = i < states.faults.size() ? states.faults[i] : FaultStats{};
        list.emplace_back(prefix + ".fault.delays_injected", stats.delays_injected);
        list.emplace_back(prefix + ".fault.aborts_injected", stats.aborts_injected);
        list.emplace_back(prefix + ".fault.response_rl_injected", stats.response_rl_injected);
        list.emplace_back(prefix + ".fault.faults_overflow", stats.faults_overflow);
        list.emplace_back(prefix + ".fault.active_faults", stats.active_faults, kGauge);
      }
      if (std::holds_alternative<AdmissionControlConfig>(*step.config)) {
        const bool asked = step.filter < states.rejected.size();
        const SuccessWindow* const window =
            step.number < states.windows.size() ? states.windows[step.number].get() : nullptr;
        const auto recorded = [&](bool good) { return window ? window->recorded(good) : 0; };
        list.emplace_back(prefix + ".admission_control.rq_rejected",
                          asked ? states.rejected[step.filter] : 0);
        list.emplace_back(prefix + ".admission_control.rq_success", recorded(true));
        list.emplace_back(prefix + ".admission_control.rq_failure", recorded(false));
      }
      const std::string name = prefix + ".adaptive_concurrency.gradient_controller.";
      if (step.filter < states.controllers.size() && states.controllers[step.filter] != nullptr) {
        visit_controller(name, *states.controllers[step.filter], list);
      } else if (const auto* own = std::get_if<AdaptiveConcurrencyConfig>(step.config)) {
        visit_controller(name, GradientController(*own, Instant{}), list);  // before the first one
      }
    }
    note(configuration.filters[i].own);
    for (const auto& entries : configuration.filters[i].of_route) {
      for (const FilterChain& chain : entries) note(chain);
    }
  }
  for (const auto& [number, config] : limits) {
    const bool asked = number < states.limiters.size() && states.limiters[number] != nullptr;
    const LocalRateLimitStats stats =
        asked ? states.limiters[number]->stats : LocalRateLimitStats{};
    const std::string prefix = config->stat_prefix + ".http_local_rate_limit.";
    list.emplace_back(prefix + "enabled", stats.enabled);
    list.emplace_back(prefix + "enforced", stats.enforced);
    list.emplace_back(prefix + "rate_limited", stats.rate_limited);
    list.emplace_back(prefix + "ok", stats.ok);
  }
}

/// Those of one name are one, as of filters with the same prefix.
Stats joined(const Stats& all) {
  Stats list;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const NamedStat& stat : all) {
    const auto [place, is_new] = places.emplace(stat.name, list.size());
    if (is_new) {
      list.push_back(stat);
    } else {
      list[place->second].value += stat.value;
    }
  }
  return list;
}

}  // namespace

Stats stats_of(const Worker& worker, const Control& control) {
  Stats list;
  const Epoch& epoch = worker.configuration().epoch;
  for (std::uint32_t i = 0; i < epoch.clusters.size(); ++i) {
    const std::string prefix = "cluster." + epoch.clusters[i].name;
    const ClusterState* const state = worker.cluster(i);
    const lb::ClusterLayout& members =
        state != nullptr ? *state->layout : worker.configuration().layouts[i];
    list.emplace_back(prefix + ".membership_total", members.members, kGauge);
    if (state != nullptr) {
      visit_cluster(prefix, epoch, *state, list);
    } else {  // it has had no request
      visit_cluster(prefix, epoch, ClusterState(worker.configuration(), i, 0), list);
    }
    if (epoch.clusters[i].outlier) {
      const OutlierStats* stats = control.stats(i);
      visit_outliers(prefix, stats == nullptr ? OutlierStats{} : *stats,
                     control.active_ejections(i), list);
    }
    if (const CheckedHosts* checked = control.checked(i); checked != nullptr)
      visit_checks(prefix, *checked, list);
  }
  for (const Listener& listener : epoch.listeners) {
    for (const VirtualHost& host : listener.routes.hosts)
      visit_virtual_clusters(host, worker.virtual_clusters(), list);
  }
  visit_filters(worker, list);
  list.emplace_back("cluster_manager.cluster_updated_via_merge", control.updates_via_merge());
  return joined(list);
}

}  // namespace squall::policies
