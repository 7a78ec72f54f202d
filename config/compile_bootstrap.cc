// A view as an Envoy static bootstrap: one listener a port, clusters with their endpoints in them.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "config/compile_static.h"

namespace squall::config {
namespace {

constexpr const char* kManager =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
    "HttpConnectionManager";
constexpr const char* kFilters = "type.googleapis.com/envoy.extensions.filters.http.";

Json filter(const char* name, const char* type) {
  return {{"name", name}, {"typed_config", {{"@type", std::string(kFilters) + type}}}};
}

/// As istiod sets it up for sidecars; only the filters that a route of the table configures.
Json manager(const std::string& name, Json table, PathNormalization paths, bool inbound) {
  Json filters = Json::array();
  const std::string text = table.dump();
  if (text.find("envoy.filters.http.fault") != std::string::npos) {
    filters.push_back(filter("envoy.filters.http.fault", "fault.v3.HTTPFault"));
  }
  if (text.find("envoy.filters.http.cors") != std::string::npos) {
    filters.push_back(filter("envoy.filters.http.cors", "cors.v3.Cors"));
  }
  filters.push_back(filter("envoy.filters.http.router", "router.v3.Router"));
  Json out = {{"@type", kManager},
              {"stat_prefix", name},
              {"stream_idle_timeout", "0s"},
              {"route_config", std::move(table)},
              {"http_filters", std::move(filters)}};
  if (inbound) out["server_name"] = "istio-envoy";
  if (paths >= PathNormalization::kBase) out["normalize_path"] = true;
  if (paths >= PathNormalization::kMergeSlashes) out["merge_slashes"] = true;
  if (paths >= PathNormalization::kDecodeAndMergeSlashes)
    out["path_with_escaped_slashes_action"] = "UNESCAPE_AND_FORWARD";
  return out;
}

Json listener(const std::string& name, int port, Json table, PathNormalization paths,
              bool inbound) {
  return {{"name", name},
          {"address", {{"socket_address", {{"address", "0.0.0.0"}, {"port_value", port}}}}},
          {"filter_chains",
           Json::array({{{"filters",
                          Json::array({{{"name", "envoy.filters.network.http_connection_manager"},
                                        {"typed_config",
                                         manager(name, std::move(table), paths, inbound)}}})}}})}};
}

/// Virtual hosts of the tables of sniffed ports, under the domains that they would have by name.
void add_sniffed(const View& view, std::map<int, Json>& by_port) {
  for (const auto& [name, table] : view.routes.items()) {
    const auto domains = view.sniffed_domains.find(name);
    if (domains == view.sniffed_domains.end()) continue;
    const int port = std::atoi(name.c_str() + name.rfind(':') + 1);
    Json& hosts = by_port[port];
    if (hosts.is_null()) hosts = Json::array();
    for (Json host : table["virtualHosts"]) {
      host["domains"] = *domains;
      // Where a declared port's table has the name already, that one counts.
      const bool there =
          std::ranges::any_of(hosts, [&](const Json& one) { return one["name"] == host["name"]; });
      if (!there) hosts.push_back(std::move(host));
    }
  }
}

/// Virtual hosts by port; the one for all other names stays last.
std::map<int, Json> tables_by_port(const View& view) {
  std::map<int, Json> out;
  std::map<int, Json> last;
  Json any_last;
  for (const auto& [name, table] : view.routes.items()) {
    if (name.find(':') != std::string::npos) continue;
    const auto gateway = view.gateway_ports.find(name);
    const int port =
        gateway == view.gateway_ports.end() ? std::atoi(name.c_str()) : gateway->second;
    Json hosts = table["virtualHosts"];
    if (!hosts.empty() && hosts.back()["domains"] == Json::array({"*"})) {
      last[port] = any_last = hosts.back();
      hosts.erase(hosts.size() - 1);
    }
    Json& all = out.try_emplace(port, Json::array()).first->second;
    for (Json& host : hosts) all.push_back(std::move(host));
  }
  add_sniffed(view, out);
  for (auto& [port, hosts] : out) {
    if (last.contains(port)) hosts.push_back(last[port]);
  }
  return out;
}

Json bootstrap(Json listeners, Json clusters) {
  return {{"static_resources",
           {{"listeners", std::move(listeners)}, {"clusters", std::move(clusters)}}}};
}

Json endpoints_for(const View& view, const std::string& name, const Json& cluster) {
  if (const auto at = view.endpoints.find(name); at != view.endpoints.end()) return *at;
  if (const auto at = view.passthrough_endpoints.find(name);
      at != view.passthrough_endpoints.end()) {
    return *at;
  }
  return cluster.value("loadAssignment", Json::object());
}

Json empty_cluster(const char* name) {
  return {{"name", name}, {"type", "STATIC"}, {"connect_timeout", "10s"}};
}

}  // namespace

Json to_bootstrap_outbound(const View& view, BootstrapFor whom) {
  Json listeners = Json::array();
  for (auto& [port, hosts] : tables_by_port(view)) {
    const std::string name = std::to_string(port);
    Json table = static_routes({{"ignorePortInHostMatching", true},
                                {"validateClusters", false},
                                {"virtualHosts", std::move(hosts)}},
                               whom);
    Json named = {{"name", name}};
    named.update(table);
    listeners.push_back(
        listener("0.0.0.0_" + name, port, std::move(named), view.path_normalization, false));
  }
  Json clusters = Json::array();
  for (const auto& [name, cluster] : view.clusters.items()) {
    clusters.push_back(static_cluster(name, cluster, endpoints_for(view, name, cluster)));
  }
  // Neither leads anywhere in a configuration that stands alone.
  clusters.push_back(empty_cluster("PassthroughCluster"));
  clusters.push_back(empty_cluster("BlackHoleCluster"));
  return bootstrap(std::move(listeners), std::move(clusters));
}

Json to_bootstrap_inbound(const View& view, const MeshPod&, BootstrapFor whom) {
  Json listeners = Json::array();
  Json clusters = Json::array();
  for (const auto& [port, side] : view.inbound.items()) {
    const auto chains = side.find("chains");
    if (chains == side.end() || chains->empty()) continue;
    const Json& first = chains->front();
    const int number = std::atoi(port.c_str());
    if (number == 0 || first.value("kind", "") != "http") continue;
    listeners.push_back(listener("inbound_" + port, number,
                                 static_routes(first["routeConfig"], whom), view.path_normalization,
                                 true));
    const std::string name = first["routeConfig"]["name"].get<std::string>();
    const auto cluster = view.inbound_clusters.find(name);
    if (cluster == view.inbound_clusters.end()) continue;
    const Json here = {
        {"endpoints",
         Json::array({{{"lbEndpoints",
                        Json::array({{{"address",
                                       {{"address", "127.0.0.1"}, {"portValue", number}}}}})}}})}};
    clusters.push_back(static_cluster(name, *cluster, here));
  }
  return bootstrap(std::move(listeners), std::move(clusters));
}

}  // namespace squall::config
