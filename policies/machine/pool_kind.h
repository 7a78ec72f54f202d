// PoolKind: which of a host's pools in one worker: HTTP's, by routing priority, or TCP's.
#pragma once
#include <cstddef>
#include <cstdint>

namespace squall::policies {

enum class PoolKind : std::uint8_t { kDefault, kHigh, kTcp };
/// Which of a cluster's two sets of limits and gauges it counts against.
constexpr std::size_t priority_of(PoolKind kind) { return kind == PoolKind::kHigh ? 1 : 0; }

}  // namespace squall::policies
