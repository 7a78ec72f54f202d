// The sweep of outlier detection: which ejections end now, and which hosts stand out below the
// others?
//
// Runs once an interval over all hosts of a cluster, in index order, in which the cap on ejections
// bites first (Envoy leaves the order open). A host that both success rate and failure percentage
// find is ejected twice, as by Envoy: for longer, and the cap counts it twice, of which its return
// takes back one. Source: as outlier.h. Cost: linear in the hosts.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policies/outlier.h"

namespace squall::policies {

/// What is remembered of a host that says itself that it is degraded (detect_degraded_hosts).
struct DegradedMonitor {
  bool marked = false;
  std::uint32_t marks = 0;       // so far
  std::uint32_t multiplier = 0;  // of the base ejection time, for which it stays marked
  Instant since{};               // marked; else: not any more
};
/// False: it was marked already. `jitter`: 64 drawn bits.
bool mark_degraded(const OutlierDetection& config, DegradedMonitor& host, std::uint64_t jitter,
                   Instant now);
/// In a sweep; true: its time is over.
bool sweep_degraded(const OutlierDetection& config, DegradedMonitor& host, Instant now);

/// What a sweep saw when it found a host, in percent; without a threshold there is no mean.
struct SweepFigures {
  double success_rate = 0, mean = 0, threshold = 0;
};
struct SweepChange {
  std::uint32_t host = 0;  // index into the monitors
  Ejection outcome = Ejection::kUnejected;
  Detector cause = Detector::kConsecutive5xx;  // not for kUnejected
  SweepFigures figures{};                      // likewise
};

/// Steps of a sweep, in order; each appends to `changes`.
void end_ejections(const OutlierDetection& config, OutlierCluster& cluster,
                   std::span<HostMonitor> hosts, Instant now, std::vector<SweepChange>& changes);
/// Below which success rate, in percent, a host stands out; none: there are too few hosts to say.
struct SuccessRateThreshold {
  double mean = 0, threshold = 0;
};
std::optional<SuccessRateThreshold> success_rate_threshold(const OutlierDetection& config,
                                                           std::span<const HostMonitor> hosts,
                                                           bool local_origin);
/// What the latest sweep saw, in percent; -1: too little to say. For an admin page.
struct SweptRates {
  struct Host {
    double external = -1, local = -1;
  };
  std::vector<Host> hosts;
  SuccessRateThreshold external{-1, -1}, local{-1, -1};
};
void note_rates(const OutlierDetection& config, std::span<const HostMonitor> hosts,
                SweptRates& rates);
/// Suspects by success rate, then by failure percentage; `outcome` is kIgnored until somebody acts
/// on it.
void find_outliers(const OutlierDetection& config, std::span<const HostMonitor> hosts,
                   bool local_origin, std::vector<SweepChange>& changes);
/// Who has not been ejected for an interval is trusted more; counts begin anew.
void begin_interval(const OutlierDetection& config, std::span<HostMonitor> hosts, Instant now);

/// The whole sweep, hosts in index order. `draws(index, host)` gives that host's EjectionDraws;
/// `rates` may be null.
template <class Draws>
void sweep(const OutlierDetection& config, OutlierCluster& cluster, std::span<HostMonitor> hosts,
           Instant now, const Draws& draws, std::vector<SweepChange>& changes,
           SweptRates* rates = nullptr) {
  end_ejections(config, cluster, hosts, now, changes);
  if (rates != nullptr) note_rates(config, hosts, *rates);
  for (const bool local_origin : {false, true}) {
    std::size_t i = changes.size();
    find_outliers(config, hosts, local_origin, changes);
    for (; i < changes.size(); ++i) {
      SweepChange& change = changes[i];
      HostMonitor& host = hosts[change.host];
      change.outcome =
          try_eject(config, cluster, host, change.cause, now, draws(change.host, host));
    }
  }
  begin_interval(config, hosts, now);
}

}  // namespace squall::policies
