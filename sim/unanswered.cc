// What has no answer when a run ends is told, so that no figure leaves it out.
#include "sim/world.h"

namespace squall::sim {

void World::tell_unanswered() {
  const auto open = [](const Call& call) {
    return call.index != kNone && !call.answered && !call.mirrored;
  };
  for (std::uint32_t i = 0; i < calls.capacity(); ++i) {
    Call& call = calls[i];
    if (!open(call)) continue;
    if (call.carrier == Carrier::kSidecar) {
      const Proxy& proxy = *proxies[model.pods[call.pod].outbound];
      const policies::Request& request = proxy.worker.request(call.request);
      const Way way = sidecars.way_of(proxy, request);
      if (way.edge != kNone) collector.on_edge_unanswered(way.edge, request.received, way.attempts);
      call.edge = way.edge;
      call.attempts = static_cast<std::uint16_t>(way.attempts);
    }
    if (call.of_client) Clients::count(call, clients.asked(call));
  }
  for (std::uint32_t i = 0; i < calls.capacity(); ++i) {
    const Call& call = calls[i];
    if (open(call) && call.load != kNone && !call.of_client)
      collector.on_load_unanswered(call, call.edge, call.attempts);
  }
  for (std::uint32_t i = 0; i < streams.capacity(); ++i) {
    const Stream& stream = streams[i];
    if (stream.index != kNone && stream.has_task && !stream.task.answered && !stream.of_probe)
      collector.on_task_unanswered(pods[stream.pod].workload, stream.pod, stream.task);
  }
}

}  // namespace squall::sim
