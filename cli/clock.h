// The wall clock of the command line: how long the user waited. Nothing that a run computes reads
// it.
#pragma once
#include <chrono>

namespace squall::cli {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace squall::cli
