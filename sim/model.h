// Model: a scenario with its manifests compiled, as dense tables that a run only reads.
//
// Names have become numbers; what a hot path needs to know of a call, a pod or a proxy is one
// look-up away. Made by build.h; keys of draws are hashes of names, so a row more moves no draw of
// the others.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/transport.h"
#include "policies/base/distributions.h"
#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "policies/machine/configuration.h"
#include "scenarios/model.h"
#include "sim/edge_model.h"
#include "sim/heads.h"

namespace squall::sim {

struct Target {               // where a connection leads: a pod's sidecar, or its application
  std::uint32_t pod = kNone;  // none: nobody is there
  bool sidecar = false;
  config::TransportFit fit = config::TransportFit::kFits;  // of both ends' TLS
  std::uint16_t port = 80;
  std::uint32_t edge = kNone;    // of requests that end there
  std::uint32_t misfit = kNone;  // why not kFits, in Model::misfits
};

/// One place in the model from which a call is made: a step of a behaviour, or a load.
struct CallSite {
  std::uint32_t head = 0;
  std::uint32_t listener = kNone;       // of the caller's sidecar
  std::uint32_t service = kNone;        // the Service that the URL names
  std::uint16_t port = 80;              // the Service's
  std::uint64_t key = 0;                // of the call's draws, from its URL
  std::uint32_t unrouted_edge = kNone;  // of requests that its sidecar found no cluster for
};

struct ServiceModel {
  std::string host;  // fully qualified
  std::string name;  // NAME.NAMESPACE
  struct Endpoint {
    std::uint16_t port = 80;  // the Service's
    std::uint32_t pod = kNone;
    std::uint16_t target_port = 80;
    std::uint32_t misfit = kNone;  // why a caller without a sidecar is cut off, in Model::misfits
  };
  std::vector<Endpoint> endpoints;
};

struct StepModel {
  std::uint32_t first_call = 0, calls = 0;  // into Model::calls
  bool parallel = false;                    // all at once, else the only one, time after time
};
struct alignas(64) CallModel {
  CallSite site;
  double probability = 1;
  int times = 1;
  scenarios::OnError on_error;
};
struct BehaviourModel {
  std::uint32_t first_step = 0, steps = 0;  // into Model::steps
  std::vector<scenarios::ErrorSpec> errors;
  std::optional<Distribution> latency;
  std::string operation;
};

struct WorkloadModel {
  std::string name;  // NAME.NAMESPACE
  std::uint32_t first_pod = 0, pods = 0;
  std::optional<int> concurrency;
  scenarios::Queue queue;
  bool skips_cancelled = false;
  std::optional<scenarios::Cpu> cpu;
  std::uint32_t first_behaviour = 0, behaviours = 1;  // operations in order, the usual one last
  std::vector<scenarios::RequestMatch> matches;       // of the operations
  bool described = false;                             // by the scenario
};

struct PodModel {
  std::string name;       // POD.NAMESPACE
  std::uint64_t key = 0;  // of its draws
  std::uint32_t workload = kNone;
  std::string address;
  std::uint32_t outbound = kNone, inbound = kNone;  // its sidecar's halves, in Model::proxies
};

struct ProxyModel {
  std::uint32_t configuration = 0, pod = kNone;
  bool inbound = false;
};

/// A configuration with what the simulator adds to it.
struct ConfigurationModel {
  std::unique_ptr<policies::Configuration> rules;
  std::uint32_t source = kNone;                                    // workload whose proxies run it
  std::vector<Target> targets;                                     // by host number of the epoch
  std::vector<std::pair<std::uint16_t, std::uint32_t>> listeners;  // port, index
  std::vector<std::uint32_t> receives;       // by listener: its rules for heads, in Model::heads
  std::vector<std::uint32_t> cluster_edges;  // by cluster: the edge of requests that met no host
  bool rewrites = false, hashes_clients = false;  // some route changes heads, hashes addresses
  std::string bootstrap;                          // as text, when it is to be kept

  std::uint32_t listener_of(std::uint16_t port) const {
    for (const auto& [at, index] : listeners) {
      if (at == port) return index;
    }
    return kNone;
  }
};

struct LoadModel {
  std::string name;
  std::uint64_t key = 0;
  CallSite site;
  std::uint32_t source = kNone;  // workload; none: outside
  const scenarios::Load* load = nullptr;
  std::vector<scenarios::RateStep> steps;  // of its rate, surges included
};

struct FaultModel {
  const scenarios::Fault* fault = nullptr;
  std::vector<std::uint32_t> pods;
  std::string target, what;  // for the timeline
  std::uint64_t key = 0;     // of its draws
};

struct Model {
  const scenarios::Scenario* scenario = nullptr;
  HeadTable heads;
  std::vector<WorkloadModel> workloads;
  std::vector<PodModel> pods;
  std::vector<ServiceModel> services;
  std::vector<ConfigurationModel> configurations;
  std::vector<ProxyModel> proxies;
  std::vector<BehaviourModel> behaviours;
  std::vector<StepModel> steps;
  std::vector<CallModel> calls;
  std::vector<EdgeModel> edges;
  std::vector<LoadModel> loads;
  std::vector<FaultModel> faults;
  std::vector<std::string> misfits;  // why connections are cut off for their TLS, each once
  Diagnostics warnings;
};

}  // namespace squall::sim
