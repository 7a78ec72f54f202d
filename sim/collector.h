// Collector: what a run is asked to remember, as it happens.
//
// The shell tells it of requests, tasks, ejections and crashes; it fills RunData and the
// accumulators of queries. Figures are of the measured window [warm-up, duration) by arrival;
// queries have windows of their own. Cost: one histogram record a request at its end, plus one for
// each query that it belongs to.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/control.h"
#include "policies/machine/records.h"
#include "reports/run_data.h"
#include "sim/fates.h"
#include "sim/feeds.h"
#include "sim/healthy_replicas.h"
#include "sim/level.h"
#include "sim/model.h"
#include "sim/records.h"
#include "sim/station.h"

namespace squall::sim {

struct World;
struct Proxy;
struct Pushed;

class Collector {
 public:
  /// Fills `data`, which is empty, with a row for each load, edge, workload and pod of the model.
  /// Where `fates` is given, each request's is told to it.
  Collector(const Model& model, reports::RunData& data, const std::vector<reports::Query>& queries,
            Fates* fates = nullptr);

  void on_load_begun(const Call& call);
  void on_load_request(const Call& call, Instant now);
  void on_edge_request(std::uint32_t edge, const policies::Request& request, Answer answer,
                       std::uint32_t attempts, Instant now);
  void on_task_done(std::uint32_t workload, std::uint32_t pod, const Task& task, Instant now);
  /// The same for what the run ends without an answer to.
  void on_load_unanswered(const Call& call, std::uint32_t edge, std::uint32_t attempts);
  void on_edge_unanswered(std::uint32_t edge, Instant received, std::uint32_t attempts);
  void on_task_unanswered(std::uint32_t workload, std::uint32_t pod, const Task& task);
  void on_wasted(std::uint32_t pod, Duration work, Instant arrived);
  /// In a cache of a pod.
  void on_look_up(std::uint32_t pod, bool hit, Instant now);
  void on_duplicate(const Call& call);
  /// `gave_up`: it had waited for too long; else the queue was full.
  void on_shed(std::uint32_t pod, bool gave_up, Instant now);
  void on_connection(std::uint32_t edge, Instant now);
  void on_connection_end(std::uint32_t edge, Instant now);
  void on_mirrored(std::uint32_t edge, Instant now);
  /// Of a call with a client library, while it is not over.
  void on_client(const Call& call, reports::ClientCount what);
  /// Of connections that a load's users hold.
  void on_held(std::uint32_t load, reports::HeldCount what, Instant now);
  /// One that was sent to a pod's address.
  void on_attempt(std::uint32_t pod, Instant now);
  /// By a proxy, of a host that is a pod or just an address.
  void on_ejection(std::uint32_t proxy, const Target& target, const std::string& address,
                   const policies::EjectionEvent& event);
  /// It forgets whom it has ejected.
  void on_proxy_lost(std::uint32_t proxy, Instant now);
  /// It has other rules now: whom it ejected from clusters that they lack it forgets, too.
  void on_rules(std::uint32_t proxy, const policies::Epoch& rules, Instant now);
  /// A proxy's health checks find that one of its hosts fails, or is well again.
  void on_checked(std::uint32_t proxy, std::uint32_t host, bool well, Instant now);
  /// It has forgotten that one failed.
  void forget_check(std::uint32_t proxy, std::uint32_t host, Instant now);
  void on_fault(std::uint32_t fault, bool begins, Instant now);
  void on_crash(std::uint32_t pod, std::uint32_t ready, Instant now);
  void on_restart(std::uint32_t pod, Instant now);
  /// Whether it is ready now, and how many of its workload's replicas are.
  void on_ready(std::uint32_t pod, bool is, std::uint32_t ready, Instant now);
  void on_start_failed(std::uint32_t pod, Instant now);
  /// Its readiness probe passes now, or has failed.
  void on_probed(std::uint32_t pod, bool passing, Instant now);
  /// Its container is ended as a probe failed.
  void on_killed(std::uint32_t pod, std::string why, Instant now);
  /// `by`: whose decision it is, for the timeline.
  void on_scale(std::uint32_t workload, std::uint32_t from, std::uint32_t to, std::string_view by,
                Instant now);
  /// A replica that is to go, for that.
  void on_scale_in(std::uint32_t pod, Instant now);
  void on_restarting(std::uint32_t workload, Instant now);
  void on_configured(std::uint32_t change, const Pushed& pushed, Instant now);
  /// A connection was cut off for its TLS.
  void on_misfit(std::uint32_t misfit);

  /// Instants at which gauges must be read, ascending: ends of windows.
  const std::vector<Instant>& readings() const { return readings_; }
  void read_gauges(World& world, Instant now);
  /// What a proxy's counters say has happened since the latest reading; also before they go.
  void read_counters(Proxy& proxy);
  /// Nothing more is told: ejections that last to the end get their length, unused rows go.
  void finish(Instant now);

 private:
  bool measured(Instant arrived) const { return arrived >= from_ && arrived < to_; }
  reports::OperationData* operation_of(const Call& call);
  void drop_unused_edges();
  bool avoids(std::uint32_t proxy, std::uint32_t pod) const;
  const Target& target_of(std::uint32_t proxy, std::uint32_t host) const;
  template <class Ended>
  void end_ejections(Instant now, const Ended& ended);
  template <class Ended>
  void forget_ejections(Instant now, const Ended& ended, const std::string& why);
  void happened(Instant at, std::string what, std::string who, std::string why);

  const Model& model_;
  reports::RunData& data_;
  Fates* const fates_;  // null: not wanted
  Feeds feeds_;
  Instant from_, to_;
  std::vector<Instant> readings_;
  std::vector<Station::Areas> last_;           // of each pod at the latest reading
  std::vector<Duration> last_there_;           // likewise: how long it had been there
  std::vector<Level> connected_;               // of each edge
  std::vector<std::uint64_t> last_connected_;  // its area at the latest reading
  std::vector<Level> ready_;                   // of each pod: 1 while it is ready
  std::vector<std::uint64_t> last_ready_;      // its area at the latest reading
  std::optional<HealthyReplicas> healthy_;     // absent: nobody asks
  Instant last_reading_{};
  std::vector<std::uint8_t> told_misfits_;
  std::vector<std::uint8_t> pod_has_feed_;
  std::vector<std::uint64_t> served_;  // by pod, measured
  struct OpenEjection {
    std::uint32_t proxy, host;  // of the epoch's numbers: a pod is one host a port and subset
    const std::string* who;     // the pod's name or the address
    std::uint32_t pod;          // none: an address
    std::size_t row;            // of the pod's ejections
  };
  std::vector<OpenEjection> open_;
  struct FailedCheck {
    std::uint32_t proxy, host, pod;
  };
  std::vector<FailedCheck> failed_checks_;
};

}  // namespace squall::sim
