// A dump's clusters as static ones: the endpoints that were there, and what is known of TLS.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "config/config_dump_parts.h"

namespace squall::config {
namespace dump {
namespace {

constexpr std::string_view kTls = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";

bool is_tls(const Node& socket) {
  const Node* const config = find(socket, "typed_config");
  return config != nullptr && type_of(*config) == kTls;
}

/// The mesh's certificates come under this name.
bool has_mesh_certificates(const Node& socket) {
  const Node* const config = find(socket, "typed_config");
  const Node* const common = config == nullptr ? nullptr : find(*config, "common_tls_context");
  const Node* const secrets =
      common == nullptr ? nullptr : find(*common, "tls_certificate_sds_secret_configs");
  return secrets != nullptr && std::ranges::any_of(secrets->items, [](const Node& one) {
           return text_at(one, "name") == "default";
         });
}

/// Takes from the cluster what it says of TLS, where that is understood.
DumpedTls take_tls(Node& cluster) {
  if (const Node* const matches = find(cluster, "transport_socket_matches")) {
    const bool automatic = std::ranges::any_of(
        matches->items, [](const Node& one) { return text_at(one, "name") == "tlsMode-istio"; });
    if (!automatic) return DumpedTls::kNone;
    erase(cluster, {"transport_socket_matches", "transport_socket"});
    return DumpedTls::kAutomatic;
  }
  const Node* const socket = find(cluster, "transport_socket");
  if (socket == nullptr || !is_tls(*socket)) return DumpedTls::kNone;
  const bool mutual = has_mesh_certificates(*socket);
  erase(cluster, {"transport_socket"});
  return mutual ? DumpedTls::kMutual : DumpedTls::kOwn;
}

/// A protocol that follows the client's is HTTP/1 in a run; telemetry decides nothing.
void simplify(Node& cluster) {
  erase(cluster, {"@type", "eds_cluster_config", "original_dst_lb_config"});
  if (Node* const filters = find(cluster, "filters")) {
    std::erase_if(filters->items, [](const Node& one) {
      return is_extension(one, {"metadata_exchange", "metadataexchange", "MetadataExchange"});
    });
  }
  Node* const options = find(cluster, "typed_extension_protocol_options");
  Node* const http = options == nullptr
                         ? nullptr
                         : options->find("envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
  if (http == nullptr || find(*http, "use_downstream_protocol_config") == nullptr) return;
  const Place place = find(*http, "use_downstream_protocol_config")->place;
  erase(*http, {"use_downstream_protocol_config"});
  Node& chosen = put(*http, "explicit_http_config", mapping());
  chosen.place = place;
  put(chosen, "http_protocol_options", mapping());
}

/// Weights of 0 and empty localities, by which Envoy says that nobody set any.
void drop_unset(Node& group) {
  if (text_at(group, "load_balancing_weight") == "0") erase(group, {"load_balancing_weight"});
  const Node* const locality = find(group, "locality");
  if (locality != nullptr && locality->members.empty()) erase(group, {"locality"});
}

/// Endpoints as the dump has them: `checked` ones will be found to be unhealthy again.
Node hosts_of(Node assignment, bool checked, Omissions& omitted) {
  erase(assignment, {"@type"});
  Node* const groups = find(assignment, "endpoints");
  for (Node& group : groups == nullptr ? assignment.items : groups->items) {
    drop_unset(group);
    Node* const hosts = find(group, "lb_endpoints");
    if (hosts == nullptr) continue;
    for (Node& host : hosts->items) {
      if (text_at(host, "health_status") != "UNHEALTHY") continue;
      checked ? erase(host, {"health_status"}) : omitted.unhealthy.add(host.place);
    }
  }
  return assignment;
}

std::string locality_of(const Node& group) {
  const Node* const at = find(group, "locality");
  if (at == nullptr) return "//";
  return fmt::format("{}/{}/{}", text_at(*at, "region"), text_at(*at, "zone"),
                     text_at(*at, "sub_zone"));
}

/// "WORKLOAD;NAMESPACE;..." in an endpoint's metadata.
void note_workload(const Node& host, DumpedCluster& out) {
  const Node* at = &host;
  for (const std::string_view name : {"metadata", "filter_metadata", "istio"})
    at = at == nullptr ? nullptr : find(*at, name);
  const std::string text = at == nullptr ? "" : text_at(*at, "workload");
  const std::size_t end = text.find(';');
  if (end == std::string::npos) return;
  const std::size_t next = text.find(';', end + 1);
  out.workloads.insert(text.substr(0, end) + '.' + text.substr(end + 1, next - end - 1));
}

void note_hosts(const Node& cluster, DumpedCluster& out) {
  const Node* const assignment = find(cluster, "load_assignment");
  const Node* const groups = assignment == nullptr ? nullptr : find(*assignment, "endpoints");
  for (const Node& group : groups == nullptr ? std::vector<Node>{} : groups->items) {
    const Node* const hosts = find(group, "lb_endpoints");
    for (const Node& host : hosts == nullptr ? std::vector<Node>{} : hosts->items) {
      note_workload(host, out);
      const Node* at = &host;
      for (const std::string_view name : {"endpoint", "address", "socket_address"})
        at = at == nullptr ? nullptr : find(*at, name);
      if (at == nullptr) continue;
      const std::string address = text_at(*at, "address");
      const bool v6 = address.contains(':');
      out.sockets.push_back(fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "",
                                        text_at(*at, "port_value")));
    }
  }
}

class Reader {
 public:
  Reader(const Sections& sections, Omissions& omitted) : sections_(sections), omitted_(omitted) {}

