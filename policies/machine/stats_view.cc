#include "policies/machine/stats_view.h"

#include <map>

#include <fmt/format.h>

namespace squall::policies {
namespace {

using Visit = std::function<void(const std::string& name, std::uint64_t value)>;

void visit_cluster(const std::string& prefix, const ClusterState& state, const Visit& visit) {
  for (std::size_t i = 0; i < kStats; ++i) {
    const auto stat = static_cast<Stat>(i);
    visit(fmt::format("{}.{}", prefix, to_string(stat)), state.stats.get(stat));
  }
  std::map<std::string, std::uint64_t> responses;
  std::uint64_t completed = 0;
  for (const auto& [status, count] : state.stats.responses) {
    responses[fmt::format("{}.upstream_rq_{}", prefix, status)] += count;
    responses[fmt::format("{}.upstream_rq_{}xx", prefix, status / 100)] += count;
    completed += count;
  }
  visit(prefix + ".upstream_rq_completed", completed);
  for (const auto& [name, count] : responses) visit(name, count);
  Gauges sum;
  for (const Gauges& gauges : state.gauges) {
    sum.connections += gauges.connections;
    sum.pending += gauges.pending;
    sum.requests += gauges.requests;
  }
  visit(prefix + ".upstream_cx_active", sum.connections);
  visit(prefix + ".upstream_rq_active", sum.requests);
  visit(prefix + ".upstream_rq_pending_active", sum.pending);
  std::uint64_t healthy = 0;
  for (const Host& host : state.hosts)
    healthy += host.health.coarse() == CoarseHealth::kHealthy ? 1U : 0U;
  visit(prefix + ".membership_healthy", healthy);
}

void visit_outliers(const std::string& prefix, const OutlierStats& stats, std::uint32_t active,
                    const Visit& visit) {
  std::uint64_t enforced = 0;
  for (std::size_t i = 0; i < kDetectors; ++i) {
    const std::string_view name = to_string(static_cast<Detector>(i));
    visit(fmt::format("{}.outlier_detection.ejections_detected_{}", prefix, name),
          stats.detected[i]);
    visit(fmt::format("{}.outlier_detection.ejections_enforced_{}", prefix, name),
          stats.enforced[i]);
    enforced += stats.enforced[i];
  }
  visit(prefix + ".outlier_detection.ejections_enforced_total", enforced);
  visit(prefix + ".outlier_detection.ejections_overflow", stats.overflow);
  visit(prefix + ".outlier_detection.ejections_active", active);
}

}  // namespace

void visit_stats(const Worker& worker, const Control& control, const Visit& visit) {
  const Epoch& epoch = worker.configuration().epoch;
  for (std::uint32_t i = 0; i < epoch.clusters.size(); ++i) {
    const std::string prefix = "cluster." + epoch.clusters[i].name;
    visit(prefix + ".membership_total", epoch.clusters[i].hosts.size());
    if (const ClusterState* state = worker.cluster(i); state != nullptr)
      visit_cluster(prefix, *state, visit);
    if (const OutlierStats* stats = control.stats(i); stats != nullptr) {
      visit_outliers(prefix, *stats, control.active_ejections(i), visit);
    }
  }
  visit("cluster_manager.cluster_updated_via_merge", control.updates_via_merge());
}

}  // namespace squall::policies
