#include "policies/worker.h"

namespace squall::policies {

Worker::Worker(const Configuration& configuration, std::uint64_t random)
    : WorkerState(configuration, random) {}

void WorkerState::arm(TimerKind timer, std::uint32_t owner, Instant deadline) {
  commands_.push({.kind = CommandKind::kArm,
                  .detail = static_cast<std::uint8_t>(timer),
                  .subject = owner,
                  .payload = static_cast<std::uint64_t>(to_ns(deadline))});
}

void WorkerState::cancel(TimerKind timer, std::uint32_t owner) {
  commands_.push(
      {.kind = CommandKind::kCancel, .detail = static_cast<std::uint8_t>(timer), .subject = owner});
}

/// Tells Control, when the cluster detects outliers.
void WorkerState::report(std::uint32_t host, HostResult result, std::uint32_t code) {
  if (!cluster_of_host(host).config->outlier) return;
  commands_.push({.kind = CommandKind::kHostResult,
                  .detail = static_cast<std::uint8_t>(result),
                  .subject = host,
                  .payload = code});
}

std::int64_t WorkerState::unix_seconds(Instant now) const {
  return configuration_.unix_seconds_at_zero + to_ns(now) / 1'000'000'000;
}

}  // namespace squall::policies
