// Registry: the mesh as istiod's model holds it: pods, services with their endpoints, and rules,
// indexed.
//
// ServiceEntries and Kubernetes Services become one kind of service here. Hosts in rules are
// resolved, delegates merged, DestinationRules consolidated once; a client's scope is a selection
// of them. Source: istio/istio pilot/pkg/model/push_context.go, pilot/pkg/serviceregistry. Cost:
// linear.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/compile.h"
#include "config/compile_rules.h"
#include "config/names.h"

namespace squall::config {

enum class Resolution : std::uint8_t {
  kEndpoints,
  kPassthrough,
  kDns,
  kDnsRoundRobin,
  kDynamicDns
};

/// The Gateways that a pod with these labels serves, the oldest first: those whose selectors name
/// it, and with them those without a selector.
std::vector<const Gateway*> gateways_of(const Resources& resources, const Labels& labels);

struct MeshPort {
  int number = 0;
  std::string name;
  Protocol protocol = Protocol::kSniffed;
};

struct MeshEndpoint {
  enum class Health : std::uint8_t { kUnknown, kHealthy, kUnhealthy };
  std::string address;
  std::vector<int> ports;  // by the service's ports; 0: it has none for that
  Labels labels;
  Locality locality;
  std::string node;
  std::string identity;  // spiffe://...; empty: none
  const MeshPod* pod = nullptr;
  Health health = Health::kUnknown;
  bool sidecar = false;
  std::uint32_t weight = 1;
};

struct MeshService {
  std::string host;
  std::string name;
  std::string ns;
  bool kubernetes = true;
  bool external = false;  // MESH_EXTERNAL
  Resolution resolution = Resolution::kEndpoints;
  std::vector<MeshPort> ports;
  std::vector<std::string> addresses;  // virtual ones
  std::vector<std::string> export_to;
  std::vector<std::string> aliases;    // hosts of ExternalName Services that mean this one
  std::vector<std::string> alt_names;  // subjectAltNames of a ServiceEntry
  std::string traffic_distribution;
  Labels selector;               // Kubernetes: which pods
  std::vector<PortRef> targets;  // Kubernetes: by port
  std::vector<MeshEndpoint> endpoints;

  const MeshPort* port(int number) const;
  int port_index(int number) const;  // -1: none
  std::vector<std::string> identities() const;
};

/// Whom a configuration is for.
struct Client {
  const MeshPod* pod = nullptr;
  const std::string& ns() const { return pod->ns; }
  const Labels& labels() const { return pod->labels; }
};

class Registry {
 public:
  Registry(const Resources& resources, MeshConfig config, const MeshOptions& options);

  const Resources& resources() const { return *resources_; }
  const MeshConfig& config() const { return config_; }
  const std::vector<MeshPod>& pods() const { return pods_; }
  const std::vector<MeshService>& services() const { return services_; }
  const MeshService* service(std::string_view host) const;
  /// Every service that a client in `ns` can mean by a name, maybe others; wildcards do not count.
  std::vector<const MeshService*> named(std::string_view name, const std::string& ns) const;
  const RuleIndex& rules() const { return rules_; }
  ServerMode server_mode(const Labels& labels, const std::string& ns, int port) const;
  /// The mode of a namespace, no workload looked at.
  MtlsMode namespace_mode(const std::string& ns) const;
  /// Whether an object with this exportTo is visible in `ns`.
  static bool exported(const std::vector<std::string>& to, const std::string& owner,
                       const std::string& ns);

 private:
  void add_pods(const MeshOptions& options);
  void add_made_up_pods(const Workload& workload, const MeshOptions& options);
  bool injected(const Meta& pod, const PodSpec& spec, const MeshOptions& options) const;
  void size_pod(const PodSpec& spec, MeshPod& pod) const;
  /// Of a pod without a sidecar.
  bool captured(const Meta& pod, const PodSpec& spec, const MeshOptions& options) const;
  /// Of a workload by its NAMESPACE/NAME.
  bool is_waypoint(const std::string& workload, const MeshOptions& options) const;
  Locality locality_of(const std::string& node, const Labels& labels) const;
  void add_services();
  void add_kubernetes_service(const Service& service);
  void add_pod_endpoints(const Service& from, MeshService& service) const;
  void add_slice_endpoints(const Service& from, MeshService& service) const;
  void add_service_entry(const ServiceEntry& entry);
  MeshService* service_of_entry(const ServiceEntry& entry, const std::string& host);
  MeshEndpoint endpoint_of_entry(const ServiceEntry& entry, const ServiceEntryEndpoint& from,
                                 const std::vector<int>& targets, const MeshService& service) const;
  void add_selected_endpoints(const ServiceEntry& entry, const std::vector<int>& targets,
                              MeshService& out) const;
  void add_aliases();
  void add_names();

  const Resources* resources_;
  MeshConfig config_;
  std::vector<MeshPod> pods_;
  std::vector<MeshService> services_;
  std::unordered_map<std::string, std::size_t> by_host_;
  std::unordered_map<std::string, std::vector<std::size_t>>
      by_name_;  // hosts as far as ".svc", too
  RuleIndex rules_;
};

}  // namespace squall::config
