// Builder: the steps from a scenario to a Model, and what they share while they go.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/compile.h"
#include "config/config_dump.h"
#include "policies/base/mix.h"
#include "sim/build.h"
#include "sim/build_records.h"
#include "sim/cluster_name.h"
#include "sim/model.h"

namespace squall::sim {

class Builder {
 public:
  Builder(const scenarios::Scenario& scenario, const BuildOptions& options)
      : scenario_(scenario), options_(options), model_(std::make_unique<Model>()) {
    model_->scenario = &scenario;
  }
  Result<std::unique_ptr<Model>> build();

 private:
  void make_up_workloads(), add_pods(), add_behaviours(), add_loads(), add_proxies();
  void find_listeners(), add_faults(), add_network(), add_probes(), check_dns(), check_made_up();
  std::uint32_t add_behaviour(const scenarios::Behaviour& behaviour, std::string operation,
                              std::uint32_t workload);
  using Steps = std::vector<scenarios::Step>;
  void add_program(std::uint32_t behaviour, const Steps& steps, std::uint32_t workload);
  void add_steps(const Steps& steps, std::uint32_t workload, std::uint32_t first);
  std::uint32_t next_step(std::uint32_t first) const;
  void add_cache(const scenarios::Step& step, std::uint32_t workload, std::uint32_t first);
  void add_choose(const scenarios::Step& choose, std::uint32_t workload, std::uint32_t first);
  void add_calls(const scenarios::Step& step, std::uint32_t workload, std::uint32_t number);
  void add_call(const scenarios::Step& call, std::uint32_t workload);
  void add_operations(const scenarios::Load& load, const std::string& ns);
  // build_gateways.cc
  const config::Gateway* gateway_of(const scenarios::Load& load);
  std::string pods_behind(const config::Gateway& gateway) const;
  void make_up_proxies(const std::string& name, const std::string& ns, config::Json labels);
  void add_gateways(), make_up(const std::string& manifests);
  CallSite gateway_site(const scenarios::Load& load, const scenarios::LoadOperation& one);
  // build_waypoints.cc
  void add_waypoints(), check_waypoints(), lead_to_waypoint(std::uint32_t source, CallSite& site);
  std::uint32_t waypoint_of(const std::string& name) const;
  std::uint32_t client_of(const std::optional<scenarios::Client>& settings, ClientModel wanted);
  void add_caller(std::uint32_t workload, const CallSite& site, const scenarios::Url& url);
  std::uint32_t add_proxy(std::uint32_t pod, bool inbound);
  const config::View& view_of(config::Mesh& mesh, std::uint32_t pod, bool inbound);
  using Views = std::vector<const config::View*>;  // by epoch of the mesh
  std::uint32_t add_configuration(const Views& views, std::uint32_t pod, bool inbound);
  struct Bootstrap {
    policies::Epoch epoch;
    std::vector<policies::Provenance> origins;  // by cluster
  };
  std::optional<Bootstrap> read(const config::Node& root, ConfigurationModel& out);
  // build_envoy.cc
  void add_addresses(), add_checks(const config::Node& bootstrap, ConfigurationModel& out);
  const scenarios::Workload* with_envoy(std::uint32_t workload) const;
  std::uint32_t add_envoy(const scenarios::Workload& from, std::uint32_t workload);
  Target envoys_target(const std::string& address, std::uint16_t port) const;
  std::optional<config::ConfigDump> read_dump(const config::Node& root, std::uint32_t workload);
  void add_edges(const Views& view_of_cluster, ConfigurationModel& configuration,
                 const std::string& source);
  // build_epochs.cc
  void add_epochs(), warn_of_last(), number_later();
  std::vector<config::Node> change(std::vector<config::Node> documents,
                                   const scenarios::Change& change);
  Views add_later(const Views& views, config::Json json, Bootstrap first, ConfigurationModel& out);
  std::vector<std::uint8_t> misses_of(const scenarios::Change& change);
  /// What connections from a cluster of a sidecar to a target with a pod come to.
  void fit_transport(const config::ClusterTransport& client, Target& target);
  /// Why a caller without a sidecar is cut off at a pod's port; none: it is not.
  std::uint32_t misfit_of_stranger(std::uint32_t pod, std::uint16_t port);
  static void add_routed_clusters(const policies::Epoch& epoch, const Caller& caller,
                                  std::set<std::uint32_t>& out);
  /// The edge with these ends, made when it is new.
  std::uint32_t edge(const EdgeModel& ends);
  std::uint32_t unrouted_edge(const std::string& source, const CallSite& site);
  // build_changes.cc
  void add_changes(), scale_mesh(std::map<std::string, int>& replicas);
  void check_replicas(const std::map<std::string, int>& replicas);
  // build_autoscalers.cc
  void add_autoscalers(), find_autoscalers(std::map<std::string, int>& replicas);
  const config::Workload* scaled_workload(const config::HorizontalPodAutoscaler& one);
  std::string why_not_scaled(const config::HorizontalPodAutoscaler& one,
                             const config::Workload& target) const;
  void add_pods(const scenarios::Fault& fault, FaultModel& row);
  void check_sidecars(const FaultModel& row);
  void add_link_fault(const FaultModel& row,
                      const std::optional<std::vector<std::uint32_t>>& others);
  std::vector<std::uint32_t> pods_of_workload(const scenarios::WorkloadRef& ref);
  std::string name_of_target(const scenarios::Fault& fault) const;
  std::uint32_t zone(std::string name), misfit(std::string why);
  void set_link(const scenarios::ZoneLink& from, std::size_t index);
  bool check_zone(const std::string& wanted, const config::Place& place);
  std::set<std::string> reached_workloads() const;
  std::vector<std::string_view> other_pods_of_service(const std::string& name) const;
  std::vector<std::string_view> pods_of_namesakes(std::string_view name) const;

