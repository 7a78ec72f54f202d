#include "config/waypoints.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/told_once.h"
#include "config/value.h"

namespace squall::config {
namespace {

constexpr std::string_view kUse = "istio.io/use-waypoint";
constexpr std::string_view kUseNamespace = "istio.io/use-waypoint-namespace";
constexpr std::string_view kFor = "istio.io/waypoint-for";
constexpr std::string_view kIngress = "istio.io/ingress-use-waypoint";

std::string value_of(const Labels& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  return found == labels.end() ? std::string() : found->second;
}

/// What an object's labels name.
struct Use {
  std::string name, ns;  // no name: they say nothing
  bool leads_somewhere() const { return !name.empty() && name != "none"; }
};

Use use_of(const Labels& labels, const std::string& own) {
  const std::string ns = value_of(labels, kUseNamespace);
  return {value_of(labels, kUse), ns.empty() ? own : ns};
}

/// service, workload, all or none.
std::string purpose_of(const Waypoint& waypoint) {
  const std::string said = value_of(waypoint.meta.labels, kFor);
  return said.empty() ? "service" : said;
}

bool serves_services(const Waypoint& waypoint) {
  const std::string purpose = purpose_of(waypoint);
  return purpose == "service" || purpose == "all";
}

void warn(const Place& at, std::string what, std::string advice, Diagnostics& out) {
  out.add({.file = at.file ? *at.file : std::string(),
           .line = at.line,
           .column = at.column,
           .severity = Severity::kWarning,
           .what = std::move(what),
           .advice = std::move(advice)});
}

std::string advice_for_unknown(const Resources& resources, const Use& use) {
  std::vector<std::string_view> names;
  for (const Waypoint& one : resources.waypoints) {
    if (one.meta.ns == use.ns) names.push_back(one.meta.name);
  }
  if (const auto near = nearest(use.name, names)) return fmt::format("did you mean \"{}\"?", *near);
  return "it is a Gateway of gateway.networking.k8s.io with gatewayClassName: istio-waypoint";
}

/// Of the labels of a Service or of a Namespace.
void check_use(const Resources& resources, const Meta& at, const std::string& own,
               Diagnostics& out) {
  const Use use = use_of(at.labels, own);
  if (!use.leads_somewhere()) return;
  if (use.ns != own) {
    return warn(at.place,
                fmt::format("{}: waypoints of other namespaces are not simulated: calls go past "
                            "\"{}\" of {}",
                            kUse, use.name, use.ns),
                "let it stand in the Service's own", out);
  }
  const Waypoint* const waypoint = resources.waypoints.find(use.ns + "/" + use.name);
  if (waypoint == nullptr) {
    return warn(at.place,
                fmt::format("{}: namespace {} has no waypoint \"{}\": calls go past", kUse, use.ns,
                            use.name),
                advice_for_unknown(resources, use), out);
  }
  if (serves_services(*waypoint)) return;
  warn(at.place,
       fmt::format("{}: waypoint \"{}\" is for \"{}\": calls to Services go past", kUse, use.name,
                   purpose_of(*waypoint)),
       fmt::format("label the Gateway {}: service", kFor), out);
}

/// Where labels ask for what the label has beside "none" and "false"; else nowhere.
Place asking(const Labels& labels, std::string_view label, const Meta& at) {
  const std::string value = value_of(labels, label);
  return value.empty() || value == "none" || value == "false" ? Place{} : at.place;
}

}  // namespace

const Waypoint* waypoint_of(const Resources& resources, const Service& service) {
  const std::string& ns = service.meta.ns;
  Use use = use_of(service.meta.labels, ns);
  if (use.name.empty()) {
    const Namespace* const space = resources.namespaces.find("/" + ns);
    if (space == nullptr) return nullptr;
    use = use_of(space->meta.labels, ns);
  }
  if (!use.leads_somewhere() || use.ns != ns) return nullptr;
  const Waypoint* const waypoint = resources.waypoints.find(use.ns + "/" + use.name);
  return waypoint != nullptr && serves_services(*waypoint) ? waypoint : nullptr;
}

void warn_of_waypoints(const Resources& resources, Diagnostics& diagnostics) {
  ToldOnce pods(fmt::format(
      "{}: waypoints of pods are not simulated: calls to Services do not meet them", kUse));
  ToldOnce entries(
      fmt::format("{}: waypoints of ServiceEntries are not simulated: calls go past", kUse));
  ToldOnce ingress(fmt::format("{}: not simulated: gateways go around waypoints", kIngress));
  for (const Table<Workload>* table : {&resources.deployments, &resources.stateful_sets}) {
    for (const Workload& one : *table) pods.add(asking(one.pod.labels, kUse, one.meta));
  }
  for (const Pod& one : resources.pods) pods.add(asking(one.meta.labels, kUse, one.meta));
  for (const ServiceEntry& one : resources.service_entries)
    entries.add(asking(one.meta.labels, kUse, one.meta));
  for (const Namespace& one : resources.namespaces) {
    check_use(resources, one.meta, one.meta.name, diagnostics);
    ingress.add(asking(one.meta.labels, kIngress, one.meta));
  }
  for (const Service& one : resources.services) {
    check_use(resources, one.meta, one.meta.ns, diagnostics);
    ingress.add(asking(one.meta.labels, kIngress, one.meta));
  }
  for (const ToldOnce* one : {&pods, &entries, &ingress})
    one->tell(Severity::kWarning, diagnostics);
}

}  // namespace squall::config
