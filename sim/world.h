// World: one run of a Model: pods, proxies, loads and faults, driven by the engine.
//
// The simulator's shell around the policies: it brings events to workers and carries out their
// commands. What a run holds stands here; its parts act on it, each with what only it needs.
// Cost: four engine events a hop (bench `Mesh/Chain10`); no allocation once all has been used once.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/base/ids.h"
#include "sim/applications.h"
#include "sim/autoscalers.h"
#include "sim/carried.h"
#include "sim/certificates.h"
#include "sim/clients.h"
#include "sim/collector.h"
#include "sim/control_plane.h"
#include "sim/dns.h"
#include "sim/endpoints.h"
#include "sim/engine.h"
#include "sim/faults.h"
#include "sim/fetch_ahead.h"
#include "sim/health_checks.h"
#include "sim/held_connections.h"
#include "sim/lifecycle.h"
#include "sim/loads.h"
#include "sim/model.h"
#include "sim/network.h"
#include "sim/pod.h"
#include "sim/probes.h"
#include "sim/proxy.h"
#include "sim/ready_endpoints.h"
#include "sim/records.h"
#include "sim/sidecar_costs.h"
#include "sim/sidecars.h"
#include "sim/trace.h"
#include "sim/transport.h"

namespace squall::sim {

struct World {
  World(const Model& run_of, std::uint64_t run_seed, Collector& hears, decisions::LogWriter* log);
  World(const World&) = delete;  // its parts refer to it
  World& operator=(const World&) = delete;

  /// Runs the load, then what is still under way, at most ten minutes longer; to `until` at the
  /// most, and `most` events.
  Engine::Stop run(Instant until, std::uint64_t most) { return engine.run(*this, until, most); }
  /// Requests of loads and workloads that are not over.
  std::uint32_t under_way() const { return calls.live(); }
  /// Whether a pod can serve, and service discovery says so.
  bool is_ready(std::uint32_t pod) const {
    return pods[pod].pod_up && pods[pod].application_up && endpoints.has(pod);
  }
  std::uint32_t ready_pods(std::uint32_t workload) const;
  std::pair<const Proxy*, std::uint32_t> decider_of(const Call& call) const;
  /// Whether a pod takes connections, those of its sidecar or its application's own.
  bool listens(std::uint32_t pod, bool at_sidecar) const {
    return pods[pod].pod_up && (at_sidecar ? pods[pod].sidecar_up : pods[pod].application_up);
  }
  /// From now on.
  void set_up(std::uint32_t pod, bool pod_up, bool application_up);
  /// The collector hears of what is under way still; no more is to run.
  void tell_unanswered();

  // The engine's handler.
  int soon_steps() const { return steps_ahead; }
  void soon(const Event& event, int step) const;
  void on_event(const Event& event);
  void on_turn_end(std::uint32_t proxy) { sidecars.on_turn_end(proxy); }

  const Model& model;
  const std::uint64_t seed;
  HeadTable heads;  // those of the model, and what routes made of them
  Collector& collector;
  decisions::LogWriter* decisions;  // null: not recorded
  Trace* trace = nullptr;           // null: nothing is
  Engine engine;
  std::vector<Pod> pods;
  std::vector<std::unique_ptr<Proxy>> proxies;
  Slab<Call> calls;
  Slab<Stream> streams;
  Beside<Carried> carried;               // by call
  Beside<Watched> watched;               // by stream
  int steps_ahead = 0;                   // of FetchAhead
  std::uint32_t most_under_way = kNone;  // run() returns when there are more

  Network network{*this};
  Sidecars sidecars{*this};
  SidecarCosts sidecar_costs{*this};
  Transport transport{*this};
  Applications applications{*this};
  Clients clients{*this};
  HeldConnections held{*this};
  Loads loads{*this};
  Faults faults{*this};
  Certificates certificates{*this};
  Dns dns{*this};
  Endpoints endpoints{*this};
  ReadyEndpoints ready_endpoints{*this};
  ControlPlane control_plane{*this};
  Lifecycle lifecycle{*this};
  Probes probes{*this};
  HealthChecks health_checks{*this};
  Autoscalers autoscalers{*this};
};

}  // namespace squall::sim
