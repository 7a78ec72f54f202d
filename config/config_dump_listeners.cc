// A dump's listeners for what a workload sends, with the route configurations that they were given.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "config/config_dump_parts.h"
#include "config/names.h"

namespace squall::config::dump {
namespace {

constexpr std::string_view kManager =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
constexpr std::string_view kTcpProxy = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

bool is_true(const Node& mapping, std::string_view name) {
  return text_at(mapping, name) == "true";
}

/// The filter that ends the chain, when it is of that type.
Node* last_filter(Node& chain, std::string_view type) {
  Node* const filters = find(chain, "filters");
  if (filters == nullptr || filters->items.empty()) return nullptr;
  Node* const config = find(filters->items.back(), "typed_config");
  return config != nullptr && type_of(*config) == type ? config : nullptr;
}

int port_of(const Node& listener) {
  const Node* at = find(listener, "address");
  at = at == nullptr ? nullptr : find(*at, "socket_address");
  at = at == nullptr ? nullptr : find(*at, "port_value");
  return at == nullptr ? 0 : static_cast<int>(at->as_int().value_or(0));
}

/// Leaves out what looks at connections and requests but changes none of them.
void drop_observers(Node& owner, std::string_view list) {
  Node* const filters = find(owner, list);
  if (filters == nullptr) return;
  std::erase_if(filters->items, [](const Node& one) {
    return is_extension(
        one, {"peer_metadata", "metadata_exchange", "metadataexchange", "MetadataExchange",
              "istio.stats", "stats.PluginConfig", "grpc_stats", "istio.alpn", "http.alpn",
              "http.cors", "grpc_web", "tls_inspector", "http_inspector", "original_dst"});
  });
}

/// Conditions that an application's plain HTTP meets.
void drop_met(Node& chain) {
  Node* const match = find(chain, "filter_chain_match");
  if (match == nullptr) return;
  if (text_at(*match, "transport_protocol") == "raw_buffer") erase(*match, {"transport_protocol"});
  const Node* const protocols = find(*match, "application_protocols");
  const bool http =
      protocols != nullptr && std::ranges::any_of(protocols->items, [](const Node& one) {
        return one.text == "http/1.1" || one.text == "h2c";
      });
  if (http) erase(*match, {"application_protocols"});
}

void drop_client_tls(Node& chain, Omissions& omitted) {
  const Node* const socket = find(chain, "transport_socket");
  if (socket == nullptr || !is_extension(*socket, {"tls.v3.DownstreamTlsContext"})) return;
  omitted.client_tls.add(socket->place);
  erase(chain, {"transport_socket"});
}

/// Routes without what only a browser or a collector of traces would see.
void simplify_table(Node& table, Omissions& omitted) {
  erase(table, {"@type"});
  Node* const hosts = find(table, "virtual_hosts");
  if (hosts == nullptr) return;
  const auto drop_cors = [&](Node& owner) {
    Node* const filters = find(owner, "typed_per_filter_config");
    if (filters == nullptr) return;
    std::erase_if(filters->members, [&](const Node::Member& one) {
      const bool cors = type_of(one.value).find("filters.http.cors.") != std::string::npos;
      if (cors) omitted.cors.add(one.place);
      return cors;
    });
  };
  drop_cors(table);
  for (Node& host : hosts->items) {
    drop_cors(host);
    Node* const routes = find(host, "routes");
    if (routes == nullptr) continue;
    for (Node& route : routes->items) {
      erase(route, {"tracing"});
      drop_cors(route);
    }
  }
}

class Reader {
 public:
  Reader(const Sections& sections, std::string ns, Omissions& omitted)
      : sections_(sections), ns_(std::move(ns)), omitted_(omitted) {
    redirected_ = std::ranges::any_of(sections.listeners, [](const Value& one) {
      return is_true(one.node(), "use_original_dst");
    });
  }

  /// None: it is not for what the workload sends by HTTP, or what is wrong has been said.
  std::optional<Node> read(const Value& from) {
    const std::string direction = text_at(from.node(), "traffic_direction");
    if (direction == "INBOUND" || is_true(from.node(), "use_original_dst")) return std::nullopt;
    if (redirected_ && direction != "OUTBOUND") return std::nullopt;  // its own pages
    Node listener = from.node();
    erase(listener, {"@type", "access_log", "bind_to_port", "deprecated_v1"});
    drop_observers(listener, "listener_filters");
    if (const Node* const rest = find(listener, "listener_filters");
        rest != nullptr && rest->items.empty())
      erase(listener, {"listener_filters"});
    if (!choose_chain(listener)) return std::nullopt;
    if (Node* const manager = manager_of(listener)) {
      if (!simplify_manager(*manager, from)) return std::nullopt;
    }
    return listener;
  }

  bool redirected() const { return redirected_; }

  static Node* manager_of(Node& listener) {
    Node* const chains = find(listener, "filter_chains");
    if (chains == nullptr || chains->items.empty()) return nullptr;
    return last_filter(chains->items.front(), kManager);
  }

