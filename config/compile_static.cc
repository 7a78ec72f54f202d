#include "config/compile_static.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "config/names.h"
#include "policies/base/ascii.h"

namespace squall::config {
namespace {

constexpr std::string_view kTypes = "type.googleapis.com/envoy.";
constexpr const char* kHttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

std::string snake_name(const std::string& name) {
  if (name.find('.') != std::string::npos) return name;
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out += '_';
      out += lower_case(c);
    } else {
      out += c;
    }
  }
  // Protobuf's rule does not say where a number begins.
  for (const std::string_view wanted : {"consecutive5xx"}) {
    const std::size_t at = out.find(wanted);
    if (at != std::string::npos) out.insert(at + wanted.size() - 3, "_");
  }
  return out;
}

Json extension(const std::string& name, std::string_view type,
               const Json& config = Json::object()) {
  Json typed = {{"@type", std::string(kTypes) + std::string(type)}};
  typed.update(config);
  return {{"name", name}, {"typed_config", std::move(typed)}};
}

void type_retries(Json& action) {
  const auto policy = action.find("retry_policy");
  if (policy == action.end()) return;
  if (const auto predicates = policy->find("retry_host_predicate"); predicates != policy->end()) {
    Json out = Json::array();
    for (const Json& name : *predicates) {
      out.push_back(extension(name.get<std::string>(),
                              "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"));
    }
    *predicates = std::move(out);
  }
  if (const auto priority = policy->find("retry_priority"); priority != policy->end()) {
    *priority =
        extension((*priority)["name"].get<std::string>(),
                  "extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
                  {{"update_frequency", (*priority)["update_frequency"]}});
  }
  if (const auto most = policy->find("host_selection_retry_max_attempts");
      most != policy->end() && most->is_string()) {
    *most = std::stoi(most->get<std::string>());
  }
}

void type_filters(Json& route) {
  const auto filters = route.find("typed_per_filter_config");
  if (filters == route.end()) return;
  for (auto& [name, config] : filters->items()) {
    const bool fault = name == "envoy.filters.http.fault";
    Json typed = {
        {"@type", std::string(kTypes) + (fault ? "extensions.filters.http.fault.v3.HTTPFault"
                                               : "extensions.filters.http.cors.v3.CorsPolicy")}};
    typed.update(config);
    config = std::move(typed);
  }
}

/// The text that base64 stands for; none when it is no base64 or the text no plain ASCII.
std::optional<std::string> decode(std::string_view base64) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  while (base64.ends_with('=')) base64.remove_suffix(1);
  for (const char c : base64) {
    static constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const auto byte = static_cast<unsigned char>(bits >> static_cast<unsigned>(count) & 0xffU);
    if (byte > 0x7e) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

/// Bytes that are a text are written as one.
void type_body(Json& route) {
  const auto response = route.find("direct_response");
  if (response == route.end() || !response->contains("body")) return;
  Json& body = (*response)["body"];
  if (!body.contains("inline_bytes")) return;
  const auto text = decode(body["inline_bytes"].get<std::string>());
  if (text) body = {{"inline_string", *text}};
}

void make_static(Json& route, BootstrapFor whom) {
  type_body(route);
  if (const auto action = route.find("route"); action != route.end()) {
    type_retries(*action);
    // Of gRPC's deadline, which a run does not hand on.
    if (whom == BootstrapFor::kSimulator) action->erase("max_stream_duration");
  }
  const auto filters = route.find("typed_per_filter_config");
  if (whom == BootstrapFor::kSimulator && filters != route.end())
    filters->erase("envoy.filters.http.cors");
  type_filters(route);
}

Json static_endpoint(const Json& from) {
  const Json& address = from["address"];
  const std::string mode = from.value("tlsMode", "disabled");
  Json out = {{"endpoint",
               {{"address",
                 {{"socket_address",
                   {{"address", address["address"]}, {"port_value", address["portValue"]}}}}}}}};
  if (from.contains("healthStatus")) out["health_status"] = from["healthStatus"];
  if (from.contains("loadBalancingWeight")) {
    out["load_balancing_weight"] = from["loadBalancingWeight"];
  }
  Json metadata = Json::object();
  if (mode == "istio") metadata["envoy.transport_socket_match"] = {{"tlsMode", "istio"}};
  if (from.contains("metadata")) metadata["istio"] = from["metadata"];
  if (!metadata.empty()) out["metadata"] = {{"filter_metadata", std::move(metadata)}};
  return out;
}

Json static_endpoints(const std::string& cluster, const Json& from) {
  Json groups = Json::array();
  for (const Json& group : from.value("endpoints", Json::array())) {
    Json out = Json::object();
    // istiod sends an empty one, too: without it Envoy has no use for the group's weight.
    out["locality"] = snake_case(group.value("locality", Json::object()));
    if (group.contains("priority")) out["priority"] = group["priority"];
    if (group.contains("loadBalancingWeight")) {
      out["load_balancing_weight"] = group["loadBalancingWeight"];
    }
    Json endpoints = Json::array();
    for (const Json& one : group["lbEndpoints"]) {
      const Json& address = one["address"];
      if (!address.contains("address")) continue;  // a socket in the file system
      if (is_address(address["address"].get<std::string>()))
        endpoints.push_back(static_endpoint(one));
    }
    if (endpoints.empty()) continue;
    out["lb_endpoints"] = std::move(endpoints);
    groups.push_back(std::move(out));
  }
  return {{"cluster_name", cluster}, {"endpoints", std::move(groups)}};
}

/// A sniffed port keeps the client's protocol, which without TLS in front is HTTP/1.
void type_protocol(Json& cluster) {
  const auto options = cluster.find("typed_extension_protocol_options");
  if (options == cluster.end()) return;
  Json typed = {{"@type", "type.googleapis.com/" + std::string(kHttpOptions)}};
  typed.update((*options)[kHttpOptions]);
  if (typed.erase("use_downstream_protocol_config") > 0) {
    typed["explicit_http_config"] = {{"http_protocol_options", Json::object()}};
  }
  typed.erase("upstream_http_protocol_options");
  (*options)[kHttpOptions] = std::move(typed);
}

}  // namespace

