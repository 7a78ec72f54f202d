// MeshPod: a replica as a mesh knows it, and what decides which there are.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/resources.h"

namespace squall::config {

struct Locality {
  std::string region;
  std::string zone;
  std::string subzone;
  friend auto operator<=>(const Locality&, const Locality&) = default;
};

/// A replica: of a Pod that the user wrote, or made up for a Deployment or StatefulSet.
struct MeshPod {
  std::string name;
  std::string ns;
  std::string workload;  // the Deployment's or StatefulSet's name, else the pod's
  Labels labels;
  std::string ip;
  std::string service_account;
  std::string node;
  std::string subdomain;
  Locality locality;
  std::vector<ContainerPort> ports;
  bool sidecar = false;
  bool ambient = false;   // its node's ztunnel carries what it sends and what it is sent
  bool gateway = false;   // a Gateway's selector names it
  bool waypoint = false;  // it is a waypoint's
  bool ready = true;
  std::int64_t cpu_limit = 0;          // millicores, of its containers together; 0: none
  std::optional<int> sidecar_workers;  // as its ProxyConfig or its annotations say
  std::int64_t sidecar_memory = 0;     // bytes that its sidecar may have; 0: nothing says so

  /// A proxy and nothing else.
  bool is_proxy() const { return gateway || waypoint; }
  /// Whether a sidecar takes what comes to it.
  bool is_behind_sidecar() const { return sidecar && !is_proxy(); }
  /// "NAME.NAMESPACE".
  std::string full_name() const { return name + "." + ns; }
};

/// What the outside of the manifests decides.
struct MeshOptions {
  std::map<std::string, int> replicas;  // by "WORKLOAD.NAMESPACE"; beats the manifest's
  /// Of the first replicas, by the same names; beats what labels say.
  std::map<std::string, std::vector<Locality>> localities;
  bool injection =
      true;              // sidecars in namespaces that no Namespace object declares; false: nowhere
  bool ambient = false;  // there, ztunnels instead of sidecars
};

/// "REGION/ZONE/SUBZONE", or the first parts of it.
Locality parse_locality(std::string_view text);

}  // namespace squall::config
