// How time passes in Chaos, and how it carries commands out.
#pragma once
#include <vector>

#include "tests/policies/machine/chaos.h"

namespace squall::policies {

inline void Chaos::pass(Duration time) {
  const Instant until = now_ + time;
  for (;;) {
    while (worker_.wants_turn_end() || control_.wants_turn_end()) {
      event([&] { worker_.on_turn_end(now_); });
      event([&] { control_.on_turn_end(now_); });
    }
    check_queues();
    const auto timer = timers_.take(until);
    if (!timer) break;
    now_ = std::max(now_, timer->deadline);
    const bool own = timer->kind != TimerKind::kSweep && timer->kind != TimerKind::kMergeWindow;
    event([&] {
      if (own) return worker_.on_timer(timer->kind, timer->owner, now_);
      control_.on_timer(timer->kind, timer->owner, now_);
    });
  }
  now_ = until;
}

/// No retry starts after its route's deadline.
inline void Chaos::check_deadline(std::uint32_t attempt) const {
  const Attempt& started = worker_.attempt(attempt);
  const auto request = ledger_.requests.find(started.request);
  if (started.number == 1 || request == ledger_.requests.end()) return;
  EXPECT_LE(now_, request->second.deadline);
}

inline void Chaos::pump() {
  std::vector<std::uint32_t> asked;  // requests whose redirects are to be followed
  while (worker_.has_command() || control_.has_command()) {
    const Command c = worker_.has_command() ? worker_.next_command() : control_.next_command();
    ledger_.take(c, worker_);
    if (c.kind() == CommandKind::kStart) check_deadline(c.subject());
    if (c.kind() == CommandKind::kArm) {
      timers_.arm(c);
    } else if (c.kind() == CommandKind::kCancel) {
      EXPECT_TRUE(timers_.cancel(c));
    } else if (c.kind() == CommandKind::kStart && draw(2) == 0) {
      worker_.on_first_byte_sent(worker_.attempt_id(c.subject()));
    } else if (c.kind() == CommandKind::kMirror) {
      ++totals_.copies;
    } else if (c.kind() == CommandKind::kAnswer) {
      const Details why = worker_.request(c.subject()).outcome.details;
      totals_.unplaced += why == Details::kNoHealthyUpstream ? 1U : 0U;
    } else if (c.kind() == CommandKind::kRedirect) {
      asked.push_back(c.subject());
    } else if (c.kind() == CommandKind::kHostResult) {
      control_.on_host_result(c.cluster(), c.subject(), c.result(), c.code(), now_);
    } else if (c.kind() == CommandKind::kSetHealth && c.end()) {
      worker_.on_host_drain(c.subject(), now_);
    } else if (c.kind() == CommandKind::kPublish) {
      worker_.on_host_health(c.subject(), control_.published(c.subject()));
    }
  }
  for (const std::uint32_t request : asked) {
    redirect(request);
    pump();
  }
}

}  // namespace squall::policies
