// Levels of a run: how busy replicas are, who waits, who is ready, how many are wanted, what is
// connected.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/collector.h"
#include "sim/world.h"

namespace squall::sim {

using reports::Metric;

/// Areas since the last reading go to the queries, and to the measured window's figures.
void Collector::read_gauges(World& world, Instant now) {
  for (std::uint32_t i = 0; i < world.proxies.size(); ++i) read_counters(*world.proxies[i]);
  if (now == from_) {
    for (std::uint32_t i = 0; i < model_.workloads.size(); ++i) {
      reports::WorkloadData& row = data_.workloads[i];
      row.ready_min = world.ready_pods(i);
      if (row.scaling)
        row.scaling->replicas_min = row.scaling->replicas_max = world.lifecycle.replicas(i);
    }
  }
  const double length = static_cast<double>((now - last_reading_).count());
  for (std::uint32_t i = 0; i < model_.edges.size(); ++i) {
    const std::uint64_t area = connected_[i].area(now);
    const std::uint64_t before = std::exchange(last_connected_[i], area);
    if (length <= 0 || feeds_.edges[i].empty()) continue;
    feeds_.on_use(feeds_.edges[i], Metric::kConnections,
                  static_cast<double>(area - before) / length, 0, last_reading_, now);
  }
  const bool inside = last_reading_ >= from_ && now <= to_;
  for (std::uint32_t i = 0; i < model_.pods.size(); ++i) {
    Station& station = world.pods[i].station;
    const std::uint32_t most_waiting = station.take_most_waiting();
    const Station::Areas areas = station.areas(now);
    const auto delta = [&](std::uint64_t after, std::uint64_t before) {
      return static_cast<double>(after - before);
    };
    const double working = delta(areas.working, last_[i].working);
    const double serving = delta(areas.serving, last_[i].serving);
    const double waiting = delta(areas.waiting, last_[i].waiting);
    last_[i] = areas;
    const std::uint64_t ready = ready_[i].area(now);
    const double was_ready = delta(ready, std::exchange(last_ready_[i], ready));
    const double was_healthy = healthy_ ? healthy_->read(i, now) : 0;
    if (length <= 0) continue;
    const auto tell = [&](Metric metric, double level) {
      feeds_.on_use(feeds_.pods[i], metric, level, 0, last_reading_, now);
    };
    if (!feeds_.pods[i].empty()) {
      tell(Metric::kReady, was_ready / length);
      if (healthy_) tell(Metric::kHealthy, was_healthy / length);
      tell(Metric::kQueueMean, waiting / length);
      tell(Metric::kQueueMax, most_waiting);
      tell(Metric::kInServiceMean, serving / length);
      tell(Metric::kInSystemMean, (waiting + serving) / length);
    }
    const Duration so_far = world.lifecycle.time_there(i, now);
    const auto there = static_cast<double>((so_far - last_there_[i]).count());
    last_there_[i] = so_far;
    const WorkloadModel& workload = model_.workloads[model_.pods[i].workload];
    const double slots = workload.cpu           ? workload.cpu->cores
                         : workload.concurrency ? *workload.concurrency
                                                : 0;
    const double busy = workload.cpu ? working : serving;
    if (!feeds_.pods[i].empty() && slots > 0) {
      feeds_.on_use(feeds_.pods[i], Metric::kUtilization, busy / length, slots * (there / length),
                    last_reading_, now);
    }
    if (!inside) continue;
    reports::WorkloadData& row = data_.workloads[model_.pods[i].workload];
    row.busy_area += slots > 0 ? busy : 0;
    row.capacity_area += slots * there;
    row.queue_area += waiting;
    row.in_service_area += serving;
    row.in_system_area += waiting + serving;
    row.queue_max = std::max<std::uint64_t>(row.queue_max, most_waiting);
  }
  last_reading_ = now;
}

void Collector::on_connection_end(std::uint32_t edge, Instant now) { connected_[edge].down(now); }

void Collector::on_connection(std::uint32_t edge, Instant now) {
  connected_[edge].up(now);
  if (measured(now)) ++data_.edges[edge].connections_opened;
  feeds_.on_count(feeds_.edges[edge], Metric::kConnectionsOpened, now);
}

void Collector::on_ready(std::uint32_t pod, bool is, std::uint32_t ready, Instant now) {
  if (is != (ready_[pod].count() > 0)) is ? ready_[pod].up(now) : ready_[pod].down(now);
  if (healthy_) healthy_->set_ready(pod, is, now);
  reports::WorkloadData& row = data_.workloads[model_.pods[pod].workload];
  if (now < to_) row.ready_min = std::min(row.ready_min, ready);
}

void Collector::on_scale(std::uint32_t workload, std::uint32_t from, std::uint32_t to,
                         std::string_view by, Instant now) {
  happened(now, "scaled", model_.workloads[workload].name,
           fmt::format("from {} to {} replicas{}", from, to, by));
  std::optional<reports::ScalingData>& row = data_.workloads[workload].scaling;
  if (!row || now >= to_) return;
  row->replicas_min = std::min(row->replicas_min, to);
  row->replicas_max = std::max(row->replicas_max, to);
  if (!measured(now)) return;
  row->scale_ins += from - std::min(from, to);
  row->scale_outs += to - std::min(from, to);
}

void Collector::on_scale_in(std::uint32_t pod, Instant now) {
  feeds_.on_count(feeds_.pods[pod], Metric::kScaleIns, now);
}

}  // namespace squall::sim
