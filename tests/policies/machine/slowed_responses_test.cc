// Responses whose bodies a fault slows down, by the worker's commands.
#include <gtest/gtest.h>

#include "tests/policies/machine/shell.h"

namespace squall::policies {
namespace {

Plan slowing(std::uint64_t rate) {
  FaultConfig config;
  config.response_rate.emplace().fixed = rate;
  Plan plan;
  plan.listener.filters.push_back({.name = "filter", .config = config});
  return plan;
}
void send_body(Shell& shell, std::uint64_t bytes, bool end) {
  shell.event(
      [&] { shell.worker.on_response_body(shell.worker.attempt_id(0), bytes, end, shell.now); });
}

TEST(SlowedResponses, ASlowedResponseOutlivesItsAttempt) {
  Shell shell(slowing(1));  // KiB a second
  shell.request();
  shell.connect(0);
  shell.respond(0, 200, false);
  shell.take();
  send_body(shell, 100, true);
  EXPECT_EQ(shell.take(), (Lines{"hold body r0 a0 end", "arm pace r0 +0", "cancel global r0",
                                 "arm idle c0 +3600000"}));  // the host is done with
  shell.pass(0ms);
  EXPECT_EQ(shell.take(), (Lines{"arm pace r0 +50", "send held r0 51"}));
  EXPECT_EQ(shell.worker.requests().live(), 1U);
  shell.pass(50ms);
  EXPECT_EQ(shell.take(), (Lines{"send held r0 49 end", "log r0 200 - via_upstream"}));
  EXPECT_EQ(shell.worker.filters().faults[0].active_faults, 0U);
  EXPECT_EQ(shell.worker.filters().faults[0].response_rl_injected, 1U);
}

TEST(SlowedResponses, TrailersWaitBehindASlowedBody) {
  Shell shell(slowing(1));
  shell.request();
  shell.connect(0);
  shell.respond(0, 200, false);
  send_body(shell, 60, false);
  shell.take();
  shell.event(
      [&] { shell.worker.on_response_trailers(shell.worker.attempt_id(0), {}, shell.now); });
  EXPECT_EQ(shell.take()[0], "hold trailers r0 a0 end");
  shell.pass(50ms);
  const Lines lines = shell.take();
  EXPECT_EQ(lines.back(), "log r0 200 - via_upstream");
  EXPECT_NE(std::ranges::find(lines, "send held r0 9 end"), lines.end());
}

TEST(SlowedResponses, TrailersWaitBehindTheLastByte) {
  Shell shell(slowing(1));
  shell.request();
  shell.connect(0);
  shell.respond(0, 200, false);
  send_body(shell, 52, false);
  shell.pass(0ms);  // 51 go on
  shell.take();
  shell.event(
      [&] { shell.worker.on_response_trailers(shell.worker.attempt_id(0), {}, shell.now); });
  EXPECT_EQ(shell.take()[0], "hold trailers r0 a0 end");
}

TEST(SlowedResponses, AClientThatLeavesASlowedResponseEndsIt) {
  Shell shell(slowing(1));
  shell.request();
  shell.connect(0);
  shell.respond(0, 200, false);
  send_body(shell, 100, true);
  shell.take();
  shell.leave(0);
  EXPECT_EQ(shell.take(), (Lines{"cancel pace r0", "log r0 200 DC downstream_remote_disconnect"}));
}

}  // namespace
}  // namespace squall::policies
