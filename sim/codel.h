// Codel: who has waited for too long in a queue that stands?
//
// A burst makes a queue that drains; a queue in which even the least wait of an interval is above
// the target stands, and waiting in it is of no use to anybody. While it does, who has waited for
// more than twice the target is turned away when its turn comes. Source: controlled delay (Nichols
// and Jacobson, ACM Queue 2012), as servers of requests have it, which turn away at once instead of
// more and more. Cost: three comparisons a request.
#pragma once
#include <algorithm>

#include "policies/base/time.h"
#include "scenarios/capacity_model.h"

namespace squall::sim {

class Codel {
 public:
  explicit Codel(const scenarios::ControlledDelay& how) : how_(how) {}

  /// Of one whose turn it is.
  bool rejects(Duration waited, Instant now) {
    if (now >= interval_ends_) {
      stands_ = least_ > how_.target;
      least_ = waited;
      interval_ends_ = now + how_.interval;
    } else {
      least_ = std::min(least_, waited);
    }
    return stands_ && waited > 2 * how_.target;
  }

 private:
  scenarios::ControlledDelay how_;
  Duration least_{};  // of this interval
  Instant interval_ends_{};
  bool stands_ = false;  // as of the interval before
};

}  // namespace squall::sim
