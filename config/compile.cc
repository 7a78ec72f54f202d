#include "config/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/compile_parts.h"
#include "config/unresolved.h"
#include "config/value.h"

namespace squall::config {
namespace {

Json without_metadata(const Json& from) {
  if (from.is_array()) {
    Json out = Json::array();
    for (const Json& one : from) out.push_back(without_metadata(one));
    return out;
  }
  if (!from.is_object()) return from;
  Json out = Json::object();
  for (const auto& [key, value] : from.items()) {
    if (key != "metadata") out[key] = without_metadata(value);
  }
  return out;
}

/// All that a view depends on besides the mesh.
std::string class_of(const MeshPod& pod) {
  std::string out = pod.ns + '\n' + pod.locality.region + '\n' + pod.locality.zone + '\n' +
                    pod.locality.subzone + '\n' + pod.node + '\n' + pod.workload;
  for (const auto& [key, value] : pod.labels)
    out.append(1, '\n').append(key).append(1, '=').append(value);
  return out;
}

std::unexpected<Diagnostics> no_client(std::string_view name, const std::vector<MeshPod>& pods) {
  std::set<std::string> known;
  for (const MeshPod& pod : pods) {
    for (const std::string& one : {pod.name, pod.workload}) known.insert({one, one + "." + pod.ns});
  }
  const std::vector<std::string_view> names(known.begin(), known.end());
  const std::optional<std::string_view> near = nearest(name, names);
  return error(fmt::format("there is no pod or workload \"{}\"", name),
               near ? fmt::format("did you mean \"{}\"?", *near)
                    : "name one of the manifests, as NAME or NAME.NAMESPACE");
}

}  // namespace

std::string proto_duration(Duration d) {
  const std::int64_t ns = d.count();
  const std::int64_t seconds = ns / 1'000'000'000;
  const std::int64_t rest = ns % 1'000'000'000;
  if (rest == 0) return fmt::format("{}s", seconds);
  if (rest % 1'000'000 == 0) return fmt::format("{}.{:03}s", seconds, rest / 1'000'000);
  if (rest % 1'000 == 0) return fmt::format("{}.{:06}s", seconds, rest / 1'000);
  return fmt::format("{}.{:09}s", seconds, rest);
}

Json origin(std::string_view kind, const Meta& meta, const Place& place, int rule) {
  Json istio = {{"config", fmt::format("/apis/networking.istio.io/v1/namespaces/{}/{}/{}", meta.ns,
                                       kind, meta.name)}};
  if (place.file != nullptr) {
    istio["file"] = *place.file;
    istio["line"] = place.line;
  }
  if (rule >= 0) istio["rule"] = rule;
  return {{"filterMetadata", {{"istio", std::move(istio)}}}};
}

Json View::golden() const {
  Json out = Json::object();
  const auto put = [&](const char* name, const Json& section) {
    if (!section.empty()) out[name] = without_metadata(section);
  };
  put("routes", routes);
  put("clusters", clusters);
  put("endpoints", endpoints);
  put("listeners", listeners);
  put("virtualOutbound", virtual_outbound);
  // A proxy in front of no service: nothing comes in, and no mode needs saying.
  if (!inbound_clusters.empty()) put("inbound", inbound);
  put("inboundClusters", inbound_clusters);
  return out;
}

Mesh::Mesh(const Resources& resources, MeshConfig config, const MeshOptions& options)
    : registry_(std::make_unique<Registry>(resources, std::move(config), options)) {}
Mesh::~Mesh() = default;
Mesh::Mesh(Mesh&&) noexcept = default;

const std::vector<MeshPod>& Mesh::pods() const { return registry_->pods(); }

Result<const MeshPod*> Mesh::find_client(std::string_view name) const {
  std::vector<const MeshPod*> pods;
  std::vector<const MeshPod*> workloads;
  for (const MeshPod& pod : registry_->pods()) {
    if (name == pod.name || name == pod.full_name()) pods.push_back(&pod);
    const bool by_workload = name == pod.workload || name == pod.workload + "." + pod.ns;
    const bool other =
        std::ranges::any_of(workloads, [&](const MeshPod* one) { return one->ns == pod.ns; });
    if (by_workload && !other) workloads.push_back(&pod);
  }
  const std::vector<const MeshPod*>& found = pods.empty() ? workloads : pods;
  if (found.size() == 1) return found.front();
  if (found.empty()) return no_client(name, registry_->pods());
  return error(fmt::format("\"{}\" stands in more than one namespace", name),
               fmt::format("say which: {}.{}", name, found.front()->ns));
}

std::string Mesh::resolve(std::string_view host, std::string_view ns) const {
  const auto known = [&](std::string name) {
    if (name.ends_with('.')) name.pop_back();
    for (const MeshService& one : registry_->services()) {
      if (std::ranges::find(one.aliases, name) != one.aliases.end()) return one.host;
    }
    const MeshService* found = registry_->service(name);
    return found == nullptr ? std::string() : found->host;
  };
  // As a pod's resolver does: with the search domains NS.svc.DOMAIN, svc.DOMAIN, DOMAIN.
  const std::string& domain = registry_->config().domain;
  const std::string name(host);
  for (const std::string& suffix :
       {fmt::format(".{}.svc.{}", ns, domain), ".svc." + domain, "." + domain, std::string()}) {
    if (std::string found = known(name + suffix); !found.empty()) return found;
  }
  for (const MeshService& one : registry_->services()) {
    const bool addressed = std::ranges::find(one.addresses, name) != one.addresses.end();
    if (addressed || (is_wildcard(one.host) && is_subset(name, one.host))) return one.host;
  }
  return {};
}

std::vector<std::string> Mesh::hosts() const {
  std::vector<std::string> hosts;
  for (const MeshService& one : registry_->services()) hosts.push_back(one.host);
  return hosts;
}

std::vector<int> Mesh::ports_of(std::string_view host) const {
  std::vector<int> ports;
  if (const MeshService* service = registry_->service(host); service != nullptr) {
    for (const MeshPort& port : service->ports) ports.push_back(port.number);
  }
  return ports;
}

std::string Mesh::opaque_port(std::string_view host, int port) const {
  const MeshService* service = registry_->service(host);
  if (service == nullptr) return "";
  for (const MeshPort& one : service->ports) {
    if (one.number == port && one.protocol != Protocol::kSniffed && !is_http(one.protocol))
      return one.name;
  }
  return "";
}

void Mesh::warn_unresolved(Diagnostics& diagnostics) const {
  config::warn_unresolved(*registry_, diagnostics);
}

ServerMode Mesh::server_mode(const MeshPod& pod, int port) const {
  return registry_->server_mode(pod.labels, pod.ns, port);
}

std::shared_ptr<View> Mesh::new_view() const {
  auto view = std::make_shared<View>();
  view->path_normalization = registry_->config().path_normalization;
  return view;
}

std::shared_ptr<const View> Mesh::view_of(const MeshPod& client) {
  std::shared_ptr<const View>& cached = views_[class_of(client)];
  if (cached) return cached;
  auto view = new_view();
  const Client whom{&client};
  if (client.gateway) {
    add_gateway_routes(*registry_, whom, *view);
    add_clusters(*registry_, whom, exported_services(*registry_, whom), *view);
    return cached = view;
  }
  const Scope scope = scope_of(*registry_, whom);
  add_routes(*registry_, whom, scope, *view);
  add_clusters(*registry_, whom, scope, *view);
  add_listeners(*registry_, whom, scope, *view);
  add_inbound(*registry_, whom, *view);
  cached = view;
  return view;
}

std::shared_ptr<const View> Mesh::view_of(const MeshPod& client,
                                          const std::set<CalledHost>& calls) {
  if (client.gateway) return view_of(client);
  std::string key = class_of(client) + "\ncalls";
  for (const CalledHost& one : calls) key += fmt::format("\n{}:{}", one.host, one.port);
  std::shared_ptr<const View>& cached = views_[key];
  if (cached) return cached;
  const Client whom{&client};
  const std::optional<Scope> scope =
      scope_of_calls(*registry_, whom, scope_of(*registry_, whom), calls);
  if (!scope) return cached = view_of(client);
  auto view = new_view();
  add_routes(*registry_, whom, *scope, *view);
  add_clusters(*registry_, whom, *scope, *view);
  return cached = view;
}

std::shared_ptr<const View> Mesh::inbound_view_of(const MeshPod& client) {
  std::shared_ptr<const View>& cached = views_[class_of(client) + "\ninbound"];
  if (cached) return cached;
  auto view = new_view();
  add_inbound(*registry_, Client{&client}, *view);
  return cached = view;
}

}  // namespace squall::config
