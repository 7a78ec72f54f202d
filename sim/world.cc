#include "sim/world.h"

#include <algorithm>

#include "sim/fetch_ahead.h"

namespace squall::sim {
namespace {

StationShape shape_of(const WorkloadModel& workload) {
  StationShape shape;
  if (workload.concurrency) shape.concurrency = static_cast<std::uint32_t>(*workload.concurrency);
  if (workload.cpu) {
    shape.cores = static_cast<std::uint32_t>(workload.cpu->cores);
    shape.processor_sharing = workload.cpu->sharing == scenarios::Cpu::Sharing::kProcessor;
  }
  if (workload.queue.limit) {
    shape.queue_limit =
        static_cast<std::uint32_t>(std::min<std::int64_t>(*workload.queue.limit, kNone - 1));
  }
  shape.order = workload.queue.order;
  return shape;
}

}  // namespace

World::World(const Model& run_of, std::uint64_t run_seed, Collector& hears,
             decisions::LogWriter* log)
    : model(run_of), seed(run_seed), heads(run_of.heads), collector(hears), decisions(log) {
  steps_ahead = FetchAhead::steps_for(model);
  pods.reserve(model.pods.size());
  for (std::uint32_t i = 0; i < model.pods.size(); ++i) {
    const WorkloadModel& workload = model.workloads[model.pods[i].workload];
    Pod& pod = pods.emplace_back(shape_of(workload), model.pods[i], i);
    pod.selective = workload.cancelled != scenarios::Cancelled::kFinish ||
                    workload.honours_deadlines || workload.queue.codel || workload.rate_limit;
    pod.watched = workload.honours_deadlines || workload.cancelled == scenarios::Cancelled::kStop;
    pod.contended = !workload.contention.empty();
    pod.single_flight = std::ranges::any_of(workload.caches, &scenarios::CacheSpec::single_flight);
    if (workload.behaviours == 1) pod.behaviour = workload.first_behaviour;
  }
  for (std::uint32_t i = 0; i < model.proxies.size(); ++i) proxies.push_back(sidecars.make(i));
  sidecar_costs.start();
  lifecycle.start();
  probes.start();
  autoscalers.start();
  clients.start();
  loads.start();
  faults.start();
  certificates.start();
  health_checks.start();
}

void World::soon(const Event& event, int step) const {
  FetchAhead{engine, pods, proxies, calls, streams}.event(event, step);
}

void World::on_event(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kArrive:
      return transport.on_arrive(streams[event.b]);
    case EventKind::kReply:
      return transport.on_reply(streams[event.b]);
    case EventKind::kClientLeft:
      return transport.on_client_left(streams[event.b]);
    case EventKind::kCallDone:
      return transport.on_call_done(calls[event.b]);
    case EventKind::kHandshake:
    case EventKind::kConnected:
    case EventKind::kRefused:
    case EventKind::kConnectionClosed:
      return sidecars.on_connection(event);
    case EventKind::kWork:
      return applications.on_work(event);
    case EventKind::kTimer:
      return sidecars.on_timer(event);
    case EventKind::kLoad:
      return loads.on_load(event.b);
    case EventKind::kUser:
      return loads.on_user(event.a, event.b);
    case EventKind::kFaultStart:
      return faults.on_start(event.b);
    case EventKind::kFaultEnd:
      return faults.on_end(event.b);
    case EventKind::kRestart:
      return faults.on_restart(event.b, event.a);
    case EventKind::kQueueTimeout:
      return applications.on_queue_timeout(event.b);
    case EventKind::kLifecycle:
      return lifecycle.on_event(event);
    case EventKind::kProbe:
      return probes.on_event(event);
    case EventKind::kPush:
      return endpoints.on_push(event);
    case EventKind::kPushRules:
      return control_plane.on_push(event);
    case EventKind::kDeadline:
      return applications.on_deadline({event.b, event.a});
    case EventKind::kClientRefresh:
      return clients.on_refresh(event.a, event.b);
    case EventKind::kClientTimer:
      return clients.on_timer(event);
    case EventKind::kSidecar:
      return sidecar_costs.on_event(event);
    case EventKind::kAutoscale:
      return autoscalers.on_event(event);
    case EventKind::kHeld:
      return held.on_event(event);
    case EventKind::kCheck:
      return health_checks.on_event(event);
  }
}

void World::set_up(std::uint32_t pod, bool pod_up, bool application_up) {
  pods[pod].pod_up = pod_up;
  pods[pod].application_up = application_up;
  ready_endpoints.on_change();
}

std::uint32_t World::ready_pods(std::uint32_t workload) const {
  const WorkloadModel& of = model.workloads[workload];
  std::uint32_t ready = 0;
  for (std::uint32_t i = of.first_pod; i < of.first_pod + of.pods; ++i)
    ready += is_ready(i) ? 1U : 0U;
  return ready;
}

}  // namespace squall::sim
