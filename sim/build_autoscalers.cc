// Autoscalers of a Model: whose replicas they count, and which of them a run can follow.
#include <fmt/format.h>

#include <algorithm>

#include "config/value.h"
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

bool of_request(const config::CpuTarget& target) { return target.of_request; }

bool same_target(const config::HorizontalPodAutoscaler& a,
                 const config::HorizontalPodAutoscaler& b) {
  return a.kind == b.kind && a.name == b.name && a.meta.ns == b.meta.ns;
}

}  // namespace

/// What an autoscaler is of; null after a warning.
const config::Workload* Builder::scaled_workload(const config::HorizontalPodAutoscaler& one) {
  const bool deployment = one.kind == "Deployment";
  if (!deployment && one.kind != "StatefulSet") {
    add(Severity::kWarning, one.target,
        fmt::format("spec.scaleTargetRef: a {} is not scaled in a run", one.kind),
        "a Deployment or a StatefulSet is");
    return nullptr;
  }
  const auto& table = deployment ? resources_.deployments : resources_.stateful_sets;
  const config::Workload* found = table.find(one.meta.ns + "/" + one.name);
  if (found != nullptr) return found;
  std::vector<std::string_view> names;
  for (const config::Workload& workload : table) {
    if (workload.meta.ns == one.meta.ns) names.push_back(workload.meta.name);
  }
  const auto near = config::nearest(one.name, names);
  add(Severity::kWarning, one.target,
      fmt::format("spec.scaleTargetRef: no {} of namespace {} is called \"{}\"", one.kind,
                  one.meta.ns, one.name),
      near ? fmt::format("did you mean \"{}\"?", *near) : "the autoscaler does nothing");
  return nullptr;
}

/// Why a run cannot follow it; empty: it can.
std::string Builder::why_not_scaled(const config::HorizontalPodAutoscaler& one,
                                    const config::Workload& target) const {
  const std::string name = one.name + "." + one.meta.ns;
  const auto described = std::ranges::find_if(
      scenario_.workloads, [&](const auto& workload) { return full_name(workload.ref) == name; });
  if (described == scenario_.workloads.end() || !described->cpu)
    return fmt::format("the CPU that {} uses is not known: give it `cpu` in the scenario", name);
  if (one.targets.empty()) return "a run knows the resource cpu only, which it does not go by";
  if (target.spec.cpu_request == 0 && std::ranges::all_of(one.targets, of_request))
    return fmt::format("a container of {} requests no CPU: write resources.requests.cpu", name);
  return {};
}

/// Before the mesh is compiled, with all replicas that there may be.
void Builder::find_autoscalers(std::map<std::string, int>& replicas) {
  for (const config::HorizontalPodAutoscaler& one : resources_.autoscalers) {
    const config::Workload* target = scaled_workload(one);
    if (target == nullptr) continue;
    const auto others = std::ranges::count_if(
        resources_.autoscalers, [&](const auto& other) { return same_target(one, other); });
    const std::string why = others > 1 ? "another autoscaler has the same target: neither acts"
                                       : why_not_scaled(one, *target);
    if (!why.empty()) {
      add(Severity::kWarning, one.meta.place,
          fmt::format("the autoscaler {} does nothing in a run", one.meta.name), why);
      continue;
    }
    for (const config::Place& place : one.others)
      add(Severity::kWarning, place, "spec.metrics: a run does not know this metric",
          "the autoscaler goes by the resource cpu alone");
    const std::string name = one.name + "." + one.meta.ns;
    const auto said = replicas.find(name);
    // One that has been there for a while has kept within its bounds.
    const int now =
        said != replicas.end() ? said->second : std::clamp(target->replicas, one.least, one.most);
    members_.try_emplace(name, now);
    replicas[name] = std::max(now, one.most);
    scaled_.emplace_back(&one, target->spec.cpu_request);
  }
}

void Builder::add_autoscalers() {
  for (const auto& [rules, request] : scaled_) {
    const std::string name = rules->name + "." + rules->meta.ns;
    const auto at = std::ranges::find(model_->workloads, name, &WorkloadModel::name);
    at->autoscaled = true;
    model_->autoscalers.push_back(
        {.rules = *rules,
         .workload = static_cast<std::uint32_t>(at - model_->workloads.begin()),
         .request = request});
  }
}

}  // namespace squall::sim
