#include "sim/unseen_calls.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "scenarios/sums.h"
#include "sim/diagnostic_at.h"

namespace squall::sim {
namespace {

using CallsOfNamespaces = std::map<std::string, std::set<std::string>>;

/// The first few.
std::string listed(const std::set<std::string>& calls) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string_view> names;
  for (const std::string& one : calls) {
    if (names.size() < kMost) names.push_back(one);
  }
  const std::string more = fmt::format("{} more", calls.size() - names.size());
  if (names.size() < calls.size()) names.push_back(more);
  return scenarios::list_of(names);
}

bool lacks_injection_label(const Built& built, std::uint32_t pod) {
  const config::MeshPod& one = *built.pods[pod];
  if (one.sidecar || one.ambient || one.is_proxy() ||
      one.labels.contains("sidecar.istio.io/inject"))
    return false;
  const config::Namespace* space = built.resources.namespaces.find("/" + one.ns);
  return space != nullptr && !space->meta.labels.contains("istio-injection") &&
         !space->meta.labels.contains("istio.io/rev");
}

/// Of loads and applications, by the workload that makes it, kNone: from outside.
template <class See>
void each_call(const Model& model, const See& see) {
  for (const LoadModel& load : model.loads) {
    for (const LoadOperationModel& one : model.operations_of(load)) see(load.source, one.site);
  }
  for (std::uint32_t i = 0; i < model.workloads.size(); ++i) {
    const WorkloadModel& of = model.workloads[i];
    // A start's comes behind the others.
    const std::uint32_t all = of.behaviours + (of.start != nullptr ? 1U : 0U);
    for (std::uint32_t b = of.first_behaviour; b < of.first_behaviour + all; ++b) {
      const BehaviourModel& behaviour = model.behaviours[b];
      for (std::uint32_t s = 0; s < behaviour.steps; ++s) {
        const StepModel& step = model.steps[behaviour.first_step + s];
        for (std::uint32_t c = 0; c < step.calls; ++c)
          see(i, model.calls[step.first_call + c].site);
      }
    }
  }
}

void note_without_sidecar(const Built& built, Diagnostics& out) {
  const auto& [model, resources, mesh, pods] = built;
  if (!model.scenario->mesh.injection) return;
  CallsOfNamespaces from, to;
  const auto see = [&](std::uint32_t source, const CallSite& site) {
    if (site.service == kNone) return;
    const ServiceModel& service = model.services[site.service];
    const std::string caller = source == kNone ? "outside" : model.workloads[source].name;
    const std::string call = fmt::format("{} -> {}", caller, service.name);
    if (source != kNone && model.workloads[source].pods > 0) {
      const std::uint32_t pod = model.workloads[source].first_pod;
      if (lacks_injection_label(built, pod)) from[pods[pod]->ns].insert(call);
    }
    for (const ServiceModel::Endpoint& one : service.endpoints) {
      if (lacks_injection_label(built, one.pod)) to[pods[one.pod]->ns].insert(call);
    }
  };
  each_call(model, see);
  for (const auto& [ns, calls] : to) from.try_emplace(ns);
  for (const auto& [ns, calls] : from) {
    const std::string what = calls.empty() ? "no sidecar receives " + listed(to[ns])
                                           : "no rule acts on " + listed(calls);
    const config::Place& place = resources.namespaces.find("/" + ns)->meta.place;
    out.add(diagnostic_at(
        model, place, Severity::kNote,
        fmt::format("the pods of namespace {} have no sidecar: {}", ns, what),
        "label the namespace istio-injection: enabled, if it is so labelled where it runs"));
  }
}

/// Calls to a host that ztunnels carry.
struct CarriedCalls {
  std::set<std::string> past;         // no proxy reads rules for them
  std::set<std::string> by_waypoint;  // one does, those of its own namespace
  std::string ns;                     // which is this
};
using CarriedByHost = std::map<std::string, CarriedCalls>;

CarriedByHost carried_calls(const Model& model) {
  CarriedByHost out;
  each_call(model, [&](std::uint32_t source, const CallSite& site) {
    if (site.service == kNone || source == kNone || model.workloads[source].pods == 0) return;
    if (!model.pods[model.workloads[source].first_pod].ambient) return;
    const ServiceModel& service = model.services[site.service];
    CarriedCalls& calls = out[service.host];
    std::string call = fmt::format("{} -> {}", model.workloads[source].name, service.name);
    if (site.waypoint == kNone) {
      calls.past.insert(std::move(call));
    } else {
      calls.by_waypoint.insert(std::move(call));
      const std::string& waypoint = model.workloads[site.waypoint].name;
      calls.ns = waypoint.substr(waypoint.rfind('.') + 1);
    }
  });
  return out;
}

/// Rules of hosts that ztunnels lead calls to, which do not act on them.
void note_past_rules(const Built& built, Diagnostics& out) {
  const auto& [model, resources, mesh, pods] = built;
  const CarriedByHost carried = carried_calls(model);
  const auto tell = [&](std::string_view kind, const config::Meta& meta, const std::string& host,
                        bool everywhere) {
    const auto at = carried.find(mesh.resolve(host, meta.ns));
    if (at == carried.end()) return;
    const auto say = [&](const std::set<std::string>& calls, const char* why, std::string advice) {
      if (calls.empty()) return;
      out.add(diagnostic_at(
          model, meta.place, Severity::kNote,
          fmt::format("{} {} does not act on {}: {}", kind, meta.full_name(), listed(calls), why),
          std::move(advice)));
    };
    const CarriedCalls& calls = at->second;
    say(calls.past, "a ztunnel carries it",
        "routes, retries, timeouts and limits are a sidecar's or a waypoint's");
    if (!everywhere && meta.ns != calls.ns)
      say(calls.by_waypoint, "a waypoint reads the rules of its own namespace",
          fmt::format("put it into {}", calls.ns));
  };
  for (const config::VirtualService& rule : resources.virtual_services) {
    for (const std::string& host : rule.hosts) tell("VirtualService", rule.meta, host, false);
  }
  const std::string root = config::MeshConfig{}.root_namespace;
  for (const config::DestinationRule& rule : resources.destination_rules)
    tell("DestinationRule", rule.meta, rule.host, rule.meta.ns == root);
}

}  // namespace

void note_unseen_calls(const Built& built, Diagnostics& out) {
  note_without_sidecar(built, out);
  note_past_rules(built, out);
}

}  // namespace squall::sim
