// A cluster's outlier detection, driven as a proxy's Control drives it.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/outlier_sweep.h"

namespace squall::policies {

/// Draws are all 0 unless a test gives some.
struct Detection {
  explicit Detection(std::uint32_t hosts) : monitors(hosts) { cluster.host_count = hosts; }

  std::vector<Ejection> act(HostMonitor& host, Triggers triggers, Instant now) {
    std::vector<Ejection> outcomes;
    const auto one = [&](bool set, Detector cause) {
      if (set) outcomes.push_back(on_trigger(config, cluster, host, cause, now, {}));
    };
    one(triggers.gateway_failure, Detector::kConsecutiveGatewayFailure);
    one(triggers.any_5xx, Detector::kConsecutive5xx);
    one(triggers.local_origin, Detector::kConsecutiveLocalOriginFailure);
    return outcomes;
  }
  std::vector<Ejection> code(std::uint32_t host, std::uint32_t code, Instant now = {}) {
    return act(monitors[host], on_external_code(config, monitors[host], code), now);
  }
  std::vector<Ejection> result(std::uint32_t host, HostResult what, std::uint32_t code = 0) {
    return act(monitors[host], on_result(config, monitors[host], what, code), {});
  }
  std::vector<SweepChange> sweep_at(Instant now, EjectionDraws draws = {}) {
    std::vector<SweepChange> changes;
    sweep(
        config, cluster, monitors, now, [&](std::uint32_t, const HostMonitor&) { return draws; },
        changes);
    return changes;
  }
  Ejection eject(std::uint32_t host, Instant now = {}, EjectionDraws draws = {},
                 Detector cause = Detector::kConsecutive5xx) {
    return try_eject(config, cluster, monitors[host], cause, now, draws);
  }

  OutlierDetection config;
  OutlierCluster cluster;
  std::vector<HostMonitor> monitors;
};

inline Instant ms(std::int64_t value) { return Instant(std::chrono::milliseconds(value)); }

}  // namespace squall::policies
