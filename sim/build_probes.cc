// What manifests say of how replicas are found to live, to be ready, and to end.
#include "sim/build_parts.h"

namespace squall::sim {
namespace {

void add_probe(const std::optional<config::Probe>& from, ProbeModel::Purpose purpose,
               HeadTable& heads, WorkloadModel& out) {
  if (!from) return;
  ProbeModel& probe = out.probes.emplace_back();
  static_cast<config::Probe&>(probe) = *from;
  probe.purpose = purpose;
  OwnHead head;
  head.authority = "localhost";
  head.path = from->path;
  probe.head = heads.intern(head);
}

}  // namespace

void Builder::add_probes() {
  model_->idle_behaviour = static_cast<std::uint32_t>(model_->behaviours.size());
  model_->behaviours.emplace_back();
  const auto add = [&](const std::string& name, const config::PodSpec& spec) {
    for (WorkloadModel& workload : model_->workloads) {
      if (workload.name != name) continue;
      workload.grace = spec.grace;
      using Purpose = ProbeModel::Purpose;
      add_probe(spec.probes.readiness, Purpose::kReadiness, model_->heads, workload);
      add_probe(spec.probes.liveness, Purpose::kLiveness, model_->heads, workload);
      add_probe(spec.probes.startup, Purpose::kStartup, model_->heads, workload);
      workload.becomes_ready = spec.probes.readiness.has_value();
    }
  };
  for (const auto* table : {&resources_.deployments, &resources_.stateful_sets}) {
    for (const config::Workload& one : *table) add(one.meta.name + "." + one.meta.ns, one.spec);
  }
  for (const config::Pod& one : resources_.pods) add(one.meta.name + "." + one.meta.ns, one.spec);
}

}  // namespace squall::sim
