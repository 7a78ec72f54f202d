#include "config/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace squall::config {
namespace {

/// "networking.istio.io" of "networking.istio.io/v1"; empty for "v1".
std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

struct KnownKind {
  std::string_view kind;
  std::string_view group;
  std::array<std::string_view, 3> versions;
};
constexpr std::array<std::string_view, 3> kNetworking = {"v1", "v1beta1", "v1alpha3"};
constexpr std::array<KnownKind, 14> kKinds = {{
    {"Namespace", "", {"v1"}},
    {"Service", "", {"v1"}},
    {"Pod", "", {"v1"}},
    {"Node", "", {"v1"}},
    {"ServiceAccount", "", {"v1"}},
    {"Deployment", "apps", {"v1"}},
    {"StatefulSet", "apps", {"v1"}},
    {"EndpointSlice", "discovery.k8s.io", {"v1", "v1beta1"}},
    {"VirtualService", "networking.istio.io", kNetworking},
    {"DestinationRule", "networking.istio.io", kNetworking},
    {"Gateway", "networking.istio.io", kNetworking},
    {"ServiceEntry", "networking.istio.io", kNetworking},
    {"Sidecar", "networking.istio.io", kNetworking},
    {"PeerAuthentication", "security.istio.io", {"v1", "v1beta1"}},
}};

/// Reads one object of a kind; it is kept when nothing is wrong with it.
class Reader {
 public:
  Reader(const Node& node, Resources& out, Diagnostics& diagnostics)
      : node_(node), out_(out), diagnostics_(diagnostics) {}

  void read_document() {
    Diagnostics found;
    Fields top(node_, "", found, Dialect::kKubernetes);
    std::string api_version;
    std::string kind;
    constexpr const char* kAdvice = "a Kubernetes object begins with apiVersion and kind";
    top.require("apiVersion", kAdvice);
    top.require("kind", kAdvice);
    top.text("apiVersion", api_version);
    top.text("kind", kind);
    if (found.has_errors()) {
      diagnostics_.add(found);
      return;
    }
    if (kind.ends_with("List") && api_version == "v1" && node_.find("items") != nullptr) {
      read_list();
      return;
    }
    if (!check_kind(api_version, kind)) return;
    dispatch(kind);
  }

 private:
  void read_list() {
    const Node* items = node_.find("items");
    for (const Node& item : items->items) Reader(item, out_, diagnostics_).read_document();
  }

  /// Whether this program reads the kind; counts it or reports its version when not.
  bool check_kind(const std::string& api_version, const std::string& kind) {
    const std::string_view group = group_of(api_version);
    const std::string_view version = group.empty()
                                         ? std::string_view(api_version)
                                         : std::string_view(api_version).substr(group.size() + 1);
    const auto known = std::ranges::find_if(
        kKinds, [&](const KnownKind& k) { return k.kind == kind && k.group == group; });
    if (known == kKinds.end()) {
      Resources::Skipped& skipped =
          out_.skipped[group.empty() ? kind : fmt::format("{} of {}", kind, group)];
      if (skipped.count++ == 0) skipped.first = node_.place;
      return false;
    }
    if (std::ranges::find(known->versions, version) != known->versions.end()) return true;
    std::string most(known->versions[0]);
    const std::string right = group.empty() ? most : fmt::format("{}/{}", group, most);
    diagnostics_.add(node_.find("apiVersion")
                         ->diagnose(Severity::kError,
                                    fmt::format("apiVersion: {} has no version {}", kind, version),
                                    fmt::format("write {}", right)));
    return false;
  }

  void dispatch(const std::string& kind) {
    if (kind == "Namespace") return bare(out_.namespaces, false);
    if (kind == "Node") return bare(out_.nodes, false);
    if (kind == "ServiceAccount") return bare(out_.service_accounts, true);
    if (kind == "Service") return full(out_.services);
    if (kind == "Pod") return full(out_.pods);
    if (kind == "EndpointSlice") return full(out_.slices);
    if (kind == "Deployment") return full(out_.deployments, kind);
    if (kind == "StatefulSet") return full(out_.stateful_sets, kind);
    if (kind == "VirtualService") return full(out_.virtual_services);
    if (kind == "DestinationRule") return full(out_.destination_rules);
    if (kind == "PeerAuthentication") return full(out_.peer_authentications);
    if (kind == "Gateway") return full(out_.gateways);
    if (kind == "ServiceEntry") return full(out_.service_entries);
    if (kind == "Sidecar") return full(out_.sidecars);
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

void warn(const Place& place, const std::string& what, Diagnostics& diagnostics) {
  diagnostics.add({place.file ? *place.file : std::string(),
                   place.line,
                   place.column,
                   Severity::kWarning,
                   what + " has no effect in virtual time",
                   {}});
}

void warn_policy(const Place& place, const std::string& path, const TrafficPolicy& policy,
                 Diagnostics& diagnostics) {
  if (policy.balancer) {
    const LoadBalancer& balancer = *policy.balancer;
    const std::string block = path + ".loadBalancer";
    if (balancer.hash) warn(place, block + ".consistentHash", diagnostics);
    if (balancer.warmup) warn(place, block + ".warmup", diagnostics);
    if (balancer.locality && !balancer.locality->distribute.empty()) {
      warn(place, block + ".localityLbSetting.distribute", diagnostics);
    }
  }
  for (const auto& [port, entry] : policy.ports) {
    warn_policy(place, fmt::format("{}.portLevelSettings({})", path, port), entry, diagnostics);
  }
}

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

void Resources::warn_not_simulated(Diagnostics& diagnostics) const {
  for (const VirtualService& service : virtual_services) {
    for (std::size_t i = 0; i < service.http.size(); ++i) {
      const HttpRule& rule = service.http[i];
      const std::array<std::pair<bool, std::string_view>, 3> there = {
          {{rule.fault.has_value(), "fault"},
           {!rule.mirrors.empty(), "mirror"},
           {rule.cors.has_value(), "corsPolicy"}}};
      for (const auto& [set, name] : there) {
        if (set) warn(rule.place, fmt::format("spec.http[{}].{}", i, name), diagnostics);
      }
    }
  }
  for (const DestinationRule& rule : destination_rules) {
    if (rule.policy) warn_policy(rule.meta.place, "spec.trafficPolicy", *rule.policy, diagnostics);
    for (std::size_t i = 0; i < rule.subsets.size(); ++i) {
      const Subset& subset = rule.subsets[i];
      const std::string path = fmt::format("spec.subsets[{}].trafficPolicy", i);
      if (subset.policy) warn_policy(subset.place, path, *subset.policy, diagnostics);
    }
  }
}

}  // namespace squall::config
