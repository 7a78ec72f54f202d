// A view as one static bootstrap: route tables become listeners, endpoint lists part of their clusters.
#include "config/compile_parts.h"

namespace squall::config {
namespace {

constexpr const char* kType = "type.googleapis.com/envoy.extensions.";

/// What the printed form of a route shortens, in Envoy's own schema.
void expand_retries(Json& json) {
  if (json.is_object() && json.contains("retryPolicy")) {
    Json& policy = json["retryPolicy"];
    if (policy.contains("retryHostPredicate")) {
      Json predicates = Json::array();
      for (const Json& name : policy["retryHostPredicate"]) {
        predicates.push_back({{"name", name},
                              {"typedConfig", {{"@type", std::string(kType) + "retry.host.previous_hosts.v3.PreviousHostsPredicate"}}}});
      }
      policy["retryHostPredicate"] = std::move(predicates);
    }
    if (policy.contains("retryPriority")) {
      const Json frequency = policy["retryPriority"]["updateFrequency"];
      policy["retryPriority"] = {
          {"name", "envoy.retry_priorities.previous_priorities"},
          {"typedConfig", {{"@type", std::string(kType) + "retry.priority.previous_priorities.v3.PreviousPrioritiesConfig"},
                           {"updateFrequency", frequency}}}};
    }
  }
  if (!json.is_structured()) return;
  for (Json& part : json) expand_retries(part);
}

/// What decides nothing in virtual time yet and a reader that honours all it takes would refuse.
void drop_not_simulated(Json& json) {
  if (json.is_object()) {
    for (const char* key : {"typedPerFilterConfig", "requestMirrorPolicies", "hashPolicy"}) json.erase(key);
  }
  if (!json.is_structured()) return;
  for (Json& part : json) drop_not_simulated(part);
}

Json listener(const std::string& name, const std::string& address, int port, Json table) {
  expand_retries(table);
  drop_not_simulated(table);
  table["name"] = name;
  Json manager = {{"@type", std::string(kType) + "filters.network.http_connection_manager.v3.HttpConnectionManager"},
                  {"statPrefix", name},
                  {"streamIdleTimeout", "0s"},
                  {"routeConfig", std::move(table)},
                  {"httpFilters", Json::array({{{"name", "envoy.filters.http.router"},
                                                {"typedConfig", {{"@type", std::string(kType) + "filters.http.router.v3.Router"}}}}})}};
  Json filter = {{"name", "envoy.filters.network.http_connection_manager"}, {"typedConfig", std::move(manager)}};
  return {{"name", name},
          {"address", {{"socketAddress", {{"address", address}, {"portValue", port}}}}},
          {"filterChains", Json::array({{{"filters", Json::array({std::move(filter)})}}})}};
}

Json assignment(const std::string& name, const Json& endpoints) {
  Json localities = Json::array();
  for (const Json& group : endpoints.value("endpoints", Json::array())) {
    Json out = group;
    out["lbEndpoints"] = Json::array();
    for (const Json& one : group["lbEndpoints"]) {
      Json endpoint = {{"endpoint", {{"address", {{"socketAddress", one["address"]}}}}}};
      for (const char* key : {"healthStatus", "loadBalancingWeight"}) {
        if (one.contains(key)) endpoint[key] = one[key];
      }
      if (one.value("tlsMode", "") == "istio") {
        endpoint["metadata"] = {{"filterMetadata", {{"envoy.transport_socket_match", {{"tlsMode", "istio"}}}}}};
      }
      out["lbEndpoints"].push_back(std::move(endpoint));
    }
    localities.push_back(std::move(out));
  }
  return {{"clusterName", name}, {"endpoints", std::move(localities)}};
}

Json static_cluster(const std::string& name, Json cluster, Json load_assignment) {
  for (const char* key : {"transportSocket", "transportSocketMatches", "metadata", "edsClusterConfig", "dnsRefreshRate",
                          "dnsLookupFamily", "respectDnsTtl"}) {
    cluster.erase(key);
  }
  if (cluster.contains("typedExtensionProtocolOptions")) {
    for (auto& [option, value] : cluster["typedExtensionProtocolOptions"].items()) {
      value["@type"] = "type.googleapis.com/" + option;
    }
  }
  cluster["name"] = name;
  cluster["type"] = "STATIC";
  if (cluster.value("lbPolicy", "") == "CLUSTER_PROVIDED") cluster.erase("lbPolicy");
  cluster["loadAssignment"] = std::move(load_assignment);
  return cluster;
}

Json bootstrap(Json listeners, Json clusters) {
  return {{"staticResources", {{"listeners", std::move(listeners)}, {"clusters", std::move(clusters)}}}};
}

}  // namespace

Json to_bootstrap_outbound(const View& view) {
  Json listeners = Json::array(), clusters = Json::array();
  for (const auto& [name, table] : view.routes.items()) {
    const auto colon = name.rfind(':');
    const std::string port = colon == std::string::npos ? name : name.substr(colon + 1);
    if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) continue;
    Json own = table;
    if (colon != std::string::npos) own["virtualHosts"] = Json::array();  // a sniffed port: joined below
    if (colon == std::string::npos) {
      listeners.push_back(listener(name, "0.0.0.0", std::stoi(port), std::move(own)));
      continue;
    }
    Json hosts = table["virtualHosts"];
    for (Json& host : hosts) {
      const std::string known = host["name"].get<std::string>();
      if (view.sniffed_domains.contains(known)) host["domains"] = view.sniffed_domains[known];
    }
    own["virtualHosts"] = std::move(hosts);
    listeners.push_back(listener(name, "0.0.0.0", std::stoi(port), std::move(own)));
  }
  for (const auto& [name, cluster] : view.clusters.items()) {
    const bool through = view.passthrough_endpoints.contains(name);
    const Json& endpoints = through ? view.passthrough_endpoints[name]
                                    : view.endpoints.contains(name) ? view.endpoints[name] : Json::object();
    clusters.push_back(static_cluster(name, cluster, assignment(name, endpoints)));
  }
  return bootstrap(std::move(listeners), std::move(clusters));
}

Json to_bootstrap_inbound(const View& view) {
  Json listeners = Json::array(), clusters = Json::array();
  for (const auto& [port, table] : view.inbound.items()) {
    listeners.push_back(listener("inbound|" + port, "0.0.0.0", std::stoi(port), table));
  }
  for (const auto& [name, cluster] : view.inbound_clusters.items()) {
    const std::string port = name.substr(8, name.find('|', 8) - 8);
    const Json own = {{"endpoints", Json::array({{{"lbEndpoints", Json::array({{{"address", {{"address", "127.0.0.1"}, {"portValue", std::stoi(port)}}}}})}}})}};
    clusters.push_back(static_cluster(name, cluster, assignment(name, own)));
  }
  return bootstrap(std::move(listeners), std::move(clusters));
}

Node to_node(const Json& json) {
  Node node;
  if (json.is_object()) {
    node.kind = Node::Kind::kMapping;
    for (const auto& [key, value] : json.items()) node.members.push_back({key, {}, to_node(value)});
  } else if (json.is_array()) {
    node.kind = Node::Kind::kSequence;
    for (const Json& item : json) node.items.push_back(to_node(item));
  } else if (json.is_string()) {
    node.kind = Node::Kind::kScalar;
    node.quoted = true;
    node.text = json.get<std::string>();
  } else if (!json.is_null()) {
    node.kind = Node::Kind::kScalar;
    node.text = json.dump();
  }
  return node;
}

}  // namespace squall::config
