// Route tables of a gateway: which of its Gateways' servers share one, and their virtual hosts.
//
// A virtual host is what a server's hosts and a VirtualService's have in common; several
// VirtualServices for one are put one behind the other by age, routes that take everything last.
// Source: istio/istio pilot/pkg/networking/core/gateway.go.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

struct Server {
  const Gateway* gateway = nullptr;
  const GatewayServer* server = nullptr;
  bool ends_tls() const { return server->protocol == "HTTPS"; }
};

std::string name_of(const Gateway& gateway) { return gateway.meta.ns + "/" + gateway.meta.name; }

bool carries_http(const GatewayServer& server) {
  const std::string& protocol = server.protocol;
  if (protocol == "HTTPS") return server.tls_mode == "SIMPLE" || server.tls_mode == "MUTUAL";
  return protocol == "HTTP" || protocol == "HTTP2" || protocol == "GRPC" || protocol == "GRPC-WEB";
}

bool takes_all(const Json& route) {
  const Json& match = route["match"];
  if (match.contains("headers") || match.contains("queryParameters")) return false;
  if (match.value("prefix", "") == "/") return true;
  return match.contains("safeRegex") && match["safeRegex"].value("regex", "") == ".*";
}

/// A host of a server, and of which namespace VirtualServices may have it.
NamespacedName split_host(const std::string& written, const Gateway& gateway) {
  if (!written.contains('/')) return {.ns = "*", .name = written};
  return split_namespaced(written, gateway.meta.ns);
}

/// What hosts of a VirtualService a server takes, each as the narrower of the two names.
std::set<std::string> common_hosts(const Server& at, const VirtualService& rule) {
  std::set<std::string> out;
  for (const std::string& written : at.server->hosts) {
    const NamespacedName taken = split_host(written, *at.gateway);
    if (taken.ns != "*" && taken.ns != rule.meta.ns) continue;
    for (const std::string& host : rule.hosts) {
      if (is_subset(host, taken.name)) {
        out.insert(host);
      } else if (is_subset(taken.name, host)) {
        out.insert(taken.name);
      }
    }
  }
  return out;
}

/// One table.
class RouteTable {
 public:
  RouteTable(const Registry& registry, const Client& client, int port)
      : registry_(registry), client_(client), port_(port) {}

  void add(const Server& at) {
    const RouteContext context{&registry_, &client_, port_, name_of(*at.gateway)};
    for (const VirtualService& rule : registry_.rules().virtual_services()) {
      if (std::ranges::find(rule.gateways, context.gateway) == rule.gateways.end()) continue;
      if (!Registry::exported(rule.export_to, rule.meta.ns, client_.ns())) continue;
      const std::set<std::string> hosts = common_hosts(at, rule);
      if (hosts.empty()) continue;
      const Json routes = routes_of(rule, context);
      for (const std::string& host : hosts) {
        Json& own = host_of(host)["routes"];
        for (const Json& route : routes) own.push_back(route);
      }
    }
    if (at.server->https_redirect) redirect(at);
  }

  Json json() && {
    Json all = Json::array();
    Json any;
    for (auto& [host, json] : hosts_) {
      Json& routes = json["routes"];
      std::stable_partition(routes.begin(), routes.end(),
                            [](const Json& one) { return !takes_all(one); });
      if (host == "*") {
        any = std::move(json);
      } else {
        all.push_back(std::move(json));
      }
    }
    if (!any.is_null()) all.push_back(std::move(any));
    if (all.empty()) {
      all.push_back({{"name", fmt::format("blackhole:{}", port_)},
                     {"domains", Json::array({"*"})},
                     {"routes", Json::array()}});
    }
    return {{"ignorePortInHostMatching", true},
            {"validateClusters", false},
            {"virtualHosts", std::move(all)}};
  }

 private:
  /// All that the server takes, ruled or not.
  void redirect(const Server& at) {
    for (const std::string& written : at.server->hosts) {
      const std::string taken = split_host(written, *at.gateway).name;
      host_of(taken);
      for (auto& [host, json] : hosts_) {
        if (is_subset(host, taken)) json["requireTls"] = "ALL";
      }
    }
  }

  Json& host_of(const std::string& host) {
    const auto [at, fresh] = hosts_.try_emplace(host);
    if (fresh) {
      at->second = {{"name", fmt::format("{}:{}", host, port_)},
                    {"domains", Json::array({host})},
                    {"routes", Json::array()}};
    }
    return at->second;
  }

  const Registry& registry_;
  const Client& client_;
  int port_;
  std::map<std::string, Json> hosts_;
};

/// The pod's own port that the Service in front of it leads a server's port to.
int port_at_pod(const Registry& registry, const MeshPod& pod, int number) {
  for (const MeshService& service : registry.services()) {
    if (!service.kubernetes || service.ns != pod.ns || service.selector.empty() ||
        !contains(pod.labels, service.selector)) {
      continue;
    }
    const int index = service.port_index(number);
    if (index < 0) continue;
    for (const MeshEndpoint& one : service.endpoints) {
      if (one.pod != nullptr && one.pod->full_name() == pod.full_name())
        return one.ports[static_cast<std::size_t>(index)];
    }
    const PortRef& target = service.targets[static_cast<std::size_t>(index)];
    if (target.number != 0) return target.number;
  }
  return number;
}

std::string table_name(const Registry& registry, const Client& client, const Server& at) {
  if (!at.ends_tls())
    return fmt::format("http.{}", port_at_pod(registry, *client.pod, at.server->port));
  return fmt::format("https.{}.{}.{}.{}", at.server->port, at.server->name, at.gateway->meta.name,
                     at.gateway->meta.ns);
}

}  // namespace

std::vector<const Gateway*> gateways_of(const Resources& resources, const Labels& labels) {
  std::vector<const Gateway*> out;
  bool named = false;
  for (const Gateway& one : resources.gateways) {
    if (!contains(labels, one.selector)) continue;
    named |= !one.selector.empty();
    out.push_back(&one);
  }
  if (!named) return {};
  std::ranges::sort(out,
                    [](const Gateway* a, const Gateway* b) { return older(a->meta, b->meta); });
  return out;
}

void add_gateway_routes(const Registry& registry, const Client& client, View& view) {
  std::map<std::string, RouteTable> tables;
  std::set<std::pair<int, std::string>> taken;  // ports and hosts: the oldest Gateway has them
  for (const Gateway* gateway : gateways_of(registry.resources(), client.labels())) {
    for (const GatewayServer& server : gateway->servers) {
      if (!carries_http(server)) continue;
      GatewayServer own = server;
      std::erase_if(own.hosts, [&](const std::string& host) {
        return !taken.emplace(server.port, host).second;
      });
      if (own.hosts.empty()) continue;
      const Server at{gateway, &own};
      const std::string name = table_name(registry, client, at);
      tables.try_emplace(name, registry, client, server.port).first->second.add(at);
      view.gateway_ports[name] = server.port;
    }
  }
  for (auto& [name, table] : tables) view.routes[name] = std::move(table).json();
}

}  // namespace squall::config
