#include "sim/without_effect.h"

#include <algorithm>

#include "sim/diagnostic_at.h"

namespace squall::sim {
namespace {

using scenarios::Step;

/// The first step with a body.
const Step* with_body(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (step.body > 0) return &step;
    if (const Step* found = with_body(step.steps)) return found;
  }
  return nullptr;
}

const config::Place* place_of_body(const scenarios::Scenario& scenario) {
  for (const scenarios::Load& load : scenario.loads) {
    if (load.body > 0) return &load.place;
  }
  for (const scenarios::Workload& workload : scenario.workloads) {
    if (const Step* step = with_body(workload.behaviour.calls)) return &step->place;
    for (const scenarios::Operation& operation : workload.operations) {
      if (const Step* step = with_body(operation.behaviour.calls)) return &step->place;
    }
  }
  return nullptr;
}

void warn_of_bodies(const Model& model, Diagnostics& out) {
  if (!model.network.ns_per_byte.empty()) return;
  if (const config::Place* place = place_of_body(*model.scenario))
    out.add(diagnostic_at(model, *place, Severity::kWarning,
                          "`body` takes no time: no link has a bandwidth",
                          "write bandwidth: 1Gbps under network.zones"));
}

void warn_of_keys(const Model& model, Diagnostics& out) {
  const auto reads = [](const StepModel& step) {
    return step.kind == StepModel::Kind::kCache || step.by_key;
  };
  if (std::ranges::any_of(model.steps, reads)) return;
  for (const LoadModel& load : model.loads) {
    if (!load.load->keys || !load.load->keys->header.empty()) continue;
    out.add(
        diagnostic_at(model, load.load->place, Severity::kWarning,
                      "`keys` change nothing: no cache, no choose by key and no header reads them",
                      "write keys: {header: NAME} for routes and balancers, or a cache"));
    return;
  }
}

void warn_of_sidecars(const Model& model, Diagnostics& out) {
  const scenarios::SidecarCost& cost = model.scenario->mesh.sidecar;
  const auto has_one = [](const PodModel& pod) { return pod.inbound != kNone; };
  if (cost.any() && std::ranges::none_of(model.pods, has_one))
    out.add(diagnostic_at(model, cost.place, Severity::kWarning,
                          "mesh.sidecar changes nothing: no pod has a sidecar",
                          "leave it out, or let pods have one"));
  if (cost.cpu > Duration::zero()) return;
  for (const scenarios::Workload& workload : model.scenario->workloads) {
    if (!workload.sidecar_workers) continue;
    out.add(diagnostic_at(model, workload.place, Severity::kWarning,
                          "sidecar.workers changes nothing: no request takes them time",
                          "write mesh: {sidecar: {cpu: 500us}}"));
    return;
  }
}

}  // namespace

void warn_without_effect(const Model& model, Diagnostics& out) {
  warn_of_bodies(model, out);
  warn_of_keys(model, out);
  warn_of_sidecars(model, out);
}

}  // namespace squall::sim
