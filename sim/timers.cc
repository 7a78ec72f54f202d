#include "sim/timers.h"

#include <bit>

#include "policies/base/check.h"

namespace squall::sim {

Timers::Timers() {
  nodes_.grow(0, 4 * kLanes);
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    nodes_[lane] = {kNever, lane, lane, ~std::uint32_t{0}, {}};  // a generation that no handle has
    delay_[lane] = Duration{-1};
  }
  for (std::uint32_t i = nodes_.capacity(); i-- > kLanes;) {
    nodes_[i] = {kNever, free_, kNone, 0, {}};
    free_ = i;
  }
}

void Timers::grow() {
  const std::uint32_t used = nodes_.capacity();
  SQUALL_CHECK(used < std::uint32_t{1} << 31);
  nodes_.grow(used, 0);
  for (std::uint32_t i = nodes_.capacity(); i-- > used;) {
    nodes_[i] = {kNever, free_, kNone, 0, {}};
    free_ = i;
  }
}

/// The delay's lane, or an empty one that becomes it; kNone if all that it may have are taken.
std::uint32_t Timers::find_lane(std::uint32_t home, Duration delay) {
  std::uint32_t empty = kNone;
  for (std::uint32_t way = 0; way < kWays; ++way) {
    const std::uint32_t lane = (home + way) % kLanes;
    if (delay_[lane] == delay) return lane;
    if (empty == kNone && lane_empty(lane)) empty = lane;
  }
  if (empty != kNone) delay_[empty] = delay;
  return empty;
}

Instant Timers::next_time() {
  next_ = kNone;
  bound_ = kNever;
  Duration delay{};
  // The heap first: with deadline and delay equal, its timers were armed while there was no lane.
  if (heap_count_ != 0) {
    next_ = heap_[0].index;
    bound_ = heap_[0].deadline;
    delay = heap_[0].delay;
  }
  for (std::uint64_t lanes = filled_; lanes != 0; lanes &= lanes - 1) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(lanes));
    if (lane_empty(lane)) {
      filled_ &= ~(std::uint64_t{1} << lane);
      continue;
    }
    const std::uint32_t first = nodes_[lane].next;
    const Instant deadline = nodes_[first].deadline;
    if (deadline < bound_ || next_ == kNone || (deadline == bound_ && delay_[lane] > delay)) {
      next_ = first;
      bound_ = deadline;
      delay = delay_[lane];
    }
  }
  return bound_;
}

Event Timers::fire() {
  SQUALL_DCHECK(next_ != kNone);
  const std::uint32_t index = next_;
  next_ = kNone;
  leave(index);
  release(index);
  return nodes_[index].event;
}

bool Timers::before(const InHeap& x, const InHeap& y) {
  if (x.deadline != y.deadline) return x.deadline < y.deadline;
  return x.number < y.number;
}

void Timers::heap_set(std::uint32_t place, const InHeap& entry) {
  heap_[place] = entry;
  nodes_[entry.index].next = place;
}

void Timers::heap_push(const InHeap& entry) {
  nodes_[entry.index].previous = kNone;
  if (heap_count_ == heap_.capacity()) heap_.grow(heap_count_, 64);
  heap_up(heap_count_++, entry);
}

void Timers::heap_erase(std::uint32_t place) {
  const InHeap last = heap_[--heap_count_];
  if (place == heap_count_) return;
  if (place > 0 && before(last, heap_[(place - 1) / 2])) {
    heap_up(place, last);
  } else {
    heap_down(place, last);
  }
}

void Timers::heap_up(std::uint32_t place, const InHeap& entry) {
  while (place > 0) {
    const std::uint32_t parent = (place - 1) / 2;
    if (!before(entry, heap_[parent])) break;
    heap_set(place, heap_[parent]);
    place = parent;
  }
  heap_set(place, entry);
}

void Timers::heap_down(std::uint32_t place, const InHeap& entry) {
  for (;;) {
    std::uint32_t child = 2 * place + 1;
    if (child >= heap_count_) break;
    if (child + 1 < heap_count_ && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], entry)) break;
    heap_set(place, heap_[child]);
    place = child;
  }
  heap_set(place, entry);
}

}  // namespace squall::sim