  std::string namespace_of(const scenarios::WorkloadRef& ref) const;
  std::string full_name(const scenarios::WorkloadRef& ref) const;
  std::string with_namespace(const std::string& dotted) const;
  std::uint32_t workload_of(const scenarios::WorkloadRef& ref) const;
  std::uint32_t workload_of(std::string_view full_name) const;
  std::uint32_t service_of(const scenarios::Url& url, const std::string& ns);
  CallSite site_of(const scenarios::Url& url, const std::string& method,
                   const std::vector<scenarios::Header>& headers, std::uint32_t service);
  std::vector<std::string_view> workload_names() const;
  void unknown_pod(const scenarios::WorkloadRef& ref);
  void add(Severity severity, const config::Place& place, std::string what, std::string advice);

  const scenarios::Scenario& scenario_;
  const BuildOptions options_;
  std::unique_ptr<Model> model_;
  config::Resources resources_;
  std::vector<std::vector<config::Node>> made_up_documents_;
  config::MeshOptions mesh_options_;
  std::unique_ptr<config::Mesh> mesh_;
  std::vector<std::unique_ptr<LaterMesh>> later_;  // by epoch, from 1
  std::vector<const config::MeshPod*> mesh_pods_;  // by Model::pods
  std::set<std::string> made_up_;  // NAME.NAMESPACE of workloads that no manifest has
  std::set<std::string> served_;   // those of them that have a Service in the manifests
  std::map<std::string, std::uint32_t> by_address_, by_socket_;  // pods; "ADDRESS:PORT"
  std::map<std::uint32_t, std::uint32_t> envoys_;                // by workload: its configuration
  std::map<std::uint32_t, Caller> callers_;                      // by workload
  std::map<std::pair<std::uint32_t, std::string>, std::uint64_t> same_calls_;
  std::map<std::string, std::uint64_t> same_faults_;
  std::map<const scenarios::Load*, std::string> gateway_pods_;  // by load: NAME.NAMESPACE
  std::map<std::string, int> members_;  // of workloads that are scaled: replicas at the start
  /// Autoscalers that act, and what each of their replicas requests, in millicores.
  std::vector<std::pair<const config::HorizontalPodAutoscaler*, std::int64_t>> scaled_;
  std::map<std::tuple<Views, std::uint32_t, bool>, std::uint32_t> configurations_;
  std::map<std::array<std::string, 4>, std::uint32_t> edge_index_;  // by its ends
  std::map<std::string, std::uint32_t> misfit_index_;
  Diagnostics problems_;
};

/// Sets what a run must know of the configuration's listeners and routes.
void read_routes(ConfigurationModel& out, HeadTable& heads);

}  // namespace squall::sim
