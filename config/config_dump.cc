#include "config/config_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/bootstrap_parts.h"
#include "config/config_dump_parts.h"

namespace squall::config {
namespace dump {
namespace {

std::string camel_case(std::string_view name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

std::size_t index_of(const Node& mapping, std::string_view name) {
  const std::string camel = camel_case(name);
  const auto at = std::ranges::find_if(mapping.members, [&](const Node::Member& one) {
    return one.key == name || one.key == camel;
  });
  return static_cast<std::size_t>(at - mapping.members.begin());
}

}  // namespace

Node* find(Node& mapping, std::string_view name) {
  const std::size_t at = index_of(mapping, name);
  return at < mapping.members.size() ? &mapping.members[at].value : nullptr;
}

const Node* find(const Node& mapping, std::string_view name) {
  const std::size_t at = index_of(mapping, name);
  return at < mapping.members.size() ? &mapping.members[at].value : nullptr;
}

std::string text_at(const Node& mapping, std::string_view name) {
  const Node* const at = find(mapping, name);
  return at != nullptr && at->is_scalar() ? at->text : "";
}

void erase(Node& mapping, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::size_t at = index_of(mapping, name);
    if (at < mapping.members.size())
      mapping.members.erase(mapping.members.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

Node& put(Node& mapping, std::string name, Node value) {
  const std::size_t at = index_of(mapping, name);
  if (at == mapping.members.size()) {
    const Place place = value.place;
    mapping.members.push_back({std::move(name), place, std::move(value)});
  } else {
    mapping.members[at].value = std::move(value);
  }
  return mapping.members[at].value;
}

Node mapping() {
  Node out;
  out.kind = Node::Kind::kMapping;
  return out;
}

Node sequence() {
  Node out;
  out.kind = Node::Kind::kSequence;
  return out;
}

Node text(std::string value) {
  Node out;
  out.kind = Node::Kind::kScalar;
  out.quoted = true;
  out.text = std::move(value);
  return out;
}

std::string type_of(const Node& message) {
  const std::string url = text_at(message, "@type");
  return url.substr(url.rfind('/') + 1);
}

bool is_extension(const Node& extension, std::initializer_list<std::string_view> parts) {
  const Node* const config = find(extension, "typed_config");
  const std::string all = config == nullptr
                              ? text_at(extension, "name")
                              : fmt::format("{} {} {}", text_at(extension, "name"),
                                            type_of(*config), text_at(*config, "type_url"));
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return all.find(part) != std::string::npos; });
}

namespace {

/// The resource in each item of a list of states.
template <class Take>
void read_list(Fields& section, std::string_view list, std::string_view resource,
               const Take& take) {
  section.objects(list, [&](Fields& state) {
    const Value value = state[resource];
    if (value && value.is_mapping()) take(value);
    state.accept_all();
  });
}

void read_listeners_of(Fields& section, Sections& out) {
  out.has_listeners = true;
  const auto take = [&](const Value& one) { out.listeners.push_back(one); };
  read_list(section, "static_listeners", "listener", take);
  section.objects("dynamic_listeners", [&](Fields& one) {
    // What is still warming, drains or was refused serves nobody.
    const Value active = one["active_state"];
    if (active && active.is_mapping()) {
      Fields state(active);
      const Value listener = state["listener"];
      if (listener && listener.is_mapping()) take(listener);
    }
    one.accept_all();
  });
}

void read_section(Fields& section, std::string_view type, Sections& out, const Node*& bootstrap) {
  const auto by_name = [](std::map<std::string, Node>& where, std::string_view name) {
    return [&where, name](const Value& one) { where[text_at(one.node(), name)] = one.node(); };
  };
  if (type == "envoy.admin.v3.BootstrapConfigDump") {
    const Value value = section["bootstrap"];
    if (value && value.is_mapping()) bootstrap = &value.node();
  } else if (type == "envoy.admin.v3.ClustersConfigDump") {
    out.has_clusters = true;
    const auto take = [&](const Value& one) { out.clusters.push_back(one); };
    read_list(section, "static_clusters", "cluster", take);
    read_list(section, "dynamic_active_clusters", "cluster", take);
  } else if (type == "envoy.admin.v3.ListenersConfigDump") {
    read_listeners_of(section, out);
  } else if (type == "envoy.admin.v3.RoutesConfigDump") {
    read_list(section, "dynamic_route_configs", "route_config", by_name(out.tables, "name"));
  } else if (type == "envoy.admin.v3.EndpointsConfigDump") {
    out.has_endpoints = true;
    for (const std::string_view list : {"static_endpoint_configs", "dynamic_endpoint_configs"})
      read_list(section, list, "endpoint_config", by_name(out.assignments, "cluster_name"));
  }
  section.accept_all();  // secrets and what else there is
}

/// Names that stand where a cluster is meant; all: one is chosen by a header.
void find_clusters(const Node& node, std::set<std::string>& out, bool& all) {
  for (const Node& item : node.items) find_clusters(item, out, all);
  for (const Node::Member& member : node.members) {
    if (member.key == "cluster" && member.value.is_scalar()) out.insert(member.value.text);
    if (member.key == "cluster_header" || member.key == "clusterHeader") all = true;
    if (member.key == "weighted_clusters" || member.key == "weightedClusters") {
      const Node* const list = member.value.find("clusters");
      for (const Node& one : list == nullptr ? std::vector<Node>{} : list->items)
        out.insert(text_at(one, "name"));
    }
    find_clusters(member.value, out, all);
  }
}

/// Switches of the program itself, which decide nothing here.
void drop_program_flags(Node& runtime) {
  Node* const layers = find(runtime, "layers");
  if (layers == nullptr) return;
  for (Node& layer : layers->items) {
    Node* const keys = find(layer, "static_layer");
    if (keys == nullptr) continue;
    std::erase_if(keys->members, [](const Node::Member& one) {
      return one.key.starts_with("envoy.") || one.key.starts_with("overload.");
    });
  }
}

/// Of what it was started by: who it is and what its runtime says.
Node read_own(const Node* bootstrap) {
  Node out = mapping();
  if (bootstrap == nullptr) return out;
  out.place = bootstrap->place;
  for (const std::string_view name : {"node", "admin", "layered_runtime"}) {
    const Node* const value = find(*bootstrap, name);
    if (value != nullptr) put(out, std::string(name), *value);
  }
  if (Node* const runtime = find(out, "layered_runtime")) drop_program_flags(*runtime);
  const Node* const manager = find(*bootstrap, "cluster_manager");
  if (const Node* const local = manager ? find(*manager, "local_cluster_name") : nullptr)
    put(put(out, "cluster_manager", mapping()), "local_cluster_name", *local);
  return out;
}

/// Of "sidecar~ADDRESS~POD.NAMESPACE~NAMESPACE.svc.cluster.local".
std::string namespace_of(const Node& bootstrap) {
  const Node* const node = find(bootstrap, "node");
  const std::string id = node == nullptr ? "" : text_at(*node, "id");
  const std::size_t last = id.rfind('~');
  if (last == std::string::npos) return "";
  return id.substr(last + 1, id.find('.', last) - last - 1);
}

void require_whole(Fields& f, const Sections& sections) {
  constexpr std::string_view kWhole =
      "take the whole of /config_dump?include_eds, without `resource` or `mask`";
  const Value configs = f["configs"];
  if (!configs || !configs.node().is_sequence()) return;  // reported
  if (!sections.has_listeners) configs.error("has no ListenersConfigDump", std::string(kWhole));
  if (!sections.has_clusters) configs.error("has no ClustersConfigDump", std::string(kWhole));
}

}  // namespace
}  // namespace dump

bool is_config_dump(const Node& root) {
  return root.is_mapping() && root.find("configs") != nullptr;
}

Result<ConfigDump> read_config_dump(const Node& root) {
  Diagnostics diagnostics;
  dump::Sections sections;
  const Node* bootstrap = nullptr;
  Fields f(root, "", diagnostics, Dialect::kEnvoy);
  if (!f["configs"]) f.require("configs", "it is a list of what `/config_dump` has");
  f.objects("configs", [&](Fields& section) {
    const std::string type = envoy::type_of(section);
    if (!type.empty()) dump::read_section(section, type, sections, bootstrap);
  });
  dump::require_whole(f, sections);
  f.finish();
  if (diagnostics.has_errors()) return std::unexpected(std::move(diagnostics));

  ConfigDump out;
  dump::Omissions omitted;
  out.bootstrap = dump::read_own(bootstrap);
  Node listeners = dump::sequence();
  dump::read_listeners(sections, dump::namespace_of(out.bootstrap), listeners, omitted);
  if (listeners.items.empty() && !diagnostics.has_errors()) {
    f["configs"].error("no listener takes HTTP that the workload would send",
                       "dump the proxy of the workload that calls");
  }
  std::set<std::string> led_to;
  bool all = false;
  dump::find_clusters(listeners, led_to, all);
  for (const Value& cluster : sections.clusters) {
    dump::find_clusters(cluster.node(), led_to, all);  // mirrors
    if (all) led_to.insert(dump::text_at(cluster.node(), "name"));
  }
  if (const Node* const manager = dump::find(out.bootstrap, "cluster_manager"))
    led_to.insert(dump::text_at(*manager, "local_cluster_name"));
  Node clusters = dump::sequence();
  dump::read_clusters(sections, led_to, out.clusters, clusters, omitted);
  if (diagnostics.has_errors()) return std::unexpected(std::move(diagnostics));

  Node& resources = dump::put(out.bootstrap, "static_resources", dump::mapping());
  dump::put(resources, "listeners", std::move(listeners));
  dump::put(resources, "clusters", std::move(clusters));
  omitted.cors.tell(Severity::kNote, out.notes);
  omitted.client_tls.tell(Severity::kNote, out.notes);
  omitted.unhealthy.tell(Severity::kNote, out.notes);
  return out;
}

}  // namespace squall::config
