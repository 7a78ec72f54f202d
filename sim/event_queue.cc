#include "sim/event_queue.h"

namespace squall::sim {

void EventQueue::grow() {
  const std::uint32_t used = slots_.capacity();
  SQUALL_CHECK(used < std::uint32_t{1} << 31);
  slots_.grow(used, 1024);
  for (std::uint32_t i = slots_.capacity(); i-- > used;) {
    slots_[i].sequence = 0;
    slots_[i].event.a = free_;
    free_ = i;
  }
}

}  // namespace squall::sim
