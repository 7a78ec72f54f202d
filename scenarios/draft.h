// A first scenario for somebody's own manifests, to be corrected by who knows the services.
//
// Which workloads there are stands in the manifests; who calls whom is guessed from the names and
// URLs of Services in environments and arguments, latencies and load are assumed. Each guess
// is marked as one, with what it was guessed from. The text is a scenario that runs as it is.
#pragma once
#include <string>
#include <vector>

#include "config/resources.h"

namespace squall::scenarios {

/// `manifests`: the paths that the scenario is to name. REQUIRES: has_workloads().
std::string draft(const config::Resources& resources, const std::vector<std::string>& manifests);
bool has_workloads(const config::Resources& resources);
/// One without manifests, for who has none.
std::string blank_draft();

}  // namespace squall::scenarios
