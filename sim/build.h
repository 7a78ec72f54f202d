// build: a scenario with its manifests -> a Model; or all that does not fit together.
//
// Workloads that no manifest knows are made up as a Deployment and a Service (port 80, http) in
// `default`. Each pod with a sidecar gets what istiod would push to it, read by the reader that a
// proxy uses. Cost: a configuration is compiled once for clients that differ in nothing that
// counts.
#pragma once
#include <memory>

#include "policies/base/result.h"
#include "sim/model.h"

namespace squall::sim {

/// The scenario outlives the model; its seed is not in it.
/// `keep_bootstraps`: their texts, too.
Result<std::unique_ptr<Model>> build(const scenarios::Scenario& scenario,
                                     bool keep_bootstraps = false);

}  // namespace squall::sim
