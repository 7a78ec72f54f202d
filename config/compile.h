// Mesh: what istiod would push to each proxy of a mesh, from the user's Kubernetes and Istio
// objects.
//
// Built once from the resources; then each client's view is compiled on demand and kept. Clients
// that differ in nothing that counts (namespace, labels, locality) share a view. A view's sections
// are Envoy's configuration in protobuf's JSON, routes with metadata that names the rule they come
// from. Source: istio/istio pilot/pkg/model, pilot/pkg/networking/core (release 1.31). Cost:
// indices by host; a view is linear in the services that the client knows, one of some calls in
// where these lead. Not for several threads.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/mesh_pod.h"
#include "config/resources.h"
#include "config/transport.h"

namespace squall::config {

using Json = nlohmann::ordered_json;

/// One proxy's configuration, by Envoy's field names.
struct View {
  Json routes = Json::object();     // by route table: "8080", "HOST:PORT" for a sniffed port
  Json clusters = Json::object();   // outbound
  Json endpoints = Json::object();  // of EDS clusters
  Json listeners = Json::array();   // outbound
  Json virtual_outbound = Json::object();
  Json inbound = Json::object();  // by the workload's port
  Json inbound_clusters = Json::object();
  // Not pushed, but needed to make a static configuration:
  Json sniffed_domains =
      Json::object();  // table of a sniffed port -> the domains it would have by name
  std::map<std::string, int> gateway_ports;     // of a gateway's tables: where its clients ask
  Json passthrough_endpoints = Json::object();  // of clusters that go where the client resolved to
  std::map<std::string, ClusterTransport> transports;               // of outbound clusters
  PathNormalization path_normalization = PathNormalization::kBase;  // of every listener

  /// The object that `compile --to golden` prints: sections without metadata, empty ones left out.
  Json golden() const;
};

struct MeshService;
class Registry;

/// A server's mTLS mode at a port and the PeerAuthentication that says so.
struct ServerMode {
  MtlsMode mode = MtlsMode::kPermissive;
  const PeerAuthentication* by = nullptr;  // null: nobody said anything
};

/// A host and a port as a client's URL names them.
struct CalledHost {
  std::string host;
  int port = 80;
  friend auto operator<=>(const CalledHost&, const CalledHost&) = default;
};

class Mesh {
 public:
  /// REQUIRES: the resources outlive this.
  Mesh(const Resources& resources, MeshConfig config, const MeshOptions& options = {});
  ~Mesh();
  Mesh(Mesh&&) noexcept;

  const std::vector<MeshPod>& pods() const;
  /// A pod or a workload's first, as NAME or NAME.NAMESPACE.
  Result<const MeshPod*> find_client(std::string_view name) const;
  /// The host of the Service that a client in `ns` reaches as `host`; empty: none.
  std::string resolve(std::string_view host, std::string_view ns) const;
  /// Of all Services, fully qualified.
  std::vector<std::string> hosts() const;
  /// The ports of the Service with that host.
  std::vector<int> ports_of(std::string_view host) const;
  /// The name of a port that is declared to carry something else than HTTP; else empty.
  std::string opaque_port(std::string_view host, int port) const;
  /// A warning for each name in the manifests that stands for nothing.
  void warn_unresolved(Diagnostics& diagnostics) const;
  /// The mode in force at a pod's port.
  ServerMode server_mode(const MeshPod& pod, int port) const;

  std::shared_ptr<const View> view_of(const MeshPod& client);
  /// Routes, clusters and endpoints that calls to these can come to: a request to one of them is
  /// decided on as by the whole view. That is what one gets where a call is out of the ordinary.
  std::shared_ptr<const View> view_of(const MeshPod& client, const std::set<CalledHost>& calls);
  /// The inbound side alone.
  std::shared_ptr<const View> inbound_view_of(const MeshPod& client);

 private:
  std::shared_ptr<View> new_view() const;
  std::unique_ptr<Registry> registry_;
  std::map<std::string, std::shared_ptr<const View>> views_;
};

/// Who loads a static configuration: a proxy, or the simulator (no TLS; only what it can act on).
enum class BootstrapFor : std::uint8_t { kProxy, kSimulator };
/// An Envoy bootstrap with the outbound side (a listener a port), or the inbound side of `pod`.
Json to_bootstrap_outbound(const View& view, BootstrapFor whom);
Json to_bootstrap_inbound(const View& view, const MeshPod& pod, BootstrapFor whom);
/// The same tree without a detour through text; places are nowhere.
Node to_node(const Json& json);
/// A tree as JSON; scalars without quotes by YAML's core schema.
Json to_json(const Node& node);

}  // namespace squall::config
