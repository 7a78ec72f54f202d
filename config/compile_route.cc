// Routes of one VirtualService: which rules a client gets, and each rule's action.
#include <fmt/format.h>

#include <algorithm>

#include "config/compile_parts.h"
#include "policies/base/ascii.h"

namespace squall::config {
namespace {

/// Conditions on the client, decided now: with gateways named only those count, "mesh" among them.
bool reaches(const HttpMatch& match, const RouteContext& context) {
  if (match.port != 0 && match.port != context.port) return false;
  // A waypoint knows of no labels of who asks.
  if (context.client->pod->waypoint && !match.source_labels.empty()) return false;
  if (!match.gateways.empty()) {
    return std::ranges::find(match.gateways, context.gateway) != match.gateways.end();
  }
  if (!contains(context.client->labels(), match.source_labels)) return false;
  return match.source_namespace.empty() || match.source_namespace == context.client->ns();
}

bool is_catch_all(const HttpMatch* match) {
  if (match == nullptr) return true;
  if (!match->headers.empty() || !match->without_headers.empty() || !match->query.empty() ||
      match->method || match->authority || match->scheme) {
    return false;
  }
  if (!match->uri) return true;
  return (match->uri->kind == StringMatch::Kind::kPrefix && match->uri->text == "/") ||
         (match->uri->kind == StringMatch::Kind::kRegex && match->uri->text == ".*");
}

bool is_authority(std::string_view name) {
  const std::string lower = lower_case(name);
  return lower == "host" || lower == ":authority";
}

struct HeaderLists {
  Json add = Json::array();
  Json remove = Json::array();
};

void add_operations(const HeaderOperations& from, HeaderLists& out) {
  for (const auto& [name, value] : from.set) {
    if (is_authority(name)) continue;
    out.add.push_back({{"header", {{"key", name}, {"value", value}}},
                       {"appendAction", "OVERWRITE_IF_EXISTS_OR_ADD"}});
  }
  for (const auto& [name, value] : from.add) {
    if (is_authority(name)) continue;
    out.add.push_back({{"header", {{"key", name}, {"value", value}}}});
  }
  for (const std::string& name : from.remove) out.remove.push_back(name);
}

void put_headers(const HeaderLists& request, const HeaderLists& response, Json& out) {
  if (!request.add.empty()) out["requestHeadersToAdd"] = request.add;
  if (!request.remove.empty()) out["requestHeadersToRemove"] = request.remove;
  if (!response.add.empty()) out["responseHeadersToAdd"] = response.add;
  if (!response.remove.empty()) out["responseHeadersToRemove"] = response.remove;
}

/// Setting the host header means a rewrite of the authority; `set` beats `add`.
std::string authority_of(const HeaderChange& change) {
  for (const Labels* from : {&change.request.set, &change.request.add}) {
    for (const auto& [name, value] : *from) {
      if (is_authority(name)) return value;
    }
  }
  return {};
}

/// Without a port it is the listener's; at gateways and waypoints the service's own, if that has
/// just one.
int port_of(const Destination& to, const RouteContext& context) {
  if (to.port != 0) return to.port;
  if (!context.client->pod->is_proxy()) return context.port;
  const MeshService* service = context.registry->service(to.host);
  return service != nullptr && service->ports.size() == 1 ? service->ports.front().number
                                                          : context.port;
}

std::string cluster_for(const Destination& to, const RouteContext& context) {
  const int port = port_of(to, context);
  std::string host = to.host;
  for (const MeshService& service : context.registry->services()) {
    const auto& aliases = service.aliases;
    if (aliases.empty()) continue;
    if (std::ranges::find(aliases, host) != aliases.end()) host = service.host;
  }
  return outbound_cluster(port, to.subset, host);
}

TrafficPolicy policy_for(const Destination& to, const RouteContext& context) {
  const MeshService* service = context.registry->service(to.host);
  if (service == nullptr) return {};
  const DestinationRule* rule = rule_for(*context.registry, *context.client, *service);
  if (rule == nullptr) return {};
  const Subset* subset = nullptr;
  for (const Subset& one : rule->subsets) {
    if (one.name == to.subset) subset = &one;
  }
  return policy_of(rule, subset, to.port, context.registry->config());
}

void put_redirect(const Redirect& from, const RouteContext& context, Json& out) {
  Json action = Json::object();
  if (!from.authority.empty()) action["hostRedirect"] = from.authority;
  if (!from.scheme.empty()) action["schemeRedirect"] = from.scheme;
  const std::string scheme = from.scheme.empty() ? "http" : from.scheme;
  const int port = from.derive_port == "FROM_REQUEST_PORT" ? context.port : from.port;
  const bool usual = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
  if (port != 0 && !usual) action["portRedirect"] = port;
  if (from.prefix_rewrite.empty()) {
    action["pathRedirect"] = from.uri;
  } else {
    action["prefixRewrite"] = from.prefix_rewrite;
  }
  static constexpr std::pair<int, std::string_view> kCodes[] = {
      {302, "FOUND"}, {303, "SEE_OTHER"}, {307, "TEMPORARY_REDIRECT"}, {308, "PERMANENT_REDIRECT"}};
  bool known = from.code == 0 || from.code == 301;
  for (const auto& [code, name] : kCodes) {
    if (from.code != code) continue;
    action["responseCode"] = name;
    known = true;
  }
  if (known) out["redirect"] = std::move(action);
}

void put_direct_response(const DirectResponse& from, Json& out) {
  Json action = {{"status", from.status}};
  if (from.text) action["body"] = {{"inlineString", *from.text}};
  if (from.bytes) action["body"] = {{"inlineBytes", *from.bytes}};
  out["directResponse"] = std::move(action);
}

Json mirrors_of(const HttpRule& rule, const RouteContext& context) {
  Json out = Json::array();
  for (const Mirror& one : rule.mirrors) {
    const double percentage = one.percentage.value_or(100);
    if (percentage == 0) continue;
    Json share = one.fraction
                     ? Json{{"numerator", static_cast<std::int64_t>(percentage * 10'000 + 0.5)},
                            {"denominator", "MILLION"}}
                     : Json{{"numerator", static_cast<std::int64_t>(percentage)}};
    out.push_back({{"cluster", cluster_for(one.to, context)},
                   {"runtimeFraction", {{"defaultValue", std::move(share)}}},
                   {"traceSampled", false},
                   {"disableShadowHostSuffixAppend", true}});
  }
  return out;
}

void put_weighted(const HttpRule& rule, const RouteContext& context, Json& route) {
  Json clusters = Json::array();
  for (const WeightedDestination& one : rule.route) {
    if (one.weight == 0) continue;
    Json cluster = {{"name", cluster_for(one.to, context)}, {"weight", one.weight}};
    HeaderLists request;
    HeaderLists response;
    add_operations(one.headers.request, request);
    add_operations(one.headers.response, response);
    put_headers(request, response, cluster);
    const std::string authority = authority_of(one.headers);
    if (!authority.empty()) cluster["hostRewriteLiteral"] = authority;
    clusters.push_back(std::move(cluster));
  }
  route["weightedClusters"] = {{"clusters", std::move(clusters)}};
}

void put_rewrite(const HttpRule& rule, Json& route) {
  std::string authority = authority_of(rule.headers);
  if (rule.rewrite) {
    if (!rule.rewrite->authority.empty()) authority = rule.rewrite->authority;
    if (!rule.rewrite->regex.empty()) {
      route["regexRewrite"] = {{"pattern", {{"regex", rule.rewrite->regex}}},
                               {"substitution", rule.rewrite->substitution}};
    } else if (!rule.rewrite->uri.empty()) {
      route["prefixRewrite"] = rule.rewrite->uri;
    }
  }
  if (authority.empty() && rule.route.size() == 1) authority = authority_of(rule.route[0].headers);
  if (!authority.empty()) route["hostRewriteLiteral"] = authority;
}

Json route_action(const HttpRule& rule, const RouteContext& context) {
  Json route = Json::object();
  Json hashes = Json::array();
  for (const WeightedDestination& one : rule.route) {
    Json hash = hash_policy(policy_for(one.to, context));
    if (!hash.is_null()) hashes.push_back(std::move(hash));
  }
  if (rule.route.size() == 1) {
    route["cluster"] = cluster_for(rule.route[0].to, context);
  } else {
    put_weighted(rule, context, route);
  }
  put_rewrite(rule, route);
  const std::string timeout = proto_duration(rule.timeout.value_or(Duration(0)));
  route["timeout"] = timeout;
  const bool hashed = rule.route.size() == 1 && !hashes.empty();
  Json retries = retry_policy(rule.retries, context.registry->config(), !hashed);
  if (!retries.is_null()) route["retryPolicy"] = std::move(retries);
  Json mirrors = mirrors_of(rule, context);
  if (!mirrors.empty()) route["requestMirrorPolicies"] = std::move(mirrors);
  if (!hashes.empty()) route["hashPolicy"] = std::move(hashes);
  route["maxGrpcTimeout"] = timeout;
  return route;
}

Json build(const HttpRule& rule, const HttpMatch* match, Json origin, const RouteContext& context) {
  Json out = Json::object();
  const std::string_view inner = match == nullptr ? std::string_view() : match->name;
  std::string name = rule.name;
  if (!inner.empty()) name += (name.empty() ? "" : ".") + std::string(inner);
  if (!name.empty()) out["name"] = name;
  out["match"] = match_of(match);
  if (rule.redirect) {
    put_redirect(*rule.redirect, context, out);
  } else if (rule.direct) {
    put_direct_response(*rule.direct, out);
  } else {
    out["route"] = route_action(rule, context);
  }
  HeaderLists request;
  HeaderLists response;
  add_operations(rule.headers.request, request);
  add_operations(rule.headers.response, response);
  if (rule.route.size() == 1) {
    add_operations(rule.route[0].headers.request, request);
    add_operations(rule.route[0].headers.response, response);
  }
  put_headers(request, response, out);
  Json filters = filter_config(rule);
  if (!filters.empty()) out["typedPerFilterConfig"] = std::move(filters);
  out["metadata"] = std::move(origin);
  return out;
}

}  // namespace

Json routes_of(const VirtualService& service, const RouteContext& context) {
  Json out = Json::array();
  for (std::size_t i = 0; i < service.http.size(); ++i) {
    const HttpRule& rule = service.http[i];
    const auto emit = [&](const HttpMatch* match) {
      out.push_back(build(rule, match,
                          origin("virtual-service", service.meta, rule.place, static_cast<int>(i)),
                          context));
      return is_catch_all(match);
    };
    if (rule.matches.empty()) {
      emit(nullptr);
      return out;
    }
    for (const HttpMatch& match : rule.matches) {
      if (reaches(match, context) && emit(&match)) return out;
    }
  }
  return out;
}

Json default_route(const MeshService& service, const MeshPort& port, const RouteContext& context) {
  const MeshConfig& config = context.registry->config();
  const DestinationRule* rule = rule_for(*context.registry, *context.client, service);
  Json route = {{"cluster", outbound_cluster(port.number, "", service.host)}, {"timeout", "0s"}};
  Json retries = retry_policy({}, config, true);
  if (!retries.is_null()) route["retryPolicy"] = std::move(retries);
  Json hash = hash_policy(policy_of(rule, nullptr, port.number, config));
  if (!hash.is_null()) route["hashPolicy"] = Json::array({std::move(hash)});
  route["maxGrpcTimeout"] = "0s";
  return {{"name", "default"}, {"match", match_of(nullptr)}, {"route", std::move(route)}};
}

}  // namespace squall::config
