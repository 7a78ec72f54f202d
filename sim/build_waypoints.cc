// Waypoints of a Model: their pods, and which calls go by them.
//
// A waypoint is served by the Deployment of its name, as Istio makes it. Where the manifests have
// none, one of a replica is made up.
#include <fmt/format.h>

#include "config/waypoints.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

constexpr std::string_view kGatewayName = "gateway.networking.k8s.io/gateway-name";

/// "NAMESPACE/NAME" of "NAME.NAMESPACE".
std::string key_of(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  return fmt::format("{}/{}", name.substr(dot + 1), name.substr(0, dot));
}

/// Whether it says what an application does.
bool has_application(const scenarios::Workload& one) {
  const scenarios::Behaviour& does = one.behaviour;
  return does.latency || !does.errors.empty() || !does.calls.empty() || !one.operations.empty() ||
         one.concurrency || one.cpu || one.rate_limit || one.handshake || one.start;
}

bool is_of_application(const scenarios::Fault& fault) {
  using Kind = scenarios::Fault::Kind;
  return fault.kind == Kind::kSlow || fault.kind == Kind::kError || fault.kind == Kind::kHang ||
         fault.kind == Kind::kCpu || fault.kind == Kind::kFlush;
}

}  // namespace

void Builder::add_waypoints() {
  for (const config::Waypoint& one : resources_.waypoints) {
    const std::string key = one.meta.full_name();
    if (resources_.deployments.find(key) == nullptr &&
        resources_.stateful_sets.find(key) == nullptr && resources_.pods.find(key) == nullptr)
      make_up_proxies(one.meta.name, one.meta.ns, {{kGatewayName, one.meta.name}});
  }
  check_waypoints();
}

/// A waypoint is a proxy and nothing else.
void Builder::check_waypoints() {
  const auto check = [&](const scenarios::WorkloadRef& ref, const config::Place& place,
                         const char* what, const char* advice) {
    if (ref.name.empty() || resources_.waypoints.find(key_of(full_name(ref))) == nullptr) return;
    add(Severity::kError, place, fmt::format("{} is a waypoint: {}", ref.text(), what), advice);
  };
  for (const scenarios::Workload& one : scenario_.workloads) {
    if (has_application(one))
      check(one.ref, one.place, "it has no application",
            "it may have replicas, zones and sidecar; write what servers do under theirs");
  }
  for (const scenarios::Load& one : scenario_.loads) {
    if (one.where == scenarios::Load::Where::kWorkload)
      check(one.from, one.from.place, "it asks nothing of its own", "name one of its clients");
  }
  for (const scenarios::Fault& one : scenario_.faults) {
    if (is_of_application(one))
      check(one.workload, one.place, "it has no application",
            "crash and unready act on it, and what concerns sidecars and the network");
  }
}

/// The workload of the waypoint of the Service with this NAME.NAMESPACE; kNone: it has none.
std::uint32_t Builder::waypoint_of(const std::string& name) const {
  const config::Service* const service = resources_.services.find(key_of(name));
  if (service == nullptr) return kNone;
  const config::Waypoint* const waypoint = config::waypoint_of(resources_, *service);
  if (waypoint == nullptr) return kNone;
  return workload_of(waypoint->meta.name + "." + waypoint->meta.ns);
}

/// Calls of callers that a ztunnel captures: those with a sidecar and from outside go around it,
/// and what is asked of a replica by its address. What is not HTTP has no policy there.
void Builder::lead_to_waypoint(std::uint32_t source, CallSite& site) {
  if (site.service == kNone) return;
  const ServiceModel& service = model_->services[site.service];
  const WorkloadModel& caller = model_->workloads[source];
  if (service.waypoint == kNone || caller.pods == 0 || !model_->pods[caller.first_pod].ambient)
    return;
  if (!mesh_->opaque_port(service.host, site.port).empty()) return;
  if (site.client != kNone && model_->clients[site.client].settings->balance) return;
  site.waypoint = service.waypoint;
  Caller& waypoint = callers_[service.waypoint];
  waypoint.hosts.insert(service.host);
  waypoint.calls.insert({.host = service.host, .port = site.port});
  site.unrouted_edge = unrouted_edge(model_->workloads[service.waypoint].name, site);
}

}  // namespace squall::sim
