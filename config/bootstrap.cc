#include "config/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/bootstrap_parts.h"
#include "policies/base/ip.h"
#include "policies/runtime.h"

namespace squall::config {
namespace {

constexpr std::string_view kRegexSizeKey = "re2.max_program_size.error_level";

/// The keys of a static layer: nested mappings are joined by dots.
void flatten(const Value& value, const std::string& key, std::map<std::string, Value>& out) {
  if (!value) return;
  if (!value.node().is_mapping()) {
    out.insert_or_assign(key, value);
    return;
  }
  for (const Node::Member& member : value.node().members) {
    flatten(value.member(member), key.empty() ? member.key : key + '.' + member.key, out);
  }
}

std::map<std::string, Value> read_runtime(Fields& f) {
  std::map<std::string, Value> keys;
  f.object("layered_runtime", [&](Fields& runtime) {
    runtime.objects("layers", [&](Fields& layer) {
      layer.accept({"name"});
      envoy::exactly_one(layer, {"static_layer", "admin_layer"}, {"disk_layer", "rtds_layer"});
      layer.object("admin_layer", [](Fields&) {});
      const Value values = layer["static_layer"];
      if (values.is_mapping()) flatten(values, "", keys);
    });
  });
  return keys;
}

/// The keys by which this configuration lets the runtime decide.
std::set<std::string, std::less<>> honoured_keys(policies::Epoch& epoch) {
  std::set<std::string, std::less<>> keys{std::string(kRegexSizeKey)};
  policies::visit_runtime_keys(epoch,
                               [&](std::string_view key, const auto&) { keys.emplace(key); });
  return keys;
}

void keep_runtime(const std::map<std::string, Value>& values, policies::Epoch& epoch) {
  const std::set<std::string, std::less<>> honoured = honoured_keys(epoch);
  for (const auto& [key, value] : values) {
    if (!honoured.contains(key)) {
      value.unsupported();
    } else if (const auto number = value.integer({.least = 0, .most = ~std::uint32_t{0}})) {
      epoch.runtime[key] = std::to_string(*number);
    }
  }
}

/// What the runtime makes of a route's weights; an entry's own count where it has no key.
void check_weights(const std::map<std::string, Value>& values, const policies::Epoch& epoch,
                   const policies::Forward& forward) {
  const Value* by = nullptr;
  std::uint64_t sum = 0;
  for (const policies::WeightedCluster& entry : forward.clusters) {
    const std::string key = forward.weight_runtime_prefix + '.' + entry.cluster;
    const auto at = epoch.runtime.find(key);
    if (at != epoch.runtime.end()) by = &values.at(key);
    sum += at == epoch.runtime.end() ? entry.weight : std::stoull(at->second);
  }
  if (by == nullptr || (sum > 0 && sum <= ~std::uint32_t{0})) return;
  by->error(fmt::format("the weights of a route's clusters add up to {}", sum),
            "make it a number from 1 to 4294967295");
}

void check_weights(const std::map<std::string, Value>& values, const policies::Epoch& epoch) {
  for (const policies::Listener& listener : epoch.listeners) {
    for (const policies::VirtualHost& host : listener.routes.hosts) {
      for (const policies::Route& route : host.routes) {
        const auto* forward = std::get_if<policies::Forward>(&route.action);
        if (forward == nullptr || forward->weight_runtime_prefix.empty()) continue;
        check_weights(values, epoch, *forward);
      }
    }
  }
}

/// The limit that a regular expression has of its own; Envoy then asks for no other.
std::optional<std::uint32_t> own_regex_size(const Node& matcher) {
  std::optional<std::uint32_t> size;
  Diagnostics told_already;
  Fields f(matcher, "", told_already, Dialect::kEnvoy);
  f.object("google_re2", [&](Fields& engine) { engine.integer("max_program_size", size); });
  return size;
}

void check_regex(const Value& regex, std::optional<std::uint32_t> own, int runtime) {
  const int most =
      own ? static_cast<int>(std::min<std::uint32_t>(*own, policies::kIstioRegexSize)) : runtime;
  const std::string& text = regex.node().text;
  if (!policies::compile_regex(text) || policies::compile_regex(text, most)) return;
  regex.error(fmt::format("a larger regular expression than Envoy admits ({})", most),
              own ? "raise max_program_size of its google_re2"
                  : fmt::format("raise the runtime key {}", kRegexSizeKey));
}

/// Envoy refuses regular expressions with a large program unless the runtime raises the limit.
void check_regexes(const Value& value, int most) {
  const Node& node = value.node();
  for (std::size_t i = 0; i < node.items.size(); ++i) check_regexes(value.item(i), most);
  for (const Node::Member& member : node.members) {
    const Value inner = value.member(member);
    if (member.key != "regex" || !inner.node().is_scalar()) {
      check_regexes(inner, most);
    } else {
      check_regex(inner, own_regex_size(node), most);
    }
  }
}

int regex_size(const std::map<std::string, Value>& runtime) {
  const auto at = runtime.find(std::string(kRegexSizeKey));
  if (at == runtime.end()) return policies::kEnvoyRegexSize;
  const std::optional<std::int64_t> size = at->second.node().as_int();
  const bool good = size && *size >= 0 && *size <= policies::kIstioRegexSize;
  return good ? static_cast<int>(*size) : policies::kIstioRegexSize;
}

void find_repeated_clusters(Fields& f, const std::vector<policies::ClusterConfig>& clusters) {
  std::set<std::string_view> seen;
  const Value list = f["clusters"];
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (seen.insert(clusters[i].name).second) continue;
    list.item(i).error(fmt::format("the cluster \"{}\" is repeated", clusters[i].name),
                       "give each cluster its own name");
  }
}

/// Envoy keeps the last of those that share a name, and refuses a second one at an address.
void find_repeated_listeners(Fields& f, const std::vector<ListenerShell>& listeners) {
  std::set<std::string_view> names;
  std::map<std::pair<std::string_view, std::uint16_t>, std::string_view> addresses;
  const Value list = f["listeners"];
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const ListenerShell& one = listeners[i];
    if (!one.name.empty() && !names.insert(one.name).second) {
      list.item(i).error(fmt::format("the listener \"{}\" is repeated", one.name),
                         "give each listener its own name");
    }
    if (one.address.port == 0) continue;  // a free one each
    const auto [first, fresh] =
        addresses.try_emplace({one.address.address, one.address.port}, one.name);
    if (fresh) continue;
    list.item(i).error(fmt::format("has the duplicate address {} of the listener \"{}\"",
                                   with_port(one.address.address, one.address.port), first->second),
                       "give each listener its own address");
  }
}

