// Unknown names: what to say of a name that nothing has, in the reader's words and the simulator's.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "policies/base/result.h"

namespace squall::scenarios {

/// `WHAT; did you mean "NAME"?`, or else `WHAT; OTHERWISE`, at `place`.
Diagnostic unknown_name(const config::Place& place, std::string what, std::string_view name,
                        std::span<const std::string_view> names, std::string otherwise);
/// A host that no Service has, called from `ns`; `hosts`: those that there are, fully qualified.
Diagnostic unknown_host(const config::Place& place, std::string_view host, std::string_view ns,
                        std::span<const std::string> hosts);
/// Where a load may come from: a workload, or `outside`.
Diagnostic unknown_source(const config::Place& place, std::string_view name,
                          std::vector<std::string_view> names);
Diagnostic unknown_workload(const config::Place& place, std::string_view name,
                            std::span<const std::string_view> names);

struct WorkloadPods {
  std::string name;
  std::vector<std::string> pods;  // without namespaces, in order
};
Diagnostic unknown_pod(const config::Place& place, std::string_view pod,
                       std::span<const WorkloadPods> workloads);

}  // namespace squall::scenarios
