// Calls that no sidecar sees: their namespace is not labelled for injection, or a ztunnel carries
// them past rules that somebody has written for them.
#pragma once
#include <vector>

#include "config/compile.h"
#include "config/resources.h"
#include "sim/model.h"

namespace squall::sim {

/// A Model and what it was built from.
struct Built {
  const Model& model;
  const config::Resources& resources;
  const config::Mesh& mesh;
  const std::vector<const config::MeshPod*>& pods;  // by Model::pods
};
/// Notes of each such namespace and rule.
void note_unseen_calls(const Built& built, Diagnostics& out);

}  // namespace squall::sim
