#include "config/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "config/kinds.h"
#include "config/names.h"
#include "config/value.h"

namespace squall::config {
namespace {

/// What an object says that it is.
struct TypeMeta {
  std::string api_version, kind;
};

/// Reads one object of a kind; it is kept when nothing is wrong with it.
class Reader {
 public:
  Reader(const Node& node, Resources& out, Diagnostics& diagnostics)
      : node_(node), out_(out), diagnostics_(diagnostics) {}

  /// An API server leaves out of a list's items what the list has said for them.
  void read_document(const TypeMeta& otherwise = {}) {
    Diagnostics found;
    Fields top(node_, "", found, Dialect::kKubernetes);
    TypeMeta type = otherwise;
    const char* const advice =
        node_.find("static_resources") != nullptr
            ? "this is an Envoy bootstrap, which squall-proxy and squall replay take; a run takes "
              "the Kubernetes and Istio files that such a thing is made from"
            : "a Kubernetes object begins with apiVersion and kind";
    if (otherwise.kind.empty()) {
      top.require("apiVersion", advice);
      top.require("kind", advice);
    }
    top.text("apiVersion", type.api_version);
    top.text("kind", type.kind);
    top.accept_all();  // which fields there are depends on the kind
    top.finish();
    if (found.has_errors()) {
      diagnostics_.add(found);
      return;
    }
    if (type.kind == "List") return read_list({});
    if (const std::string of = listed_kind(type); !of.empty())
      return read_list({type.api_version, of});
    if (is_waypoint(type)) return bare(out_.waypoints, true);
    if (!check_kind(type.api_version, type.kind)) return;
    dispatch(type.kind);
  }

 private:
  /// "Deployment" of a DeploymentList.
  static std::string listed_kind(const TypeMeta& type) {
    if (!type.kind.ends_with("List")) return {};
    std::string of = type.kind.substr(0, type.kind.size() - 4);
    const std::vector<std::string_view> kinds = kinds_of(group_of(type.api_version));
    return std::ranges::find(kinds, of) != kinds.end() ? of : std::string();
  }

  /// Other Gateways of that group are counted as kinds are that are not read.
  bool is_waypoint(const TypeMeta& type) const {
    if (type.kind != "Gateway" || group_of(type.api_version) != "gateway.networking.k8s.io")
      return false;
    const Node* const spec = node_.find("spec");
    const Node* const name = spec == nullptr ? nullptr : spec->find("gatewayClassName");
    return name != nullptr && name->text == "istio-waypoint";
  }

  void read_list(const TypeMeta& of) {
    const Node* const items = node_.find("items");
    if (items == nullptr || !items->is_sequence()) {
      diagnostics_.add((items != nullptr ? *items : node_)
                           .diagnose(Severity::kError, "items: expected a list of objects",
                                     "write items: [] when there are none"));
      return;
    }
    for (const Node& item : items->items) Reader(item, out_, diagnostics_).read_document(of);
  }

  /// Whether this program reads the kind; counts it or reports its version when not.
  bool check_kind(const std::string& api_version, const std::string& kind) {
    const std::string_view group = group_of(api_version);
    const std::string_view version = group.empty()
                                         ? std::string_view(api_version)
                                         : std::string_view(api_version).substr(group.size() + 1);
    const KnownKind* const known = known_kind(kind, group);
    if (known == nullptr) {
      skip(api_version, kind);
      return false;
    }
    if (std::ranges::find(known->versions, version) != known->versions.end()) return true;
    error_at("apiVersion", fmt::format("apiVersion: {} has no version {}", kind, version),
             fmt::format("write {}", api_version_of(*known)));
    return false;
  }

  void error_at(std::string_view field, std::string what, std::string advice) {
    const Node* const there = node_.find(field);
    diagnostics_.add((there != nullptr ? *there : node_)
                         .diagnose(Severity::kError, std::move(what), std::move(advice)));
  }

  /// A kind that is not read is counted; one that its group does not have is an error.
  void skip(const std::string& api_version, const std::string& kind) {
    const std::string_view group = group_of(api_version);
    const std::vector<std::string_view> kinds = kinds_of(group);
    if (!kinds.empty() && std::ranges::find(kinds, kind) == kinds.end()) {
      return error_at(
          "kind", fmt::format("kind: {} has no kind {}", group.empty() ? api_version : group, kind),
          meant_kind(kind, kinds));
    }
    if (kinds.empty()) {
      if (const KnownKind* const meant = of_mistyped_group(kind, group); meant != nullptr) {
        return error_at("apiVersion", fmt::format("apiVersion: {} has no kind {}", group, kind),
                        fmt::format("write {}", api_version_of(*meant)));
      }
    }
    if (kind == "ConfigMap" && group.empty()) out_.config_maps.put(read_config_map(node_));
    Resources::Skipped& skipped =
        out_.skipped[group.empty() ? kind : fmt::format("{} of {}", kind, group)];
    if (skipped.count++ == 0) skipped.first = node_.place;
  }

