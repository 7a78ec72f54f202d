// What this program reads of the Kubernetes objects that users write.
//
// Plain values as written, with the defaults of the API filled in where one is meant. What a
// cluster would make of them (pods of a Deployment, endpoints of a Service) is settled by
// compile.h. Source: the Kubernetes API, core/v1, apps/v1, discovery.k8s.io/v1.
#pragma once
#include <string>
#include <vector>

#include "config/fields.h"
#include "config/kubernetes_mentions.h"
#include "config/kubernetes_meta.h"
#include "config/kubernetes_probes.h"
#include "config/kubernetes_scaling.h"
#include "config/kubernetes_sidecar.h"

namespace squall::config {

struct Namespace {
  Meta meta;
};
/// A Gateway of Kubernetes' own API and the class istio-waypoint.
struct Waypoint {
  Meta meta;
};
struct ClusterNode {
  Meta meta;
};
struct ServiceAccount {
  Meta meta;
};

/// A port by number or by name.
struct PortRef {
  int number = 0;
  std::string name;  // not empty: by name
};

struct ServicePort {
  std::string name;
  int port = 0;
  PortRef target;  // number 0 and no name: as `port`
  std::string protocol = "TCP";
  std::string app_protocol;
  Place place, target_place;
};

struct Service {
  Meta meta;
  std::string type = "ClusterIP";
  std::vector<std::string> cluster_ips;  // ["None"]: headless
  std::string external_name, traffic_distribution;
  Labels selector;
  Place selector_place;
  std::vector<ServicePort> ports;
  bool publish_not_ready = false;

  bool headless() const { return !cluster_ips.empty() && cluster_ips.front() == "None"; }
};

struct ContainerPort {
  std::string name;
  int number = 0;
};

struct PodSpec {
  std::string service_account = "default";
  std::string node_name;
  std::string hostname, subdomain;
  bool host_network = false;
  bool has_proxy = false;      // a container of that name is there already
  Place limits;                // the first of the containers'; line 0: none
  std::int64_t cpu_limit = 0;  // millicores, of all containers; 0: one of them has none
  SidecarAnnotations sidecar;
  Probes probes;                 // the first of each kind
  std::int64_t cpu_request = 0;  // millicores, of all containers; 0: one of them says nothing
  Duration grace = std::chrono::seconds(30);
  std::vector<ContainerPort> ports;
  std::vector<Mention> mentions;      // of containers that are not a proxy
  std::vector<Reference> references;  // likewise, and of volumes
};

/// Deployment or StatefulSet.
struct Workload {
  std::string kind;
  Meta meta;
  int replicas = 1;
  LabelSelector selector;
  Meta pod;  // labels and annotations of the template
  PodSpec spec;
};

struct Pod {
  Meta meta;
  PodSpec spec;
  std::string ip;      // empty: not running yet
  bool ready = true;   // as its condition says
  bool ended = false;  // Succeeded, Failed or being deleted
};

struct EndpointSlice {
  struct Port {
    std::string name;
    int number = 0;
  };
  struct Endpoint {
    std::vector<std::string> addresses;
    bool ready = true;
    bool terminating = false;
    std::string node_name;
    std::string zone;
  };
  Meta meta;
  std::string service;  // of the label kubernetes.io/service-name
  std::vector<Port> ports;
  std::vector<Endpoint> endpoints;
};

/// Each reads one object; what is wrong is added to the diagnostics of the fields.
void read(Fields& object, Service& out);
void read(Fields& object, Workload& out);
void read(Fields& object, Pod& out);
void read(Fields& object, EndpointSlice& out);

}  // namespace squall::config
