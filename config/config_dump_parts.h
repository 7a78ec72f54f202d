// How config_dump.cc works inside: the parts of a dump, and changes of them.
#pragma once
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_dump.h"
#include "config/fields.h"
#include "config/told_once.h"

namespace squall::config::dump {

/// What is active of each kind, as it is dumped.
struct Sections {
  std::vector<Value> clusters, listeners;
  std::map<std::string, Node> tables;       // route configurations
  std::map<std::string, Node> assignments;  // endpoints, by the name that they are discovered by
  bool has_listeners = false, has_clusters = false, has_endpoints = false;
};

/// What is left out where it stands, each told once.
struct Omissions {
  ToldOnce cors{"corsPolicy of a route has no effect in virtual time"};
  ToldOnce client_tls{"TLS of a listener's clients has no effect in virtual time"};
  ToldOnce unhealthy{"an endpoint that was unhealthy when it was dumped stays so in a run"};
};

// Nodes by their names in snake_case or, as protobuf's JSON may have them, camelCase.
Node* find(Node& mapping, std::string_view name);
const Node* find(const Node& mapping, std::string_view name);
std::string text_at(const Node& mapping, std::string_view name);  // empty: no scalar there
void erase(Node& mapping, std::initializer_list<std::string_view> names);
/// The member, added when it is missing.
Node& put(Node& mapping, std::string name, Node value);
Node mapping();
Node sequence();
Node text(std::string value);
/// Without the path before the message's name; empty: none.
std::string type_of(const Node& message);
/// An extension's name, its type and, of one that is configured by JSON, the type behind that.
bool is_extension(const Node& extension, std::initializer_list<std::string_view> parts);

// config_dump_clusters.cc
/// Adds the clusters that `led_to` names, as they are known and as a bootstrap has them.
void read_clusters(const Sections& sections, const std::set<std::string>& led_to,
                   std::vector<DumpedCluster>& known, Node& clusters, Omissions& omitted);
// config_dump_listeners.cc
/// Sets the listeners that take what a workload sends. `ns`: the proxy's namespace.
void read_listeners(const Sections& sections, const std::string& ns, Node& listeners,
                    Omissions& omitted);

}  // namespace squall::config::dump
