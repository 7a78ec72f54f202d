// Timers: what a machine has armed, by deadline and then by the order of arming.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/machine/command.h"

namespace squall::policies {

class Timers {
 public:
  struct Timer {
    TimerKind kind;
    std::uint32_t owner;
    Instant deadline;
  };

  void reserve(std::size_t timers) { armed_.reserve(timers); }
  void arm(const Command& c) { armed_.push_back({c.timer(), c.subject(), c.deadline()}); }
  /// False: it was not armed.
  bool cancel(const Command& c) {
    const auto same = [&](const Timer& t) { return t.kind == c.timer() && t.owner == c.subject(); };
    return std::erase_if(armed_, same) == 1;
  }
  /// Takes the next that is due until then.
  std::optional<Timer> take(Instant until) {
    auto next = armed_.end();
    for (auto at = armed_.begin(); at != armed_.end(); ++at) {
      if (at->deadline <= until && (next == armed_.end() || at->deadline < next->deadline))
        next = at;
    }
    if (next == armed_.end()) return std::nullopt;
    const Timer timer = *next;
    armed_.erase(next);
    return timer;
  }
  const std::vector<Timer>& armed() const { return armed_; }

 private:
  std::vector<Timer> armed_;
};

}  // namespace squall::policies
