// ConfigDump: what an Envoy's admin page says that it runs by, as one static bootstrap.
//
// Takes `/config_dump?include_eds` of an Envoy or of an istio-proxy (`istioctl proxy-config all POD
// -o json`): of each listener, route configuration and cluster what is active, with the dumped
// endpoints in the place of discovery. Of a proxy that takes what iptables lead to it
// (`use_original_dst`) it is the HTTP that goes out, a listener a port. What decides nothing in
// virtual time is left out: access logs, tracing, telemetry, clusters that no listener leads to.
// Nodes keep their places, so bootstrap.h's messages are those of the dump's lines. Source: Envoy's
// admin API v3 as of 1.40, istio/istio pilot/pkg/networking/core. Cost: linear in the dump.
#pragma once
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"

namespace squall::config {

/// What a cluster's connections are, which no static bootstrap here can say.
enum class DumpedTls : std::uint8_t {
  kNone,
  kAutomatic,  // Istio's: mutual to endpoints with a sidecar
  kMutual,     // with the mesh's certificates
  kOwn,        // with others
};

struct DumpedCluster {
  std::string name;
  Place place;
  DumpedTls tls = DumpedTls::kNone;
  bool discovered = false;           // its endpoints, by a control plane
  std::vector<std::string> sockets;  // of its endpoints: "ADDRESS:PORT", "[ADDRESS]:PORT"
  std::set<std::string> workloads;   // NAME.NAMESPACE, where Istio's metadata says so
};

struct ConfigDump {
  Node bootstrap;
  std::vector<DumpedCluster> clusters;  // in the order of the bootstrap's
  Diagnostics notes;
};

/// Whether the document is a dump rather than a bootstrap.
bool is_config_dump(const Node& root);
/// REQUIRES: is_config_dump(root).
Result<ConfigDump> read_config_dump(const Node& root);
/// Gives a cluster the endpoints of a ClusterLoadAssignment instead of its own. Those of a locality
/// that the dump has, too, keep its priority and weight.
void replace_endpoints(ConfigDump& dump, std::size_t cluster, Node assignment);

}  // namespace squall::config
