// Control: what one proxy knows of its hosts' health beyond a single worker: which are ejected,
// until when, and when balancing gets to feel it.
//
// Outcomes of attempts come in (on_host_result), a trigger is acted on at the end of the turn,
// sweeps and the update merge window are timers. Commands: kSetHealth (flags changed; drain the
// host's pools if `end`), kPublish (balancing now sees the flags of this cluster: hand published()
// to each worker), kArm. State exists only for clusters that have had a result. Source: envoy's
// outlier_detection_impl and cluster_manager_impl (docs/policies.md, "Outlier detection"). Cost: a
// success is four stores; a sweep is linear in the hosts of a cluster.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policies/base/prefetch.h"
#include "policies/health.h"
#include "policies/machine/command.h"
#include "policies/machine/configuration.h"
#include "policies/outlier.h"
#include "policies/outlier_sweep.h"

namespace squall::policies {

/// One entry of the ejection event log.
struct EjectionEvent {
  Instant at{};
  std::uint32_t host = 0;
  Ejection outcome = Ejection::kEjected;
  Detector cause = Detector::kConsecutive5xx;
};

struct OutlierStats {
  std::uint32_t detected[kDetectors] = {}, enforced[kDetectors] = {};
  std::uint32_t overflow = 0;
};

class Control {
 public:
  /// `random`: the proxy's own 64 bits; `start`: when the proxy began, the origin of its sweeps.
  Control(const Configuration& configuration, std::uint64_t random, Instant start);

  /// `host` is one of `cluster`.
  void on_host_result(std::uint32_t cluster, std::uint32_t host, HostResult result,
                      std::uint32_t code, Instant now);
  void on_timer(TimerKind kind, std::uint32_t cluster, Instant now);
  void on_turn_end(Instant now);
  bool wants_turn_end() const { return !triggers_.empty(); }

  bool has_command() const { return !commands_.empty(); }
  /// Whether there is a command, an event, or a turn's end to ask for.
  bool has_news() const { return has_command() || wants_turn_end() || !events_.empty(); }
  Command next_command() { return commands_.pop(); }

  /// Flags as they are now; empty while nothing ever happened to the cluster.
  std::span<const HealthFlags> flags(std::uint32_t cluster) const;
  /// Flags as balancing shall see them since the last kPublish.
  std::span<const HealthFlags> published(std::uint32_t cluster) const;
  /// Null while the cluster has had no result.
  const OutlierStats* stats(std::uint32_t cluster) const;
  std::uint32_t active_ejections(std::uint32_t cluster) const;
  /// A hint: the host's on_host_result() comes before long.
  void fetch_host(std::uint32_t cluster, std::uint32_t host) const {
    if (const State* state = states_[cluster].get(); state != nullptr)
      prefetch(&state->monitors[host - state->first_host]);
  }
  std::uint64_t updates_via_merge() const { return updates_via_merge_; }
  /// What happened since clear_events(); the shell that reports ejections empties it.
  std::span<const EjectionEvent> events() const { return events_; }
  void clear_events() { events_.clear(); }

 private:
  struct State {
    const ClusterConfig* config = nullptr;
    std::uint32_t first_host = 0;
    OutlierCluster outlier;
    std::vector<HostMonitor> monitors;
    std::vector<HealthFlags> flags, published;
    OutlierStats stats;
    Instant last_update = at_ns(std::numeric_limits<std::int64_t>::min() / 2);
    bool update_waits = false;
  };
  struct Trigger {
    std::uint32_t host;
    Detector detector;
  };

  State& use(std::uint32_t cluster, Instant now);
  EjectionDraws draws(std::uint32_t cluster, std::uint32_t local, const HostMonitor& monitor) const;
  void note(State& state, std::uint32_t cluster, std::uint32_t local, Detector cause,
            Ejection outcome, Instant now);
  void set_ejected(State& state, std::uint32_t cluster, std::uint32_t local, bool ejected);
  void publish_or_wait(State& state, std::uint32_t cluster, Instant now);
  void publish(State& state, std::uint32_t cluster, Instant now);
  void on_sweep(State& state, std::uint32_t cluster, Instant now);
  void arm(TimerKind kind, std::uint32_t cluster, Instant deadline);

  CommandList commands_;
  std::vector<Trigger> triggers_;
  std::vector<EjectionEvent> events_;
  std::vector<std::unique_ptr<State>> states_;
  const Configuration& configuration_;
  std::uint64_t random_;
  Instant start_;
  std::vector<Trigger> triggers_now_;
  std::vector<SweepChange> changes_;
  std::uint64_t updates_via_merge_ = 0;
};

}  // namespace squall::policies
