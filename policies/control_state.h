// What Control remembers of one cluster, what it counts, and what it tells of.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "policies/cluster_config.h"
#include "policies/health_check.h"
#include "policies/lb/layout.h"
#include "policies/outlier_sweep.h"

namespace squall::policies {

/// One entry of the ejection event log.
struct EjectionEvent {
  Instant at{};
  std::uint32_t host = 0;
  Ejection outcome = Ejection::kEjected;
  Detector cause = Detector::kConsecutive5xx;
  SweepFigures figures{};  // of a detector that compares hosts
};

/// One entry of the health check event log.
struct HealthCheckEvent {
  enum class Kind : std::uint8_t {
    kAddHealthy,
    kEjectUnhealthy,
    kFailure,  // of a first check, or of any when all are logged
    kSuccess,  // when all are logged
    kDegraded,
    kNoLongerDegraded,
  };
  Instant at{};
  std::uint32_t host = 0, checker = 0;
  Kind kind = Kind::kAddHealthy;
  CheckOutcome outcome = CheckOutcome::kSuccess;
  std::uint16_t status = 0;  // of an HTTP answer
  bool first = false;
};

struct OutlierStats {
  std::uint32_t detected[kDetectors] = {}, enforced[kDetectors] = {};
  std::uint32_t overflow = 0, degradations = 0;
  std::uint32_t total = 0;  // by consecutive_5xx and success_rate within the cap, enforced or not
};

struct CheckStats {
  std::uint64_t attempt = 0, success = 0, failure = 0, passive_failure = 0, network_failure = 0;
  std::uint64_t verify_cluster = 0;
  std::uint32_t healthy = 0, degraded = 0;  // hosts now
};

/// One of a cluster's checks, and the hosts that it asks.
struct Checker {
  const HealthCheck* config = nullptr;
  std::vector<CheckState> states;  // by host
  CheckStats stats;
};
/// Of a cluster whose hosts' health is checked.
struct CheckedHosts {
  explicit CheckedHosts(const ClusterConfig& cluster)
      : last_pass(cluster.hosts.size(), PublishedHosts::kNeverPassed) {
    for (const HealthCheck& check : cluster.health_checks)
      checkers.push_back({&check, std::vector<CheckState>(cluster.hosts.size()), {}});
  }

  std::vector<Checker> checkers;
  std::uint32_t awaited = 0;                // results before balancing gets the cluster
  bool had_traffic = false;                 // some worker ever opened a connection to it
  std::vector<Instant> last_pass;           // when a host that counted as failed passed
  std::uint32_t healthy = 0, degraded = 0;  // hosts now, for all checks
};

/// What an attempt set off, to be acted on at the turn's end.
struct ControlTrigger {
  enum class Kind : std::uint8_t { kOutlier, kDegraded, kPassiveFailure };
  std::uint32_t host;
  Kind kind = Kind::kOutlier;
  Detector detector = Detector::kConsecutive5xx;
};

struct ControlCluster {
  ControlCluster(const ClusterConfig& cluster, std::uint32_t first)
      : config(&cluster), first_host(first) {
    if (!cluster.health_checks.empty()) checked = std::make_unique<CheckedHosts>(cluster);
    for (const HostConfig& host : cluster.hosts) flags.emplace_back(host.health);
  }
  bool has(std::uint32_t host) const { return members == nullptr || members->has(host); }

  static constexpr Instant kNeverYet = at_ns(std::numeric_limits<std::int64_t>::min() / 2);

  const ClusterConfig* config;
  std::uint32_t first_host;
  Instant began{};                             // its sweeps keep to the grid from then
  const lb::ClusterLayout* members = nullptr;  // null: as configured
  std::vector<HealthFlags> flags, published;
  Instant published_at{};
  Instant last_update = kNeverYet;
  bool update_waits = false;
  // Outlier detection; `monitors` is empty until the first result.
  OutlierCluster outlier;
  std::vector<HostMonitor> monitors;
  std::vector<DegradedMonitor> degraded;        // with detect_degraded_hosts
  std::unique_ptr<OutlierStats> outlier_stats;  // null: nothing was ever detected
  std::unique_ptr<SweptRates> rates;            // null: no sweep yet, or not Epoch::counts_hosts
  std::unique_ptr<CheckedHosts> checked;        // null: no health checks
};

}  // namespace squall::policies