  void dispatch(const std::string& kind) {
    if (kind == "Namespace") return bare(out_.namespaces, false);
    if (kind == "Node") return bare(out_.nodes, false);
    if (kind == "ServiceAccount") return bare(out_.service_accounts, true);
    if (kind == "Service") return full(out_.services);
    if (kind == "Pod") return full(out_.pods);
    if (kind == "EndpointSlice") return full(out_.slices);
    if (kind == "HorizontalPodAutoscaler") return full(out_.autoscalers);
    if (kind == "Deployment") return full(out_.deployments, kind);
    if (kind == "StatefulSet") return full(out_.stateful_sets, kind);
    if (kind == "VirtualService") return full(out_.virtual_services);
    if (kind == "DestinationRule") return full(out_.destination_rules);
    if (kind == "PeerAuthentication") return full(out_.peer_authentications);
    if (kind == "Gateway") return full(out_.gateways);
    if (kind == "ServiceEntry") return full(out_.service_entries);
    if (kind == "Sidecar") return full(out_.sidecars);
    if (kind == "ProxyConfig") return full(out_.proxy_configs);
  }

  template <class T>
  void bare(Table<T>& table, bool namespaced) {
    Diagnostics found;
    Fields top(node_, "", found, Dialect::kKubernetes);
    T object;
    object.meta = read_meta(top, namespaced);
    keep(table, std::move(object), found);
  }

  template <class T>
  void full(Table<T>& table, const std::string& kind = {}) {
    Diagnostics found;
    Fields top(node_, "", found, Dialect::kKubernetes);
    top.accept({"apiVersion", "kind", "metadata", "status"});
    T object;
    object.meta = read_meta(top, true);
    if constexpr (std::is_same_v<T, Workload>) object.kind = kind;
    read(top, object);
    top.finish();
    keep(table, std::move(object), found);
  }

  template <class T>
  void keep(Table<T>& table, T object, const Diagnostics& found) {
    if (!found.has_errors()) table.put(std::move(object));
    diagnostics_.add(found);
  }

  const Node& node_;
  Resources& out_;
  Diagnostics& diagnostics_;
};

}  // namespace

void Resources::check_replicas(Diagnostics& diagnostics) const {
  std::int64_t total = 0;
  for (const Table<Workload>* table : {&deployments, &stateful_sets}) {
    for (const Workload& workload : *table) {
      const bool within = total <= kMostReplicas;
      total += workload.replicas;
      if (!within || total <= kMostReplicas) continue;
      const Place& place = workload.meta.place;
      diagnostics.add({place.file ? *place.file : std::string(), place.line, place.column,
                       Severity::kError, fmt::format("more than {} replicas in all", kMostReplicas),
                       "leave out what has no part in the question"});
    }
  }
}

void Resources::add(const std::vector<Node>& documents, Diagnostics& diagnostics) {
  for (const Node& document : documents) {
    if (!document.is_mapping()) {
      diagnostics.add(document.diagnose(Severity::kError, "expected a Kubernetes object",
                                        "it begins with apiVersion and kind"));
      continue;
    }
    Reader(document, *this, diagnostics).read_document();
  }
  check_replicas(diagnostics);
}

bool Resources::load(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
  bool good = true;
  for (const std::string& path : paths) {
    const Result<std::vector<std::string>> files = files_of(path);
    if (!files) {
      diagnostics.add(files.error());
      good = false;
      continue;
    }
    for (const std::string& file : *files) {
      const Result<std::vector<Node>> documents = load_documents(file);
      if (documents) {
        add(*documents, diagnostics);
      } else {
        diagnostics.add(documents.error());
        good = false;
      }
    }
  }
  return good;
}

void Resources::note_skipped(Diagnostics& diagnostics) const {
  for (const auto& [kind, one] : skipped) {
    const std::string count = one.count == 1 ? "" : fmt::format(" ({} objects)", one.count);
    diagnostics.add({one.first.file ? *one.first.file : std::string(),
                     one.first.line,
                     one.first.column,
                     Severity::kNote,
                     fmt::format("{} is not read by squall, skipped{}", kind, count),
                     {}});
  }
}

}  // namespace squall::config
