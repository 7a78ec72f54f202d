// Timers: which timer of a policy fires next, in the order (deadline, order of arming).
//
// Timeouts are mostly constants and mostly cancelled, so equal delays share a lane: a list that is
// in order because time goes on, where arming and cancelling are a few stores. Of two equal
// deadlines in different lanes the one with the longer delay was armed first. Up to 64 lanes, found
// by their delay and given to another one when they are empty; delays that find none (random
// back-offs, many at once) go to a heap. Requires that `now` never goes back from call to call;
// deadlines in the past mean now. Cost: O(1), about 3 ns to arm and cancel; in the heap O(log n);
// 32 bytes a timer, in an arena that doubles. `bound()` never rises by cancelling, so asking
// whether anything is due is one comparison.
#pragma once
#include <cstdint>

#include "policies/base/ids.h"
#include "policies/base/prefetch.h"
#include "policies/base/time.h"
#include "sim/arena.h"
#include "sim/event.h"

namespace squall::sim {

/// Of an armed timer; stale once it has fired or was cancelled.
struct TimerHandle {
  std::uint32_t index = kNone;
  std::uint32_t generation = 0;
  friend bool operator==(const TimerHandle&, const TimerHandle&) = default;
};

class Timers {
 public:
  Timers();

  TimerHandle arm(Instant now, Instant deadline, Event event) {
    if (free_ == kNone) [[unlikely]]
      grow();
    const std::uint32_t index = free_;
    Node& node = nodes_[index];
    free_ = node.next;
    node.event = event;
    enter(index, now, deadline);
    return {index, node.generation};
  }
  /// False, and nothing else, if it has fired or was cancelled.
  bool cancel(TimerHandle handle) {
    if (!is_live(handle)) return false;
    leave(handle.index);
    release(handle.index);
    return true;
  }
  bool is_live(TimerHandle handle) const {
    return handle.index < nodes_.capacity() && nodes_[handle.index].generation == handle.generation;
  }

  /// Hints: cancel() comes before long. The second reads the timer itself.
  void fetch(TimerHandle handle) const {
    if (handle.index < nodes_.capacity()) prefetch(&nodes_[handle.index]);
  }
  void fetch_neighbours(TimerHandle handle) const {
    if (!is_live(handle) || nodes_[handle.index].previous == kNone) return;
    prefetch(&nodes_[nodes_[handle.index].previous]);
    prefetch(&nodes_[nodes_[handle.index].next]);
  }

  /// Nothing fires before; may be too early, as cancelling does not raise it.
  Instant bound() const { return bound_; }
  /// When the next one fires, exactly; kNever if none is armed. Makes the bound exact.
  Instant next_time();
  /// Takes that one; directly after next_time().
  Event fire();

 private:
  struct Node {
    Instant deadline;
    std::uint32_t next;      // in the lane or the free list; in the heap: the place there
    std::uint32_t previous;  // kNone: it is in the heap
    std::uint32_t generation;
    Event event;
  };
  static_assert(sizeof(Node) == 32);
  struct InHeap {
    Instant deadline;
    Duration delay;
    std::uint64_t number;
    std::uint32_t index;
  };
  static constexpr std::uint32_t kLanes = 64;
  static constexpr std::uint32_t kWays = 4;

  static std::uint32_t home_of(Duration delay) {
    return static_cast<std::uint32_t>(
        (static_cast<std::uint64_t>(delay.count()) * 0x9e3779b97f4a7c15U) >> 58);
  }
  // Node i < kLanes stands for both ends of lane i, so that linking knows no ends.
  bool lane_empty(std::uint32_t lane) const { return nodes_[lane].next == lane; }

  void enter(std::uint32_t index, Instant now, Instant deadline) {
    const Duration delay = deadline > now ? deadline - now : Duration{0};
    deadline = now + delay;
    std::uint32_t lane = home_of(delay);
    if (delay_[lane] != delay) [[unlikely]]
      lane = find_lane(lane, delay);
    Node& node = nodes_[index];
    node.deadline = deadline;
    if (deadline < bound_) bound_ = deadline;
    if (lane == kNone) [[unlikely]]
      return heap_push({deadline, delay, ++armed_, index});
    filled_ |= std::uint64_t{1} << lane;
    const std::uint32_t last = nodes_[lane].previous;
    node.previous = last;
    node.next = lane;
    nodes_[last].next = index;
    nodes_[lane].previous = index;
  }
  void leave(std::uint32_t index) {
    const Node& node = nodes_[index];
    if (node.previous == kNone) [[unlikely]]
      return heap_erase(node.next);
    nodes_[node.previous].next = node.next;
    nodes_[node.next].previous = node.previous;
  }
  void release(std::uint32_t index) {
    Node& node = nodes_[index];
    ++node.generation;
    node.next = free_;
    free_ = index;
  }
  [[gnu::noinline]] std::uint32_t find_lane(std::uint32_t home, Duration delay);
  [[gnu::noinline]] void grow();
  static bool before(const InHeap& x, const InHeap& y);
  [[gnu::noinline]] void heap_push(const InHeap& entry);
  [[gnu::noinline]] void heap_erase(std::uint32_t place);
  void heap_set(std::uint32_t place, const InHeap& entry);
  void heap_up(std::uint32_t place, const InHeap& entry);
  void heap_down(std::uint32_t place, const InHeap& entry);

  Arena<Node> nodes_;
  std::uint32_t free_ = kNone;
  std::uint32_t next_ = kNone;  // what next_time() found
  Instant bound_ = kNever;
  std::uint64_t filled_ =
      0;  // lanes that may have timers: bits are cleared when they are seen empty
  Duration delay_[kLanes];
  Arena<InHeap> heap_;
  std::uint32_t heap_count_ = 0;
  std::uint64_t armed_ = 0;
};

}  // namespace squall::sim
