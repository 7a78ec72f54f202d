// What has no answer when a run ends is told, so that no figure leaves it out.
#include "sim/world.h"

namespace squall::sim {

void World::tell_unanswered() {
  for (std::uint32_t i = 0; i < calls.capacity(); ++i) {
    const Call& call = calls[i];
    if (call.index == kNone || call.answered || call.mirrored) continue;
    Way way{call.edge, call.attempts};
    if (call.request != kNone) {
      const Proxy& proxy = *proxies[model.pods[call.pod].outbound];
      const policies::Request& request = proxy.worker.request(call.request);
      way = sidecars.way_of(proxy, request);
      if (way.edge != kNone) collector.on_edge_unanswered(way.edge, request.received, way.attempts);
    }
    if (call.load != kNone) collector.on_load_unanswered(call, way.edge, way.attempts);
  }
  for (std::uint32_t i = 0; i < streams.capacity(); ++i) {
    const Stream& stream = streams[i];
    if (stream.index != kNone && stream.has_task && !stream.task.answered)
      collector.on_task_unanswered(pods[stream.pod].workload, stream.pod, stream.task);
  }
}

}  // namespace squall::sim
