#include "sim/healthy_replicas.h"

#include <algorithm>
#include <set>
#include <utility>

namespace squall::sim {

HealthyReplicas::HealthyReplicas(const Model& model) : pods_(model.pods.size()) {
  std::vector<std::set<std::uint32_t>> called(model.configurations.size());
  for (std::size_t i = 0; i < called.size(); ++i) {
    for (const Target& target : model.configurations[i].targets) {
      if (target.pod != kNone && target.edge != kNone) called[i].insert(target.pod);
    }
  }
  for (const ProxyModel& proxy : model.proxies) {
    if (proxy.inbound) continue;
    for (const std::uint32_t pod : called[proxy.configuration]) ++pods_[pod].callers;
  }
}

double HealthyReplicas::Pod::share() const {
  if (!ready) return 0;
  return callers == 0 ? 1 : static_cast<double>(callers - std::min(ejecting, callers)) / callers;
}

HealthyReplicas::Pod& HealthyReplicas::settled(std::uint32_t pod, Instant now) {
  Pod& row = pods_[pod];
  row.area += row.share() * static_cast<double>((now - row.since).count());
  row.since = now;
  return row;
}

void HealthyReplicas::set_ready(std::uint32_t pod, bool ready, Instant now) {
  settled(pod, now).ready = ready;
}

void HealthyReplicas::on_ejected(std::uint32_t pod, Instant now) { ++settled(pod, now).ejecting; }
void HealthyReplicas::on_returned(std::uint32_t pod, Instant now) { --settled(pod, now).ejecting; }

double HealthyReplicas::read(std::uint32_t pod, Instant now) {
  return std::exchange(settled(pod, now).area, 0);
}

}  // namespace squall::sim
