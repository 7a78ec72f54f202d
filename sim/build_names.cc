// Names of workloads as a Model has them: NAME.NAMESPACE.
#include "sim/build_parts.h"

namespace squall::sim {

std::string Builder::namespace_of(const scenarios::WorkloadRef& ref) const {
  if (!ref.ns.empty()) return ref.ns;
  for (const auto* table : {&resources_.deployments, &resources_.stateful_sets}) {
    for (const config::Workload& workload : *table) {
      if (workload.meta.name == ref.name) return workload.meta.ns;
    }
  }
  for (const config::Pod& pod : resources_.pods) {
    if (pod.meta.name == ref.name) return pod.meta.ns;
  }
  return "default";
}

std::string Builder::full_name(const scenarios::WorkloadRef& ref) const {
  return ref.name + "." + namespace_of(ref);
}

/// Of a workload of the manifests that has dots in its name: what follows the last one of a
/// scenario's name is the namespace. Empty: there is none of that name.
std::string Builder::with_namespace(const std::string& dotted) const {
  if (!dotted.contains('.')) return {};
  const auto find = [&](const auto& table) -> std::string {
    for (const auto& one : table) {
      if (one.meta.name == dotted) return dotted + "." + one.meta.ns;
    }
    return {};
  };
  if (std::string found = find(resources_.deployments); !found.empty()) return found;
  if (std::string found = find(resources_.stateful_sets); !found.empty()) return found;
  return find(resources_.pods);
}

}  // namespace squall::sim
