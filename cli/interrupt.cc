#include "cli/interrupt.h"

#include <csignal>

namespace squall::cli {
namespace {
extern "C" void on_interrupt(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);  // who asks twice does not wait for a report
}
}  // namespace

std::atomic<bool> interrupted = false;

void catch_interrupt() { std::signal(SIGINT, on_interrupt); }

}  // namespace squall::cli
