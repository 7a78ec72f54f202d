// BareHold: the hold model: the earliest event leaves, touches its entity's counter, and is
// scheduled again an exponential time later; the number of events that wait stays the same.
#pragma once
#include <cstdint>
#include <vector>

#include "policies/base/distributions.h"
#include "policies/base/mix.h"
#include "policies/base/prefetch.h"
#include "sim/event_queue.h"

namespace squall::bench {

class BareHold {
 public:
  explicit BareHold(std::uint32_t pending)
      : increment_(*Distribution::exponential(1s)), touched_(pending) {
    for (std::uint32_t i = 0; i < pending; ++i)
      queue_.schedule(at_ns(0) + increment(), {0, 0, 0, i, 0});
  }

  void run(std::uint64_t events) {
    for (std::uint64_t i = 0; i < events; ++i) {
      const Instant now =
          queue_.next_time(1, [&](const sim::Event& e, int) { prefetch(&touched_[e.a]); });
      const sim::Event event = queue_.pop();
      ++touched_[event.a];
      queue_.schedule(now + next_, event);
      next_ = increment();  // ahead of its use: nothing has to wait for the logarithm
    }
  }

 private:
  Duration increment() { return Duration{1} + increment_.sample(mix(7, ++draws_)); }

  sim::EventQueue queue_;
  Distribution increment_;
  std::vector<std::uint64_t> touched_;
  std::uint64_t draws_ = 0;
  Duration next_{1};
};

}  // namespace squall::bench
