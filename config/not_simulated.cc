// What manifests ask for and a run does not do: a warning where requests would go another way, a
// note where pods would be there at other times.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "config/names.h"
#include "config/resources.h"
#include "config/told_once.h"
#include "config/waypoints.h"

namespace squall::config {
namespace {

void warn(const Place& place, const std::string& what, Diagnostics& diagnostics) {
  diagnostics.add({place.file ? *place.file : std::string(),
                   place.line,
                   place.column,
                   Severity::kWarning,
                   what + " has no effect in virtual time",
                   {}});
}

/// Whether the entry has who answers for its hosts: pods, or addresses that need no DNS.
bool has_endpoints(const ServiceEntry& entry) {
  return entry.selector || std::ranges::any_of(entry.endpoints, [](const auto& one) {
           return is_address(one.address);
         });
}

bool carries_http(const ServiceEntry& entry) {
  return std::ranges::any_of(entry.ports, [](const ServiceEntryPort& port) {
    const Protocol protocol = parse_protocol(port.protocol);
    return is_http(protocol) || protocol == Protocol::kSniffed;
  });
}

/// A host that only DNS knows: istiod gives it to the proxies, and in virtual time nobody resolves
/// it. Entries of a namespace share their endpoints; a host of the cluster is its Service's.
void warn_of_names(const Resources& resources, Diagnostics& diagnostics) {
  const std::string domain = MeshConfig{}.domain;
  std::set<std::string> services;
  std::set<std::pair<std::string, std::string>> answered;  // namespaces and hosts
  for (const Service& one : resources.services)
    services.insert(resolve_host(one.meta.name, one.meta.ns, domain));
  for (const ServiceEntry& entry : resources.service_entries) {
    if (!has_endpoints(entry)) continue;
    for (const std::string& host : entry.hosts)
      answered.emplace(entry.meta.ns, resolve_host(host, entry.meta.ns, domain));
  }
  for (const ServiceEntry& entry : resources.service_entries) {
    if (!carries_http(entry)) continue;  // of the others a run knows nothing anyway
    for (const std::string& host : entry.hosts) {
      const std::string whole = resolve_host(host, entry.meta.ns, domain);
      if (is_wildcard(host) || services.contains(whole)) continue;
      if (answered.contains({entry.meta.ns, whole})) continue;
      const Place& place = entry.hosts_place;
      diagnostics.add(
          {place.file ? *place.file : std::string(), place.line, place.column, Severity::kWarning,
           fmt::format("spec.hosts: nothing answers for \"{}\", as there is no DNS in virtual "
                       "time: what goes there gets 503",
                       host),
           "write workloadSelector: {labels: {app: NAME}} instead of endpoints, and NAME under "
           "workloads"});
    }
  }
}

void note_of_pods(const Resources& resources, Diagnostics& diagnostics) {
  ToldOnce probes("probes by a command always pass: what it does is not known here");
  ToldOnce limits(
      "limits of CPU hold for workloads with `cpu: {}` in the scenario; those of an application's "
      "memory are not simulated");
  ToldOnce proxies("of the annotation proxy.istio.io/config only `concurrency` has an effect");
  const auto see = [&](const PodSpec& spec) {
    for (const auto* probe : {&spec.probes.readiness, &spec.probes.liveness, &spec.probes.startup})
      if (*probe && (*probe)->how == Probe::How::kExec) probes.add((*probe)->place);
    limits.add(spec.limits);
    proxies.add(spec.sidecar.other_settings);
  };
  for (const Table<Workload>* table : {&resources.deployments, &resources.stateful_sets}) {
    for (const Workload& one : *table) see(one.spec);
  }
  for (const Pod& one : resources.pods) see(one.spec);
  for (const ToldOnce* one : {&probes, &limits, &proxies}) one->tell(Severity::kNote, diagnostics);
}

}  // namespace

void Resources::warn_not_simulated(Diagnostics& diagnostics) const {
  warn_of_names(*this, diagnostics);
  note_of_pods(*this, diagnostics);
  warn_of_waypoints(*this, diagnostics);
  for (const VirtualService& service : virtual_services) {
    for (std::size_t i = 0; i < service.http.size(); ++i) {
      const HttpRule& rule = service.http[i];
      if (rule.cors) warn(rule.place, fmt::format("spec.http[{}].corsPolicy", i), diagnostics);
    }
  }
}

}  // namespace squall::config
