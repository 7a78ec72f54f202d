// EventQueue: which event of the simulated world is next, in the order (time, order of scheduling).
//
// A ladder (ladder.h) of 16-byte entries; kind and payload lie in a slot. A cancelled event's entry
// stays, dead, until its bucket is opened or it surfaces; its slot is not used again before that,
// so neither reuse nor the sequence's wrap-around can revive it. An event may not lie before the
// last one that left. Not for timers that are mostly cancelled: timers.h. Cost: O(1) amortised,
// some 15 ns an event; 32 bytes an event that waits, in arenas that double.
#pragma once
#include <algorithm>
#include <cstdint>

#include "policies/base/check.h"
#include "policies/base/ids.h"
#include "policies/base/prefetch.h"
#include "policies/base/time.h"
#include "sim/arena.h"
#include "sim/event.h"
#include "sim/ladder.h"
#include "sim/look_ahead.h"

namespace squall::sim {

/// Of a scheduled event; stale once it has left or was cancelled.
struct EventHandle {
  std::uint32_t slot = kNone;
  std::uint32_t sequence = 0;
};

class EventQueue {
 public:
  explicit EventQueue(std::uint32_t first_sequence = 1) : sequence_(first_sequence) {}

  EventHandle schedule(Instant at, Event event) {
    if (free_ == kNone) [[unlikely]]
      grow();
    const std::uint32_t index = free_;
    Slot& slot = slots_[index];
    free_ = slot.event.a;
    const std::uint32_t sequence = sequence_;
    if (++sequence_ == 0) [[unlikely]]
      sequence_ = 1;           // 0 marks a slot that is dead or free
    slot.sequence = sequence;  // one by one: a whole slot would be put together in memory first
    slot.event = event;
    ladder_.push({static_cast<std::uint64_t>(to_ns(at)), sequence, index});
    return {index, sequence};
  }

  /// False if it has left or was cancelled before.
  bool cancel(EventHandle handle) {
    if (handle.slot >= slots_.capacity() || handle.sequence == 0) return false;
    Slot& slot = slots_[handle.slot];
    if (slot.sequence != handle.sequence) return false;
    slot.sequence = 0;
    ++dead_;
    return true;
  }

  /// When the first event happens, kNever if there is none. Calls `soon(event, step)` for most of
  /// those that will leave before long: the last steps when their bucket is opened, each one before
  /// them a bucket earlier, so that what a step fetches has come when the next one reads it. A
  /// bucket too full to be seen from afar is gone through while it is emptied.
  template <class Soon>
  Instant next_time(int steps, Soon&& soon) {
    for (;;) {
      if (ladder_.bottom_empty()) [[unlikely]] {
        if (!ladder_.open_next()) return kNever;
        if (dead_ != 0) [[unlikely]]
          drop_dead();  // perhaps all
        crowded_ = steps > 0 && ladder_.tail() - ladder_.head() > kRankSortMost;
        if (crowded_) bottom_ahead_.restart(ladder_.head());
        if (!crowded_ && (steps > 0 || slots_.capacity() > kCached)) look_ahead(steps, soon);
        continue;
      }
      if (crowded_) [[unlikely]] {
        bottom_ahead_.advance(
            ladder_.head(), ladder_.tail(), steps,
            [&](std::uint32_t at, int step) { soon(slots_[ladder_.at(at).slot].event, step); });
      }
      const QueueEntry& first = ladder_.first();
      if (dead_ == 0 || is_live(first)) [[likely]]
        return at_ns(static_cast<std::int64_t>(first.at));
      bury(first);
      ladder_.drop_first();
    }
  }
  Instant next_time() {
    return next_time(0, [](const Event&, int) {});
  }

  /// Takes the first event; only after next_time() has said that there is one.
  Event pop() {
    const std::uint32_t index = ladder_.first().slot;
    ladder_.drop_first();
    Slot& slot = slots_[index];
    SQUALL_DCHECK(slot.sequence != 0);
    const Event event = slot.event;
    slot.sequence = 0;
    slot.event.a = free_;
    free_ = index;
    return event;
  }

 private:
  struct Slot {
    std::uint32_t sequence;  // of the entry that stands for it
    Event event;             // `a` links free slots
  };
  static_assert(sizeof(Slot) == 16);
  static constexpr std::uint32_t kCached = 4096;  // so many slots lie in the nearer caches

  static constexpr int kMostBuckets = 4;  // looked into, with the one that is opened

  template <class Soon>
  void look_ahead(int steps, Soon&& soon) {
    const int buckets = std::min(steps, kMostBuckets);
    for (const QueueEntry& e : ladder_.ahead(buckets)) prefetch(&slots_[e.slot]);
    for (int step = 0; step < steps; ++step) {
      for (const QueueEntry& e : ladder_.ahead(std::max(buckets - 1 - step, 0)))
        soon(slots_[e.slot].event, step);
    }
  }
  bool is_live(const QueueEntry& entry) const {
    return slots_[entry.slot].sequence == entry.sequence;
  }
  void bury(const QueueEntry& entry) {
    slots_[entry.slot].event.a = free_;
    free_ = entry.slot;
    --dead_;
  }
  void drop_dead() {
    ladder_.filter_bottom([&](const QueueEntry& entry) {
      if (is_live(entry)) return true;
      bury(entry);
      return false;
    });
  }
  [[gnu::noinline]] void grow();

  Ladder ladder_;
  LookAhead bottom_ahead_;
  bool crowded_ = false;  // the bottom
  Arena<Slot> slots_;
  std::uint32_t free_ = kNone;
  std::uint32_t sequence_;
  std::uint32_t dead_ = 0;  // cancelled, entry not yet dropped
};

}  // namespace squall::sim
