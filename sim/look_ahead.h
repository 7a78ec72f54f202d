// LookAhead: which of a list's next items are told of beforehand, and when.
//
// What an item needs is fetched in steps, each a few items before the next, so that what a step
// fetches has come when the next one reads it. A list that has grown at once is caught up with, all
// its items step by step. Cost: some ten instructions a step.
#pragma once
#include <array>
#include <cstdint>

namespace squall::sim {

class LookAhead {
 public:
  static constexpr int kMostSteps = 8;
  static constexpr std::uint32_t kStride = 4;  // items between an item's steps

  /// The item at position `head` is next, positions count up and wrap, and the last is before
  /// `tail`. Calls tell(position, step).
  template <class Tell>
  void advance(std::uint32_t head, std::uint32_t tail, int steps, const Tell& tell) {
    for (int step = 0; step < steps; ++step) {
      const std::uint32_t reach = kStride * static_cast<std::uint32_t>(steps - step);
      const std::uint32_t end = tail - head < reach ? tail : head + reach;
      std::uint32_t& at = told_[static_cast<std::size_t>(step)];
      if (static_cast<std::int32_t>(at - head) < 1) at = head + 1;  // the next itself is too late
      for (; static_cast<std::int32_t>(end - at) > 0; ++at) tell(at, step);
    }
  }
  /// Another list.
  void restart(std::uint32_t head) { told_.fill(head); }

 private:
  std::array<std::uint32_t, kMostSteps> told_ = {};  // by step: up to where
};

}  // namespace squall::sim
