// TimerKind: what a machine waits for; with its owner's slot it names a timer.
#pragma once
#include <cstddef>
#include <cstdint>

namespace squall::policies {

enum class TimerKind : std::uint8_t {
  kGlobal,
  kBackoff,
  kStreamIdle,
  kRequestOverall,
  kStreamDuration,
  kFaultDelay,
  kResponsePace,  // owner: request
  kPerTry,
  kPerTryIdle,
  kUpstreamDuration,  // owner: attempt
  kConnect,
  kConnectionIdle,
  kConnectionMax,  // owner: connection
  kMinRtt,
  kConcurrencyUpdate,  // owner: filter
  kClientHeaders,
  kClientIdle,
  kClientDrain,
  kClientMax,  // owner: a client's connection (Downstream)
  kSweep,
  kMergeWindow,  // owner: cluster (Control)
  kCheckInterval,
  kCheckTimeout,  // owner: host (Control)
};
inline constexpr std::size_t kTimerKinds = static_cast<std::size_t>(TimerKind::kCheckTimeout) + 1;
/// Whose on_timer it is for: Control's, a Downstream's, or a worker's.
constexpr bool is_controls(TimerKind kind) { return kind >= TimerKind::kSweep; }
constexpr bool is_downstreams(TimerKind kind) {
  return kind >= TimerKind::kClientHeaders && kind <= TimerKind::kClientMax;
}

}  // namespace squall::policies
