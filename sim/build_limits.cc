#include "sim/build_limits.h"

#include <fmt/format.h>

#include "reports/text.h"

namespace squall::sim {
namespace {

void error(const Model& model, const config::Place& place, std::string what, std::string advice,
           Diagnostics& out) {
  out.add({.file = place.file ? *place.file : model.scenario->file,
           .line = place.line,
           .column = place.column,
           .severity = Severity::kError,
           .what = std::move(what),
           .advice = std::move(advice)});
}

/// Whole cores, at the speed with which they come to the limit.
void limit_cpu(const Model& model, const config::MeshPod* pod, WorkloadModel& workload,
               Diagnostics& out) {
  if (!workload.cpu || workload.cpu->cores > 0) return;
  const std::int64_t limit = pod == nullptr ? 0 : pod->cpu_limit;
  if (limit == 0) {
    return error(model, workload.cpu->place,
                 fmt::format("cores of {} are not known: not every container of it has a "
                             "limits.cpu in the manifests",
                             workload.name),
                 "write cpu: {cores: 2}", out);
  }
  workload.cpu->cores = static_cast<int>((limit + 999) / 1000);
  workload.cpu_speed = static_cast<double>(limit) / (1000.0 * workload.cpu->cores);
}

void size_sidecar(const Model& model, const config::MeshPod& pod, PodModel& row, Diagnostics& out) {
  const scenarios::SidecarCost& cost = model.scenario->mesh.sidecar;
  const std::optional<int>& own = model.workloads[row.workload].sidecar_workers;
  row.sidecar_workers = own ? *own : pod.sidecar_workers.value_or(cost.workers);
  if (!cost.memory || cost.memory->connection == 0) return;
  const std::int64_t limit = pod.sidecar_memory > 0 ? pod.sidecar_memory : cost.memory->limit;
  row.sidecar_connections = (limit - cost.memory->base) / cost.memory->connection;
  if (row.sidecar_connections > 0) return;
  error(model, cost.place,
        fmt::format("the sidecar of {} has no room for a connection beside base: its "
                    "proxyMemoryLimit is {}",
                    row.name, limit),
        "let base be less", out);
}

}  // namespace

void apply_limits(Model& model, const std::vector<const config::MeshPod*>& pods, Diagnostics& out) {
  for (WorkloadModel& workload : model.workloads)
    limit_cpu(model, workload.pods > 0 ? pods[workload.first_pod] : nullptr, workload, out);
  if (!model.scenario->mesh.sidecar.any()) return;
  for (std::size_t i = 0; i < model.pods.size() && !out.has_errors(); ++i)
    size_sidecar(model, *pods[i], model.pods[i], out);
}

}  // namespace squall::sim
