// The inbound side of a proxy: who may come in at which port, and the cluster that is its
// application.
#include <fmt/format.h>

#include <algorithm>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

struct InboundPort {
  int number = 0;        // of the workload
  int service_port = 0;  // as virtual hosts are named after it
  Protocol protocol = Protocol::kSniffed;
  const MeshService* service = nullptr;
  const Sidecar::Ingress* ingress = nullptr;
};

const char* mode_name(MtlsMode mode) {
  switch (mode) {
    case MtlsMode::kStrict:
      return "STRICT";
    case MtlsMode::kDisable:
      return "DISABLE";
    default:
      return "PERMISSIVE";
  }
}

std::string cluster_name(int port) { return fmt::format("inbound|{}||", port); }

Json route_config(const InboundPort& port) {
  Json route = {{"cluster", cluster_name(port.number)}, {"timeout", "0s"}};
  // A stream of gRPC may have been half answered, so it is not sent again.
  if (port.protocol != Protocol::kGrpc && port.protocol != Protocol::kGrpcWeb) {
    route["retryPolicy"] = {{"retryOn", "reset-before-request"}, {"numRetries", 2}};
  }
  route["maxStreamDuration"] = {{"maxStreamDuration", "0s"}, {"grpcTimeoutHeaderMax", "0s"}};
  Json host = {
      {"name", fmt::format("inbound|http|{}", port.service_port)},
      {"domains", Json::array({"*"})},
      {"routes",
       Json::array(
           {{{"name", "default"}, {"match", {{"prefix", "/"}}}, {"route", std::move(route)}}})}};
  return {{"name", cluster_name(port.number)},
          {"ignorePortInHostMatching", false},
          {"validateClusters", false},
          {"virtualHosts", Json::array({std::move(host)})}};
}

Json chain(const InboundPort& port, const std::string& name, Json match, bool tls) {
  Json out = {{"name", name}, {"filterChainMatch", std::move(match)}};
  if (tls) {
    out["transportSocket"] = {{"requireClientCertificate", true},
                              {"tlsCertificateSdsSecretConfigs", Json::array({"default"})}};
  }
  const bool http = is_http(port.protocol) || port.protocol == Protocol::kSniffed;
  out["kind"] = http ? "http" : "tcp";
  if (http) {
    out["routeConfig"] = route_config(port);
  } else {
    out["cluster"] = cluster_name(port.number);
  }
  return out;
}

Json chains_of(const InboundPort& port, MtlsMode mode, const std::string& name) {
  const Json plain = {{"destinationPort", port.number}, {"transportProtocol", "raw_buffer"}};
  Json tls = {{"destinationPort", port.number}, {"transportProtocol", "tls"}};
  Json out = Json::array();
  if (mode == MtlsMode::kStrict) {
    out.push_back(chain(port, name, tls, true));
    return out;
  }
  if (mode != MtlsMode::kDisable) {
    Json istio = tls;
    istio["applicationProtocols"] = Json::array(
        {"istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"});
    out.push_back(chain(port, name, std::move(istio), true));
    // TLS that is not Istio's own goes to the application as it is.
    if (!is_http(port.protocol)) out.push_back(chain(port, name, tls, false));
  }
  out.push_back(chain(port, name, plain, false));
  return out;
}

/// Of the ingress listener, else of the Sidecar, else of the rule for the workload's own service.
std::optional<ConnectionPool> pool_of(const Registry& registry, const Client& client,
                                      const Sidecar* sidecar, const InboundPort& port) {
  if (port.ingress != nullptr && port.ingress->pool) return port.ingress->pool;
  if (sidecar != nullptr && sidecar->inbound_pool) return sidecar->inbound_pool;
  const DestinationRule* rule = port.service == nullptr
                                    ? nullptr
                                    : registry.rules().rule(port.service->host, port.service->ns,
                                                            client.ns(), client.labels(), false);
  return policy_of(rule, nullptr, port.service_port, registry.config()).pool;
}

void put_ingress_endpoint(const std::string& written, Json& out) {
  Json address = Json::object();
  static constexpr std::string_view kUnix = "unix://";
  const std::size_t colon = written.rfind(':');
  if (written.starts_with(kUnix)) {
    address["pipe"] = {{"path", written.substr(kUnix.size())}};
  } else if (colon != std::string::npos) {
    address["address"] = written.substr(0, colon);
    address["portValue"] = std::atoi(written.c_str() + colon + 1);
  }
  out["loadAssignment"] = {
      {"endpoints", Json::array({{{"lbEndpoints", Json::array({{{"address", std::move(address)},
                                                                {"tlsMode", "disabled"}}})}}})}};
}

Json cluster(const Registry& registry, const Client& client, const Sidecar* sidecar,
             const InboundPort& port) {
  Json out = Json::object();
  const bool to_place = port.ingress != nullptr && !port.ingress->default_endpoint.empty();
  out["type"] = to_place ? "STATIC" : "ORIGINAL_DST";
  if (to_place) {
    put_ingress_endpoint(port.ingress->default_endpoint, out);
  } else {
    out["lbPolicy"] = "CLUSTER_PROVIDED";
  }
  TrafficPolicy policy;
  policy.pool = pool_of(registry, client, sidecar, port);
  add_pool(policy, registry.config(), out);
  add_protocol_options(policy.pool ? &*policy.pool : nullptr, port.protocol,
                       is_http2(port.protocol), true, false, false, out);
  out["commonLbConfig"] = Json::object();
  return out;
}

/// The ports at which requests come in: a Sidecar's ingress, else those of the pod's services.
std::vector<InboundPort> ports_of(const Registry& registry, const Client& client,
                                  const Sidecar* sidecar) {
  std::vector<InboundPort> out;
  const auto seen = [&](int number) {
    return std::ranges::find(out, number, &InboundPort::number) != out.end();
  };
  if (sidecar != nullptr && !sidecar->ingress.empty()) {
    for (const Sidecar::Ingress& one : sidecar->ingress) {
      if (!seen(one.port)) {
        out.push_back({one.port, one.port, parse_protocol(one.protocol), nullptr, &one});
      }
    }
    return out;
  }
  for (const MeshService& service : registry.services()) {
    for (const MeshEndpoint& endpoint : service.endpoints) {
      if (endpoint.pod != client.pod) continue;
      for (std::size_t i = 0; i < service.ports.size(); ++i) {
        const MeshPort& port = service.ports[i];
        const int number = endpoint.ports[i];
        if (number == 0 || port.protocol == Protocol::kUdp || seen(number)) continue;
        out.push_back({number, port.number, port.protocol, &service, nullptr});
      }
    }
  }
  return out;
}

}  // namespace

void add_inbound(const Registry& registry, const Client& client, View& view) {
  const MeshPod& pod = *client.pod;
  const Sidecar* sidecar = sidecar_of(registry, client);
  const auto mode_at = [&](int port) {
    return registry.server_mode(pod.labels, pod.ns, port).mode;
  };
  view.inbound["other"] = {{"mode", mode_name(mode_at(0))}};
  for (const InboundPort& port : ports_of(registry, client, sidecar)) {
    const MtlsMode mode = mode_at(port.number);
    const std::string name =
        fmt::format("{}_{}", port.ingress == nullptr ? "0.0.0.0" : pod.ip, port.number);
    view.inbound[std::to_string(port.number)] = {{"mode", mode_name(mode)},
                                                 {"chains", chains_of(port, mode, name)}};
    view.inbound_clusters[cluster_name(port.number)] = cluster(registry, client, sidecar, port);
  }
}

}  // namespace squall::config
