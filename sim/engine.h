// Engine: what happens next in virtual time. It owns `now`.
//
// At one instant, going back to the top after every single one: I/O that takes no time, as posted;
// when none is left, ends of turns, as asked for; one event of the world, as scheduled; one timer
// of a policy, by (deadline, order of arming). Only when nothing is left does time move, so an
// answer at 3 s beats a 3 s timeout. The handler is a template's parameter: on_event(const Event&),
// on_turn_end(who), and where it has soon_steps(), soon(event, step): told so many times, from step
// 0 on, of most of the events that will come before long, I/O too, and of each at the last step.
// Cost: beside queue and timers two comparisons an event; nothing is allocated once arenas have
// grown.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "policies/base/check.h"
#include "policies/base/time.h"
#include "sim/event_queue.h"
#include "sim/look_ahead.h"
#include "sim/ring.h"
#include "sim/timers.h"

namespace squall::sim {

class Engine {
 public:
  enum class Stop : std::uint8_t { kLimit, kIdle, kAsked };

  Instant now() const { return now_; }
  /// Events handled since the start, turns' ends not counted.
  std::uint64_t events() const { return events_; }

  /// I/O of this very instant.
  [[gnu::always_inline]] void post(const Event& event) { io_.push() = event.copy(); }
  /// `who` is a small number (a worker's index): there is a flag for each.
  void request_turn_end(std::uint32_t who) {
    if (who >= asked_.size()) [[unlikely]]
      asked_.resize(std::size_t{who} * 2 + 16);
    if (asked_[who] != 0) return;
    asked_[who] = 1;
    turn_ends_.push(who);
  }
  /// An event of the world; a time that is past means now.
  EventHandle schedule(Instant at, const Event& event) {
    // Of numbers: of instants, the choice would be made between addresses.
    return world_.schedule(at_ns(std::max(to_ns(at), to_ns(now_))), event);
  }
  bool cancel(EventHandle handle) { return world_.cancel(handle); }
  /// A policy's timer; a deadline that is past means now: after everything else of this instant.
  TimerHandle arm(Instant deadline, const Event& event) {
    return timers_.arm(now_, deadline, event);
  }
  bool cancel(TimerHandle handle) { return timers_.cancel(handle); }

  /// Hints: the timer, or those beside it, will be looked at before long.
  void fetch(TimerHandle handle) const { timers_.fetch(handle); }
  void fetch_neighbours(TimerHandle handle) const { timers_.fetch_neighbours(handle); }

  /// run() returns when the call that is being handled has.
  void stop() { stop_at_ = 0; }

  /// Handles all that happens up to and including `limit`; then now() is `limit`. kIdle: nothing is
  /// left at all (now() is the last event's); kAsked: stop() was called, or `most` events have been
  /// handled. It can be called again.
  template <class Handler>
  Stop run(Handler& handler, Instant limit, std::uint64_t most = ~std::uint64_t{0} >> 1) {
    stop_at_ = events_ + most;
    const Instant beyond = limit < kNever ? limit + Duration(1) : kNever;
    while (events_ < stop_at_) {
      if (!io_.empty()) {
        look_ahead(handler);
        ++events_;
        const Event event = io_.pop().copy();
        handler.on_event(event);
      } else if (!turn_ends_.empty()) {
        const std::uint32_t who = turn_ends_.pop();
        asked_[who] = 0;
        handler.on_turn_end(who);
      } else if (const Instant at = next_world(handler); timers_.bound() < at) [[unlikely]] {
        const Instant deadline = timers_.next_time();
        if (deadline >= at) continue;  // the bound was of a cancelled one
        if (deadline > limit) return reach(limit);
        now_ = deadline;
        ++events_;
        handler.on_event(timers_.fire());
      } else {
        if (at >= beyond) [[unlikely]]
          return at == kNever ? Stop::kIdle : reach(limit);
        now_ = at;
        ++events_;
        handler.on_event(world_.pop());
      }
    }
    return Stop::kAsked;
  }

 private:
  template <class Handler>
  Instant next_world(Handler& handler) {
    if constexpr (requires { handler.soon_steps(); }) {
      return world_.next_time(handler.soon_steps(),
                              [&](const Event& event, int step) { handler.soon(event, step); });
    } else {
      return world_.next_time();
    }
  }
  /// One message after the other needs none: what it leads to is near.
  template <class Handler>
  void look_ahead(Handler& handler) {
    if constexpr (requires { handler.soon_steps(); }) {
      if (io_.size() <= LookAhead::kStride || handler.soon_steps() == 0) [[likely]]
        return;
      io_ahead_.advance(io_.head(), io_.tail(), handler.soon_steps(),
                        [&](std::uint32_t at, int step) { handler.soon(io_.at(at).copy(), step); });
    }
  }
  Stop reach(Instant limit) {
    SQUALL_DCHECK(limit >= now_);
    now_ = limit;
    return Stop::kLimit;
  }

  Instant now_{};
  std::uint64_t events_ = 0;
  std::uint64_t stop_at_ = 0;  // events
  Ring<Event> io_;
  LookAhead io_ahead_;
  Ring<std::uint32_t> turn_ends_;
  std::vector<std::uint8_t> asked_;  // by `who`
  EventQueue world_;
  Timers timers_;
};

}  // namespace squall::sim
