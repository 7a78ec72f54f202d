// Queue: requests that wait for a slot or a core of a replica, and which of them is the next.
//
// First or last come, first served; or adaptive: the last one once the queue has not been empty for
// kSettled, as in overload whoever has waited for long is gone or will be. The oldest can be taken
// out of turn, when it has waited for too long. Cost: O(1).
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "policies/base/ids.h"
#include "policies/base/time.h"
#include "scenarios/workload_model.h"
#include "sim/level.h"
#include "sim/ring.h"

namespace squall::sim {

class Queue {
 public:
  using Order = scenarios::Queue::Order;
  static constexpr Duration kSettled = std::chrono::milliseconds(100);

  Queue(Order order, std::uint32_t limit) : limit_(limit), order_(order) {}

  /// False: it is full.
  bool push(std::uint32_t id, Instant now) {
    if (waiting_.count() >= limit_) return false;
    if (ids_.empty()) since_ = now;
    waiting_.up(now);
    most_ = std::max(most_, waiting_.count());
    ids_.push(id);
    return true;
  }
  /// The next one; there must be one.
  std::uint32_t pop(Instant now) {
    waiting_.down(now);
    const bool last_first =
        order_ == Order::kLifo || (order_ == Order::kAdaptiveLifo && now - since_ >= kSettled);
    if (last_first) [[unlikely]]
      return ids_.pop_back();
    return ids_.pop();
  }
  /// The one that has waited longest, kNone: nobody waits.
  std::uint32_t oldest() const { return ids_.empty() ? kNone : ids_.front(); }
  void drop_oldest(Instant now) {
    waiting_.down(now);
    ids_.pop();
  }
  void clear(Instant now) {
    waiting_.to_zero(now);
    ids_.clear();
  }

  bool empty() const { return ids_.empty(); }
  std::uint32_t size() const { return waiting_.count(); }
  std::uint64_t area(Instant now) const { return waiting_.area(now); }
  std::uint32_t take_most() { return std::exchange(most_, waiting_.count()); }  // since last taken
  void fetch_front() const { ids_.fetch_front(); }

 private:
  Ring<std::uint32_t> ids_;
  Level waiting_;
  std::uint32_t limit_, most_ = 0;
  Order order_;
  Instant since_{};  // it has not been empty
};

}  // namespace squall::sim