void read_static_resources(Fields& f, Bootstrap& out) {
  // Clusters first: routes refer to them.
  f.list("clusters", [&](const Value& value) {
    policies::ClusterConfig& cluster = out.epoch.clusters.emplace_back();
    ClusterShell& shell = out.clusters.emplace_back();
    if (!value) value.expected("a mapping");
    if (!value.is_mapping()) return;
    Fields g(value);
    envoy::read_cluster(g, cluster, shell);
    g.finish();
  });
  find_repeated_clusters(f, out.epoch.clusters);
  f.objects("listeners", [&](Fields& g) {
    envoy::read_listener(g, out.epoch.clusters, out.epoch.listeners.emplace_back(),
                         out.listeners.emplace_back());
  });
  find_repeated_listeners(f, out.listeners);
  envoy::refuse(f, {"secrets"});
}

void read_node(Fields& f, Bootstrap& out) {
  f.object("node", [&](Fields& node) {
    node.text("id", out.node_id);
    node.text("cluster", out.node_cluster);
    node.object("locality", [&](Fields& locality) {
      locality.text("region", out.node_locality.region);
      locality.text("zone", out.node_locality.zone);
      locality.text("sub_zone", out.node_locality.sub_zone);
    });
    node.accept_all();  // the rest is for a control plane
  });
}

