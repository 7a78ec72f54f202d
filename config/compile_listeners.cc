// Outbound listeners: one a port for HTTP, one an address and port for TCP and for sniffed ports.
#include <fmt/format.h>

#include <algorithm>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

const char* beyond(const Scope& scope) {
  return scope.registry_only ? "BlackHoleCluster" : "PassthroughCluster";
}

Json listener(const std::string& address, int port, bool inspect) {
  Json out = {{"name", fmt::format("{}_{}", address, port)},
              {"address", address},
              {"port", port},
              {"bindToPort", false}};
  if (inspect) out["listenerFilters"] = Json::array({"envoy.filters.listener.http_inspector"});
  return out;
}

Json http_chain(const std::string& table) {
  return {{"filterChainMatch",
           {{"transportProtocol", "raw_buffer"},
            {"applicationProtocols", Json::array({"http/1.1", "h2c"})}}},
          {"kind", "http"},
          {"rds", table}};
}

struct Context {
  const Registry& registry;
  const Client& client;
  const Scope& scope;
};

bool fits(const StreamRule::Match& match, const Context& context, int port) {
  const auto& gateways = match.gateways;
  if (!gateways.empty() && std::ranges::find(gateways, "mesh") == gateways.end()) return false;
  if (match.port != 0 && match.port != port) return false;
  if (!match.source_namespace.empty() && match.source_namespace != context.client.ns())
    return false;
  return contains(context.client.labels(), match.source_labels);
}

void put_idle(const Context& context, const MeshService& service, int port, Json& chain) {
  const DestinationRule* rule = rule_for(context.registry, context.client, service);
  const TrafficPolicy policy = policy_of(rule, nullptr, port, context.registry.config());
  if (policy.pool && policy.pool->tcp_idle_timeout) {
    chain["idleTimeout"] = proto_duration(*policy.pool->tcp_idle_timeout);
  }
  if (policy.pool && policy.pool->max_connection_duration) {
    chain["maxDownstreamConnectionDuration"] =
        proto_duration(*policy.pool->max_connection_duration);
  }
}

Json tcp_chain(const Context& context, const std::vector<WeightedDestination>& route, int port) {
  const auto name = [&](const Destination& to) {
    return outbound_cluster(to.port == 0 ? port : to.port, to.subset, to.host);
  };
  Json chain = {{"kind", "tcp"}};
  if (route.size() == 1) {
    chain["cluster"] = name(route[0].to);
  } else {
    Json clusters = Json::array();
    for (const WeightedDestination& one : route) {
      if (one.weight > 0) clusters.push_back({{"name", name(one.to)}, {"weight", one.weight}});
    }
    chain["weightedClusters"] = {{"clusters", std::move(clusters)}};
  }
  if (!route.empty()) {
    const MeshService* service = context.registry.service(route[0].to.host);
    if (service != nullptr) put_idle(context, *service, port, chain);
  }
  return chain;
}

/// Chains of the tcp and tls rules that speak of a service's port; empty: none does.
Json ruled_chains(const Context& context, const MeshService& service, const MeshPort& port,
                  bool& by_name) {
  Json out = Json::array();
  for (const VirtualService* one : context.scope.virtual_services) {
    const bool meant = std::ranges::any_of(
        one->hosts, [&](const std::string& host) { return is_subset(service.host, host); });
    if (!meant) continue;
    if (is_tls(port.protocol)) {
      for (const StreamRule& rule : one->tls) {
        for (const StreamRule::Match& match : rule.matches) {
          if (!fits(match, context, port.number)) continue;
          Json chain = tcp_chain(context, rule.route, port.number);
          chain["filterChainMatch"] = {{"serverNames", match.sni_hosts}};
          by_name = true;
          out.push_back(std::move(chain));
        }
      }
    }
    for (const StreamRule& rule : one->tcp) {
      const bool any = rule.matches.empty() ||
                       std::ranges::any_of(rule.matches, [&](const StreamRule::Match& match) {
                         return fits(match, context, port.number);
                       });
      if (!any) continue;
      out.push_back(tcp_chain(context, rule.route, port.number));
      return out;
    }
    if (!out.empty()) return out;
  }
  return out;
}

