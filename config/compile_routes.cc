// Route tables of the outbound side: which tables there are, and their virtual hosts with domains.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

using Services = std::map<std::string, const MeshService*, std::less<>>;

/// Routes for some hosts: of a VirtualService, or the default of a service.
struct Hosts {
  std::vector<std::string> unknown;  // hosts that are no service at this port
  std::vector<const MeshService*> services;
  Json routes;
};

bool carries_http(const MeshService& service, int port) {
  const MeshPort* found = service.port(port);
  return found != nullptr && (is_http(found->protocol) || found->protocol == Protocol::kSniffed);
}

class PortTable {
 public:
  PortTable(const Registry& registry, const Client& client, const Scope& scope, int port)
      : scope_(scope), port_(port), context_{&registry, &client, port} {
    for (const ScopedService& one : scope.services) {
      if (one.shows(port) && one.service->port(port) != nullptr) {
        services_.emplace(one.service->host, one.service);
      }
    }
  }

  /// All virtual hosts but the last, which takes what no other takes.
  Json virtual_hosts() {
    std::vector<Hosts> all;
    for (const VirtualService* one : scope_.virtual_services) {
      if (port_ == 80 || names_service(*one)) add_virtual_service(*one, all);
    }
    std::set<const MeshService*> taken;
    for (const Hosts& one : all) taken.insert(one.services.begin(), one.services.end());
    for (const auto& [host, service] : services_) {
      if (taken.contains(service) || !carries_http(*service, port_)) continue;
      Json route = default_route(*service, *service->port(port_), context_);
      all.push_back({{}, {service}, Json::array({std::move(route)})});
    }
    for (const Hosts& one : all) {
      for (const MeshService* service : one.services) known_.insert(service->host);
    }
    Json out = Json::array();
    for (const Hosts& one : all) {
      for (const std::string& host : one.unknown) put(host, {host}, {}, one.routes, out);
      for (const MeshService* service : one.services) put(*service, one.routes, out);
    }
    return out;
  }

 private:
  /// Whether a host of it is a service with this port.
  bool names_service(const VirtualService& one) const {
    return std::ranges::any_of(one.hosts, [&](const std::string& host) {
      if (!is_wildcard(host)) return services_.contains(host);
      return std::ranges::any_of(services_, [&](const auto& s) { return overlap(s.first, host); });
    });
  }

  /// The VirtualService whose host says most about a service's: an exact one, else the longest.
  const VirtualService* most_specific(const std::string& host) const {
    const VirtualService* best = nullptr;
    std::size_t longest = 0;
    for (const VirtualService* one : scope_.virtual_services) {
      for (const std::string& pattern : one->hosts) {
        if (pattern == host) return one;
        if (!is_wildcard(pattern) || pattern.size() <= longest || !is_subset(host, pattern))
          continue;
        best = one;
        longest = pattern.size();
      }
    }
    return best;
  }

  void add_virtual_service(const VirtualService& one, std::vector<Hosts>& all) const {
    Hosts out;
    out.routes = routes_of(one, context_);
    if (out.routes.empty()) return;
    for (const std::string& host : one.hosts) {
      if (is_wildcard(host)) continue;
      const auto service = services_.find(host);
      if (service == services_.end()) {
        out.unknown.push_back(host);
      } else {
        out.services.push_back(service->second);
      }
    }
    for (const std::string& host : one.hosts) {
      if (!is_wildcard(host)) continue;
      bool any = false;
      for (const auto& [name, service] : services_) {
        if (!overlap(name, host)) continue;
        any = true;
        if (most_specific(name) == &one) out.services.push_back(service);
      }
      if (!any) out.unknown.push_back(host);
    }
    std::erase_if(out.services, [&](const MeshService* s) { return !carries_http(*s, port_); });
    // Port 80 alone knows hosts that no service of this VirtualService stands behind.
    if (out.services.empty() && port_ != 80) return;
    all.push_back(std::move(out));
  }

