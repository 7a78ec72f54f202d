// GraphBuilder: the steps from a Model to a graph of calls, and what they share while they go.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "policies/cluster_config.h"
#include "policies/epoch.h"
#include "policies/retry.h"
#include "policies/route.h"
#include "sim/edge_model.h"
#include "sim/graph/mesh_graph.h"
#include "sim/heads.h"

namespace squall::sim {

/// Who sends a request: a workload's sidecar, or nobody's.
struct Sender {
  std::uint32_t workload = kNone;             // none: outside
  const ConfigurationModel* rules = nullptr;  // of its first replica; null: no sidecar
  std::string name;
};

class GraphBuilder {
 public:
  explicit GraphBuilder(const Model& model) : model_(model), heads_(model.heads) {}
  MeshGraph build();

 private:
  /// Of answers: as far as callers and retries tell them apart.
  struct KindKey {
    int status = 200;
    int grpc = -1;  // none
    bool in_trailers = false;
    friend auto operator<=>(const KindKey&, const KindKey&) = default;
  };
  /// A way while it is made, where its head arrives.
  struct Taken {
    const Sender& sender;
    std::uint32_t head = 0;
    const policies::RetryPolicy* retry = nullptr;
    double timeout_s = 0;
  };

  void add_kinds();
  std::uint32_t kind_of(const KindKey& key);
  std::vector<topology::Share> errors_of(const BehaviourModel& behaviour);
  void add_workloads();
  void add_loads();
  void add_steps(std::uint32_t operation);
  topology::Load load_of(const LoadModel& load);
  topology::Call call_of(const LoadModel& load);
  /// Each operation once for plain requests and once for gRPC, as its failures differ.
  std::uint32_t operation_at(std::uint32_t pod, std::uint16_t port, std::uint32_t head);
  std::uint32_t operation(std::uint32_t workload, std::uint32_t behaviour, bool grpc);
  std::uint32_t edge(const EdgeModel& ends, std::uint32_t from);
  Sender sender_of(std::uint32_t workload) const;

  // ways.cc
  bool is_there(std::uint32_t pod) const;
  topology::Call call_of(const CallSite& site, const Sender& sender);
  void add_ways(topology::Call& out, const CallSite& site, const Sender& sender);
  void add_plain_ways(topology::Call& out, const CallSite& site, const Sender& sender);
  void add_answer(topology::Call& out, int status, std::uint32_t edge, double share = 1);
  void add_forward(topology::Call& out, const CallSite& site, const Sender& sender,
                   const policies::RouteChoice& choice, std::uint32_t listener, std::uint32_t head);
  double add_faults(topology::Call& out, const policies::Route& route, std::uint32_t edge);
  void add_cluster(topology::Call& out, const Taken& taken, std::uint32_t cluster, double share,
                   bool copy);
  void add_retries(topology::Way& way, const Taken& taken) const;
  std::vector<topology::Target> targets_of(const Sender& sender, std::uint32_t cluster,
                                           std::uint32_t head, std::uint32_t& cut_off);
  void assume(std::string what);

  const Model& model_;
  HeadTable heads_;
  MeshGraph out_;
  std::vector<KindKey> kinds_;  // by kind
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint32_t> operations_;
  std::vector<std::pair<std::uint32_t, bool>> behaviours_;  // by operation: behaviour, gRPC
  std::map<std::array<std::string, 4>, std::uint32_t> edges_;
};

}  // namespace squall::sim
