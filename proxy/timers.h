// Timers: which of the proxy's deadlines is next?
//
// A timer is named by its kind and its owner's slot, as the machines name theirs, so there are no
// handles; arming one that is armed moves it. Equal deadlines fire in the order of arming. A binary
// heap that knows each timer's place. Cost: O(log n); allocates only to grow.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/machine/command.h"

namespace squall::proxy {

/// The machines' kinds, then the shell's own.
enum class ShellTimer : std::uint8_t {
  kDelayedClose = policies::kTimerKinds,
  kLogFlush,
  kOverload,
  kDecisionFlush,
  kHostPing,  // the next one goes; owner: a connection to a host
  kHostPong,  // one has not been answered
  kClientPing,
  kClientPong  // likewise; owner: a client's connection
};
inline constexpr std::size_t kAllTimerKinds = policies::kTimerKinds + 8;

class Timers {
 public:
  struct Due {
    std::uint8_t kind;  // a policies::TimerKind or a ShellTimer
    std::uint32_t owner;
  };

  void arm(std::uint8_t kind, std::uint32_t owner, Instant deadline);
  void cancel(std::uint8_t kind, std::uint32_t owner);
  /// Takes the next that is due at `now`.
  std::optional<Due> take_due(Instant now);
  /// kNever when there is none.
  Instant next() const { return heap_.empty() ? kNever : heap_.front().deadline; }
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Instant deadline;
    std::uint64_t number;
    std::uint32_t owner;
    std::uint8_t kind;
  };
  static bool before(const Entry& a, const Entry& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.number < b.number;
  }
  std::uint32_t& place_of(std::uint8_t kind, std::uint32_t owner);
  void put(std::uint32_t at, const Entry& entry);
  void rise(std::uint32_t at, const Entry& entry);
  void sink(std::uint32_t at, const Entry& entry);
  void remove(std::uint32_t at);

  std::vector<Entry> heap_;
  std::array<std::vector<std::uint32_t>, kAllTimerKinds> places_;  // by kind and owner; kNone
  std::uint64_t armed_ = 0;
};

}  // namespace squall::proxy
