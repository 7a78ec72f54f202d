// TimerTable: the engine's handles of a machine's timers, by kind and owner's slot.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "policies/machine/command.h"
#include "sim/engine.h"

namespace squall::sim {

class TimerTable {
 public:
  TimerHandle& at(policies::TimerKind kind, std::uint32_t owner) {
    std::vector<TimerHandle>& handles = handles_[static_cast<std::size_t>(kind)];
    if (owner >= handles.size()) [[unlikely]]
      handles.resize(std::size_t{owner} * 2 + 8);
    return handles[owner];
  }
  void cancel_all(Engine& engine) {
    for (std::vector<TimerHandle>& handles : handles_) {
      for (TimerHandle& handle : handles) engine.cancel(handle);
    }
  }

 private:
  std::array<std::vector<TimerHandle>, policies::kTimerKinds> handles_;
};

}  // namespace squall::sim