/// Where clients connect to for a service: its addresses, else its endpoints or everywhere.
std::vector<std::string> addresses_of(const MeshService& service, bool per_endpoint) {
  std::vector<std::string> out;
  for (const std::string& one : service.addresses) {
    if (!one.empty() && one.find('/') == std::string::npos) out.push_back(one);
  }
  if (!out.empty()) return out;
  if (per_endpoint) {
    for (const MeshEndpoint& one : service.endpoints) out.push_back(one.address);
    if (!out.empty()) return out;
  }
  return {"0.0.0.0"};
}

void add_stream(const Context& context, const MeshService& service, const MeshPort& port,
                std::map<std::string, Json>& out) {
  const std::string cluster = outbound_cluster(port.number, "", service.host);
  const bool headless = service.kubernetes && service.resolution == Resolution::kPassthrough;
  for (const std::string& address : addresses_of(service, headless)) {
    Json one = listener(address, port.number, port.protocol == Protocol::kSniffed);
    const std::string name = one["name"].get<std::string>();
    if (port.protocol == Protocol::kSniffed) {
      one["filterChains"] =
          Json::array({http_chain(fmt::format("{}:{}", service.host, port.number))});
      one["defaultFilterChain"] = {{"kind", "tcp"}, {"cluster", cluster}};
      out.emplace(name, std::move(one));
      continue;
    }
    bool by_name = false;
    Json chains = ruled_chains(context, service, port, by_name);
    const bool everywhere = address == "0.0.0.0";
    if (chains.empty()) {
      Json chain = {{"kind", "tcp"}, {"cluster", cluster}};
      put_idle(context, service, port.number, chain);
      if (everywhere && is_tls(port.protocol)) {
        chain["filterChainMatch"] = {{"serverNames", Json::array({service.host})}};
        by_name = true;
      }
      chains.push_back(std::move(chain));
    }
    const auto [at, fresh] = out.emplace(name, Json());
    if (!fresh) {
      // Services without an address share a listener; server names tell them apart.
      if (by_name && at->second.contains("filterChains")) {
        for (Json& chain : chains) at->second["filterChains"].push_back(std::move(chain));
      }
      continue;
    }
    if (by_name) {
      one["listenerFilters"] = Json::array({"envoy.filters.listener.tls_inspector"});
      one["defaultFilterChain"] = {
          {"name", "PassthroughFilterChain"}, {"kind", "tcp"}, {"cluster", beyond(context.scope)}};
    }
    one["filterChains"] = std::move(chains);
    at->second = std::move(one);
  }
}

}  // namespace

void add_listeners(const Registry& registry, const Client& client, const Scope& scope, View& view) {
  const Context context{registry, client, scope};
  std::map<std::string, Json> all;
  for (const ScopedService& one : scope.services) {
    for (const MeshPort& port : one.service->ports) {
      if (port.protocol == Protocol::kUdp || !one.shows(port.number)) continue;
      if (!is_http(port.protocol)) {
        add_stream(context, *one.service, port, all);
        continue;
      }
      Json http = listener("0.0.0.0", port.number, true);
      http["filterChains"] = Json::array({http_chain(std::to_string(port.number))});
      http["defaultFilterChain"] = {
          {"name", "PassthroughFilterChain"}, {"kind", "tcp"}, {"cluster", beyond(scope)}};
      const std::string name = http["name"].get<std::string>();
      all[name] = std::move(http);
    }
  }
  for (auto& [name, json] : all) view.listeners.push_back(std::move(json));
  view.virtual_outbound = {{"cluster", beyond(scope)}};
}

}  // namespace squall::config
