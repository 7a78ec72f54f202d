#include "sim/proxy.h"

namespace squall::sim {

TimerHandle& Proxy::other_timer(policies::TimerKind kind, std::uint32_t owner) {
  using policies::TimerKind;
  switch (kind) {
    case TimerKind::kGlobal:
      return request(owner).global;
    case TimerKind::kBackoff:
      return request(owner).backoff;
    case TimerKind::kPerTry:
      return attempt(owner).per_try;
    case TimerKind::kConnect:
      return connection(owner).connect;
    case TimerKind::kConnectionIdle:
      return connection(owner).idle;
    case TimerKind::kConnectionMax:
      return connection(owner).longest;
    case TimerKind::kSweep:
      return clusters[owner].sweep;
    case TimerKind::kMergeWindow:
      break;
  }
  return clusters[owner].merge;
}

void Proxy::cancel_timers(Engine& engine) {
  for (RequestSlot& slot : requests) engine.cancel(slot.global), engine.cancel(slot.backoff);
  for (AttemptSlot& slot : attempts) engine.cancel(slot.per_try);
  for (ConnectionSlot& slot : connections) {
    engine.cancel(slot.connect), engine.cancel(slot.idle), engine.cancel(slot.longest);
  }
  for (ClusterSlot& slot : clusters) engine.cancel(slot.sweep), engine.cancel(slot.merge);
}

}  // namespace squall::sim
