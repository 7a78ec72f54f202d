// Pod: one replica in a run, and the kinds of events that concern it and the rest of the world.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/model.h"
#include "sim/station.h"

namespace squall::sim {

enum class EventKind : std::uint8_t {
  kArrive,      // b: stream: its head reaches the server
  kReply,       // b: stream: its answer reaches the client
  kClientLeft,  // b: stream: the server learns that the client has gone
  kCallDone,    // b: call: the answer reaches who asked
  kHandshake,   // a connection's round trips are over
  kConnected,
  kRefused,
  kConnectionClosed,  // a: proxy, b: connection, small: its generation
  kWork,              // a: pod, b: task: own work has ended
  kTimer,             // a: proxy, b: owner, flags: policies::TimerKind
  kLoad,              // b: load: a request arrives
  kUser,              // a: load, b: user: thinks no more
  kFaultStart,
  kFaultEnd,       // b: fault
  kRestart,        // a: which of its crashes, b: pod
  kQueueTimeout,   // b: pod: somebody may have waited for too long
  kLifecycle,      // flags: Lifecycle's step, a: of which start of the pod, b: pod; or a change
  kProbe,          // flags: Probes' step, a: of which life of the container, b: which
  kPush,           // a: proxy: it learns of the endpoints, b: as so many changes left them
  kPushRules,      // a: proxy: it gets its rules, b: of the mesh's epoch
  kDeadline,       // a: generation, b: stream: whose task waits for calls
  kClientTimer,    // a: which of its tries, b: AppCall, flags: Clients::Timer
  kClientRefresh,  // a: which of Model::clients, b: its state: it looks at all replicas
  kAutoscale,      // b: autoscaler: it looks
  kSidecar,        // flags: SidecarCosts' step, a: of which life of the sidecar, b: whose
  kHeld,           // flags: HeldConnections' step, a: which attempt, b: which connection
  kCheck,          // a: proxy, b: check, small: of which asking: its connection is made, or refused
};

/// A replica in a run; what of the model each visit needs stands here too.
struct alignas(64) Pod {
  Pod(const StationShape& shape, const PodModel& model, std::uint32_t index)
      : workload(model.workload),
        outbound(model.outbound),
        inbound(model.inbound),
        station(shape, Event{.kind = static_cast<std::uint8_t>(EventKind::kWork), .a = index}) {}
  static constexpr std::size_t kVisited = 3;  // cache lines of it that a visit reads
  const std::uint32_t workload;
  std::uint32_t behaviour = kNone;        // of a workload that has only one
  const std::uint32_t outbound, inbound;  // its sidecar's two halves
  bool application_up = true;
  bool pod_up = true;
  bool sidecar_up = true;      // as far as it goes down by itself
  bool sidecar_costs = false;  // what comes to its sidecar takes time or memory
  bool selective = false;      // its workload may turn away whose turn it is, or before
  bool watched = false;        // its tasks may end before they are done
  bool contended = false;      // and its own work takes longer while there is much of it
  bool queue_timer = false;    // an event looks for who has waited for too long
  bool warming = false;        // its work takes longer, so soon after its start
  bool single_flight = false;  // its tasks may wait for what another one asks for
  bool cpu_slowed = false;     // by faults, or a limit
  std::uint32_t crashes = 0;
  std::uint32_t hangs = 0;            // faults that hold it up
  std::uint32_t slow = kNone;         // the fault that acts on its work
  std::vector<std::uint32_t> errors;  // faults that make it answer with errors
  Station station;
};

}  // namespace squall::sim
