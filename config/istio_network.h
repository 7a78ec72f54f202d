// Gateway, ServiceEntry, Sidecar and the mesh's own settings: what this program reads of them.
//
// As written; defaults that nobody writes are in MeshConfig's initialisers.
// Source: istio/api networking/v1alpha3 {gateway, service_entry, sidecar}.proto,
// mesh/v1alpha1/config.proto.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/istio_policy.h"
#include "config/istio_route.h"

namespace squall::config {

struct GatewayServer {
  int port = 0;
  std::string name;
  std::string protocol;
  std::vector<std::string> hosts;
  bool https_redirect = false;
  std::string tls_mode;  // empty: no TLS block
  std::string credential_name;
  Place place;
};

struct Gateway {
  Meta meta;
  Labels selector;
  std::vector<GatewayServer> servers;
};

struct ServiceEntryPort {
  std::string name;
  int number = 0;
  int target = 0;  // 0: as `number`
  std::string protocol;
};

struct ServiceEntryEndpoint {
  std::string address;
  std::vector<std::pair<std::string, int>> ports;
  Labels labels;
  std::string locality;
  int weight = 0;
  std::string service_account;
  Place place;
};

struct ServiceEntry {
  Meta meta;
  std::vector<std::string> hosts;
  Place hosts_place;
  std::vector<std::string> addresses;
  std::vector<ServiceEntryPort> ports;
  bool external = true;  // location MESH_EXTERNAL
  std::string resolution = "NONE";
  std::vector<ServiceEntryEndpoint> endpoints;
  std::optional<Labels> selector;  // workloadSelector
  Place selector_place;
  std::vector<std::string> export_to;
  std::vector<std::string> subject_alt_names;
};

struct Sidecar {
  struct Egress {
    std::vector<std::string> hosts;
    int port = 0;  // 0: all ports
    std::string protocol;
    std::string bind;
  };
  struct Ingress {
    int port = 0;
    std::string name;
    std::string protocol;
    std::string bind;
    std::string default_endpoint;
    std::optional<ConnectionPool> pool;
  };
  Meta meta;
  std::optional<Labels> selector;
  std::vector<Egress> egress;
  std::vector<Ingress> ingress;
  std::string outbound_policy;  // empty: the mesh's
  std::optional<ConnectionPool> inbound_pool;
};

/// Of the pods that its selector names, else of its namespace; in the root namespace, of all.
struct ProxyConfig {
  Meta meta;
  std::optional<Labels> selector;
  std::optional<int> concurrency;  // workers; 0: as many as the machine has cores
};

/// What sidecars make of a request's path: each does what the one before does, and more.
enum class PathNormalization : std::uint8_t { kNone, kBase, kMergeSlashes, kDecodeAndMergeSlashes };

struct MeshConfig {
  std::string root_namespace = "istio-system";
  std::string trust_domain = "cluster.local";
  std::string domain = "cluster.local";
  std::string outbound_policy = "ALLOW_ANY";
  Duration connect_timeout = 10s;
  bool auto_mtls = true;
  bool h2_upgrade = false;
  PathNormalization path_normalization = PathNormalization::kBase;
  std::optional<LocalitySetting> locality;
  std::optional<Retries> default_retries;
  std::optional<ConnectionPool> default_pool;
  std::optional<OutlierDetection> default_outlier;
  std::optional<Keepalive> keepalive;
};

void read(Fields& object, Gateway& out);
void read(Fields& object, ServiceEntry& out);
void read(Fields& object, Sidecar& out);
void read(Fields& object, ProxyConfig& out);
/// One document, the fields of MeshConfig at its top.
Result<MeshConfig> read_mesh_config(const Node& document);
void read_retries(Fields& retries, Retries& out);

}  // namespace squall::config
