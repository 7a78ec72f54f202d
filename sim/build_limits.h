// What limits in the manifests make of a Model's pods: cores, workers and memory of sidecars.
#pragma once
#include <vector>

#include "config/mesh_pod.h"
#include "policies/base/result.h"
#include "sim/model.h"

namespace squall::sim {

/// `pods`: by Model::pods. Mistakes are reported.
void apply_limits(Model& model, const std::vector<const config::MeshPod*>& pods, Diagnostics& out);

}  // namespace squall::sim
