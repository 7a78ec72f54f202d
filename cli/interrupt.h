// Interrupt: what Ctrl-C says to a command that takes its time.
#pragma once
#include <atomic>

namespace squall::cli {

/// Set from the first SIGINT on, once catch_interrupt() was called; the second one ends the
/// program.
extern std::atomic<bool> interrupted;
void catch_interrupt();

}  // namespace squall::cli
