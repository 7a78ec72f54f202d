// RunData: what one run (or several, merged) found, before it is rounded into a report.
//
// Plain figures that the simulator fills while it goes; all of the measured window, which is the
// duration without the warm-up. Kept as sums, areas (level x nanoseconds) and histograms, so that
// merging seeds loses nothing. A request counts where it arrived. Loads, edges, workloads and
// endpoints stand in the order in which the report shall print them, so never in one that memory or
// threads decide. Cost: an edge or workload with traffic is 45 KiB, most of it its Histogram;
// without traffic 5 KiB.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/base/time.h"
#include "reports/client_use.h"
#include "reports/counts.h"
#include "reports/expectation_result.h"
#include "reports/histogram.h"
#include "reports/outcomes.h"
#include "reports/query.h"
#include "reports/series.h"

namespace squall::reports {

struct LoadData {
  std::string name{};
  bool closed = false;
  std::uint64_t attempts = 0;      // by the load's own proxy
  std::uint64_t good_answers = 0;  // with status < 500, counted when answered: goodput
  Outcomes outcomes{};
  Series series{};                          // over the whole duration, the warm-up included
  std::optional<ClientUse> client{};        // absent: it has no client library
  std::vector<OperationData> operations{};  // of its mix; empty: it has none
  std::optional<std::array<std::uint64_t, 3>> held{};  // by HeldCount; absent: users hold none
};

enum class Limit : std::uint8_t { kConnections, kPending, kRequests, kRetries };

/// From a workload to the endpoints of a service (of one subset). Attempts, retries and so on are
/// of all the source's replicas together. Requests that never found a destination stand under
/// destination "".
struct EdgeData {
  std::string source{};
  std::string service{};
  std::string subset{};
  std::string destination{};
  std::uint64_t duplicates = 0;
  std::uint64_t hedges = 0, mirrored = 0;
  std::uint64_t ejections = 0, refused_ejections = 0;  // the second: too many hosts were out
  std::uint64_t panics = 0;  // picks among all hosts, as too few were healthy
  std::uint64_t connections_opened = 0;
  std::array<std::uint64_t, 4> overflows{};  // by Limit
  std::uint64_t attempts = 0;
  std::uint64_t retries = 0;
  Outcomes outcomes{};

  std::uint64_t& overflow(Limit limit) { return overflows[static_cast<std::size_t>(limit)]; }
};

/// Replicas in the measured window, of a workload with an autoscaler.
struct ScalingData {
  std::uint32_t replicas_min = 0, replicas_max = 0;  // that were wanted
  std::uint64_t scale_ins = 0, scale_outs = 0;       // that were taken away; added
};

struct WorkloadData {
  std::string name{};
  std::uint32_t replicas = 0;
  std::uint32_t ready_min = 0;
  std::uint64_t requests = 0;
  std::uint64_t unanswered = 0;         // of these
  std::uint64_t shed = 0, gave_up = 0;  // the second: of these, waited for too long
  std::uint64_t restarts = 0;
  std::uint64_t queue_max = 0;
  Duration wasted{};         // work done for clients that had left
  double busy_area = 0;      // slots or cores in use, x ns
  double capacity_area = 0;  // slots or cores there; 0: no limit, so no utilization
  double queue_area = 0;
  double in_service_area = 0;
  double in_system_area = 0;
  Histogram latency{};                // in the replica, waiting included
  std::optional<ClientUse> client{};  // of its calls to others; absent: none has a client library
  std::optional<ScalingData> scaling{};
};

struct EjectionData {
  std::string by{};  // the pod whose sidecar ejected it
  Instant at{};
  Duration lasts{};     // until it was taken back, or the end of the run
  std::string cause{};  // consecutive_5xx, consecutive_gateway_failure, success_rate, ...
};

struct EndpointData {
  std::string pod{};
  std::uint64_t requests = 0;
  std::vector<EjectionData> ejections{};
};

struct HappeningData {
  Instant at{};
  std::string what{};  // ejected, returned, fault, fault_end, crashed, restarted
  std::string who{};
  std::string why{};
};

struct RunData {
  std::string scenario{};
  std::uint64_t seed = 0;  // the first, of merged runs
  Duration duration{};     // of load, the warm-up included
  Duration warmup{};
  Duration measured{};  // the figures' window, summed over merged runs; shorter if interrupted
  bool interrupted = false;
  std::uint64_t events = 0;
  std::vector<LoadData> loads{};
  std::vector<EdgeData> edges{};
  std::vector<WorkloadData> workloads{};
  std::vector<EndpointData> endpoints{};  // ejections: of the first run
  std::vector<HappeningData> timeline{};  // in order; of the first run
  std::vector<std::string> flag_names{};  // by the number that stands for a flag in packed lists
  std::vector<std::string> notes{};
  std::vector<std::string> causes{};  // what in the configuration made calls fail
  std::vector<Answer> answers{};      // to the queries that the run was given, in their order
  std::vector<ExpectationResult> expectations{};  // judged on the answers, by whoever asked
  std::vector<RunVerdict> runs{};                 // one for each seed
};

}  // namespace squall::reports