Json snake_case(const Json& from) {
  if (from.is_array()) {
    Json out = Json::array();
    for (const Json& one : from) out.push_back(snake_case(one));
    return out;
  }
  if (!from.is_object()) return from;
  Json out = Json::object();
  for (const auto& [key, value] : from.items()) {
    if (key == "metadata" && value.contains("filterMetadata")) {
      out[key] = {{"filter_metadata", value["filterMetadata"]}};
    } else {
      out[snake_name(key)] = snake_case(value);
    }
  }
  return out;
}

Json static_routes(const Json& table, BootstrapFor whom) {
  Json out = snake_case(table);
  for (Json& host : out["virtual_hosts"]) {
    host["include_request_attempt_count"] = true;
    Json routes = Json::array();
    for (Json& route : host["routes"]) {
      // Envoy would refuse a table with a route that does nothing.
      const bool acts = route.contains("route") || route.contains("redirect") ||
                        route.contains("direct_response");
      if (!acts) continue;
      make_static(route, whom);
      routes.push_back(std::move(route));
    }
    host["routes"] = std::move(routes);
  }
  return out;
}

Json static_cluster(const std::string& name, const Json& cluster, const Json& endpoints) {
  Json out = {{"name", name}};
  out.update(snake_case(cluster));
  const bool passes = cluster["type"] == "ORIGINAL_DST";
  out["type"] = "STATIC";
  for (const char* gone :
       {"transport_socket", "transport_socket_matches", "load_assignment", "dns_refresh_rate",
        "dns_jitter", "respect_dns_ttl", "dns_lookup_family", "typed_dns_resolver_config"}) {
    out.erase(gone);
  }
  // A client's resolver hands out the addresses in any order.
  if (passes) out["lb_policy"] = "RANDOM";
  type_protocol(out);
  out["load_assignment"] = static_endpoints(name, endpoints);
  return out;
}

Node to_node(const Json& json) {
  Node out;
  if (json.is_object()) {
    out.kind = Node::Kind::kMapping;
    out.members.reserve(json.size());
    for (const auto& [key, value] : json.items()) out.members.push_back({key, {}, to_node(value)});
  } else if (json.is_array()) {
    out.kind = Node::Kind::kSequence;
    out.items.reserve(json.size());
    for (const Json& one : json) out.items.push_back(to_node(one));
  } else if (json.is_string()) {
    out.kind = Node::Kind::kScalar;
    out.quoted = true;
    out.text = json.get_ref<const std::string&>();
  } else if (!json.is_null()) {
    out.kind = Node::Kind::kScalar;
    out.text = json.dump();
  }
  return out;
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return nullptr;
    case Node::Kind::kSequence: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::kMapping: {
      Json object = Json::object();
      for (const Node::Member& member : node.members) object[member.key] = to_json(member.value);
      return object;
    }
    case Node::Kind::kScalar:
      break;
  }
  if (node.quoted) return node.text;
  if (const auto value = node.as_bool()) return *value;
  if (const auto value = node.as_int()) return *value;
  if (const auto value = node.as_number()) return *value;
  return node.text;
}

}  // namespace squall::config
