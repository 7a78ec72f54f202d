// Changes of a Model: replicas that come and go, restarts, and whom changes of rules miss.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/unknown_name.h"
#include "sim/build_parts.h"

namespace squall::sim {

/// The mesh is compiled with all replicas that there will ever be; those of later are no members
/// at first.
void Builder::scale_mesh(std::map<std::string, int>& replicas) {
  for (const scenarios::Change& change : scenario_.changes) {
    for (const auto& [ref, wanted] : change.scale) {
      const std::string name = full_name(ref);
      auto known = replicas.find(name);
      int now = known == replicas.end() ? 0 : known->second;
      bool found = known != replicas.end();
      for (const auto* table : {&resources_.deployments, &resources_.stateful_sets}) {
        for (const config::Workload& workload : *table) {
          if (known != replicas.end() || workload.meta.name + "." + workload.meta.ns != name)
            continue;
          now = workload.replicas;
          found = true;
        }
      }
      if (!found) continue;  // which is said when changes are added
      members_.try_emplace(name, now);
      replicas[name] = std::max(now, wanted);
    }
  }
}

/// Those of all workloads, with the most that there will ever be: each costs memory once compiled.
void Builder::check_replicas(const std::map<std::string, int>& replicas) {
  std::int64_t total = 0;
  for (const auto* table : {&resources_.deployments, &resources_.stateful_sets}) {
    for (const config::Workload& workload : *table) {
      const auto more = replicas.find(workload.meta.name + "." + workload.meta.ns);
      total += more != replicas.end() ? more->second : workload.replicas;
    }
  }
  if (total <= config::Resources::kMostReplicas) return;
  add(Severity::kError, {},
      fmt::format("more than {} replicas in all, with those that changes and autoscalers may add",
                  config::Resources::kMostReplicas),
      "lower maxReplicas, or leave out what has no part in the question");
}

void Builder::add_changes() {
  const auto find = [&](const scenarios::WorkloadRef& ref) {
    const std::uint32_t workload = workload_of(ref);
    if (workload == kNone)
      problems_.add(scenarios::unknown_workload(ref.place, ref.text(), workload_names()));
    return workload;
  };
  for (const scenarios::Change& change : scenario_.changes) {
    ChangeModel& row = model_->changes.emplace_back();
    row.change = &change;
    for (const auto& [ref, replicas] : change.scale) {
      const std::uint32_t workload = find(ref);
      if (workload == kNone) continue;
      if (!members_.contains(model_->workloads[workload].name))
        add(Severity::kError, ref.place, ref.text() + " is a pod of its own and has no replicas",
            "scale a Deployment or a StatefulSet");
      row.scale.emplace_back(workload, static_cast<std::uint32_t>(replicas));
    }
    if (change.kind == scenarios::Change::Kind::kRestart) row.workload = find(change.workload);
    if (change.kind == scenarios::Change::Kind::kConfigure) row.misses = misses_of(change);
  }
}

/// By pod.
std::vector<std::uint8_t> Builder::misses_of(const scenarios::Change& change) {
  std::vector<std::uint8_t> misses(model_->pods.size());
  for (const scenarios::WorkloadRef& ref : change.never) {
    bool found = false;
    for (std::uint32_t i = 0; i < misses.size(); ++i) {
      const std::string& name = model_->pods[i].name;
      const bool named = name == ref.text() || (ref.ns.empty() && name.starts_with(ref.name + "."));
      if (!named && model_->workloads[model_->pods[i].workload].name != full_name(ref)) continue;
      misses[i] = 1;
      found = true;
    }
    if (!found) unknown_pod(ref);
  }
  return misses;
}

}  // namespace squall::sim
