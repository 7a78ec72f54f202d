// Workloads of a run: what they do on a request, and their replicas.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/kubernetes_probes.h"
#include "policies/base/distributions.h"
#include "policies/base/ids.h"
#include "scenarios/model.h"
#include "sim/call_model.h"

namespace squall::sim {

/// One step of a behaviour's program. Steps have numbers within their behaviour and lead forward
/// only: each is taken at most once.
struct StepModel {
  enum class Kind : std::uint8_t { kCall, kParallel, kWork, kChoose, kJump, kCache, kFill };
  Kind kind = Kind::kCall;
  std::uint32_t first_call = 0, calls = 0;  // into Model::calls; kCall: one, time after time
  double await = 1;                         // kParallel: the share of answers that is waited for
  std::optional<Distribution> work{};       // kWork
  std::uint64_t key = 0;                    // of the draws of kWork and kChoose
  std::uint32_t first_branch = 0, branches = 0;  // kChoose: into Model::branches
  bool by_key = false;                           // kChoose
  std::uint32_t to = 0;                          // kJump, kCache (what it has): a step
  std::uint32_t cache = 0;                       // kCache, kFill: of the workload's
  std::uint32_t around = kNone;                  // kCache: the step of the cache that it is in
};
struct BranchModel {
  double below = 1;  // taken by draws below this that no branch before takes
  std::uint32_t step = 0;
};
struct alignas(64) CallModel {
  CallSite site;
  double probability = 1;
  int times = 1;
  scenarios::OnError on_error;
  bool detach = false;
  std::uint32_t step = 0;       // of its behaviour
  std::uint32_t cache = kNone;  // the step of the innermost cache that it fills
};
struct BehaviourModel {
  std::uint32_t first_step = 0, steps = 0;  // into Model::steps
  std::vector<scenarios::ErrorSpec> errors;
  std::uint32_t first_sequence = 0;  // of the workload's: one for each of `errors` that has one
  bool quick_errors = false;         // some of them have a latency of their own
  std::optional<Distribution> latency;
  std::string operation;
};

/// A probe that a kubelet makes of each replica.
struct ProbeModel : config::Probe {
  enum class Purpose : std::uint8_t { kReadiness, kLiveness, kStartup };
  Purpose purpose = Purpose::kReadiness;
  std::uint32_t head = 0;
};

struct WorkloadModel {
  std::string name;  // NAME.NAMESPACE
  std::uint32_t first_pod = 0, pods = 0;
  std::optional<int> concurrency;
  scenarios::Queue queue;
  scenarios::Cancelled cancelled = scenarios::Cancelled::kFinish;
  bool honours_deadlines = false;
  std::optional<scenarios::Cpu> cpu;
  double cpu_speed = 1;  // of each core, where the limit is no whole number of them
  std::optional<scenarios::Handshake> handshake;
  std::uint32_t sequences = 0;               // of answers, in its behaviours
  std::vector<scenarios::CacheSpec> caches;  // likewise
  std::vector<scenarios::ContentionPoint> contention;
  std::optional<scenarios::RateLimit> rate_limit;
  std::uint32_t first_behaviour = 0, behaviours = 1;  // operations in order, the usual one last
  std::vector<scenarios::RequestMatch> matches;       // of the operations
  bool described = false;                             // by the scenario
  std::uint32_t members = 0;                  // of its pods, those that are there from the start
  const scenarios::Start* start = nullptr;    // null: it serves at once
  Duration grace = std::chrono::seconds(30);  // to finish in, for a replica that is to go
  std::vector<ProbeModel> probes;
  bool becomes_ready = false;  // not before its readiness probe passes
  bool autoscaled = false;
  std::optional<int> sidecar_workers;
  std::uint32_t start_behaviour = kNone;  // whose steps are the start's calls
};

struct PodModel {
  std::string name;       // POD.NAMESPACE
  std::uint64_t key = 0;  // of its draws
  std::uint32_t workload = kNone;
  std::uint32_t zone = 0;  // in NetworkModel::zones
  std::string address;
  std::uint32_t outbound = kNone, inbound = kNone;  // its sidecar's halves, in Model::proxies
  bool ambient = false;     // a ztunnel carries its calls: in the mesh, and balanced, no more
  bool waypoint = false;    // `inbound` has the upstream side of an outbound half
  int sidecar_workers = 0;  // where sidecars cost anything
  std::int64_t sidecar_connections = 0;  // that there is memory for, where they need any
};

}  // namespace squall::sim
