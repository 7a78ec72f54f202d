// Gateways of a Model: loads of users who stand before one.
//
// A Gateway is served by the pods that its selector names. Where the manifests have none, as Istio
// installs them and not the user, one workload is made up in istio-system: istio-ingressgateway for
// `istio: ingressgateway`, else by the Gateway's own name.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/unknown_name.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

constexpr std::string_view kRoot = "istio-system";

std::string made_up_name(const config::Gateway& gateway) {
  const auto label = gateway.selector.find("istio");
  return label == gateway.selector.end() ? gateway.meta.name : "istio-" + label->second;
}

}  // namespace

/// None after reporting why.
const config::Gateway* Builder::gateway_of(const scenarios::Load& load) {
  const scenarios::WorkloadRef& ref = load.from;
  std::vector<const config::Gateway*> found;
  std::vector<std::string_view> names;
  for (const config::Gateway& one : resources_.gateways) {
    names.push_back(one.meta.name);
    if (one.meta.name == ref.name && (ref.ns.empty() || ref.ns == one.meta.ns))
      found.push_back(&one);
  }
  if (found.size() == 1 && !found.front()->selector.empty()) return found.front();
  if (found.empty()) {
    problems_.add(scenarios::unknown_name(
        ref.place, fmt::format("the manifests have no Gateway \"{}\"", ref.text()), ref.name, names,
        names.empty() ? "add one of networking.istio.io to the manifests"
                      : fmt::format("there is {}", fmt::join(names, ", "))));
  } else if (found.size() > 1) {
    add(Severity::kError, ref.place,
        fmt::format("Gateway \"{}\" stands in more than one namespace", ref.name),
        fmt::format("say which: gateway/{}.{}", ref.name, found.front()->meta.ns));
  } else {
    add(Severity::kError, found.front()->meta.place,
        fmt::format("Gateway {} has no selector, so no pods of its own",
                    found.front()->meta.full_name()),
        "write spec.selector: {istio: ingressgateway}");
  }
  return nullptr;
}

/// NAME.NAMESPACE of the workload of the manifests that serves it; empty: there is none.
std::string Builder::pods_behind(const config::Gateway& gateway) const {
  const auto serves = [&](const config::Labels& labels) {
    return config::contains(labels, gateway.selector);
  };
  for (const auto* table : {&resources_.deployments, &resources_.stateful_sets}) {
    for (const config::Workload& one : *table) {
      if (serves(one.pod.labels)) return one.meta.name + "." + one.meta.ns;
    }
  }
  for (const config::Pod& one : resources_.pods) {
    if (serves(one.meta.labels)) return one.meta.name + "." + one.meta.ns;
  }
  return {};
}

/// Which pods serve the Gateways that users of loads stand before; made up where there are none.
void Builder::add_gateways() {
  std::set<std::string> known;
  for (const scenarios::Load& load : scenario_.loads) {
    const config::Gateway* gateway = load.gateway() ? gateway_of(load) : nullptr;
    if (gateway == nullptr) continue;
    std::string& pods = gateway_pods_[&load];
    pods = pods_behind(*gateway);
    if (!pods.empty()) continue;
    const std::string name = made_up_name(*gateway);
    pods = fmt::format("{}.{}", name, kRoot);
    if (known.insert(pods).second) make_up_proxies(name, std::string(kRoot), gateway->selector);
  }
}

/// A Deployment of pods that are a proxy and nothing else.
void Builder::make_up_proxies(const std::string& name, const std::string& ns, config::Json labels) {
  labels["sidecar.istio.io/inject"] = "false";
  labels["istio.io/dataplane-mode"] = "none";
  make_up(fmt::format(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: \"{0}\", namespace: \"{1}\"}}\n"
      "spec:\n  selector: {{matchLabels: {2}}}\n  template:\n    metadata: {{labels: {2}}}\n"
      "    spec: {{containers: [{{name: istio-proxy, image: auto}}]}}\n",
      name, ns, labels.dump()));
}

/// A request as it stands before the gateway: its host is not one of the mesh's.
CallSite Builder::gateway_site(const scenarios::Load& load, const scenarios::LoadOperation& one) {
  std::uint32_t host = 0;
  while (host < model_->services.size() && model_->services[host].host != one.to.host) ++host;
  if (host == model_->services.size()) {
    ServiceModel& service = model_->services.emplace_back();
    service.host = service.name = one.to.host;
  }
  std::set<int> ports;
  const WorkloadModel& source = model_->workloads[model_->loads.back().source];
  if (source.pods == 0) return {};
  for (const auto& [table, port] : mesh_->view_of(*mesh_pods_[source.first_pod])->gateway_ports)
    ports.insert(port);
  if (!ports.contains(one.to.port))
    add(Severity::kError, one.to.place,
        fmt::format("Gateway {} has no server for HTTP at port {}", load.from.text(), one.to.port),
        ports.empty() ? "give it one with protocol HTTP"
                      : fmt::format("its ports are {}", fmt::join(ports, ", ")));
  return site_of(one.to, one.method, one.headers, host);
}

}  // namespace squall::sim
