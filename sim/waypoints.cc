// How calls come to a waypoint: its replicas serve what ztunnels bring them, with the upstream side
// of a sidecar.
#include "sim/world.h"

namespace squall::sim {

/// A ztunnel tries once: without a replica the caller sees its connection closed.
void Transport::send_to_waypoint(Call& call, const CallSite& site, std::uint64_t random) {
  call.attempts = 1;
  const std::uint32_t ready = world_.ready_pods(site.waypoint);
  if (ready == 0) return answer_call(call, {}, 0);
  std::uint64_t left = mix(random, Purpose::kReplica, 1) % ready;
  std::uint32_t pod = world_.model.workloads[site.waypoint].first_pod;
  while (!world_.is_ready(pod) || left-- > 0) ++pod;
  world_.collector.on_attempt(pod, world_.engine.now());
  carry(call, site, {.port = site.port, .pod = pod, .target_port = site.port}, random);
}

}  // namespace squall::sim
