#include "decisions/armed_timers.h"

#include <gtest/gtest.h>

namespace squall::decisions {
namespace {

using policies::CommandKind;
using policies::TimerKind;

policies::CommandParts timer(CommandKind kind, TimerKind which, std::uint32_t owner) {
  return {.kind = kind, .detail = static_cast<std::uint8_t>(which), .subject = owner};
}

TEST(ArmedTimers, OneFiresOnceAndNotWhenItIsCancelled) {
  policies::CommandList commands;
  commands.push(timer(CommandKind::kArm, TimerKind::kGlobal, 3));
  commands.push(timer(CommandKind::kArm, TimerKind::kPerTry, 3));
  commands.push(timer(CommandKind::kCancel, TimerKind::kPerTry, 3));
  commands.push({.kind = CommandKind::kLog, .subject = 4});
  ArmedTimers timers;
  timers.note(commands);
  EXPECT_FALSE(timers.take(TimerKind::kPerTry, 3));
  EXPECT_FALSE(timers.take(TimerKind::kGlobal, 2));
  EXPECT_FALSE(timers.take(TimerKind::kGlobal, 4));
  EXPECT_TRUE(timers.take(TimerKind::kGlobal, 3));
  EXPECT_FALSE(timers.take(TimerKind::kGlobal, 3));
}

}  // namespace
}  // namespace squall::decisions