void read_admin(Fields& f, Bootstrap& out) {
  f.object("admin", [&](Fields& admin) {
    SocketAddress address;
    if (envoy::read_address(admin, "address", address)) out.admin = address;
    out.epoch.counts_hosts = true;
    admin.accept({"access_log", "access_log_path", "profile_path", "ignore_global_conn_limit"});
    envoy::refuse(admin, {"socket_options", "allow_paths"});
  });
}

void read_cluster_manager(Fields& f, Bootstrap& out) {
  policies::Epoch& epoch = out.epoch;
  f.object("cluster_manager", [&](Fields& manager) {
    manager.object("outlier_detection", [&](Fields& outlier) {
      outlier.text("event_log_path", out.ejection_log);
      envoy::refuse(outlier, {"event_service"});
    });
    manager.text("local_cluster_name", epoch.local_cluster);
    const bool known = std::ranges::any_of(
        epoch.clusters, [&](const auto& cluster) { return cluster.name == epoch.local_cluster; });
    if (!epoch.local_cluster.empty() && !known) {
      manager["local_cluster_name"].error(
          fmt::format("there is no cluster \"{}\"", epoch.local_cluster),
          "name one of static_resources");
    }
    envoy::refuse(
        manager, {"upstream_bind_config", "load_stats_config", "enable_deferred_cluster_creation"});
  });
}

void read_rest(Fields& f) {
  f.accept({"node_context_params", "flags_path", "stats_config", "stats_flush_interval",
            "stats_flush_on_admin", "stats_eviction_interval", "watchdog", "watchdogs",
            "use_tcp_for_dns_lookups", "dns_resolution_config", "typed_dns_resolver_config",
            "default_socket_interface", "enable_dispatcher_stats", "perf_tracing_file_path",
            "application_log_config", "memory_allocator_manager"});
  f.unsupported({"dynamic_resources"}, "list everything in static_resources");
  envoy::refuse(f, {"stats_sinks", "tracing", "hds_config", "header_prefix", "bootstrap_extensions",
                    "fatal_actions", "config_sources", "default_config_source",
                    "certificate_provider_instances", "inline_headers", "default_regex_engine",
                    "xds_delegate_extension", "xds_config_tracker_extension", "listener_manager",
                    "grpc_async_client_manager_config"});
}

}  // namespace

Result<Bootstrap> read_bootstrap(const Node& root) {
  Bootstrap out;
  Diagnostics diagnostics;
  Fields f(root, "", diagnostics, Dialect::kEnvoy);
  read_node(f, out);
  read_admin(f, out);
  const std::map<std::string, Value> runtime = read_runtime(f);
  if (root.is_mapping()) f.require("static_resources");
  f.object("static_resources", [&](Fields& g) { read_static_resources(g, out); });
  keep_runtime(runtime, out.epoch);
  out.epoch.node_cluster = out.node_cluster;
  read_cluster_manager(f, out);
  out.epoch.locality = out.node_locality;
  check_weights(runtime, out.epoch);
  check_regexes(f.value(), regex_size(runtime));
  policies::ReducedTimeouts reduced;
  envoy::read_overload_manager(f, "overload_manager", out.overload, reduced);
  for (policies::Listener& listener : out.epoch.listeners) listener.reduced = reduced;
  read_rest(f);
  f.finish();
  if (diagnostics.has_errors()) return std::unexpected(std::move(diagnostics));
  out.warnings = std::move(diagnostics);
  return out;
}

Result<Bootstrap> parse_bootstrap(std::string_view text, const std::string& name) {
  const Result<std::vector<Node>> documents = parse_documents(text, name);
  if (!documents) return std::unexpected(documents.error());
  if (documents->size() == 1) return read_bootstrap(documents->front());
  const std::string what = documents->empty() ? "the file is empty" : "more than one document";
  const Place place = documents->empty() ? Place{} : (*documents)[1].place;
  return std::unexpected(Diagnostics(
      {name, place.line, place.column, Severity::kError, what, "a bootstrap is one document"}));
}

Result<Bootstrap> load_bootstrap(const std::string& path) {
  const Result<std::string> text = read_text(path);
  if (!text) return std::unexpected(text.error());
  return parse_bootstrap(*text, path);
}

}  // namespace squall::config
