// Control: what one proxy knows of its hosts' health beyond a single worker: which are ejected,
// until when, which pass their health checks, and when balancing gets to feel it.
//
// Outcomes of attempts and of checks come in; what an attempt sets off is acted on at the end of
// the turn; sweeps, checks and the update merge window are timers. Commands: kSetHealth (flags
// changed; drain the host's pools if `end`), kPublish (balancing now sees the flags of this
// cluster: hand published() to each worker), kSendCheck and kEndCheck (a host's health check), kArm
// and kCancel. State exists only for clusters that have had a result or have checks, whose first
// ones are commanded from the start. Source: envoy's outlier_detection_impl,
// health_checker_base_impl and cluster_manager_impl (docs/policies.md, "Outlier detection" and
// "Health checks"). Cost: a success is four stores; a sweep is linear in the hosts of a cluster.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "policies/base/prefetch.h"
#include "policies/control_state.h"
#include "policies/machine/command.h"
#include "policies/machine/configuration.h"

namespace squall::policies {

class Control {
 public:
  /// `random`: the proxy's own 64 bits; `start`: when the proxy began, the origin of its sweeps.
  Control(const Configuration& configuration, std::uint64_t random, Instant start);

  /// `host` is one of `cluster`.
  void on_host_result(std::uint32_t cluster, std::uint32_t host, HostResult result,
                      std::uint32_t code, Instant now);
  /// The whole answer to a host's HTTP check is there; `body_matches`: it has what was to be
  /// received. `check`: its number (Epoch::check_at).
  void on_check_response(std::uint32_t check, const ResponseHead& head, bool body_matches,
                         Instant now);
  /// Any other end of a check, or a connection that broke between two.
  void on_check_result(std::uint32_t check, CheckOutcome outcome, Instant now);
  /// Hosts of a cluster have come or gone (Configuration::layout_without). What was known of who is
  /// gone is forgotten; who comes is in the health that discovery says, or passes checks first.
  void on_hosts(std::uint32_t cluster, const lb::ClusterLayout& members, Instant now);
  /// Another configuration with the same clusters (alike.h), which outlives this.
  void on_config(const Configuration& next, Instant now);
  /// `owner`: the cluster; of the checks' timers the check.
  void on_timer(TimerKind kind, std::uint32_t owner, Instant now);
  void on_turn_end(Instant now);
  bool wants_turn_end() const { return !triggers_.empty(); }

  bool has_command() const { return !commands_.empty(); }
  /// Whether there is a command, an event, or a turn's end to ask for.
  bool has_news() const { return has_command() || wants_turn_end() || has_events(); }
  Command next_command() { return commands_.pop(); }
  CommandList& commands() { return commands_; }
  const Configuration& configuration() const { return *configuration_; }

  /// Whether each cluster with checks has had a first result of all its hosts; no request before.
  bool ready() const { return unready_ == 0; }
  /// Flags as they are now; empty while nothing ever happened to the cluster.
  std::span<const HealthFlags> flags(std::uint32_t cluster) const;
  /// Flags as balancing shall see them since the last kPublish.
  PublishedHosts published(std::uint32_t cluster) const;
  /// When each host last passed a check while it counted as failed, for slow start; empty without
  /// checks.
  std::span<const Instant> last_passes(std::uint32_t cluster) const;
  /// Null while the cluster has had no result, or no check.
  const OutlierStats* stats(std::uint32_t cluster) const;
  const CheckedHosts* checked(std::uint32_t cluster) const;
  std::uint32_t active_ejections(std::uint32_t cluster) const;
  /// Null before the first sweep, and where Epoch::counts_hosts is not asked for.
  const SweptRates* rates(std::uint32_t cluster) const {
    return states_[cluster] == nullptr ? nullptr : states_[cluster]->rates.get();
  }
  /// A hint: the host's on_host_result() comes before long.
  void fetch_host(std::uint32_t cluster, std::uint32_t host) const {
    const State* state = states_[cluster].get();
    if (state != nullptr && !state->monitors.empty())
      prefetch(&state->monitors[host - state->first_host]);
  }
  std::uint64_t updates_via_merge() const { return updates_via_merge_; }
  /// What happened since clear_events(); the shell that reports it empties them.
  bool has_events() const { return !events_.empty() || !check_events_.empty(); }
  std::span<const EjectionEvent> events() const { return events_; }
  std::span<const HealthCheckEvent> check_events() const { return check_events_; }
  void clear_events() {
    events_.clear();
    check_events_.clear();
  }

 private:
  using State = ControlCluster;
  using Trigger = ControlTrigger;

  State& use(std::uint32_t cluster) {
    if (states_[cluster] == nullptr) [[unlikely]]
      make_state(cluster);
    return *states_[cluster];
  }
  void make_state(std::uint32_t cluster);
  void forget(State& state, std::uint32_t local), stop_checks(State& state, std::uint32_t local);
  void welcome(State& state, std::uint32_t local, Instant now);
  void watch_outliers(State& state, std::uint32_t cluster, Instant now);
  void on_notice(State& state, std::uint32_t host, HostResult result);
  std::uint64_t host_random(std::uint32_t cluster, std::uint32_t local) const;
  EjectionDraws draws(std::uint32_t cluster, std::uint32_t local, const HostMonitor& monitor) const;
  void note(State& state, const SweepChange& change, Instant now);
  void set_flag(State& state, std::uint32_t local, HealthFlag flag, bool on, bool drain);
  void eject(State& state, std::uint32_t cluster, std::uint32_t local, Detector cause, Instant now);
  void mark(State& state, std::uint32_t cluster, std::uint32_t local, Instant now);
  void publish_or_wait(State& state, std::uint32_t cluster, Instant now);
  void publish(State& state, std::uint32_t cluster, Instant now);
  void on_sweep(State& state, std::uint32_t cluster, Instant now);
  void arm(TimerKind kind, std::uint32_t owner, Instant deadline);
  void cancel(TimerKind kind, std::uint32_t owner);
  // control_checks.cc
  struct CheckPlace {
    State& state;
    Checker& checker;
    CheckState& check;
    std::uint32_t number, cluster, local;  // the check's; the host's in its cluster
  };
  CheckPlace place_of(std::uint32_t check);
  void start_checks(std::uint32_t cluster, Instant now);
  void await_checks(State& state, std::uint32_t local);
  void get_ready(State& state, std::uint32_t cluster, Instant now);
  void start_check(State& state, std::uint32_t local, std::uint32_t checker, Instant now);
  void send_check(std::uint32_t check, Instant now);
  void end_check(const CheckPlace& at, CheckResult result, Instant now);
  CheckTransition conclude(const CheckPlace& at, CheckResult result, Instant now);
  bool see(const CheckPlace& at, CheckTransition transition);
  void fail_passively(State& state, std::uint32_t host, Instant now);
  void note_check(const CheckPlace& at, HealthFlags before, bool first, CheckResult result,
                  Instant now);
  void recover(State& state, std::uint32_t cluster, std::uint32_t local, Instant now);

  CommandList commands_;
  std::vector<Trigger> triggers_;
  std::vector<EjectionEvent> events_;
  std::vector<HealthCheckEvent> check_events_;
  std::vector<std::unique_ptr<State>> states_;
  std::vector<const lb::ClusterLayout*> members_;  // by cluster, once hosts have come or gone
  const Configuration* configuration_;
  std::uint64_t random_;
  Instant start_;
  std::uint32_t unready_ = 0;  // clusters
  std::vector<Trigger> triggers_now_;
  std::vector<SweepChange> changes_;
  std::uint64_t updates_via_merge_ = 0;
};

}  // namespace squall::policies
