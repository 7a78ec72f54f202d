// What has no answer when a run ends is told, so that no figure leaves it out.
#include "sim/world.h"

namespace squall::sim {

void World::tell_unanswered() {
  for (std::uint32_t i = 0; i < calls_.capacity(); ++i) {
    const Call& call = calls_[i];
    if (call.index == kNone || call.answered || call.mirrored) continue;
    Way way{call.edge, call.attempts};
    if (call.request != kNone) {
      const Proxy& proxy = *proxies_[model_.pods[call.pod].outbound];
      const policies::Request& request = proxy.worker.request(call.request);
      way = way_of(proxy, request);
      if (way.edge != kNone)
        collector_.on_edge_unanswered(way.edge, request.received, way.attempts);
    }
    if (call.load != kNone) collector_.on_load_unanswered(call, way.edge, way.attempts);
  }
  for (std::uint32_t i = 0; i < streams_.capacity(); ++i) {
    const Stream& stream = streams_[i];
    if (stream.index != kNone && stream.has_task && !stream.task.answered)
      collector_.on_task_unanswered(pods_[stream.pod].workload, stream.pod, stream.task);
  }
}

}  // namespace squall::sim
