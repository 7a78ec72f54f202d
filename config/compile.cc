// Mesh: the registry and the views compiled from it.
#include "config/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/compile_parts.h"

namespace squall::config {
namespace {

/// Clients with the same key get the same configuration.
std::string key_of(const MeshPod& pod) {
  std::string key = pod.ns + '|' + pod.locality.region + '/' + pod.locality.zone + '/' + pod.locality.subzone + '|' +
                    pod.node + '|';
  for (const auto& [name, value] : pod.labels) key += name + '=' + value + ',';
  return key;
}

void drop_metadata(Json& json) {
  if (json.is_object()) json.erase("metadata");
  if (!json.is_structured()) return;
  for (Json& part : json) drop_metadata(part);
}

}  // namespace

/// Protobuf's form: no fraction, or three, six or nine digits of it.
std::string proto_duration(Duration d) {
  const std::int64_t seconds = d.count() / 1'000'000'000, rest = d.count() % 1'000'000'000;
  if (rest == 0) return fmt::format("{}s", seconds);
  if (rest % 1'000'000 == 0) return fmt::format("{}.{:03}s", seconds, rest / 1'000'000);
  if (rest % 1'000 == 0) return fmt::format("{}.{:06}s", seconds, rest / 1'000);
  return fmt::format("{}.{:09}s", seconds, rest);
}

Json origin(std::string_view kind, const Meta& meta, const Place& place, int rule) {
  Json from = {{"resource", fmt::format("{} {}", kind, meta.full_name())}};
  if (place.file && place.line > 0) {
    from["file"] = *place.file;
    from["line"] = place.line;
  }
  if (rule >= 0) from["rule"] = rule;
  return {{"filterMetadata", {{"istio", std::move(from)}}}};
}

Json View::golden() const {
  Json out = Json::object();
  const auto add = [&](const char* name, Json part) {
    if (part.empty()) return;
    drop_metadata(part);
    out[name] = std::move(part);
  };
  add("routes", routes);
  add("clusters", clusters);
  add("endpoints", endpoints);
  return out;
}

Mesh::Mesh(const Resources& resources, MeshConfig config, MeshOptions options)
    : registry_(std::make_unique<Registry>(resources, std::move(config), std::move(options))) {}
Mesh::~Mesh() = default;
Mesh::Mesh(Mesh&&) noexcept = default;

const std::vector<MeshPod>& Mesh::pods() const { return registry_->pods(); }

Result<const MeshPod*> Mesh::find_client(std::string_view name) const {
  const MeshPod* found = nullptr;
  const auto dot = name.find('.');
  const std::string_view own = name.substr(0, dot);
  const std::string_view ns = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  for (const MeshPod& pod : pods()) {
    if (pod.name != own && pod.workload != own) continue;
    if (!ns.empty() && pod.ns != ns) continue;
    if (found != nullptr && found->ns != pod.ns) {
      return error(fmt::format("{} stands for {} and {}", name, found->full_name(), pod.full_name()),
                   "write it with its namespace: NAME.NAMESPACE");
    }
    if (found == nullptr) found = &pod;
  }
  if (found == nullptr) return error(fmt::format("there is no pod or workload {} in the manifests", name));
  return found;
}

std::string Mesh::resolve(std::string_view host, std::string_view ns) const {
  for (const MeshService& service : registry_->services()) {
    if (service.host == host) return service.host;
    const std::vector<std::string> names = short_names(service.host, ns);
    if (std::ranges::find(names, host) != names.end()) return service.host;
  }
  return {};
}

std::vector<int> Mesh::ports_of(std::string_view host) const {
  std::vector<int> ports;
  if (const MeshService* service = registry_->service(host); service != nullptr) {
    for (const MeshPort& port : service->ports) ports.push_back(port.number);
  }
  return ports;
}

ServerMode Mesh::server_mode(const MeshPod& pod, int port) const {
  return registry_->server_mode(pod.labels, pod.ns, port);
}

std::shared_ptr<const View> Mesh::view_of(const MeshPod& pod) {
  std::shared_ptr<const View>& known = views_[key_of(pod)];
  if (known != nullptr) return known;
  auto view = std::make_shared<View>();
  const Client client{&pod};
  const Scope scope = scope_of(*registry_, client);
  add_routes(*registry_, client, scope, *view);
  add_clusters(*registry_, client, scope, *view);
  add_inbound(*registry_, client, *view);
  known = std::move(view);
  return known;
}

}  // namespace squall::config
