// ArmedTimers: what do the machines of a replay wait for?
//
// A log that is broken may say that any timer is due, also one of a record that has been given
// back; machines trust their shells not to. Cost: a bit a timer.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policies/machine/command.h"

namespace squall::decisions {

/// Calls take(kind, owner, armed) for each timer that is commanded.
template <class Take>
void each_timer(const policies::CommandList& commands, const Take& take) {
  for (const policies::Command& command : commands.pending()) {
    const bool arms = command.kind() == policies::CommandKind::kArm;
    if (arms || command.kind() == policies::CommandKind::kCancel)
      take(command.timer(), command.subject(), arms);
  }
}

class ArmedTimers {
 public:
  /// By what a machine commands.
  void note(const policies::CommandList& commands) {
    each_timer(commands, [&](policies::TimerKind kind, std::uint32_t owner, bool arms) {
      std::vector<bool>& of_kind = armed_[static_cast<std::size_t>(kind)];
      if (owner >= of_kind.size()) of_kind.resize(std::size_t{owner} + 1);
      of_kind[owner] = arms;
    });
  }
  /// Whether it is armed; then it is not any more.
  bool take(policies::TimerKind kind, std::uint32_t owner) {
    std::vector<bool>& of_kind = armed_[static_cast<std::size_t>(kind)];
    if (owner >= of_kind.size() || !of_kind[owner]) return false;
    of_kind[owner] = false;
    return true;
  }

 private:
  std::array<std::vector<bool>, policies::kTimerKinds> armed_;
};

}  // namespace squall::decisions