  void put(const MeshService& service, const Json& routes, Json& out) {
    std::vector<std::string> domains = {service.host, service.host + "."};
    std::vector<std::string> expanded = short_names(service.host, context_.client->ns());
    domains.insert(domains.end(), expanded.begin(), expanded.end());
    for (const std::string& alias : service.aliases) {
      const std::vector<std::string> names = short_names(alias, context_.client->ns());
      domains.push_back(alias);
      domains.push_back(alias + ".");
      domains.insert(domains.end(), names.begin(), names.end());
    }
    if (service.kubernetes && service.resolution == Resolution::kPassthrough) {
      const std::size_t plain = domains.size();
      for (std::size_t i = 0; i < plain; ++i) domains.push_back("*." + domains[i]);
    }
    for (const std::string& address : service.addresses) {
      if (!address.empty() && address.find('/') == std::string::npos) domains.push_back(address);
    }
    put(service.host, domains, expanded, routes, out);
  }

  /// A name or a domain that an earlier virtual host has taken stays with that one.
  void put(const std::string& host, const std::vector<std::string>& wanted,
           const std::vector<std::string>& expanded, const Json& routes, Json& out) {
    const std::string name = fmt::format("{}:{}", host, port_);
    if (!names_.insert(name).second) return;
    Json domains = Json::array();
    for (const std::string& domain : wanted) {
      const bool other =
          known_.contains(domain) && std::ranges::find(expanded, domain) != expanded.end();
      if (!other && domains_.insert(domain).second) domains.push_back(domain);
    }
    if (domains.empty()) return;
    out.push_back({{"name", name}, {"domains", std::move(domains)}, {"routes", routes}});
  }

  const Scope& scope_;
  int port_;
  RouteContext context_;
  Services services_;
  std::set<std::string> names_;
  std::set<std::string> domains_;
  std::set<std::string> known_;
};

Json last_host(bool registry_only) {
  if (registry_only) {
    return {{"name", "block_all"},
            {"domains", {"*"}},
            {"routes",
             {{{"name", "block_all"},
               {"match", {{"prefix", "/"}}},
               {"directResponse", {{"status", 502}}}}}}};
  }
  return {{"name", "allow_any"},
          {"domains", {"*"}},
          {"routes",
           {{{"name", "allow_any"},
             {"match", {{"prefix", "/"}}},
             {"route",
              {{"cluster", "PassthroughCluster"}, {"timeout", "0s"}, {"maxGrpcTimeout", "0s"}}}}}}};
}

Json table_of(Json virtual_hosts) {
  return {{"ignorePortInHostMatching", true},
          {"validateClusters", false},
          {"virtualHosts", std::move(virtual_hosts)}};
}

}  // namespace

void add_routes(const Registry& registry, const Client& client, const Scope& scope, View& view) {
  std::set<int> http;
  std::map<int, std::set<std::string>> sniffed;
  for (const ScopedService& one : scope.services) {
    for (const MeshPort& port : one.service->ports) {
      if (!one.shows(port.number)) continue;
      if (is_http(port.protocol)) http.insert(port.number);
      if (port.protocol == Protocol::kSniffed) sniffed[port.number].insert(one.service->host);
    }
  }
  std::map<std::string, Json> tables;
  for (const int port : http) {
    Json hosts = PortTable(registry, client, scope, port).virtual_hosts();
    hosts.push_back(last_host(scope.registry_only));
    tables[std::to_string(port)] = table_of(std::move(hosts));
  }
  for (const auto& [port, names] : sniffed) {
    for (Json& host : PortTable(registry, client, scope, port).virtual_hosts()) {
      const std::string name = host["name"].get<std::string>();
      if (!names.contains(name.substr(0, name.rfind(':')))) continue;
      view.sniffed_domains[name] = host["domains"];
      host["domains"] = Json::array({"*"});
      tables[name] = table_of(Json::array({std::move(host)}));
    }
  }
  for (auto& [name, table] : tables) view.routes[name] = std::move(table);
}

}  // namespace squall::config
