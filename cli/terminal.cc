#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace squall::cli {
namespace {
constexpr double kRedrawSeconds = 0.1;

bool is_set(const char* value) { return value != nullptr && *value != '\0'; }
}  // namespace

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

reports::Color color_for(const std::string& setting, bool terminal) {
  if (setting == "always") return reports::Color::kAlways;
  if (setting == "never" || !terminal || is_set(std::getenv("NO_COLOR")))
    return reports::Color::kNever;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  return dumb ? reports::Color::kNever : reports::Color::kAlways;
}

Progress::Progress(std::string what, Duration length, int runs)
    : what_(std::move(what)), length_(length), runs_(runs), shown_(stderr_is_terminal()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void Progress::at(Duration virtual_time) {
  if (!shown_) return;
  const std::scoped_lock lock(mutex_);
  const double now = watch_.seconds();
  if (now - drawn_at_ < kRedrawSeconds) return;
  drawn_at_ = now;
  draw(virtual_time);
}

void Progress::run_done() {
  const std::scoped_lock lock(mutex_);
  ++done_;
}

void Progress::draw(Duration virtual_time) {
  std::string line = fmt::format("\r\x1b[K{}  ", what_);
  if (runs_ > 1) line += fmt::format("run {} of {}  ", std::min(done_ + 1, runs_), runs_);
  if (virtual_time > length_) {
    line += "waiting for the last answers  ";
  } else {
    line += fmt::format("{:.0f} s of {:g} s  ", to_seconds(virtual_time), to_seconds(length_));
  }
  line += fmt::format("(wall {:.1f} s)", watch_.seconds());
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

Count::Count(std::string what, std::size_t all)
    : what_(std::move(what)), all_(all), shown_(stderr_is_terminal()) {
  draw();
}

Count::~Count() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Count::one_more() {
  const std::scoped_lock lock(mutex_);
  ++done_;
  draw();
}

void Count::aside(const std::function<void()>& what) {
  const std::scoped_lock lock(mutex_);
  if (shown_) std::fputs("\r\x1b[K", stderr);
  what();
  draw();
}

void Count::draw() const {
  if (!shown_) return;
  std::fputs(fmt::format("\r\x1b[K{} of {} {}", done_, all_, what_).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace squall::cli
