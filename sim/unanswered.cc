// What has no answer when a run ends is told, so that no figure leaves it out.
#include "sim/world.h"

namespace squall::sim {

/// Of an open call: the sidecar or the waypoint that has a request for it; null: none has.
std::pair<const Proxy*, std::uint32_t> World::decider_of(const Call& call) const {
  if (call.carrier == Carrier::kSidecar)
    return {proxies[model.pods[call.pod].outbound].get(), call.request};
  if (call.carrier != Carrier::kStream) return {};
  const Stream& stream = streams[call.request];
  const bool decides =
      stream.server_open && stream.request != kNone && model.pods[stream.pod].waypoint;
  if (!decides) return {};
  return {proxies[model.pods[stream.pod].inbound].get(), stream.request};
}

void World::tell_unanswered() {
  const auto open = [](const Call& call) {
    return call.index != kNone && !call.answered && !call.mirrored;
  };
  for (std::uint32_t i = 0; i < calls.capacity(); ++i) {
    Call& call = calls[i];
    if (!open(call)) continue;
    if (const auto [proxy, number] = decider_of(call); proxy != nullptr) {
      const policies::Request& request = proxy->worker.request(number);
      const Way way = sidecars.way_of(*proxy, request);
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
