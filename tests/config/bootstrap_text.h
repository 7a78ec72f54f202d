// Bootstraps for tests: a whole one around the part that a test is about.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/bootstrap.h"

namespace squall::config {

/// A whole bootstrap around the parts of interest, each of which is YAML in flow style.
struct Parts {
  std::string routes = "[{match: {prefix: /}, route: {cluster: main}}]";
  std::string table = {}, vhost = {}, manager = {}, listener = {}, cluster = {},
              bootstrap = {};  // ", name: value" more
  std::string filters =
      "[{name: r, typed_config: {\"@type\": t/envoy.extensions.filters.http.router.v3.Router}}]";
};

inline std::string text_of(const Parts& p) {
  constexpr std::string_view kManager =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  return fmt::format(
      "node: {{id: n, cluster: c, user_agent_name: x}}\n"
      "admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 9901}}}}}}\n"
      "static_resources:\n"
      "  clusters:\n"
      "  - {{name: main, load_assignment: {{cluster_name: main, endpoints: [{{lb_endpoints: [\n"
      "       {{endpoint: {{address: {{socket_address: {{address: 10.0.0.1, port_value: "
      "80}}}}}}}}]}}]}}{}}}\n"
      "  listeners:\n"
      "  - {{name: in, address: {{socket_address: {{address: 0.0.0.0, port_value: 8080}}}}{}, "
      "filter_chains: [\n"
      "      {{filters: [{{name: hcm, typed_config: {{\"@type\": t/{}, stat_prefix: s,\n"
      "        http_filters: {},\n"
      "        route_config: {{virtual_hosts: [{{name: all, domains: [\"*\"]{}, routes:\n"
      "        {}\n"
      "        }}]{}}}{}}}}}]}}]}}\n{}",
      p.cluster, p.listener, kManager, p.filters, p.vhost, p.routes, p.table, p.manager,
      p.bootstrap);
}

inline Result<Bootstrap> read(const std::string& text) {
  const Result<std::vector<Node>> documents = parse_documents(text, "b.yaml");
  if (!documents) return std::unexpected(documents.error());
  return read_bootstrap(documents->front());
}

inline Bootstrap good(const Parts& parts) {
  Result<Bootstrap> bootstrap = read(text_of(parts));
  if (bootstrap) return *std::move(bootstrap);
  for (const Diagnostic& d : bootstrap.error().sorted()) ADD_FAILURE() << to_string(d);
  Bootstrap empty;
  empty.epoch.listeners.emplace_back().routes.hosts.emplace_back().routes.emplace_back();
  empty.epoch.clusters.emplace_back().hosts.emplace_back();
  empty.listeners.emplace_back();
  return empty;
}

/// What is wrong, without places, with the path from the part's own on.
inline std::vector<std::string> errors(const Parts& parts) {
  const Result<Bootstrap> bootstrap = read(text_of(parts));
  std::vector<std::string> lines;
  if (bootstrap) return lines;
  for (const Diagnostic& d : bootstrap.error().sorted()) {
    std::string line = d.what;
    for (const std::string_view prefix :
         {"static_resources.listeners[0].", "filter_chains[0].filters[0].typed_config.",
          "route_config.virtual_hosts[0].", "static_resources.clusters[0]."}) {
      if (line.starts_with(prefix)) line.erase(0, prefix.size());
    }
    if (!d.advice.empty()) line += "; " + d.advice;
    lines.push_back(line);
  }
  return lines;
}

inline std::string error(const Parts& parts) {
  const std::vector<std::string> lines = errors(parts);
  return lines.size() == 1 ? lines.front()
                           : fmt::format("{} errors: {}", lines.size(), fmt::join(lines, " | "));
}

inline const policies::Route& route_of(const Bootstrap& b, std::size_t i = 0) {
  return b.epoch.listeners[0].routes.hosts[0].routes.at(i);
}
inline const policies::Forward& forward_of(const Bootstrap& b, std::size_t i = 0) {
  return std::get<policies::Forward>(route_of(b, i).action);
}

}  // namespace squall::config
