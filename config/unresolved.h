// Unresolved: which names in the manifests stand for nothing?
//
// What an API server takes and a mesh then silently does without: hosts, subsets and ports that are
// not there, rules that no sidecar uses, Services without pods. A warning each, at the name, with
// what would be right. Not here: what istiod would refuse (istio_check.h). Source: the analyzers of
// istioctl (IST0101 and IST0174 for hosts, subsets and ports, IST0173). Cost: linear in the rules;
// a wrong name is compared with all hosts.
#pragma once
#include "config/compile_registry.h"

namespace squall::config {

void warn_unresolved(const Registry& registry, Diagnostics& diagnostics);

}  // namespace squall::config
