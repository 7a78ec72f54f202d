// Terminal: what may be coloured, and progress for someone who waits.
#pragma once
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "cli/clock.h"
#include "policies/base/time.h"
#include "reports/text.h"

namespace squall::cli {

bool stdout_is_terminal();
bool stderr_is_terminal();

/// `setting` is auto, always or never; auto: a terminal that is not dumb, and no NO_COLOR.
reports::Color color_for(const std::string& setting, bool terminal);

/// One line on standard error that is written over, ten times a second at most; nothing where that
/// is no terminal. Any thread may call it.
class Progress {
 public:
  /// Of `runs` runs of that virtual length each.
  Progress(std::string what, Duration length, int runs);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// A run has come that far.
  void at(Duration virtual_time);
  void run_done();
  double wall_seconds() const { return watch_.seconds(); }

 private:
  void draw(Duration virtual_time);

  const std::string what_;
  const Duration length_;
  const int runs_;
  const bool shown_;
  Stopwatch watch_;
  std::mutex mutex_;
  int done_ = 0;
  double drawn_at_ = 0;
  bool drawn_ = false;
};

/// How many of some things are done, in the same way.
class Count {
 public:
  Count(std::string what, std::size_t all);
  ~Count();
  Count(const Count&) = delete;
  Count& operator=(const Count&) = delete;
  void one_more();
  /// Does something of its own to the terminal, without the line in its way.
  void aside(const std::function<void()>& what);

 private:
  void draw() const;

  const std::string what_;
  const std::size_t all_;
  const bool shown_;
  std::mutex mutex_;
  std::size_t done_ = 0;
};

}  // namespace squall::cli
