// What a run's timeline tells besides ejections: faults, crashes, changes.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "reports/text.h"
#include "scenarios/manifests.h"
#include "sim/collector.h"
#include "sim/control_plane.h"

namespace squall::sim {

using reports::Metric;

void Collector::on_fault(std::uint32_t fault, bool begins, Instant now) {
  happened(now, begins ? "fault" : "fault_end", model_.faults[fault].target,
           model_.faults[fault].what);
}

void Collector::on_crash(std::uint32_t pod, std::uint32_t ready, Instant now) {
  reports::WorkloadData& row = data_.workloads[model_.pods[pod].workload];
  if (now < to_) row.ready_min = std::min(row.ready_min, ready);
  happened(now, "crashed", model_.pods[pod].name, "");
}

void Collector::on_restart(std::uint32_t pod, Instant now) {
  if (measured(now)) ++data_.workloads[model_.pods[pod].workload].restarts;
  feeds_.on_count(feeds_.pods[pod], Metric::kRestarts, now);
  happened(now, "restarted", model_.pods[pod].name, "");
}

void Collector::on_start_failed(std::uint32_t pod, Instant now) {
  happened(now, "start_failed", model_.pods[pod].name, "");
}

void Collector::on_probed(std::uint32_t pod, bool passing, Instant now) {
  happened(now, passing ? "ready" : "unready", model_.pods[pod].name,
           passing ? "readiness probe passes" : "readiness probe failed");
}

const Target& Collector::target_of(std::uint32_t proxy, std::uint32_t host) const {
  return model_.configurations[model_.proxies[proxy].configuration].targets[host];
}

void Collector::on_checked(std::uint32_t proxy, std::uint32_t host, bool well, Instant now) {
  const ProxyModel& by = model_.proxies[proxy];
  const std::uint32_t pod = target_of(proxy, host).pod;
  const policies::Epoch& epoch = model_.configurations[by.configuration].rules->epoch;
  happened(now, well ? "healthy" : "unhealthy",
           pod == kNone ? epoch.host(host).address : model_.pods[pod].name,
           fmt::format("health check by {}", model_.pods[by.pod].name));
  if (well) return forget_check(proxy, host, now);
  if (healthy_ && pod != kNone && !avoids(proxy, pod)) healthy_->on_ejected(pod, now);
  failed_checks_.push_back({proxy, host, pod});
}

void Collector::forget_check(std::uint32_t proxy, std::uint32_t host, Instant now) {
  std::erase_if(failed_checks_,
                [&](const FailedCheck& one) { return one.proxy == proxy && one.host == host; });
  const std::uint32_t pod = target_of(proxy, host).pod;
  if (healthy_ && pod != kNone && !avoids(proxy, pod)) healthy_->on_returned(pod, now);
}

void Collector::on_killed(std::uint32_t pod, std::string why, Instant now) {
  happened(now, "killed", model_.pods[pod].name, std::move(why));
}

void Collector::on_restarting(std::uint32_t workload, Instant now) {
  happened(now, "restarting", model_.workloads[workload].name, "one replica after the other");
}

void Collector::on_configured(std::uint32_t change, const Pushed& pushed, Instant now) {
  const scenarios::Change& its = *model_.changes[change].change;
  std::string why = fmt::format("sent to {}", reports::counted(pushed.sent, "sidecar"));
  if (pushed.last > now)
    why += fmt::format(", the last has it {} later", to_string(pushed.last - now));
  for (const std::uint32_t pod : pushed.stale)
    why += fmt::format(", {} stays STALE", model_.pods[pod].name);
  if (pushed.not_sent > 0) why += fmt::format(", {} NOT SENT", pushed.not_sent);
  for (const config::Node& document : its.applied) {
    const std::optional<scenarios::ManifestName> name = scenarios::manifest_name(document);
    happened(now, "applied", fmt::format("{} {}/{}", name->kind, name->space, name->name), why);
  }
  for (const scenarios::ResourceName& name : its.deleted)
    happened(now, "deleted", name.text(), why);
}

}  // namespace squall::sim
