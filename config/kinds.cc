#include "config/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "config/value.h"

namespace squall::config {
namespace {

constexpr std::array<std::string_view, 3> kNetworking = {"v1", "v1beta1", "v1alpha3"};
constexpr std::array<KnownKind, 16> kKinds = {{
    {"Namespace", "", {"v1"}},
    {"Service", "", {"v1"}},
    {"Pod", "", {"v1"}},
    {"Node", "", {"v1"}},
    {"ServiceAccount", "", {"v1"}},
    {"Deployment", "apps", {"v1"}},
    {"StatefulSet", "apps", {"v1"}},
    {"EndpointSlice", "discovery.k8s.io", {"v1", "v1beta1"}},
    {"HorizontalPodAutoscaler", "autoscaling", {"v2", "v2beta2", "v1"}},
    {"VirtualService", "networking.istio.io", kNetworking},
    {"DestinationRule", "networking.istio.io", kNetworking},
    {"Gateway", "networking.istio.io", kNetworking},
    {"ServiceEntry", "networking.istio.io", kNetworking},
    {"Sidecar", "networking.istio.io", kNetworking},
    {"ProxyConfig", "networking.istio.io", {"v1beta1"}},
    {"PeerAuthentication", "security.istio.io", {"v1", "v1beta1"}},
}};

/// What those groups have beside them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kNotRead = {{
    {"Binding", ""},
    {"ComponentStatus", ""},
    {"ConfigMap", ""},
    {"Endpoints", ""},
    {"Event", ""},
    {"LimitRange", ""},
    {"PersistentVolume", ""},
    {"PersistentVolumeClaim", ""},
    {"PodTemplate", ""},
    {"ReplicationController", ""},
    {"ResourceQuota", ""},
    {"Secret", ""},
    {"ControllerRevision", "apps"},
    {"DaemonSet", "apps"},
    {"ReplicaSet", "apps"},
    {"EnvoyFilter", "networking.istio.io"},
    {"WorkloadEntry", "networking.istio.io"},
    {"WorkloadGroup", "networking.istio.io"},
    {"AuthorizationPolicy", "security.istio.io"},
    {"RequestAuthentication", "security.istio.io"},
}};

}  // namespace

std::string_view group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

const KnownKind* known_kind(std::string_view kind, std::string_view group) {
  const auto known = std::ranges::find_if(
      kKinds, [&](const KnownKind& one) { return one.kind == kind && one.group == group; });
  return known != kKinds.end() ? &*known : nullptr;
}

std::vector<std::string_view> kinds_of(std::string_view group) {
  std::vector<std::string_view> out;
  for (const KnownKind& one : kKinds) {
    if (one.group == group) out.push_back(one.kind);
  }
  if (out.empty()) return out;
  for (const auto& [kind, of] : kNotRead) {
    if (of == group) out.push_back(kind);
  }
  return out;
}

std::string api_version_of(const KnownKind& kind) {
  return kind.group.empty() ? std::string(kind.versions[0])
                            : fmt::format("{}/{}", kind.group, kind.versions[0]);
}

std::string meant_kind(const std::string& kind, std::span<const std::string_view> kinds) {
  const auto elsewhere = std::ranges::find(kKinds, kind, &KnownKind::kind);
  if (elsewhere != kKinds.end())
    return fmt::format("write apiVersion: {}", api_version_of(*elsewhere));
  const std::optional<std::string_view> near = nearest(kind, kinds);
  return near ? fmt::format("did you mean \"{}\"?", *near)
              : fmt::format("its kinds are {}", fmt::join(kinds, ", "));
}

const KnownKind* of_mistyped_group(const std::string& kind, std::string_view group) {
  const auto known = std::ranges::find(kKinds, kind, &KnownKind::kind);
  if (known == kKinds.end() || known->group.empty()) return nullptr;
  const std::string_view names[] = {known->group};
  const bool slip = group.ends_with("istio.io") || nearest(group, names).has_value();
  return slip ? &*known : nullptr;
}

}  // namespace squall::config
