// The parts of a view's compilation: each question one function.
//
// Source: istio/istio pilot/pkg/networking/core. Cost: linear in what they print.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/compile_registry.h"

namespace squall::config {

/// A service as a client knows it; a Sidecar may show one port of it only.
struct ScopedService {
  const MeshService* service = nullptr;
  int only_port = 0;  // 0: all
  bool shows(int port) const { return only_port == 0 || only_port == port; }
};

/// What of the mesh a client knows.
struct Scope {
  std::vector<ScopedService> services;
  std::vector<const VirtualService*> virtual_services;  // the first for a host wins
  bool registry_only = false;
  const Sidecar* sidecar = nullptr;
};
Scope scope_of(const Registry& registry, const Client& client);
/// The services that are exported to a client, by host: all that a gateway's scope has.
Scope exported_services(const Registry& registry, const Client& client);
/// What of a scope these calls can touch; none: not to be told from a part of it.
std::optional<Scope> scope_of_calls(const Registry& registry, const Client& client,
                                    const Scope& whole, const std::set<CalledHost>& calls);
/// The Sidecar object in force for a client; null: none.
const Sidecar* sidecar_of(const Registry& registry, const Client& client);

/// The policy of a cluster, all inheritance done; unset blocks mean the built-in defaults.
TrafficPolicy policy_of(const DestinationRule* rule, const Subset* subset, int port,
                        const MeshConfig& config);
const DestinationRule* rule_for(const Registry& registry, const Client& client,
                                const MeshService& service);

/// A VirtualService's routes for a client and a port, in order.
struct RouteContext {
  const Registry* registry = nullptr;
  const Client* client = nullptr;
  int port = 0;
  std::string gateway = "mesh";  // or the Gateway that they are for, NAMESPACE/NAME
};
Json routes_of(const VirtualService& service, const RouteContext& context);
/// The one route of a service that no VirtualService speaks of.
Json default_route(const MeshService& service, const MeshPort& port, const RouteContext& context);
Json match_of(const HttpMatch* match);
Json string_match(const StringMatch& match);
/// The policy of a rule's retries; null: none.
Json retry_policy(const std::optional<Retries>& written, const MeshConfig& config,
                  bool avoid_previous);
/// What decides the ring's place of a request, of a cluster's policy; null: no hashing.
Json hash_policy(const TrafficPolicy& policy);
/// Fault and CORS of a rule.
Json filter_config(const HttpRule& rule);

/// All route tables of the outbound side; also the domains that tables of sniffed ports stand for.
void add_routes(const Registry& registry, const Client& client, const Scope& scope, View& view);
/// Of a gateway: a table for the HTTP servers of a port, and one for each that ends TLS.
void add_gateway_routes(const Registry& registry, const Client& client, View& view);
void add_clusters(const Registry& registry, const Client& client, const Scope& scope, View& view);
void add_listeners(const Registry& registry, const Client& client, const Scope& scope, View& view);
void add_inbound(const Registry& registry, const Client& client, View& view);

/// What a cluster is about.
struct ClusterOf {
  const MeshService* service = nullptr;
  const MeshPort* port = nullptr;
  const Subset* subset = nullptr;
  const DestinationRule* rule = nullptr;
  TrafficPolicy policy;
  std::string_view subset_name() const {
    return subset == nullptr ? std::string_view() : std::string_view(subset->name);
  }
  std::string name() const { return outbound_cluster(port->number, subset_name(), service->host); }
};
/// An Envoy cluster's type, and whether it goes where the client resolved to.
std::string_view cluster_type(const ClusterOf& of);
inline bool goes_through(const ClusterOf& of) { return cluster_type(of) == "ORIGINAL_DST"; }
Json cluster_of(const Registry& registry, const Client& client, const ClusterOf& of);
/// Limits, protocol, connect timeout and keep-alive.
void add_pool(const TrafficPolicy& policy, const MeshConfig& config, Json& out);
void add_protocol_options(const ConnectionPool* pool, Protocol protocol, bool upgrade, bool sniffed,
                          bool auto_sni, bool auto_san, Json& out);
void add_tls(const Registry& registry, const ClusterOf& of, bool http2, Json& out);
/// The `tls` that endpoints are labelled by; null: none. A port's entry without it falls back to
/// the rule's own, which the cluster itself does not.
const ClientTls* labelling_tls(const ClusterOf& of);
/// The same decisions as a value. `endpoints`: the cluster's, labelled; null: it has none.
ClusterTransport transport_of(const Registry& registry, const ClusterOf& of, const Json* endpoints);
bool is_http2_cluster(const ClusterOf& of, const MeshConfig& config);
/// The locality settings in force and whether priorities act.
struct LocalityPlan {
  LocalitySetting setting;
  bool failover = false;
  bool weighted = false;  // Envoy weighs localities
};
LocalityPlan locality_plan(const ClusterOf& of, const MeshConfig& config);
/// The endpoint list of a cluster with priorities and weights as the client sees them.
Json endpoints_of(const Registry& registry, const Client& client, const ClusterOf& of);

/// Proto's form: "5s", "0.250s".
std::string proto_duration(Duration d);
/// Metadata that names the object and the place that something comes from.
Json origin(std::string_view kind, const Meta& meta, const Place& place, int rule = -1);

}  // namespace squall::config
