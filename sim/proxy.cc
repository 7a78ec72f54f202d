#include "sim/proxy.h"

namespace squall::sim {

TimerHandle& Proxy::other_timer(policies::TimerKind kind, std::uint32_t owner) {
  using policies::TimerKind;
  switch (kind) {
    case TimerKind::kBackoff:
      return slot(backoffs, owner);
    case TimerKind::kConnect:
      return connection(owner).connect;
    case TimerKind::kConnectionIdle:
      return connection(owner).idle;
    case TimerKind::kConnectionMax:
      return connection(owner).longest;
    case TimerKind::kSweep:
      return clusters[owner].sweep;
    case TimerKind::kGlobal:  // in the machine's records
    case TimerKind::kPerTry:
    case TimerKind::kMergeWindow:
      break;
  }
  return clusters[owner].merge;
}

void Proxy::cancel_timers(Engine& engine) {
  for (std::uint32_t i = 0; i < worker.requests().capacity(); ++i) {
    if (worker.request(i).global_armed) engine.cancel(handle_of(worker.request(i).timer));
  }
  for (std::uint32_t i = 0; i < worker.attempts().capacity(); ++i) {
    if (worker.attempt(i).per_try_armed) engine.cancel(handle_of(worker.attempt(i).timer));
  }
  for (TimerHandle& backoff : backoffs) engine.cancel(backoff);
  for (ConnectionSlot& slot : connections) {
    engine.cancel(slot.connect), engine.cancel(slot.idle), engine.cancel(slot.longest);
  }
  for (ClusterSlot& slot : clusters) engine.cancel(slot.sweep), engine.cancel(slot.merge);
}

}  // namespace squall::sim
