// backoff_wait: how long before something is tried again.
#pragma once
#include <cstdint>

#include "policies/base/time.h"
#include "scenarios/backoff.h"

namespace squall::sim {

/// Before the `retry`-th (from 1 on). `last`: the wait before, if any; `random`: 64 drawn bits.
Duration backoff_wait(const scenarios::Backoff& backoff, std::uint64_t retry, Duration last,
                      std::uint64_t random);

}  // namespace squall::sim
