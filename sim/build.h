// build: a scenario with its manifests -> a Model; or all that does not fit together.
//
// Workloads that no manifest knows are made up as a Deployment and a Service (port 80, http) in
// `default`. Each pod with a sidecar gets what of istiod's push to it its calls can touch, read by
// the reader that a proxy uses. Cost: linear in pods and in what they call; a configuration is
// compiled once for clients that differ in nothing that counts.
#pragma once
#include <memory>

#include "policies/base/result.h"
#include "sim/model.h"

namespace squall::sim {

struct BuildOptions {
  bool keep_bootstraps = false;  // the configurations' texts, too
  bool whole_views = false;      // callers' configurations have what they do not call, too
};

/// The scenario outlives the model; its seed is not in it.
Result<std::unique_ptr<Model>> build(const scenarios::Scenario& scenario,
                                     const BuildOptions& options = {});

}  // namespace squall::sim
