// Model: a scenario with its manifests compiled, as dense tables that a run only reads.
//
// Names have become numbers; what a hot path needs to know of a call, a pod or a proxy is one
// look-up away. Made by build.h; keys of draws are hashes of names, so a row more moves no draw of
// the others.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/kubernetes_scaling.h"
#include "policies/base/result.h"
#include "policies/base/time.h"
#include "scenarios/model.h"
#include "sim/edge_model.h"
#include "sim/heads.h"
#include "sim/proxy_model.h"
#include "sim/workload_model.h"

namespace squall::sim {

struct LoadModel {
  std::string name;
  std::uint64_t key = 0;
  std::uint32_t first_operation = 0, operations = 0;  // in Model::load_operations
  std::vector<double> keys_below;  // by key: the share of those up to it; empty: no keys
  std::uint32_t source = kNone;    // workload; none: outside
  std::uint32_t zone = 0;          // of outside
  const scenarios::Load* load = nullptr;
  std::vector<scenarios::RateStep> steps;  // of its rate, surges included
};

/// One that acts on messages, or on the names that one end asks for to find the other: those from
/// `there` to `here` are towards its target.
struct LinkFault {
  std::uint32_t fault = kNone;            // in Model::faults
  std::vector<std::uint8_t> here, there;  // by pod, and the last one outside

  bool meets(std::uint32_t from, std::uint32_t to, scenarios::Fault::Direction direction) const {
    using Direction = scenarios::Fault::Direction;
    const std::size_t a = std::min<std::size_t>(from, here.size() - 1);
    const std::size_t b = std::min<std::size_t>(to, here.size() - 1);
    return (direction != Direction::kFrom && there[a] != 0 && here[b] != 0) ||
           (direction != Direction::kTo && here[a] != 0 && there[b] != 0);
  }
};

struct NetworkModel {
  std::vector<std::string> zones;          // "REGION/ZONE"; "" for those that are in none
  std::vector<const Distribution*> links;  // by zone and zone; null: no time
  std::vector<double> ns_per_byte;         // likewise; empty: bytes take no time anywhere
  std::vector<LinkFault> faults;
};

struct FaultModel {
  const scenarios::Fault* fault = nullptr;
  std::vector<std::uint32_t> pods;
  std::string target, what;      // for the timeline
  std::uint64_t key = 0;         // of its draws
  std::uint32_t misfit = kNone;  // of certificates: that connections fail, in Model::misfits
};

/// A replica of each of some workloads comes, goes or starts again; or rules change.
struct ChangeModel {
  const scenarios::Change* change = nullptr;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> scale;  // workload, its replicas
  std::uint32_t workload = kNone;                              // that restarts
  std::uint32_t epoch = 0;           // of the mesh's configuration, from 1; 0: as before
  std::vector<std::uint8_t> misses;  // by pod, whether its proxy never gets that
};

/// By the CPU that a workload's replicas use, how many there are.
struct AutoscalerModel {
  config::HorizontalPodAutoscaler rules;
  std::uint32_t workload = kNone;
  std::int64_t request = 0;  // of each replica, millicores
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
  std::uint32_t idle_behaviour = kNone;  // of a probe that is no operation's: none at all
  std::vector<StepModel> steps;
  std::vector<BranchModel> branches;
  std::vector<CallModel> calls;
  std::vector<ClientModel> clients;
  std::vector<EdgeModel> edges;
  std::vector<LoadModel> loads;
  std::vector<LoadOperationModel> load_operations;
  std::vector<FaultModel> faults;
  std::vector<LinkFault> dns_faults;
  std::vector<ChangeModel> changes;
  std::vector<AutoscalerModel> autoscalers;
  NetworkModel network;
  bool carries = false;              // calls carry something beside their heads (sim/carried.h)
  std::vector<std::string> misfits;  // why connections are cut off for their TLS, each once
  Diagnostics warnings;

  std::span<const LoadOperationModel> operations_of(const LoadModel& load) const {
    return std::span(load_operations).subspan(load.first_operation, load.operations);
  }
};

}  // namespace squall::sim
