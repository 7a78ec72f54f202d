#include "sim/build_limits.h"

#include <fmt/format.h>

#include "sim/diagnostic_at.h"

namespace squall::sim {
namespace {

/// Whole cores, at the speed with which they come to the limit.
void limit_cpu(const Model& model, const config::MeshPod* pod, WorkloadModel& workload,
               Diagnostics& out) {
  if (!workload.cpu || workload.cpu->cores > 0) return;
  const std::int64_t limit = pod == nullptr ? 0 : pod->cpu_limit;
  if (limit == 0) {
    out.add(diagnostic_at(model, workload.cpu->place, Severity::kError,
                          fmt::format("cores of {} are not known: not every container of it has a "
                                      "limits.cpu in the manifests",
                                      workload.name),
                          "write cpu: {cores: 2}"));
    return;
  }
  workload.cpu->cores = static_cast<int>((limit + 999) / 1000);
  workload.cpu_speed = static_cast<double>(limit) / (1000.0 * workload.cpu->cores);
}

void size_sidecar(const Model& model, const config::MeshPod& pod, PodModel& row, Diagnostics& out) {
  if (!pod.sidecar && !pod.is_proxy()) return;
  const scenarios::SidecarCost& cost = model.scenario->mesh.sidecar;
  const std::optional<int>& own = model.workloads[row.workload].sidecar_workers;
  row.sidecar_workers = own ? *own : pod.sidecar_workers.value_or(cost.workers);
  if (!cost.memory || cost.memory->connection == 0) return;
  const std::int64_t limit = pod.sidecar_memory > 0 ? pod.sidecar_memory : cost.memory->limit;
  row.sidecar_connections = (limit - cost.memory->base) / cost.memory->connection;
  if (row.sidecar_connections > 0) return;
  out.add(
      diagnostic_at(model, cost.place, Severity::kError,
                    fmt::format("the sidecar of {} has no room for a connection beside base: its "
                                "proxyMemoryLimit is {}",
                                row.name, limit),
                    "let base be less"));
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
