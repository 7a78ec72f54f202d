// Mesh mode: where `mesh.mode: ambient` is without effect, as the labels of a Namespace win.
#pragma once
#include "config/resources.h"
#include "policies/base/result.h"
#include "scenarios/model.h"

namespace squall::sim {

/// Warnings at the Namespaces that have workloads.
void warn_of_mode(const scenarios::Scenario& scenario, const config::Resources& resources,
                  Diagnostics& diagnostics);

}  // namespace squall::sim
