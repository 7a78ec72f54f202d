#include "policies/worker.h"

namespace squall::policies {

Worker::Worker(const Configuration& configuration, std::uint64_t random, Instant start)
    : WorkerSteps(configuration, random, start) {}

std::int64_t WorkerState::unix_seconds(Instant now) const {
  return configuration_->unix_seconds_at_zero + to_ns(now) / 1'000'000'000;
}

}  // namespace squall::policies
