// Backoff of a run: the wait before the n-th try.
#pragma once
#include <algorithm>
#include <cstdint>

#include "policies/base/math.h"
#include "policies/base/mix.h"
#include "policies/base/time.h"
#include "scenarios/backoff.h"

namespace squall::sim {

/// `failures`: how often it has failed so far, at least once. `before`: the wait before, for
/// decorrelated jitter. `random`: 64 drawn bits.
inline Duration wait_of(const scenarios::Backoff& backoff, std::uint32_t failures, Duration before,
                        std::uint64_t random) {
  using Jitter = scenarios::Backoff::Jitter;
  const auto base = static_cast<double>(backoff.base.count());
  const auto max = static_cast<double>(backoff.max.count());
  const double grown = base * exact::pow(backoff.factor, static_cast<double>(failures - 1));
  const double whole = std::min(grown, max);
  double wait = whole;
  if (backoff.jitter == Jitter::kFull) wait = whole * unit(random);
  if (backoff.jitter == Jitter::kEqual) wait = whole / 2 + whole / 2 * unit(random);
  if (backoff.jitter == Jitter::kDecorrelated) {
    const double highest = std::max(base, 3 * static_cast<double>(before.count()));
    wait = std::min(max, base + (highest - base) * unit(random));
  }
  return Duration(static_cast<std::int64_t>(wait));
}

}  // namespace squall::sim
