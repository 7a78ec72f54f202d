// The server's side: a listener's routes for each port that the workload serves, towards its application.
#include "config/compile_parts.h"

namespace squall::config {
namespace {

Json route_table(int port, bool grpc) {
  Json route = {{"cluster", "inbound|" + std::to_string(port) + "||"}, {"timeout", "0s"}};
  if (!grpc) route["retryPolicy"] = {{"retryOn", "reset-before-request"}, {"numRetries", 2}};
  Json entry = {{"name", "default"}, {"match", {{"prefix", "/"}}}, {"route", std::move(route)}};
  Json host = {{"name", "inbound|http|" + std::to_string(port)}, {"domains", {"*"}}, {"routes", Json::array({std::move(entry)})}};
  return {{"name", "inbound|" + std::to_string(port) + "||"}, {"virtualHosts", Json::array({std::move(host)})}};
}

Json cluster(const Registry& registry, const Client& client, const MeshService& service, const MeshPort& port) {
  Json out = {{"type", "ORIGINAL_DST"}, {"connectTimeout", proto_duration(registry.config().connect_timeout)},
              {"lbPolicy", "CLUSTER_PROVIDED"}};
  add_pool(policy_of(rule_for(registry, client, service), nullptr, port.number, registry.config()), registry.config(), out);
  return out;
}

}  // namespace

void add_inbound(const Registry& registry, const Client& client, View& view) {
  for (const MeshService& service : registry.services()) {
    for (const MeshEndpoint& endpoint : service.endpoints) {
      if (endpoint.pod == nullptr || endpoint.pod->ns != client.ns() || endpoint.pod->workload != client.pod->workload) {
        continue;
      }
      for (std::size_t i = 0; i < service.ports.size(); ++i) {
        const int port = endpoint.ports[i];
        if (port == 0 || !(is_http(service.ports[i].protocol) || service.ports[i].protocol == Protocol::kSniffed)) continue;
        const std::string key = std::to_string(port);
        if (view.inbound.contains(key)) continue;
        view.inbound[key] = route_table(port, service.ports[i].protocol == Protocol::kGrpc);
        view.inbound_clusters["inbound|" + key + "||"] = cluster(registry, client, service, service.ports[i]);
      }
    }
  }
}

}  // namespace squall::config
