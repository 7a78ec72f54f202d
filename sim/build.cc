#include "sim/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/bootstrap.h"
#include "config/compile.h"
#include "config/provenance.h"
#include "scenarios/unknown_name.h"
#include "sim/build_limits.h"
#include "sim/build_parts.h"
#include "sim/feeds.h"
#include "sim/mesh_mode.h"
#include "sim/unseen_calls.h"
#include "sim/without_effect.h"

namespace squall::sim {
namespace {

/// Labels and ports of made-up pods, as YAML.
struct PodsOf {
  std::string labels, ports;
};

/// Pods that the Service leads to; where there is none yet, of the one that will be made up.
PodsOf pods_of(const config::Service* service, const std::string& name) {
  config::Json labels = {{"app", name}};
  config::Json ports = config::Json::array();
  if (service == nullptr) {
    ports.push_back({{"containerPort", 80}});
  } else {
    if (!service->selector.empty()) labels = config::Json(service->selector);
    std::set<std::string> names;
    for (const config::ServicePort& port : service->ports) {
      const config::PortRef& target = port.target;
      config::Json one = {{"containerPort", target.number == 0 ? port.port : target.number}};
      if (!target.name.empty()) {
        if (!names.insert(target.name).second) continue;
        one["name"] = target.name;
      }
      ports.push_back(std::move(one));
    }
  }
  return {labels.dump(), ports.dump()};
}

}  // namespace

Result<std::unique_ptr<Model>> Builder::build() {
  resources_.add(scenario_.manifests, problems_);
  add_gateways();
  add_waypoints();
  make_up_workloads();
  resources_.note_skipped(problems_);
  resources_.warn_not_simulated(problems_);
  warn_of_mode(scenario_, resources_, problems_);
  if (problems_.has_errors()) return std::unexpected(std::move(problems_));
  config::MeshOptions& options = mesh_options_;
  options.injection = scenario_.mesh.injection;
  options.ambient = scenario_.mesh.ambient;
  for (const scenarios::Workload& workload : scenario_.workloads) {
    const std::string name = full_name(workload.ref);
    if (workload.replicas) options.replicas[name] = *workload.replicas;
    for (const auto& [zone, replicas] : workload.zones)
      options.localities[name].insert(options.localities[name].end(),
                                      static_cast<std::size_t>(replicas),
                                      config::parse_locality(zone));
  }
  find_autoscalers(options.replicas);
  scale_mesh(options.replicas);
  check_replicas(options.replicas);
  if (problems_.has_errors()) return std::unexpected(std::move(problems_));
  mesh_ = std::make_unique<config::Mesh>(resources_, config::MeshConfig{}, options);
  mesh_->warn_unresolved(problems_);
  add_pods();
  add_addresses();
  add_behaviours();
  apply_limits(*model_, mesh_pods_, problems_);
  add_loads();
  add_network();
  add_faults();
  add_changes();
  add_epochs();
  add_autoscalers();
  add_probes();
  if (problems_.has_errors()) return std::unexpected(std::move(problems_));
  add_proxies();
  number_later();
  find_listeners();
  check_dns();
  if (problems_.has_errors()) return std::unexpected(std::move(problems_));
  check_made_up();
  if (problems_.has_errors()) return std::unexpected(std::move(problems_));
  warn_without_effect(*model_, problems_);
  note_unseen_calls({*model_, resources_, *mesh_, mesh_pods_}, problems_);
  model_->warnings = std::move(problems_);
  return std::move(model_);
}

/// A Deployment and a Service for each workload that the manifests do not have.
void Builder::make_up_workloads() {
  std::map<std::string, const scenarios::WorkloadRef*> wanted;
  for (const scenarios::Workload& workload : scenario_.workloads)
    wanted.try_emplace(full_name(workload.ref), &workload.ref);
  std::string text;
  for (const auto& [name, ref] : wanted) {
    const auto dot = name.rfind('.');
    const std::string own = name.substr(0, dot), ns = name.substr(dot + 1);
    const std::string key = fmt::format("{}/{}", ns, own);
    if (resources_.deployments.find(key) != nullptr ||
        resources_.stateful_sets.find(key) != nullptr || resources_.pods.find(key) != nullptr) {
      continue;
    }
    const std::string meant = with_namespace(ref->text());
    if (own.contains('.') || !meant.empty()) {
      add(Severity::kError, ref->place,
          fmt::format("no manifest has the workload \"{}\" of namespace {}", own, ns),
          !meant.empty() ? fmt::format("did you mean \"{}\"?", meant)
                         : "one that is made up has no dot in its name; a host outside is a "
                           "ServiceEntry whose workloadSelector names it");
      continue;
    }
    made_up_.insert(name);
    const config::Service* service = resources_.services.find(key);
    if (service != nullptr) served_.insert(name);
    const PodsOf pods = pods_of(service, own);
    text += fmt::format(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: \"{0}\", namespace: "
        "\"{1}\"}}\nspec:\n  replicas: 1\n"
        "  selector: {{matchLabels: {2}}}\n  template:\n    metadata: {{labels: {2}}}\n"
        "    spec: {{containers: [{{name: app, image: app, ports: {3}}}]}}\n",
        own, ns, pods.labels, pods.ports);
    if (service != nullptr) continue;
    text += fmt::format(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: \"{0}\", namespace: "
        "\"{1}\"}}\nspec:\n"
        "  selector: {{app: \"{0}\"}}\n  ports: [{{name: http, port: 80}}]\n",
        own, ns);
  }
  if (!text.empty()) make_up(text);
}

/// Beside the manifests, for the whole of the run.
void Builder::make_up(const std::string& manifests) {
  auto documents = config::parse_documents(manifests, scenario_.file);
  SQUALL_CHECK(documents.has_value());
  made_up_documents_.push_back(*std::move(documents));
  resources_.add(made_up_documents_.back(), problems_);
}

/// Pods stand together by workload.
void Builder::add_pods() {
  std::map<std::string, std::vector<const config::MeshPod*>> by_workload;
  // A workload may have no pod at all.
  for (const scenarios::Workload& workload : scenario_.workloads)
    by_workload[full_name(workload.ref)];
  for (const auto* table : {&resources_.deployments, &resources_.stateful_sets}) {
    for (const config::Workload& workload : *table)
      by_workload[workload.meta.name + "." + workload.meta.ns];
  }
  for (const config::MeshPod& pod : mesh_->pods())
    by_workload[pod.workload + "." + pod.ns].push_back(&pod);
  for (const auto& [name, pods] : by_workload) {
    WorkloadModel& workload = model_->workloads.emplace_back();
    workload.name = name;
    workload.first_pod = static_cast<std::uint32_t>(model_->pods.size());
    workload.pods = workload.members = static_cast<std::uint32_t>(pods.size());
    if (const auto scaled = members_.find(name); scaled != members_.end())
      workload.members = static_cast<std::uint32_t>(scaled->second);
    for (const config::MeshPod* pod : pods) {
      PodModel& row = model_->pods.emplace_back();
      row.name = pod->full_name();
      row.key = hash_name(row.name);
      row.workload = static_cast<std::uint32_t>(model_->workloads.size() - 1);
      row.address = pod->ip;
      row.ambient = pod->ambient;
      row.waypoint = pod->waypoint;
      by_address_[pod->ip] = static_cast<std::uint32_t>(model_->pods.size() - 1);
      mesh_pods_.push_back(pod);
    }
  }
}

std::uint32_t Builder::workload_of(const scenarios::WorkloadRef& ref) const {
  return workload_of(full_name(ref));
}

std::uint32_t Builder::workload_of(std::string_view name) const {
  for (std::uint32_t i = 0; i < model_->workloads.size(); ++i) {
    if (model_->workloads[i].name == name) return i;
  }
  return kNone;
}

std::vector<std::string_view> Builder::workload_names() const {
  std::vector<std::string_view> names;
  for (const WorkloadModel& workload : model_->workloads) {
    const std::string_view own =
        std::string_view(workload.name).substr(0, workload.name.rfind('.'));
    if (!own.contains('.')) names.push_back(own);  // else its last part would be the namespace
    names.push_back(workload.name);
  }
  return names;
}

void Builder::add(Severity severity, const config::Place& place, std::string what,
                  std::string advice) {
  problems_.add({.file = place.file ? *place.file : scenario_.file,
                 .line = place.line,
                 .column = place.column,
                 .severity = severity,
                 .what = std::move(what),
                 .advice = std::move(advice)});
}

/// The Service of a host as it is called from a namespace, with the endpoints that everybody may
/// reach.
std::uint32_t Builder::service_of(const scenarios::Url& url, const std::string& ns) {
  const std::string host = mesh_->resolve(url.host, ns);
  if (host.empty()) {
    problems_.add(scenarios::unknown_host(url.place, url.host, ns, mesh_->hosts()));
    return kNone;
  }
  const std::vector<int> ports = mesh_->ports_of(host);
  if (std::ranges::find(ports, static_cast<int>(url.port)) == ports.end()) {
    add(Severity::kError, url.place, fmt::format("{} has no port {}", short_host(host), url.port),
        fmt::format("its ports are {}", fmt::join(ports, ", ")));
    return kNone;
  }
  if (const std::string opaque = mesh_->opaque_port(host, url.port); !opaque.empty()) {
    add(Severity::kWarning, url.place,
        fmt::format("port {} of {} is \"{}\", not HTTP", url.port, short_host(host), opaque),
        "sidecars pass on what comes: no routes, retries or limits");
  }
  for (std::uint32_t i = 0; i < model_->services.size(); ++i) {
    if (model_->services[i].host == host) return i;
  }
  ServiceModel& service = model_->services.emplace_back();
  service.host = host;
  service.name = short_host(host);
  service.waypoint = waypoint_of(service.name);
  if (mesh_pods_.empty()) return static_cast<std::uint32_t>(model_->services.size() - 1);
  const auto view = mesh_->view_of(*mesh_pods_.front());
  for (const int port : ports) {
    const std::string cluster = fmt::format("outbound|{}||{}", port, host);
    if (!view->endpoints.contains(cluster)) continue;
    for (const config::Json& group : view->endpoints[cluster]["endpoints"]) {
      for (const config::Json& one : group["lbEndpoints"]) {
        const auto at = by_address_.find(one["address"]["address"].get<std::string>());
        if (at == by_address_.end()) continue;
        const auto target_port = one["address"]["portValue"].get<std::uint16_t>();
        service.endpoints.push_back({.port = static_cast<std::uint16_t>(port),
                                     .pod = at->second,
                                     .target_port = target_port,
                                     .misfit = misfit_of_stranger(at->second, target_port)});
      }
    }
  }
  return static_cast<std::uint32_t>(model_->services.size() - 1);
}

CallSite Builder::site_of(const scenarios::Url& url, const std::string& method,
                          const std::vector<scenarios::Header>& headers, std::uint32_t service) {
  OwnHead head;
  head.method = method;
  head.authority = url.port_written ? fmt::format("{}:{}", url.host, url.port) : url.host;
  head.path = url.path;
  for (const scenarios::Header& header : headers)
    head.headers.emplace_back(header.name, header.value);
  const std::uint32_t number = model_->heads.intern(head);
  return {.head = number, .service = service, .port = url.port, .key = hash_name(url.text)};
}

void Builder::add_proxies() {
  for (std::uint32_t i = 0; i < model_->pods.size(); ++i) {
    if (!mesh_pods_[i]->sidecar && !mesh_pods_[i]->is_proxy()) continue;
    PodModel& pod = model_->pods[i];
    if (callers_.contains(pod.workload)) {
      const std::uint32_t proxy = add_proxy(i, false);
      model_->proxies[proxy].serves = pod.waypoint;
      (pod.waypoint ? pod.inbound : pod.outbound) = proxy;
    }
    if (mesh_pods_[i]->is_behind_sidecar()) pod.inbound = add_proxy(i, true);
  }
}

std::uint32_t Builder::add_proxy(std::uint32_t pod, bool inbound) {
  ProxyModel& proxy = model_->proxies.emplace_back();
  proxy.pod = pod;
  proxy.inbound = proxy.serves = inbound;
  const std::uint32_t workload = model_->pods[pod].workload;
  if (const scenarios::Workload* const from = inbound ? nullptr : with_envoy(workload)) {
    const std::uint32_t configuration = add_envoy(*from, workload);
    model_->proxies.back().configuration = configuration;
    return static_cast<std::uint32_t>(model_->proxies.size() - 1);
  }
  Views views{&view_of(*mesh_, pod, inbound)};
  for (std::size_t i = 0; i < later_.size() && !inbound; ++i)
    views.push_back(&view_of(*later_[i]->mesh, pod, inbound));
  const auto [at, fresh] = configurations_.try_emplace({views, workload, inbound}, 0);
  if (fresh) at->second = add_configuration(views, pod, inbound);
  const std::uint32_t index = static_cast<std::uint32_t>(model_->proxies.size() - 1);
  model_->proxies[index].configuration = at->second;
  return index;
}

/// Meshes of all epochs have the same pods.
const config::View& Builder::view_of(config::Mesh& mesh, std::uint32_t pod, bool inbound) {
  const auto place = static_cast<std::size_t>(mesh_pods_[pod] - mesh_->pods().data());
  const config::MeshPod& client = mesh.pods()[place];
  if (inbound) return *mesh.inbound_view_of(client);
  if (options_.whole_views) return *mesh.view_of(client);
  return *mesh.view_of(client, callers_[model_->pods[pod].workload].calls);
}

/// None after reporting what is wrong with it.
std::optional<Builder::Bootstrap> Builder::read(const config::Node& root, ConfigurationModel& out) {
  auto bootstrap = config::read_bootstrap(root);
  if (!bootstrap) {
    problems_.add(bootstrap.error());
    return std::nullopt;
  }
  problems_.add(bootstrap->warnings);
  out.listeners.clear();
  for (std::uint32_t i = 0; i < bootstrap->listeners.size(); ++i) {
    out.listeners.emplace_back(bootstrap->listeners[i].address.port, i);
  }
  return Bootstrap{std::move(bootstrap->epoch), config::cluster_provenances(root)};
}

std::uint32_t Builder::add_configuration(const Views& views, std::uint32_t pod, bool inbound) {
  constexpr auto kWhom = config::BootstrapFor::kSimulator;
  const config::View& view = *views.front();
  const std::uint32_t workload = model_->pods[pod].workload;
  config::Json json = inbound ? config::to_bootstrap_inbound(view, *mesh_pods_[pod], kWhom)
                              : config::to_bootstrap_outbound(view, kWhom);
  ConfigurationModel& out = model_->configurations.emplace_back();
  const auto index = static_cast<std::uint32_t>(model_->configurations.size() - 1);
  out.source = workload;
  if (options_.keep_bootstraps) out.bootstrap = json.dump();
  std::optional<Bootstrap> first = read(config::to_node(json), out);
  if (!first) {
    out.rules = std::make_unique<policies::Configuration>(policies::Epoch{});
    return index;
  }
  const Views view_of_cluster = add_later(views, std::move(json), *std::move(first), out);
  read_routes(out, model_->heads);
  const std::string& source = model_->workloads[workload].name;
  if (inbound) {
    out.targets.assign(out.rules->epoch.host_count(), Target{});
    return index;
  }
  add_edges(view_of_cluster, out, source);
  return index;
}

Result<std::unique_ptr<Model>> build(const scenarios::Scenario& scenario,
                                     const BuildOptions& options) {
  auto model = Builder(scenario, options).build();
  if (!model) return model;
  if (Diagnostics problems = check_labels(**model); problems.has_errors())
    return std::unexpected(std::move(problems));
  return model;
}

}  // namespace squall::sim