  /// None: what is wrong has been said.
  std::optional<Node> read(const Value& from, DumpedCluster& out) {
    Node cluster = from.node();
    const std::string name = text_at(cluster, "name"), type = text_at(cluster, "type");
    out.name = name;
    out.place = from.place();
    out.discovered = type == "EDS";
    if (type == "ORIGINAL_DST") {  // nobody resolves names in a run
      erase(cluster, {"lb_policy", "load_assignment"});
    } else if (type == "EDS" || type == "STRICT_DNS" || type == "LOGICAL_DNS") {
      const Node* const eds = find(cluster, "eds_cluster_config");
      const std::string service = eds == nullptr ? "" : text_at(*eds, "service_name");
      const auto at = sections_.assignments.find(service.empty() ? name : service);
      if (at == sections_.assignments.end()) {
        say_missing(from, name);
        return std::nullopt;
      }
      const Node* const checks = find(cluster, "health_checks");
      const bool checked = checks != nullptr && !checks->items.empty();
      put(cluster, "load_assignment", hosts_of(at->second, checked, omitted_));
    }
    if (type == "ORIGINAL_DST" || type == "EDS" || type.ends_with("_DNS"))
      find(cluster, "type")->text = "STATIC";
    out.tls = take_tls(cluster);
    simplify(cluster);
    note_hosts(cluster, out);
    return cluster;
  }

 private:
  void say_missing(const Value& cluster, const std::string& name) {
    if (sections_.has_endpoints) {
      cluster.error(fmt::format("no EndpointsConfigDump has the endpoints of \"{}\"", name),
                    "dump all of them, without `resource` or `mask`");
    } else if (!std::exchange(told_, true)) {
      cluster.error(fmt::format("the endpoints of \"{}\" are not in the dump", name),
                    "dump with them: curl 'localhost:15000/config_dump?include_eds'");
    }
  }

  const Sections& sections_;
  Omissions& omitted_;
  bool told_ = false;
};

}  // namespace

void read_clusters(const Sections& sections, const std::set<std::string>& led_to,
                   std::vector<DumpedCluster>& known, Node& clusters, Omissions& omitted) {
  Reader reader(sections, omitted);
  for (const Value& one : sections.clusters) {
    if (!led_to.contains(text_at(one.node(), "name"))) continue;
    DumpedCluster its;
    std::optional<Node> cluster = reader.read(one, its);
    if (!cluster) continue;
    known.push_back(std::move(its));
    clusters.items.push_back(*std::move(cluster));
  }
}

}  // namespace dump

void replace_endpoints(ConfigDump& out, std::size_t cluster, Node assignment) {
  Node& clusters = *dump::find(*dump::find(out.bootstrap, "static_resources"), "clusters");
  Node& owner = clusters.items[cluster];
  const Node* const before = dump::find(owner, "load_assignment");
  const Node* const known = before == nullptr ? nullptr : dump::find(*before, "endpoints");
  Node* const groups = dump::find(assignment, "endpoints");
  for (Node& group : groups == nullptr ? assignment.items : groups->items) {
    for (const Node& old : known == nullptr ? std::vector<Node>{} : known->items) {
      if (dump::locality_of(old) != dump::locality_of(group)) continue;
      for (const char* const name : {"priority", "load_balancing_weight"}) {
        dump::erase(group, {name});
        const Node* const value = dump::find(old, name);
        if (value != nullptr) dump::put(group, name, *value);
      }
    }
  }
  dump::put(owner, "load_assignment", std::move(assignment));
}

}  // namespace squall::config
