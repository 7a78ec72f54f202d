#include "scenarios/draft_gateways.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "scenarios/draft_calls.h"

namespace squall::scenarios {
namespace {

using config::Gateway;
using config::GatewayServer;
using config::VirtualService;

/// Of a server's hosts, which may say a namespace: "shop/*.example.com".
std::string_view without_space(std::string_view host) {
  return host.substr(host.find('/') == host.npos ? 0 : host.find('/') + 1);
}

bool takes(std::string_view pattern, std::string_view host) {
  if (pattern == "*" || pattern == host) return true;
  return pattern.starts_with("*.") && host.ends_with(pattern.substr(1));
}

/// One host that both have; none: they have none in common.
std::optional<std::string> host_of(const GatewayServer& server, const VirtualService& rules) {
  for (const std::string_view written : server.hosts) {
    const std::string_view own = without_space(written);
    for (const std::string_view host : rules.hosts) {
      const bool narrow = takes(own, host);
      if (!narrow && !takes(host, own)) continue;
      const std::string_view one = narrow ? host : own;
      if (one == "*") return "example.com";
      return one.starts_with("*.") ? fmt::format("www{}", one.substr(1)) : std::string(one);
    }
  }
  return std::nullopt;
}

/// Whether HTTP is seen there: with TLS, where the gateway ends it.
bool is_http(const GatewayServer& server) {
  if (server.https_redirect) return false;
  if (server.protocol == "HTTPS") return server.tls_mode == "SIMPLE" || server.tls_mode == "MUTUAL";
  return server.protocol == "HTTP" || server.protocol == "HTTP2" || server.protocol == "GRPC";
}

/// Where no rule takes all paths, the first that a rule says.
std::string path_of(const VirtualService& rules) {
  std::string first;
  for (const config::HttpRule& rule : rules.http) {
    if (rule.matches.empty()) return "/";
    for (const config::HttpMatch& match : rule.matches) {
      const auto kind = match.uri ? match.uri->kind : config::StringMatch::Kind::kRegex;
      const bool said =
          kind == config::StringMatch::Kind::kExact || kind == config::StringMatch::Kind::kPrefix;
      if (said && match.uri->text == "/") return "/";
      if (said && first.empty() && match.uri->text.starts_with('/')) first = match.uri->text;
    }
  }
  return first.empty() ? "/" : first;
}

const Gateway* gateway_named(const config::Resources& resources, const VirtualService& rules,
                             const std::string& name) {
  const bool qualified = name.contains('/');
  return resources.gateways.find(qualified ? name : rules.meta.ns + "/" + name);
}

std::set<const config::Service*> services_of(const config::Resources& resources,
                                             const VirtualService& rules) {
  std::set<const config::Service*> out;
  for (const config::HttpRule& rule : rules.http) {
    for (const config::WeightedDestination& one : rule.route) {
      if (const auto* service = service_named(resources, one.to.host, rules.meta.ns))
        out.insert(service);
    }
  }
  return out;
}

}  // namespace

std::vector<GatewayLoad> gateway_loads(const config::Resources& resources) {
  std::vector<GatewayLoad> out;
  for (const VirtualService& rules : resources.virtual_services) {
    for (const std::string& name : rules.gateways) {
      const Gateway* const gateway = gateway_named(resources, rules, name);
      if (gateway == nullptr || gateway->selector.empty()) continue;
      for (const GatewayServer& server : gateway->servers) {
        const std::optional<std::string> host = host_of(server, rules);
        if (!host || !is_http(server)) continue;
        const std::string port = server.port == 80 ? "" : fmt::format(":{}", server.port);
        out.push_back({.gateway = gateway,
                       .rules = &rules,
                       .url = fmt::format("http://{}{}{}", *host, port, path_of(rules)),
                       .leads_to = services_of(resources, rules)});
        break;
      }
    }
  }
  return out;
}

}  // namespace squall::scenarios