 private:
  /// The chain of HTTP is the one that is meant. False: a redirected port without any, whose
  /// connections are passed on as they are.
  bool choose_chain(Node& listener) {
    Node* const chains = find(listener, "filter_chains");
    if (chains == nullptr || !chains->is_sequence()) return !redirected_;
    const auto is_http = [](Node& one) { return last_filter(one, kManager) != nullptr; };
    const auto count = std::ranges::count_if(chains->items, is_http);
    if (count == 0 && redirected_) return false;
    if (count == 1) {
      std::erase_if(chains->items, [&](Node& one) { return !is_http(one); });
      Node* const rest = find(listener, "default_filter_chain");
      if (rest != nullptr && last_filter(*rest, kTcpProxy) != nullptr)
        erase(listener, {"default_filter_chain"});
    }
    for (Node& chain : chains->items) {
      drop_met(chain);
      drop_observers(chain, "filters");
      drop_client_tls(chain, omitted_);
    }
    return true;
  }

  bool simplify_manager(Node& manager, const Value& listener) {
    erase(manager, {"tracing", "access_log", "access_log_options", "upgrade_configs",
                    "request_id_extension", "forward_client_cert_details",
                    "set_current_client_cert_details", "proxy_status_config"});
    drop_observers(manager, "http_filters");
    if (const Node* const rds = find(manager, "rds")) {
      const std::string name = text_at(*rds, "route_config_name");
      const auto at = sections_.tables.find(name);
      if (at == sections_.tables.end()) {
        const Value place(rds, listener.path(), listener.diagnostics(), listener.dialect());
        place.error(fmt::format("no RoutesConfigDump has the route configuration \"{}\"", name),
                    "take the whole of /config_dump?include_eds, without `resource` or `mask`");
        return false;
      }
      erase(manager, {"rds"});
      name_domains(put(manager, "route_config", at->second), name);
    }
    if (Node* const table = find(manager, "route_config")) simplify_table(*table, omitted_);
    return true;
  }

  /// The table of one address serves one host: HOST:PORT. By a port alone it is found by name.
  void name_domains(Node& table, const std::string& name) const {
    const std::size_t colon = name.rfind(':');
    Node* const hosts = find(table, "virtual_hosts");
    if (!redirected_ || colon == std::string::npos || hosts == nullptr) return;
    const std::string host = name.substr(0, colon);
    for (Node& one : hosts->items) {
      Node* const domains = find(one, "domains");
      if (domains == nullptr || domains->items.size() != 1 || domains->items[0].text != "*")
        continue;
      domains->items[0].text = host;
      for (const std::string& other : short_names(host, ns_)) {
        Node named = text(other);
        named.place = domains->place;
        domains->items.push_back(std::move(named));
      }
    }
  }

  const Sections& sections_;
  std::string ns_;
  Omissions& omitted_;
  bool redirected_ = false;
};

/// The virtual hosts of a listener's table.
Node* hosts_of(Node& listener) {
  Node* const manager = Reader::manager_of(listener);
  Node* const table = manager == nullptr ? nullptr : find(*manager, "route_config");
  return table == nullptr ? nullptr : find(*table, "virtual_hosts");
}

bool serves_all(const Node& host) {
  const Node* const domains = find(host, "domains");
  return domains != nullptr &&
         std::ranges::any_of(domains->items, [](const Node& one) { return one.text == "*"; });
}

/// Names that are there already are served by what is there.
void drop_known(const std::set<std::string>& known, Node& host) {
  Node* const domains = find(host, "domains");
  if (domains == nullptr) return;
  std::erase_if(domains->items, [&](const Node& one) { return known.contains(one.text); });
}

/// Adds the virtual hosts of a single address to those of its port, before the one for all others.
void join(Node& into, Node& from) {
  Node *const hosts = hosts_of(into), *const more = hosts_of(from);
  if (hosts == nullptr || more == nullptr) return;
  std::set<std::string> known;
  for (const Node& host : hosts->items) {
    const Node* const domains = find(host, "domains");
    for (const Node& one : domains == nullptr ? std::vector<Node>{} : domains->items)
      known.insert(one.text);
  }
  for (Node& host : more->items) {
    drop_known(known, host);
    const Node* const domains = find(host, "domains");
    if (domains == nullptr || domains->items.empty()) continue;
    const auto last = std::ranges::find_if(hosts->items, serves_all);
    hosts->items.insert(last, std::move(host));
  }
}

bool is_everywhere(const Node& listener) {
  const Node* at = find(listener, "address");
  at = at == nullptr ? nullptr : find(*at, "socket_address");
  const std::string address = at == nullptr ? "" : text_at(*at, "address");
  return address == "0.0.0.0" || address == "::";
}

}  // namespace

void read_listeners(const Sections& sections, const std::string& ns, Node& listeners,
                    Omissions& omitted) {
  Reader reader(sections, ns, omitted);
  std::vector<Node> single;  // of one address
  std::map<int, std::size_t> by_port;
  for (const Value& one : sections.listeners) {
    std::optional<Node> listener = reader.read(one);
    if (!listener) continue;
    if (reader.redirected() && !is_everywhere(*listener)) {
      single.push_back(*std::move(listener));
      continue;
    }
    by_port.try_emplace(port_of(*listener), listeners.items.size());
    listeners.items.push_back(*std::move(listener));
  }
  for (Node& one : single) {
    const auto [at, fresh] = by_port.try_emplace(port_of(one), listeners.items.size());
    if (fresh) {
      listeners.items.push_back(std::move(one));
    } else {
      join(listeners.items[at->second], one);
    }
  }
}

}  // namespace squall::config::dump
